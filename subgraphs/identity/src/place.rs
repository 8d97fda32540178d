//! Whether a fleet and its hubs exist, asked from the fleet service, which owns them.

use kit::{Error, Result};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::app::Identity;

/// Errors: VALIDATION on `fleetId` or `hubIds` for a fleet that does not exist or is closed, or a hub of another fleet.
pub async fn must_exist(app: &Identity, fleet: Option<Uuid>, hubs: &[Uuid]) -> Result<()> {
    let Some(fleet) = fleet else { return Ok(()) };
    let mut asked = vec![json!({ "__typename": "Fleet", "id": fleet })];
    asked.extend(hubs.iter().map(|hub| json!({ "__typename": "Hub", "id": hub })));
    let found = app.peers.entities("fleet", "... on Fleet { status } ... on Hub { fleetId }", asked).await?;
    let text = |entity: &Option<Value>, field: &str| {
        entity.as_ref().and_then(|entity| entity[field].as_str()).map(str::to_owned)
    };
    let mut found = found.iter();
    match found.next().and_then(|entity| text(entity, "status")).as_deref() {
        Some("ACTIVE") => {}
        Some(_) => return Err(Error::validation("fleetId", "This fleet is closed")),
        None => return Err(Error::validation("fleetId", "There is no such fleet")),
    }
    let id = fleet.to_string();
    if found.all(|hub| text(hub, "fleetId").as_deref() == Some(&id)) {
        return Ok(());
    }
    Err(Error::validation("hubIds", "Every hub must be one of that fleet"))
}
