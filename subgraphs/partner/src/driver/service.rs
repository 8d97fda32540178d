//! What may happen to drivers, by whom.

use kit::clock::ist_date;
use kit::error::{Code, Error, Result};
use kit::ids::{new_id, next_short_id};
use kit::{Role, Scope};
use uuid::Uuid;

use super::input::{
    self, CreateDriverInput, MoveDriverToHubInput, SetDriverAvailabilityInput, SetDriverStatusInput,
    UpdateDriverInput,
};
use super::standing::{self, Because, Cause};
use super::{Driver, check_status_change, repository};
use crate::actor::{Actor, App};
use crate::directory::UserRef;
use crate::directory::service as directory;
use crate::input as check;
use crate::referral::service as referrals;
use crate::write::{Begun, Write};

/// One driver in the actor's scope. Errors: NOT_FOUND.
pub(crate) async fn get(by: &Actor<'_>, id: Uuid) -> Result<Driver> {
    let mut conn = by.app.pool.acquire().await?;
    repository::find(&mut conn, &by.scope(), id).await?.ok_or_else(|| Error::not_found("Driver"))
}

/// Makes the profile of a user who drives.
pub(crate) async fn create(by: &Actor<'_>, input: CreateDriverInput) -> Result<Driver> {
    let user_id = check::required_id(&input.user_id, "userId")?;
    let hub_id = check::id(input.hub_id.as_ref(), "hubId")?;
    let fleet_id = by.fleet(check::id(input.fleet_id.as_ref(), "fleetId")?, "fleetId")?;
    by.check_hub(hub_id, "hubId")?;
    let user = user_who_drives(by, user_id, fleet_id).await?;
    directory::active_fleet(by.app, fleet_id, "fleetId").await?;
    if let Some(hub_id) = hub_id {
        directory::hub_of_fleet(by.app, hub_id, fleet_id, "hubId").await?;
    }
    let mut write = match Write::begin(by, "createDriver", input.idempotency_key.as_deref(), &input).await? {
        Begun::Repeated(id) => return get(by, id).await,
        Begun::Fresh(write) => write,
    };
    let now = by.app.clock.now();
    let short_id = next_short_id(write.conn(), "DRV", now).await?;
    let mut driver = input::blank(new_id(), short_id, user_id, now);
    driver.fleet_id = Some(fleet_id);
    driver.hub_id = hub_id;
    driver.created_by = Some(by.viewer.user_id);
    driver.payment_model = input.payment_model;
    let names = input::names(input.first_name.as_deref(), input.last_name.as_deref(), &user.name)?;
    (driver.first_name, driver.last_name) = names;
    driver.mobile = check::phone(input.mobile.as_deref().unwrap_or(&user.phone), "mobile")?;
    if let Some(points) = input.rev_share_basis_points {
        driver.rev_share_bp = input::rev_share(points)?;
    }
    let driver = insert(&mut write, by, driver, input.profile.as_ref(), input.bank.as_ref()).await?;
    write.commit(driver.id).await?;
    Ok(driver)
}

/// Inserts a prepared driver with their personal data, and announces them.
pub(crate) async fn insert(
    write: &mut Write<'_>,
    by: &Actor<'_>,
    driver: Driver,
    profile: Option<&input::DriverProfileInput>,
    bank: Option<&input::BankAccountInput>,
) -> Result<Driver> {
    let mut driver = repository::insert(write.conn(), &driver).await?;
    if profile.is_some() || bank.is_some() {
        apply(by.app, &mut driver, profile, bank)?;
        driver = repository::save_profile(write.conn(), &driver).await?;
    }
    referrals::issue_code(write.conn(), driver.user_id, driver.created_at).await?;
    standing::announce(write.conn(), &by.app.clock, &driver, "driver.created", Cause::default()).await?;
    Ok(driver)
}

fn apply(
    app: &App,
    driver: &mut Driver,
    profile: Option<&input::DriverProfileInput>,
    bank: Option<&input::BankAccountInput>,
) -> Result<()> {
    if let Some(profile) = profile {
        input::apply_profile(driver, profile, &app.sealer, ist_date(app.clock.now()))?;
    }
    if let Some(bank) = bank {
        input::apply_bank(driver, bank, &app.sealer)?;
    }
    Ok(())
}

/// The user a profile is made for: exists, drives, is active, and is not another fleet's.
async fn user_who_drives(by: &Actor<'_>, user_id: Uuid, fleet_id: Uuid) -> Result<UserRef> {
    directory::user_passing(by.app, user_id, "userId", |user| {
        if user.fleet_id.is_some_and(|fleet| fleet != fleet_id) {
            return Err(Error::forbidden("This user belongs to another fleet").field("userId"));
        }
        if user.role != Role::Driver.as_str() {
            return Err(Error::validation(
                "userId",
                format!("{} has the role {}, not DRIVER", user.name, user.role),
            ));
        }
        if !user.is_active {
            return Err(Error::conflict("This user was deactivated").field("userId"));
        }
        Ok(())
    })
    .await
}

