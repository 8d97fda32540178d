//! Users, whom the identity service knows, as references.

use async_graphql::{ID, SimpleObject};
use uuid::Uuid;

/// A person, by id.
#[derive(SimpleObject)]
#[graphql(name = "User", unresolvable = "id")]
pub struct UserRef {
    id: ID,
}

/// The reference to a user, if there is one.
pub fn user(id: Option<Uuid>) -> Option<UserRef> {
    id.map(|id| UserRef { id: id.into() })
}
