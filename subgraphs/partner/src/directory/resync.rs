//! Repairing the copies: every user, fleet and hub that partner knows is asked for again.

use kit::error::{Error, Result};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{FleetRef, HubRef, UserRef, repository};
use crate::actor::App;

/// How many are asked for at a time.
const BATCH: usize = 500;

/// Asks the owners for everything that partner has a copy of, and overwrites what differs; gives how many were asked for.
/// Whoever drives is known as a user too, even if no event ever came.
pub(crate) async fn resync(app: &App) -> Result<u64> {
    let mut asked = 0;
    let ids = repository::known_ids(&app.pool).await?;
    for users in ids.users.chunks(BATCH) {
        let found: Vec<UserRef> =
            ask(app, "identity", "User", "id name phone role isActive fleetId", users).await?;
        for user in &found {
            repository::replace_user(&mut *app.pool.acquire().await?, user, app.clock.now()).await?;
        }
        asked += users.len() as u64;
    }
    for fleets in ids.fleets.chunks(BATCH) {
        let found: Vec<FleetRef> = ask(app, "fleet", "Fleet", "id name status", fleets).await?;
        for fleet in &found {
            repository::replace_fleet(&mut *app.pool.acquire().await?, fleet, app.clock.now()).await?;
        }
        asked += fleets.len() as u64;
    }
    for hubs in ids.hubs.chunks(BATCH) {
        let found: Vec<HubRef> = ask(app, "fleet", "Hub", "id fleetId lat lng geofenceRadiusM", hubs).await?;
        for hub in &found {
            repository::replace_hub(&mut *app.pool.acquire().await?, hub, app.clock.now()).await?;
        }
        asked += hubs.len() as u64;
    }
    Ok(asked)
}

async fn ask<T: DeserializeOwned>(
    app: &App,
    subgraph: &str,
    type_name: &str,
    selection: &str,
    ids: &[Uuid],
) -> Result<Vec<T>> {
    let wanted: Vec<Value> = ids.iter().map(|id| json!({"__typename": type_name, "id": id})).collect();
    let found =
        app.peers.entities(subgraph, &format!("... on {type_name} {{ {selection} }}"), wanted).await?;
    found
        .into_iter()
        .flatten()
        .map(|entity| {
            serde_json::from_value(entity).map_err(|error| {
                Error::internal(format!("{subgraph} told a {type_name} that does not read: {error}"))
            })
        })
        .collect()
}
