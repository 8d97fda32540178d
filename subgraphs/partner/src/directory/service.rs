//! Looking up users, fleets and hubs: the copy if it is there, else the owner's answer, which becomes the copy.

use kit::error::{Error, Result};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{Copied, FleetRef, HubRef, UserRef, repository};
use crate::actor::App;

/// A user. None if there is no such user.
pub(crate) async fn user(app: &App, id: Uuid) -> Result<Option<UserRef>> {
    if let Some(known) = repository::user(&app.pool, id).await? {
        return Ok(Some(known));
    }
    ask_owner::<UserRef>(app, id).await
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
    let user = ask_owner::<UserRef>(app, id)
        .await?
        .ok_or_else(|| Error::validation(field, "There is no such user"))?;
    check(&user)?;
    Ok(user)
}

/// The user of a phone, as far as is known here; the owner is asked whether it is so still.
pub(crate) async fn user_by_phone(app: &App, phone: &str) -> Result<Option<UserRef>> {
    let Some(id) = repository::user_by_phone(&app.pool, phone).await? else { return Ok(None) };
    Ok(ask_owner::<UserRef>(app, id).await?.filter(|user| user.phone == phone))
}

/// What its owner says now; that becomes the copy, unless an event has brought a newer one meanwhile.
async fn ask_owner<T: Copied>(app: &App, id: Uuid) -> Result<Option<T>> {
    let told: Option<T> = ask(app, T::OWNER, T::TYPE, T::FIELDS, id).await?;
    if let Some(copy) = &told {
        copy.keep(&mut *app.pool.acquire().await?, app.clock.now()).await?;
    }
    Ok(told)
}

/// A hub. None if there is no such hub.
pub(crate) async fn hub(app: &App, id: Uuid) -> Result<Option<HubRef>> {
    if let Some(known) = repository::hub(&app.pool, id).await? {
        return Ok(Some(known));
    }
    ask_owner(app, id).await
}

/// A fleet that takes part; a copy that says otherwise is not believed before its owner was asked.
/// Errors: VALIDATION on `field` if it does not exist, CONFLICT if it was closed.
pub(crate) async fn active_fleet(app: &App, id: Uuid, field: &str) -> Result<FleetRef> {
    let takes_part = |fleet: &FleetRef| fleet.status != "INACTIVE";
    if let Some(known) = repository::fleet(&app.pool, id).await?.filter(takes_part) {
        return Ok(known);
    }
    let fleet = ask_owner::<FleetRef>(app, id)
        .await?
        .ok_or_else(|| Error::validation(field, "There is no such fleet"))?;
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
    fields: &str,
    id: Uuid,
) -> Result<Option<T>> {
    Ok(ask_all(app, subgraph, type_name, fields, &[id]).await?.into_iter().next())
}

/// What another subgraph says of its entities; those that it does not know are left out.
pub(crate) async fn ask_all<T: DeserializeOwned>(
    app: &App,
    subgraph: &str,
    type_name: &str,
    fields: &str,
    ids: &[Uuid],
) -> Result<Vec<T>> {
    let wanted: Vec<Value> = ids.iter().map(|id| json!({"__typename": type_name, "id": id})).collect();
    let found = app.peers.entities(subgraph, &format!("... on {type_name} {{ {fields} }}"), wanted).await?;
    let read = |entity| {
        serde_json::from_value(entity).map_err(|error| {
            Error::internal(format!("{subgraph} told a {type_name} that does not read: {error}"))
        })
    };
    found.into_iter().flatten().map(read).collect()
}
