//! What may happen with hub managers: name one, change the entry, let one go.

use kit::idempotency::Attempt;
use kit::{Error, Result, Viewer};
use sqlx::PgConnection;
use uuid::Uuid;

use super::input::{CreateHubManagerInput, DeactivateHubManagerInput, UpdateHubManagerInput};
use super::{HubManager, repository};
use crate::access::{RUNNERS, Reach, fleet_for};
use crate::account::offices;
use crate::app::App;
use crate::fleet::service::open_fleet;
use crate::manager::ManagerStatus;
use crate::service::{expect_version, found, load, once};
use crate::{check, hub, listing, people};
use kit::phone;

/// Names a manager of hubs.
pub async fn create(app: &App, by: &Viewer, input: &CreateHubManagerInput) -> Result<HubManager> {
    by.require(&RUNNERS)?;
    let fleet = fleet_for(by, check::optional_id("fleetId", input.fleet_id.as_ref())?)?;
    let mut manager = draft(app, by, fleet, input)?;
    if let Some(user) = manager.user_id {
        people::must_work_in(app, user, fleet).await?;
    }
    let attempt = Attempt::new(input.idempotency_key.as_deref(), by.user_id, "createHubManager", input)?;
    once(app, by, attempt, async |tx| {
        let fleet = open_fleet(tx, fleet).await?;
        if manager.city.is_empty() {
            manager.city = fleet.city;
        }
        manager.short_id = kit::ids::next_short_id(tx, "MGR", app.clock.now()).await?;
        repository::insert(tx, &manager).await?;
        Ok(manager)
    })
    .await
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
        profile_picture: check::file("profilePicture", input.profile_picture.as_deref())?,
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
    if let Some(user) = check::optional_id("userId", input.user_id.value())? {
        let mut conn = app.pool.acquire().await?;
        let manager: HubManager = found(&mut conn, by, id).await?;
        drop(conn);
        people::must_work_in(app, user, manager.fleet_id).await?;
    }
    let attempt = Attempt::new(input.idempotency_key.as_deref(), by.user_id, "updateHubManager", input)?;
    once(app, by, attempt, async |tx| {
        let mut manager: HubManager = load(tx, by, id).await?;
        expect_version(manager.version, input.expected_version)?;
        apply(&mut manager, input)?;
        save(tx, app, Some(by.user_id), &mut manager).await?;
        Ok(manager)
    })
    .await
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
    let picture = &input.profile_picture;
    check::change(&mut manager.profile_picture, picture, "profilePicture", check::file)?;
    check::change(&mut manager.remarks, &input.remarks, "remarks", check::text)?;
    if let Some(user) = input.user_id.as_opt_ref() {
        manager.user_id = check::optional_id("userId", user)?;
    }
    Ok(())
}

/// Lets a manager go; the hub that they were in charge of is without one. Who has left already stays so.
pub async fn deactivate(app: &App, by: &Viewer, input: &DeactivateHubManagerInput) -> Result<HubManager> {
    by.require(&RUNNERS)?;
    let id = check::id("id", &input.id)?;
    let attempt = Attempt::new(input.idempotency_key.as_deref(), by.user_id, "deactivateHubManager", input)?;
    once(app, by, attempt, async |tx| {
        let mut manager: HubManager = load(tx, by, id).await?;
        if manager.status == ManagerStatus::Active {
            manager.status = ManagerStatus::Inactive;
            save(tx, app, Some(by.user_id), &mut manager).await?;
            hub::service::release(tx, app, Some(by.user_id), id).await?;
        } else {
            offices::forget(tx, id).await?;
        }
        Ok(manager)
    })
    .await
}

/// The account of hub managers was switched off: they no longer serve. Gives each with the hub that they were in charge of.
pub async fn account_ended(
    conn: &mut PgConnection,
    app: &App,
    user_id: Uuid,
) -> Result<Vec<(Uuid, Option<Uuid>)>> {
    let mut gone = Vec::new();
    for mut manager in repository::lock_serving(conn, user_id).await? {
        manager.status = ManagerStatus::Inactive;
        save(conn, app, None, &mut manager).await?;
        gone.push((manager.id, hub::service::release(conn, app, None, manager.id).await?));
    }
    Ok(gone)
}

/// The account is back: the manager serves again, in the same hub if it is still without one.
pub async fn account_back(
    conn: &mut PgConnection,
    app: &App,
    manager: Uuid,
    hub: Option<Uuid>,
) -> Result<()> {
    let manager = listing::repository::lock::<HubManager>(conn, &Reach::All, manager).await?;
    let Some(mut manager) = manager else { return Ok(()) };
    manager.status = ManagerStatus::Active;
    save(conn, app, None, &mut manager).await?;
    match hub {
        Some(hub) => hub::service::put_in_charge(conn, app, None, hub, (None, Some(manager.id))).await,
        None => Ok(()),
    }
}

async fn save(conn: &mut PgConnection, app: &App, by: Option<Uuid>, manager: &mut HubManager) -> Result<()> {
    (manager.updated_by, manager.updated_at) = (by, app.clock.now());
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
