//! Users, whom the identity service knows: as references, and asked about before one gets an office.

use async_graphql::{ID, SimpleObject};
use kit::{Error, Result};
use serde_json::json;
use uuid::Uuid;

use crate::app::App;

/// A person, by id.
#[derive(SimpleObject)]
#[graphql(name = "User", unresolvable = "id")]
pub struct UserRef {
    id: ID,
}

/// Whether a user may hold an office of a fleet. Ask before a transaction begins. Errors: VALIDATION on `userId`.
pub async fn must_work_in(app: &App, user: Uuid, fleet: Uuid) -> Result<()> {
    let asked = vec![json!({ "__typename": "User", "id": user })];
    let found = app.peers.entities("identity", "... on User { fleetId isActive }", asked).await?;
    match found.into_iter().next().flatten() {
        Some(user) if user["fleetId"] != json!(fleet) => {
            Err(Error::validation("userId", "This user is not of the manager's fleet"))
        }
        Some(user) if user["isActive"] != json!(true) => {
            Err(Error::validation("userId", "This account is deactivated"))
        }
        Some(_) => Ok(()),
        None => Err(Error::validation("userId", "There is no such user")),
    }
}

/// The reference to a user, if there is one.
pub fn user(id: Option<Uuid>) -> Option<UserRef> {
    id.map(|id| UserRef { id: id.into() })
}
