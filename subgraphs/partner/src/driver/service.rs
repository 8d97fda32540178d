//! What may happen to drivers, by whom.

use kit::clock::ist_date;
use kit::error::{Code, Error, Result};
use kit::ids::{new_id, next_short_id};
use kit::{Clock, Role, Scope};
use sqlx::PgConnection;
use uuid::Uuid;

use super::account::{self, NewAccount};
use super::history::{self, DriverChange, DriverChangeKind};
use super::input::{
    BankAccountInput, CreateDriverInput, DriverProfileInput, MoveDriverToHubInput,
    SetDriverAvailabilityInput, SetDriverStatusInput, UpdateDriverInput,
};
use super::standing::{self, Because, Cause};
use super::{AccountStatus, Driver, DriverStatus, check_status_change, profile, repository};
use crate::actor::{Actor, App};
use crate::directory::UserRef;
use crate::directory::service as directory;
use crate::input as check;
use crate::referral::service as referrals;
use crate::seal::masked;
use crate::write::{Begun, Write};

/// One driver in the actor's scope. Errors: NOT_FOUND.
pub(crate) async fn get(by: &Actor<'_>, id: Uuid) -> Result<Driver> {
    let mut conn = by.app.pool.acquire().await?;
    repository::find(&mut conn, &by.scope(), id).await?.ok_or_else(|| Error::not_found("Driver"))
}

/// Whose profile is made.
enum Person {
    /// A user who is there.
    Known(UserRef),
    /// Somebody who gets an account together with the profile.
    New(NewAccount),
}

/// Makes the profile of a user who drives, or of somebody who becomes one.
pub(crate) async fn create(by: &Actor<'_>, input: CreateDriverInput) -> Result<Driver> {
    let hub_id = check::id(input.hub_id.as_ref(), "hubId")?;
    let fleet_id = by.fleet(check::id(input.fleet_id.as_ref(), "fleetId")?, "fleetId")?;
    by.check_hub(hub_id, "hubId")?;
    // Who got an answer to this key gets it again, whatever has become of the user since.
    let key = input.idempotency_key.as_deref();
    if let Some(known) = Write::answered(by, "createDriver", key, &input).await? {
        return get(by, known).await;
    }
    let person = person(by, &input, fleet_id).await?;
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
    let (user_id, name, phone) = match &person {
        Person::Known(user) => (user.id, &user.name, &user.phone),
        Person::New(account) => (new_id(), &account.name, &account.phone),
    };
    let mut driver = profile::blank(new_id(), short_id, user_id, now);
    if let Person::New(_) = person {
        (driver.account_status, driver.status) = (AccountStatus::Pending, DriverStatus::Inactive);
    }
    driver.fleet_id = Some(fleet_id);
    driver.hub_id = hub_id;
    driver.created_by = Some(by.viewer.user_id);
    driver.payment_model = input.payment_model;
    let names = profile::names(input.first_name.as_deref(), input.last_name.as_deref(), name)?;
    (driver.first_name, driver.last_name) = names;
    driver.mobile = check::phone(input.mobile.as_deref().unwrap_or(phone), "mobile")?;
    if let Some(points) = input.rev_share_basis_points {
        driver.rev_share_bp = profile::rev_share(points)?;
    }
    let driver = insert(&mut write, by, driver, input.profile.as_ref(), input.bank.as_ref()).await?;
    match &person {
        Person::Known(_) => open(write.conn(), &by.app.clock, &driver).await?,
        Person::New(account) => account::request(write.conn(), &by.app.clock, &driver, account).await?,
    }
    write.commit(driver.id).await?;
    Ok(driver)
}

/// Whose profile an input is about. Errors: VALIDATION for none or both, what is wrong with the user, CONFLICT for a phone that is
/// somebody else's.
async fn person(by: &Actor<'_>, input: &CreateDriverInput, fleet_id: Uuid) -> Result<Person> {
    match (check::id(input.user_id.as_ref(), "userId")?, &input.account) {
        (Some(user), None) => user_who_drives(by, user, fleet_id).await.map(Person::Known),
        (None, Some(account)) => {
            let account = account::checked(account)?;
            let known = account::known(by, &account.phone, fleet_id).await?;
            Ok(known.map_or(Person::New(account), Person::Known))
        }
        (None, None) => Err(Error::validation("userId", "Name the user, or the account to make")),
        (Some(_), Some(_)) => Err(Error::validation("account", "This user has an account already")),
    }
}

/// Announces a driver whose account is there, and gives them what every driver has.
pub(crate) async fn open(conn: &mut PgConnection, clock: &Clock, driver: &Driver) -> Result<()> {
    standing::announce(conn, clock, driver, "driver.created", Cause::default()).await?;
    welcome(conn, clock, driver).await
}

/// Gives a driver what every driver has: a code to bring others with.
pub(crate) async fn welcome(conn: &mut PgConnection, clock: &Clock, driver: &Driver) -> Result<()> {
    referrals::issue_code(conn, driver.user_id, clock.now()).await
}

