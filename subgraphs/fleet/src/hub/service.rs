//! What may happen with hubs: open, change, put under a manager.

use kit::idempotency::{Attempt, claim, settle};
use kit::{Error, Result, Viewer};
use sqlx::PgConnection;
use uuid::Uuid;

use super::input::{AssignHubManagerInput, CreateHubInput, UpdateHubInput};
use super::{DEFAULT_RADIUS_M, Hub, check_point, check_radius, repository};
use crate::access::{RUNNERS, fleet_for};
use crate::app::App;
use crate::fleet::service::open_fleet;
use crate::service::{expect_version, found, load, reach};
use crate::{check, events, hub_manager};

/// Opens a hub.
pub async fn create(app: &App, by: &Viewer, input: &CreateHubInput) -> Result<Hub> {
    by.require(&RUNNERS)?;
    let fleet = fleet_for(by, check::optional_id("fleetId", input.fleet_id.as_ref())?)?;
    let mut hub = draft(app, by, fleet, input)?;
    let attempt = Attempt::new(input.idempotency_key.as_deref(), by.user_id, "createHub", input)?;
    let mut tx = app.pool.begin().await?;
    if let Some(known) = claim(&mut tx, &app.clock, &attempt).await? {
        return found(&mut tx, by, known).await;
    }
    open_fleet(&mut tx, fleet).await?;
    hub.short_id = kit::ids::next_short_id(&mut tx, "HUB", app.clock.now()).await?;
    repository::insert(&mut tx, &hub).await?;
    events::hub_upserted(&mut tx, &app.clock, &hub).await?;
    settle(&mut tx, &attempt, hub.id).await?;
    tx.commit().await?;
    Ok(hub)
}

fn draft(app: &App, by: &Viewer, fleet: Uuid, input: &CreateHubInput) -> Result<Hub> {
    let now = app.clock.now();
    check_point(input.location.lat, input.location.lng)?;
    Ok(Hub {
        id: kit::ids::new_id(),
        short_id: String::new(),
        fleet_id: fleet,
        name: check::name("name", &input.name)?,
        hub_type: input.hub_type,
        address: address(&input.address)?,
        lat: input.location.lat,
        lng: input.location.lng,
        geofence_radius_m: check_radius(input.geofence_radius_m.unwrap_or(DEFAULT_RADIUS_M))?,
        hub_manager_id: None,
        version: 1,
        created_by: Some(by.user_id),
        updated_by: Some(by.user_id),
        created_at: now,
        updated_at: now,
    })
}

/// Changes a hub.
pub async fn update(app: &App, by: &Viewer, input: &UpdateHubInput) -> Result<Hub> {
    by.require(&RUNNERS)?;
    let id = check::id("id", &input.id)?;
    let attempt = Attempt::new(input.idempotency_key.as_deref(), by.user_id, "updateHub", input)?;
    let mut tx = app.pool.begin().await?;
    if let Some(known) = claim(&mut tx, &app.clock, &attempt).await? {
        return found(&mut tx, by, known).await;
    }
    let mut hub: Hub = load(&mut tx, by, id).await?;
    expect_version(hub.version, input.expected_version)?;
    if let Some(name) = &input.name {
        hub.name = check::name("name", name)?;
    }
    if let Some(text) = &input.address {
        hub.address = address(text)?;
    }
    if let Some(location) = input.location {
        check_point(location.lat, location.lng)?;
        (hub.lat, hub.lng) = (location.lat, location.lng);
    }
    if let Some(metres) = input.geofence_radius_m {
        hub.geofence_radius_m = check_radius(metres)?;
    }
    hub.hub_type = input.hub_type.unwrap_or(hub.hub_type);
    save(&mut tx, app, by, &mut hub).await?;
    settle(&mut tx, &attempt, hub.id).await?;
    tx.commit().await?;
    Ok(hub)
}

/// Puts a hub under a manager of its fleet, or under none.
pub async fn assign_manager(app: &App, by: &Viewer, input: &AssignHubManagerInput) -> Result<Hub> {
    by.require(&RUNNERS)?;
    let id = check::id("hubId", &input.hub_id)?;
    let manager = check::optional_id("hubManagerId", input.hub_manager_id.as_ref())?;
    let attempt = Attempt::new(input.idempotency_key.as_deref(), by.user_id, "assignHubManager", input)?;
    let mut tx = app.pool.begin().await?;
    if let Some(known) = claim(&mut tx, &app.clock, &attempt).await? {
        return found(&mut tx, by, known).await;
    }
    // The manager before the hub, as whoever lets a manager go locks them; but a hub out of reach is said first.
    found::<Hub>(&mut tx, by, id).await?;
    if let Some(manager) = manager {
        hub_manager::service::must_serve(&mut tx, &reach(by), manager).await?;
    }
    let mut hub: Hub = load(&mut tx, by, id).await?;
    if hub.hub_manager_id != manager {
        hub.hub_manager_id = manager;
        save(&mut tx, app, by, &mut hub).await?;
    }
    settle(&mut tx, &attempt, hub.id).await?;
    tx.commit().await?;
    Ok(hub)
}

/// A manager has left: their hub, if they had one, is without a manager.
pub async fn release(conn: &mut PgConnection, app: &App, by: &Viewer, manager: Uuid) -> Result<()> {
    for hub in repository::of_managers(conn, &reach(by), &[manager]).await? {
        let mut hub: Hub = load(conn, by, hub.id).await?;
        if hub.hub_manager_id == Some(manager) {
            hub.hub_manager_id = None;
            save(conn, app, by, &mut hub).await?;
        }
    }
    Ok(())
}

fn address(text: &str) -> Result<String> {
    check::text("address", Some(text))?.ok_or_else(|| Error::validation("address", "This is needed"))
}

async fn save(conn: &mut PgConnection, app: &App, by: &Viewer, hub: &mut Hub) -> Result<()> {
    (hub.updated_by, hub.updated_at) = (Some(by.user_id), app.clock.now());
    repository::update(conn, hub).await?;
    events::hub_upserted(conn, &app.clock, hub).await
}
