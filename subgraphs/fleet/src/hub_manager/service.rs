//! What may happen with hub managers: name one, change the entry, let one go.

use kit::idempotency::{Attempt, claim, settle};
use kit::{Error, Result, Viewer};
use sqlx::PgConnection;
use uuid::Uuid;

use super::input::{CreateHubManagerInput, DeactivateHubManagerInput, UpdateHubManagerInput};
use super::{HubManager, repository};
use crate::access::{RUNNERS, Reach, fleet_for};
use crate::app::App;
use crate::fleet::service::open_fleet;
use crate::manager::ManagerStatus;
use crate::service::{expect_version, found, load};
use crate::{check, hub, listing};
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

/// Changes a manager's entry.
pub async fn update(app: &App, by: &Viewer, input: &UpdateHubManagerInput) -> Result<HubManager> {
    by.require(&RUNNERS)?;
    let id = check::id("id", &input.id)?;
    let attempt = Attempt::new(input.idempotency_key.as_deref(), by.user_id, "updateHubManager", input)?;
    let mut tx = app.pool.begin().await?;
    if let Some(known) = claim(&mut tx, &app.clock, &attempt).await? {
        return found(&mut tx, by, known).await;
    }
    let mut manager: HubManager = load(&mut tx, by, id).await?;
    expect_version(manager.version, input.expected_version)?;
    apply(&mut manager, input)?;
    save(&mut tx, app, by, &mut manager).await?;
    settle(&mut tx, &attempt, manager.id).await?;
    tx.commit().await?;
    Ok(manager)
}

fn apply(manager: &mut HubManager, input: &UpdateHubManagerInput) -> Result<()> {
    if let Some(name) = &input.name {
        manager.name = check::name("name", name)?;
    }
    if let Some(mobile) = &input.mobile {
        manager.mobile = phone::normalise("mobile", mobile)?;
    }
    if let Some(city) = &input.city {
        manager.city = check::city("city", city)?;
    }
    if input.profile_picture.is_some() {
        manager.profile_picture = check::text("profilePicture", input.profile_picture.as_deref())?;
    }
    if input.remarks.is_some() {
        manager.remarks = check::text("remarks", input.remarks.as_deref())?;
    }
    if input.user_id.is_some() {
        manager.user_id = check::optional_id("userId", input.user_id.as_ref())?;
    }
    Ok(())
}

/// Lets a manager go; the hub that they were in charge of is without one. Who has left already stays so.
pub async fn deactivate(app: &App, by: &Viewer, input: &DeactivateHubManagerInput) -> Result<HubManager> {
    by.require(&RUNNERS)?;
    let id = check::id("id", &input.id)?;
    let attempt = Attempt::new(input.idempotency_key.as_deref(), by.user_id, "deactivateHubManager", input)?;
    let mut tx = app.pool.begin().await?;
    if let Some(known) = claim(&mut tx, &app.clock, &attempt).await? {
        return found(&mut tx, by, known).await;
    }
    let mut manager: HubManager = load(&mut tx, by, id).await?;
    if manager.status == ManagerStatus::Active {
        manager.status = ManagerStatus::Inactive;
        save(&mut tx, app, by, &mut manager).await?;
        hub::service::release(&mut tx, app, by, id).await?;
    }
    settle(&mut tx, &attempt, manager.id).await?;
    tx.commit().await?;
    Ok(manager)
}

async fn save(conn: &mut PgConnection, app: &App, by: &Viewer, manager: &mut HubManager) -> Result<()> {
    (manager.updated_by, manager.updated_at) = (Some(by.user_id), app.clock.now());
    repository::update(conn, manager).await
}

/// Whether somebody may be put in charge of a hub; they stay so until the transaction ends.
/// Errors: VALIDATION on `hubManagerId`.
pub async fn must_serve(conn: &mut PgConnection, reach: &Reach, id: Uuid) -> Result<()> {
    match listing::repository::hold::<HubManager>(conn, reach, id).await? {
        Some(manager) if manager.status == ManagerStatus::Active => Ok(()),
        Some(_) => Err(Error::validation("hubManagerId", "This manager no longer serves")),
        None => Err(Error::validation("hubManagerId", "There is no such hub manager")),
    }
}
