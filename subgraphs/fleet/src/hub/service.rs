//! What may happen with hubs: open, change, put under a manager.

use kit::idempotency::Attempt;
use kit::{Error, Result, Viewer};
use sqlx::PgConnection;
use uuid::Uuid;

use super::input::{AssignHubManagerInput, CreateHubInput, UpdateHubInput};
use super::{DEFAULT_RADIUS_M, Hub, check_point, check_radius, repository};
use crate::access::{RUNNERS, Reach, fleet_for};
use crate::app::App;
use crate::fleet::service::open_fleet;
use crate::service::{expect_version, found, load, once, reach};
use crate::{check, events, hub_manager, listing};

/// Opens a hub.
pub async fn create(app: &App, by: &Viewer, input: &CreateHubInput) -> Result<Hub> {
    by.require(&RUNNERS)?;
    let fleet = fleet_for(by, check::optional_id("fleetId", input.fleet_id.as_ref())?)?;
    let mut hub = draft(app, by, fleet, input)?;
    let attempt = Attempt::new(input.idempotency_key.as_deref(), by.user_id, "createHub", input)?;
    once(app, by, attempt, async |tx| {
        open_fleet(tx, fleet).await?;
        hub.short_id = kit::ids::next_short_id(tx, "HUB", app.clock.now()).await?;
        repository::insert(tx, &hub).await?;
        events::hub_upserted(tx, &app.clock, &hub).await?;
        Ok(hub)
    })
    .await
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
    once(app, by, attempt, async |tx| {
        let mut hub: Hub = load(tx, by, id).await?;
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
        save(tx, app, Some(by.user_id), &mut hub).await?;
        Ok(hub)
    })
    .await
}

/// Puts a hub under a manager of its fleet, or under none.
pub async fn assign_manager(app: &App, by: &Viewer, input: &AssignHubManagerInput) -> Result<Hub> {
    by.require(&RUNNERS)?;
    let id = check::id("hubId", &input.hub_id)?;
    let manager = check::optional_id("hubManagerId", input.hub_manager_id.as_ref())?;
    let attempt = Attempt::new(input.idempotency_key.as_deref(), by.user_id, "assignHubManager", input)?;
    once(app, by, attempt, async |tx| {
        // The manager before the hub, as whoever lets a manager go locks them; but a hub out of reach is said first.
        found::<Hub>(tx, by, id).await?;
        if let Some(manager) = manager {
            hub_manager::service::must_serve(tx, &reach(by), manager).await?;
        }
        let mut hub: Hub = load(tx, by, id).await?;
        if hub.hub_manager_id != manager {
            hub.hub_manager_id = manager;
            save(tx, app, Some(by.user_id), &mut hub).await?;
        }
        Ok(hub)
    })
    .await
}

/// A manager has left: their hub, if they had one, is without a manager. Gives the hub. `by` nobody follows an account.
pub async fn release(
    conn: &mut PgConnection,
    app: &App,
    by: Option<Uuid>,
    manager: Uuid,
) -> Result<Option<Uuid>> {
    let Some(hub) = repository::of_managers(conn, &Reach::All, &[manager]).await?.pop() else {
        return Ok(None);
    };
    put_in_charge(conn, app, by, hub.id, (Some(manager), None)).await?;
    Ok(Some(hub.id))
}

/// Changes who is in charge of a hub, if that is still whom one thinks.
pub async fn put_in_charge(
    conn: &mut PgConnection,
    app: &App,
    by: Option<Uuid>,
    hub: Uuid,
    (before, after): (Option<Uuid>, Option<Uuid>),
) -> Result<()> {
    match listing::repository::lock::<Hub>(conn, &Reach::All, hub).await? {
        Some(mut hub) if hub.hub_manager_id == before => {
            hub.hub_manager_id = after;
            save(conn, app, by, &mut hub).await
        }
        _ => Ok(()),
    }
}

fn address(text: &str) -> Result<String> {
    check::text("address", Some(text))?.ok_or_else(|| Error::validation("address", "This is needed"))
}

async fn save(conn: &mut PgConnection, app: &App, by: Option<Uuid>, hub: &mut Hub) -> Result<()> {
    (hub.updated_by, hub.updated_at) = (by, app.clock.now());
    repository::update(conn, hub).await?;
    events::hub_upserted(conn, &app.clock, hub).await
}
