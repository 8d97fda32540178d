//! What may happen with hub managers: name one.

use kit::idempotency::{Attempt, claim, settle};
use kit::{Caller, Error, Result, Viewer};
use sqlx::PgConnection;
use uuid::Uuid;

use super::input::CreateHubManagerInput;
use super::{HubManager, repository};
use crate::access::{RUNNERS, Reach, fleet_for};
use crate::app::App;
use crate::check;
use crate::fleet::service::open_fleet;
use crate::manager::ManagerStatus;
use kit::phone;

/// Names a manager of hubs.
pub async fn create(app: &App, by: &Viewer, input: &CreateHubManagerInput) -> Result<HubManager> {
    by.require(&RUNNERS)?;
    let fleet = fleet_for(by, check::optional_id("fleetId", input.fleet_id.as_ref())?)?;
    let mut manager = draft(app, by, fleet, input)?;
    let attempt = Attempt::new(input.idempotency_key.as_deref(), by.user_id, "createHubManager", input)?;
    let mut tx = app.pool.begin().await?;
    if let Some(known) = claim(&mut tx, &app.clock, &attempt).await? {
        return found(&mut tx, by, known).await;
    }
    let fleet = open_fleet(&mut tx, fleet).await?;
    if manager.city.is_empty() {
        manager.city = fleet.city;
    }
    manager.short_id = kit::ids::next_short_id(&mut tx, "MGR", app.clock.now()).await?;
    repository::insert(&mut tx, &manager).await?;
    settle(&mut tx, &attempt, manager.id).await?;
    tx.commit().await?;
    Ok(manager)
}

fn draft(app: &App, by: &Viewer, fleet: Uuid, input: &CreateHubManagerInput) -> Result<HubManager> {
    let now = app.clock.now();
    Ok(HubManager {
        id: kit::ids::new_id(),
        short_id: String::new(),
        fleet_id: fleet,
        name: check::name("name", &input.name)?,
        mobile: phone::normalise("mobile", &input.mobile)?,
        city: input.city.as_deref().map(|city| check::city("city", city)).transpose()?.unwrap_or_default(),
        profile_picture: check::text("profilePicture", input.profile_picture.as_deref())?,
        remarks: check::text("remarks", input.remarks.as_deref())?,
        status: ManagerStatus::Active,
        user_id: check::optional_id("userId", input.user_id.as_ref())?,
        version: 1,
        created_by: Some(by.user_id),
        updated_by: Some(by.user_id),
        created_at: now,
        updated_at: now,
    })
}

/// Whether somebody may be put in charge of a hub. Errors: VALIDATION on `hubManagerId`.
pub async fn must_serve(conn: &mut PgConnection, reach: &Reach, id: Uuid) -> Result<()> {
    match repository::find_many(conn, reach, &[id]).await?.pop() {
        Some(manager) if manager.status == ManagerStatus::Active => Ok(()),
        Some(_) => Err(Error::validation("hubManagerId", "This manager no longer serves")),
        None => Err(Error::validation("hubManagerId", "There is no such hub manager")),
    }
}

async fn found(conn: &mut PgConnection, by: &Viewer, id: Uuid) -> Result<HubManager> {
    let reach = Reach::of(&Caller::Viewer(by.clone()));
    let manager = repository::find_many(conn, &reach, &[id]).await?.pop();
    manager.ok_or_else(|| Error::not_found("Hub manager"))
}