/// Changes the profile of a driver: administrators all of it, drivers their own contact data and bank account.
pub(crate) async fn update(by: &Actor<'_>, input: UpdateDriverInput) -> Result<Driver> {
    let id = check::required_id(&input.id, "id")?;
    if by.viewer.role == Role::Driver
        && let Some(field) = input::beyond_contact(&input)
    {
        return Err(Error::forbidden("Ask your fleet to change this").field(field));
    }
    let mut write = match Write::begin(by, "updateDriver", input.idempotency_key.as_deref(), &input).await? {
        Begun::Repeated(id) => return get(by, id).await,
        Begun::Fresh(write) => write,
    };
    let mut driver = repository::lock(write.conn(), &by.scope(), id).await?;
    if input.expected_version.is_some_and(|version| version != driver.version) {
        return Err(Error::new(Code::STALE_VERSION, "Somebody changed this driver since you read it")
            .with("version", driver.version));
    }
    if let Some(name) = &input.first_name {
        driver.first_name = check::text(name, "firstName", 80)?;
    }
    if let Some(name) = &input.last_name {
        driver.last_name = check::text(name, "lastName", 80)?;
    }
    if let Some(mobile) = &input.mobile {
        driver.mobile = check::phone(mobile, "mobile")?;
    }
    if let Some(points) = input.rev_share_basis_points {
        driver.rev_share_bp = input::rev_share(points)?;
    }
    driver.payment_model = input.payment_model.or(driver.payment_model);
    apply(by.app, &mut driver, input.profile.as_ref(), input.bank.as_ref())?;
    driver.updated_at = by.app.clock.now();
    driver.updated_by = Some(by.viewer.user_id);
    let driver = repository::save_profile(write.conn(), &driver).await?;
    standing::announce(write.conn(), &by.app.clock, &driver, "driver.updated", Cause::default()).await?;
    write.commit(driver.id).await?;
    Ok(driver)
}

/// ACTIVE ↔ INACTIVE.
pub(crate) async fn set_status(by: &Actor<'_>, input: SetDriverStatusInput) -> Result<Driver> {
    let id = check::required_id(&input.id, "id")?;
    let mut write =
        match Write::begin(by, "setDriverStatus", input.idempotency_key.as_deref(), &input).await? {
            Begun::Repeated(id) => return get(by, id).await,
            Begun::Fresh(write) => write,
        };
    let before = repository::lock(write.conn(), &by.scope(), id).await?;
    check_status_change(before.status, input.status)?;
    let after = Driver { status: input.status, ..before.clone() };
    finish(by, write, &before, after, input.reason.as_deref()).await
}

/// The administrator's switch: force off, or let availability follow from status, trips and breaks.
pub(crate) async fn set_availability(by: &Actor<'_>, input: SetDriverAvailabilityInput) -> Result<Driver> {
    let id = check::required_id(&input.id, "id")?;
    let mut write =
        match Write::begin(by, "setDriverAvailability", input.idempotency_key.as_deref(), &input).await? {
            Begun::Repeated(id) => return get(by, id).await,
            Begun::Fresh(write) => write,
        };
    let before = repository::lock(write.conn(), &by.scope(), id).await?;
    let after = Driver { forced_unavailable: !input.available, ..before.clone() };
    finish(by, write, &before, after, input.reason.as_deref()).await
}

/// Moves a driver to another hub of their fleet, or out of any.
pub(crate) async fn move_to_hub(by: &Actor<'_>, input: MoveDriverToHubInput) -> Result<Driver> {
    let id = check::required_id(&input.driver_id, "driverId")?;
    let hub_id = check::id(input.hub_id.as_ref(), "hubId")?;
    if let Scope::Hubs { hubs, .. } = by.scope()
        && hub_id.is_some_and(|hub| !hubs.contains(&hub))
    {
        return Err(Error::forbidden("This is not one of your hubs").field("hubId"));
    }
    // Asked before the transaction begins, so that no connection waits for another service.
    let hub = match hub_id {
        Some(hub_id) => directory::hub(by.app, hub_id).await?,
        None => None,
    };
    let mut write =
        match Write::begin(by, "moveDriverToHub", input.idempotency_key.as_deref(), &input).await? {
            Begun::Repeated(id) => return get(by, id).await,
            Begun::Fresh(write) => write,
        };
    let before = repository::lock(write.conn(), &by.scope(), id).await?;
    if hub_id.is_some() && hub.is_none_or(|hub| Some(hub.fleet_id) != before.fleet_id) {
        return Err(Error::validation("hubId", "The driver's fleet has no such hub"));
    }
    let after = Driver { hub_id, ..before.clone() };
    finish(by, write, &before, after, None).await
}

/// Saves a standing that an administrator changed, and commits.
pub(crate) async fn finish(
    by: &Actor<'_>,
    mut write: Write<'_>,
    before: &Driver,
    after: Driver,
    reason: Option<&str>,
) -> Result<Driver> {
    let because = Because { by: Some(by.viewer.user_id), reason };
    let driver = standing::change(write.conn(), &by.app.clock, before, after, because).await?;
    write.commit(driver.id).await?;
    Ok(driver)
}
