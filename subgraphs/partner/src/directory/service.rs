//! Looking up users, fleets and hubs: the copy if it is there, else the owner's answer, which becomes the copy.

use kit::error::{Error, Result};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{FleetRef, HubRef, UserRef, repository};
use crate::actor::App;

/// An answer to a question is older than any event, so that the next event overwrites it.
const ASKED: i64 = 0;

/// A user. None if there is no such user.
pub(crate) async fn user(app: &App, id: Uuid) -> Result<Option<UserRef>> {
    if let Some(known) = repository::user(&app.pool, id).await? {
        return Ok(Some(known));
    }
    ask_user(app, id).await
}

/// A user who passes a check. A refusal that rests on a copy asks the owner first: the copy may be a moment old.
/// Errors: VALIDATION on `field` if there is no such user, or what the check says.
pub(crate) async fn user_passing(
    app: &App,
    id: Uuid,
    field: &str,
    check: impl Fn(&UserRef) -> Result<()>,
) -> Result<UserRef> {
    if let Some(known) = repository::user(&app.pool, id).await?.filter(|known| check(known).is_ok()) {
        return Ok(known);
    }
    let user = ask_user(app, id).await?.ok_or_else(|| Error::validation(field, "There is no such user"))?;
    check(&user)?;
    Ok(user)
}

/// The user of a phone, as far as is known here; the owner is asked whether it is so still.
pub(crate) async fn user_by_phone(app: &App, phone: &str) -> Result<Option<UserRef>> {
    let Some(id) = repository::user_by_phone(&app.pool, phone).await? else { return Ok(None) };
    Ok(ask_user(app, id).await?.filter(|user| user.phone == phone))
}

async fn ask_user(app: &App, id: Uuid) -> Result<Option<UserRef>> {
    let Some(user) =
        ask::<UserRef>(app, "identity", "User", "id name phone role isActive fleetId", id).await?
    else {
        return Ok(None);
    };
    repository::keep_user(&mut *app.pool.acquire().await?, &user, ASKED, app.clock.now()).await?;
    Ok(Some(user))
}

async fn ask_fleet(app: &App, id: Uuid) -> Result<Option<FleetRef>> {
    let Some(fleet) = ask::<FleetRef>(app, "fleet", "Fleet", "id name status", id).await? else {
        return Ok(None);
    };
    repository::keep_fleet(&mut *app.pool.acquire().await?, &fleet, ASKED, app.clock.now()).await?;
    Ok(Some(fleet))
}

/// A hub. None if there is no such hub.
pub(crate) async fn hub(app: &App, id: Uuid) -> Result<Option<HubRef>> {
    if let Some(known) = repository::hub(&app.pool, id).await? {
        return Ok(Some(known));
    }
    let Some(hub) = ask::<HubRef>(app, "fleet", "Hub", "id fleetId lat lng geofenceRadiusM", id).await?
    else {
        return Ok(None);
    };
    repository::keep_hub(&mut *app.pool.acquire().await?, &hub, ASKED, app.clock.now()).await?;
    Ok(Some(hub))
}

/// A fleet that takes part; a copy that says otherwise is not believed before its owner was asked.
/// Errors: VALIDATION on `field` if it does not exist, CONFLICT if it was closed.
pub(crate) async fn active_fleet(app: &App, id: Uuid, field: &str) -> Result<FleetRef> {
    let takes_part = |fleet: &FleetRef| fleet.status != "INACTIVE";
    if let Some(known) = repository::fleet(&app.pool, id).await?.filter(takes_part) {
        return Ok(known);
    }
    let fleet =
        ask_fleet(app, id).await?.ok_or_else(|| Error::validation(field, "There is no such fleet"))?;
    if takes_part(&fleet) {
        return Ok(fleet);
    }
    Err(Error::conflict(format!("{} is not active", fleet.name)).field(field))
}

/// A hub of a certain fleet: VALIDATION on `field` if it does not exist or belongs to another.
pub(crate) async fn hub_of_fleet(app: &App, id: Uuid, fleet: Uuid, field: &str) -> Result<HubRef> {
    hub(app, id)
        .await?
        .filter(|hub| hub.fleet_id == fleet)
        .ok_or_else(|| Error::validation(field, "The fleet has no such hub"))
}

/// The copy of a user, without asking anybody: for use within a transaction.
pub(crate) async fn known_user(conn: &mut PgConnection, id: Uuid) -> Result<Option<UserRef>> {
    repository::user(conn, id).await
}

/// The fleet of a vehicle: None if there is no such vehicle, Some(None) if it is somebody's own. Asked every time.
pub(crate) async fn vehicle_fleet(app: &App, id: Uuid) -> Result<Option<Option<Uuid>>> {
    #[derive(serde::Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Vehicle {
        fleet_id: Option<Uuid>,
    }
    Ok(ask::<Vehicle>(app, "fleet", "Vehicle", "id fleetId", id).await?.map(|vehicle| vehicle.fleet_id))
}

async fn ask<T: DeserializeOwned>(
    app: &App,
    subgraph: &str,
    type_name: &str,
    selection: &str,
    id: Uuid,
) -> Result<Option<T>> {
    let representation: Value = json!({"__typename": type_name, "id": id});
    let selection = format!("... on {type_name} {{ {selection} }}");
    let found = app.peers.entities(subgraph, &selection, vec![representation]).await?;
    let Some(entity) = found.into_iter().next().flatten() else { return Ok(None) };
    serde_json::from_value(entity).map(Some).map_err(|error| {
        Error::internal(format!("{subgraph} told a {type_name} that does not read: {error}"))
    })
}
