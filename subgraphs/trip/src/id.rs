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
        Uuid::parse_str(id.trim()).map_or_else(|_| Self::Short(id.trim().to_uppercase()), Self::Id)
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
