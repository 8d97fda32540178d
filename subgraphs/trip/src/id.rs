//! Identifiers as clients write them: a UUID, or the short id that people read out.

use async_graphql::ID;
use kit::error::{Error, Result};
use uuid::Uuid;

/// How a client names a thing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Key {
    Id(Uuid),
    Short(String),
}

impl Key {
    /// Reads an ID argument. Whatever is not a UUID is taken for a short id; one that does not exist is not found.
    #[must_use]
    pub fn parse(id: &ID) -> Self {
        let id = id.trim();
        // Short ids are letters and digits; anything else, which a database may not even take as text, is none.
        let as_short = || {
            if id.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
                id.to_uppercase()
            } else {
                String::new()
            }
        };
        Uuid::parse_str(id).map_or_else(|_| Self::Short(as_short()), Self::Id)
    }
}

/// A UUID argument.
///
/// # Errors
/// VALIDATION on `field`.
pub fn uuid(field: &str, id: &ID) -> Result<Uuid> {
    Uuid::parse_str(id.trim()).map_err(|_| Error::validation(field, "This is not an id"))
}

/// An optional UUID argument.
///
/// # Errors
/// VALIDATION on `field`.
pub fn optional_uuid(field: &str, id: Option<&ID>) -> Result<Option<Uuid>> {
    id.map(|id| uuid(field, id)).transpose()
}