/// Inserts a prepared driver with their personal data.
pub(crate) async fn insert(
    write: &mut Write<'_>,
    by: &Actor<'_>,
    driver: Driver,
    profile: Option<&DriverProfileInput>,
    bank: Option<&BankAccountInput>,
) -> Result<Driver> {
    let mut driver = repository::insert(write.conn(), &driver).await?;
    if profile.is_some() || bank.is_some() {
        apply(by.app, &mut driver, profile, bank)?;
        driver = repository::save_profile(write.conn(), &driver).await?;
    }
    Ok(driver)
}

fn apply(
    app: &App,
    driver: &mut Driver,
    profile: Option<&DriverProfileInput>,
    bank: Option<&BankAccountInput>,
) -> Result<()> {
    if let Some(profile) = profile {
        profile::apply_profile(driver, profile, &app.sealer, ist_date(app.clock.now()))?;
    }
    if let Some(bank) = bank {
        profile::apply_bank(driver, bank, &app.sealer)?;
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
        && let Some(field) = profile::beyond_contact(&input)
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
        driver.rev_share_bp = profile::rev_share(points)?;
    }
    driver.payment_model = input.payment_model.or(driver.payment_model);
    let before = driver.bank_account_last4.clone();
    apply(by.app, &mut driver, input.profile.as_ref(), input.bank.as_ref())?;
    driver.updated_at = by.app.clock.now();
    driver.updated_by = Some(by.viewer.user_id);
    let driver = repository::save_profile(write.conn(), &driver).await?;
    standing::announce(write.conn(), &by.app.clock, &driver, "driver.updated", Cause::default()).await?;
    if input.bank.is_some() {
        bank_changed(write.conn(), by, &driver, before.as_deref()).await?;
    }
    write.commit(driver.id).await?;
    Ok(driver)
}

/// Where a driver's money goes was changed: that is kept with who did it, and told, so that the driver can be warned.
async fn bank_changed(
    conn: &mut PgConnection,
    by: &Actor<'_>,
    driver: &Driver,
    before: Option<&str>,
) -> Result<()> {
    let from_value = before.map(masked);
    let row = DriverChange {
        driver_id: driver.id,
        what: DriverChangeKind::Bank,
        from_value: from_value.clone(),
        to_value: driver.bank_account_last4.as_deref().map(masked),
        reason: Some(format!("By {}", by.viewer.role)),
        changed_at: driver.updated_at,
        changed_by: Some(by.viewer.user_id),
    };
    history::insert(conn, &row).await?;
    let who = (by.viewer.user_id, by.viewer.role);
    let cause = Cause { previous: from_value.as_deref(), reason: None, by: Some(who) };
    standing::announce(conn, &by.app.clock, driver, "driver.bank_changed", cause).await
}

/// ACTIVE ↔ INACTIVE.
pub(crate) async fn set_status(by: &Actor<'_>, input: SetDriverStatusInput) -> Result<Driver> {
    let id = check::required_id(&input.id, "id")?;
    let reason = check::optional_text(input.reason.as_deref(), "reason", 500)?;
    let mut write =
        match Write::begin(by, "setDriverStatus", input.idempotency_key.as_deref(), &input).await? {
            Begun::Repeated(id) => return get(by, id).await,
            Begun::Fresh(write) => write,
        };
    let before = repository::lock(write.conn(), &by.scope(), id).await?;
    check_status_change(before.status, input.status)?;
    check_account(&before)?;
    let after = Driver { status: input.status, account_withdrawn: false, ..before.clone() };
    finish(by, write, &before, after, reason.as_deref()).await
}

/// Nobody is put into or out of service by hand whose account is not there, or was switched off.
fn check_account(driver: &Driver) -> Result<()> {
    if driver.account_status != AccountStatus::Ready {
        return Err(Error::conflict("The driver has no account yet")
            .with("accountStatus", driver.account_status.as_str()));
    }
    if driver.account_withdrawn {
        return Err(Error::conflict("The driver's account was deactivated: reactivate the user"));
    }
    Ok(())
}

/// The administrator's switch: force off, or let availability follow from status, trips and breaks.
pub(crate) async fn set_availability(by: &Actor<'_>, input: SetDriverAvailabilityInput) -> Result<Driver> {
    let id = check::required_id(&input.id, "id")?;
    let reason = check::optional_text(input.reason.as_deref(), "reason", 500)?;
    let mut write =
        match Write::begin(by, "setDriverAvailability", input.idempotency_key.as_deref(), &input).await? {
            Begun::Repeated(id) => return get(by, id).await,
            Begun::Fresh(write) => write,
        };
    let before = repository::lock(write.conn(), &by.scope(), id).await?;
    let after = Driver { forced_unavailable: !input.available, ..before.clone() };
    finish(by, write, &before, after, reason.as_deref()).await
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
