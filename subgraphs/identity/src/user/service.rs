//! What may happen with users: who may add, change, move and dismiss whom.

use kit::idempotency::{Attempt, claim, settle};
use kit::{Code, Error, Result, Role, Viewer};
use sqlx::PgConnection;
use uuid::Uuid;

use super::input::{CreateUserInput, SetUserScopeInput, UpdateUserInput, UserStateInput};
use super::{Sight, User, UserRole, check_scope, clean_name, repository};
use crate::app::{Identity, id};
use crate::session::{self, RevokeReason};
use crate::{events, place, rights};
use kit::phone;

/// The most hubs of one person.
const HUBS_MAX: usize = 50;

/// What a new account consists of.
pub struct Account {
    /// The id that it gets; a new one when nobody has chosen it.
    pub id: Option<Uuid>,
    pub name: String,
    pub phone: String,
    pub role: UserRole,
    pub fleet_id: Option<Uuid>,
    pub hub_ids: Vec<Uuid>,
}

/// Adds a person below the caller's rank, in the caller's fleet.
pub async fn create(app: &Identity, by: &Viewer, input: &CreateUserInput) -> Result<User> {
    by.require(&[Role::SuperAdmin, Role::FleetAdmin, Role::Manager])?;
    may_govern(by, input.role)?;
    let account = Account {
        id: None,
        name: clean_name("name", &input.name)?,
        phone: phone::normalise("phone", &input.phone)?,
        role: input.role,
        fleet_id: fleet_for(by, input.fleet_id.as_ref().map(|fleet| id("fleetId", fleet)).transpose()?)?,
        hub_ids: hub_ids(input.hub_ids.as_deref())?,
    };
    check_scope(account.role, account.fleet_id, &account.hub_ids)?;
    place::must_exist(app, account.fleet_id, &account.hub_ids).await?;
    let attempt = Attempt::new(input.idempotency_key.as_deref(), by.user_id, "createUser", input)?;
    once(app, by, attempt, async |tx| {
        let user = insert(tx, app, account, Some(by.user_id)).await?;
        events::user_created(tx, &app.clock, &user, None).await?;
        Ok(user)
    })
    .await
}

/// Adds a driver who signed up, and tells the others.
pub async fn insert_driver(
    conn: &mut PgConnection,
    app: &Identity,
    name: String,
    phone: String,
) -> Result<User> {
    let account =
        Account { id: None, name, phone, role: UserRole::Driver, fleet_id: None, hub_ids: Vec::new() };
    let user = insert(conn, app, account, None).await?;
    events::user_created(conn, &app.clock, &user, None).await?;
    Ok(user)
}

/// Writes a new account. The caller of this has checked it, and records the event.
pub async fn insert(
    conn: &mut PgConnection,
    app: &Identity,
    account: Account,
    by: Option<Uuid>,
) -> Result<User> {
    let now = app.clock.now();
    let user = User {
        id: account.id.unwrap_or_else(kit::ids::new_id),
        short_id: kit::ids::next_short_id(conn, "USR", now).await?,
        name: account.name,
        phone: account.phone,
        role: account.role,
        is_active: true,
        fleet_id: account.fleet_id,
        hub_ids: account.hub_ids,
        driver_id: None,
        version: 1,
        created_by: by,
        updated_by: by,
        created_at: now,
        updated_at: now,
    };
    repository::insert(conn, &user).await?;
    Ok(user)
}

/// Changes a person. Drivers change their own name; administrators whom they govern, in their fleet.
pub async fn update(app: &Identity, by: &Viewer, input: &UpdateUserInput) -> Result<User> {
    by.require(&[Role::SuperAdmin, Role::FleetAdmin, Role::Manager, Role::Driver])?;
    let target = id("id", &input.id)?;
    let office = office(app, by, target, input).await?;
    let attempt = Attempt::new(input.idempotency_key.as_deref(), by.user_id, "updateUser", input)?;
    once(app, by, attempt, async |tx| {
        let mut user = load(tx, by, target).await?;
        may_update(by, &user, input)?;
        expect_version(&user, input.expected_version)?;
        let before = user.clone();
        if let Some(name) = &input.name {
            user.name = clean_name("name", name)?;
        }
        if let Some(phone) = &input.phone {
            user.phone = phone::normalise("phone", phone)?;
        }
        user.is_active = input.is_active.unwrap_or(user.is_active);
        if let Some(office) = office {
            expect_version(&user, Some(office.thought_out_at))?;
            (user.role, user.fleet_id, user.hub_ids) = (office.role, office.fleet, office.hubs);
        }
        save(tx, app, Some(by.user_id), &before, &mut user).await?;
        Ok(user)
    })
    .await
}

/// Moves a person to another fleet or other hubs. Their tokens follow at the next refresh, within minutes.
pub async fn set_scope(app: &Identity, by: &Viewer, input: &SetUserScopeInput) -> Result<User> {
    by.require(&[Role::SuperAdmin, Role::FleetAdmin, Role::Manager])?;
    let target = id("userId", &input.user_id)?;
    let fleet = fleet_for(by, input.fleet_id.as_ref().map(|fleet| id("fleetId", fleet)).transpose()?)?;
    let hubs = hub_ids(input.hub_ids.as_deref())?;
    place::must_exist(app, fleet, &hubs).await?;
    let attempt = Attempt::new(input.idempotency_key.as_deref(), by.user_id, "setUserScope", input)?;
    once(app, by, attempt, async |tx| {
        let mut user = load(tx, by, target).await?;
        may_govern(by, user.role)?;
        expect_version(&user, input.expected_version)?;
        if user.driver_id.is_some() {
            let message = "A driver's fleet and hub follow the driver profile: move the driver";
            return Err(Error::conflict(message));
        }
        check_scope(user.role, fleet, &hubs)?;
        let before = user.clone();
        (user.fleet_id, user.hub_ids) = (fleet, hubs);
        save(tx, app, Some(by.user_id), &before, &mut user).await?;
        Ok(user)
    })
    .await
}

/// Switches a person off, which ends their sessions at once, or on again.
pub async fn set_active(app: &Identity, by: &Viewer, input: &UserStateInput, active: bool) -> Result<User> {
    by.require(&[Role::SuperAdmin])?;
    let target = id("id", &input.id)?;
    if target == by.user_id && !active {
        return Err(Error::validation("id", "You cannot deactivate yourself"));
    }
    let operation = if active { "reactivateUser" } else { "deactivateUser" };
    let attempt = Attempt::new(input.idempotency_key.as_deref(), by.user_id, operation, input)?;
    once(app, by, attempt, async |tx| {
        let mut user = load(tx, by, target).await?;
        let before = user.clone();
        user.is_active = active;
        save(tx, app, Some(by.user_id), &before, &mut user).await?;
        Ok(user)
    })
    .await
}

/// Makes a change in one transaction; for a key that was used before, gives what it made then.
async fn once(
    app: &Identity,
    by: &Viewer,
    attempt: Attempt<'_>,
    change: impl AsyncFnOnce(&mut PgConnection) -> Result<User>,
) -> Result<User> {
    let mut tx = app.pool.begin().await?;
    if let Some(known) = claim(&mut tx, &app.clock, &attempt).await? {
        let user = repository::find(&mut tx, sight(by), known).await?;
        return user.ok_or_else(|| Error::not_found("User"));
    }
    let user = change(&mut tx).await?;
    settle(&mut tx, &attempt, user.id).await?;
    tx.commit().await?;
    Ok(user)
}

/// Switches an account off because what it was made for has ended.
pub async fn switch_off(conn: &mut PgConnection, app: &Identity, mut user: User) -> Result<()> {
    let before = user.clone();
    user.is_active = false;
    save(conn, app, None, &before, &mut user).await
}

/// Saves what changed, if anything did, ends the sessions that must not go on, and tells the others, who withdraw or give
/// back what depends on the account.
async fn save(
    conn: &mut PgConnection,
    app: &Identity,
    by: Option<Uuid>,
    before: &User,
    user: &mut User,
) -> Result<()> {
    if user == before {
        return Ok(());
    }
    let now = app.clock.now();
    (user.updated_by, user.updated_at) = (by, now);
    repository::update(conn, user).await?;
    let reason = match (before.is_active && !user.is_active, before.role != user.role) {
        (true, _) => Some(RevokeReason::Deactivated),
        (false, true) => Some(RevokeReason::RoleChanged),
        (false, false) => None,
    };
    let sessions = match reason {
        Some(reason) => session::repository::revoke_all(conn, user.id, reason, now).await?,
        None => Vec::new(),
    };
    let rights = match before.is_active == user.is_active {
        true => None,
        false => Some(rights::begin(conn, app, user).await?),
    };
    if before.is_active && !user.is_active {
        events::user_deactivated(conn, &app.clock, user, &sessions, rights).await
    } else {
        events::user_updated(conn, &app.clock, user, rights).await
    }
}

/// A role, and where it is exercised.
struct Office {
    role: UserRole,
    fleet: Option<Uuid>,
    hubs: Vec<Uuid>,
    /// The version of the user for whom it was thought out.
    thought_out_at: i64,
}

/// The office that an update gives, if it gives one. Its fleet and hubs are asked for here, before any row is locked.
async fn office(
    app: &Identity,
    by: &Viewer,
    target: Uuid,
    input: &UpdateUserInput,
) -> Result<Option<Office>> {
    let Some(role) = input.role else {
        let unused = [("fleetId", input.fleet_id.is_some()), ("hubIds", input.hub_ids.is_some())];
        return match unused.into_iter().find(|(_, given)| *given) {
            Some((field, _)) => Err(Error::validation(
                field,
                "It goes with a role; setUserScope moves a person who keeps theirs",
            )),
            None => Ok(None),
        };
    };
    may_govern(by, role)?;
    let mut conn = app.pool.acquire().await?;
    let user = repository::find(&mut conn, sight(by), target).await?;
    drop(conn);
    let user = user.ok_or_else(|| Error::not_found("User"))?;
    may_update(by, &user, input)?;
    if user.driver_id.is_some() && role != UserRole::Driver {
        return Err(Error::conflict("This person has a driver profile and stays a driver").field("role"));
    }
    let fleet = match &input.fleet_id {
        Some(fleet) => fleet_for(by, Some(id("fleetId", fleet)?))?,
        None => user.fleet_id.filter(|_| role != UserRole::SuperAdmin),
    };
    let hubs = match &input.hub_ids {
        Some(hubs) => hub_ids(Some(hubs))?,
        None if role == UserRole::Operations => user.hub_ids,
        None => Vec::new(),
    };
    check_scope(role, fleet, &hubs)?;
    place::must_exist(app, fleet, &hubs).await?;
    Ok(Some(Office { role, fleet, hubs, thought_out_at: user.version }))
}

fn may_update(by: &Viewer, user: &User, input: &UpdateUserInput) -> Result<()> {
    let only_name = input.phone.is_none() && input.role.is_none() && input.is_active.is_none();
    if user.id == by.user_id {
        if by.role == Role::SuperAdmin && input.role.is_none() && input.is_active.is_none() {
            return Ok(());
        }
        return if only_name {
            Ok(())
        } else {
            Err(Error::forbidden("Of yourself you may change the name only"))
        };
    }
    may_govern(by, user.role)
}

fn may_govern(by: &Viewer, role: UserRole) -> Result<()> {
    if UserRole::from(by.role).governs(role) {
        return Ok(());
    }
    Err(Error::forbidden(format!("{} may not appoint or change a {}", by.role, role.as_str())).field("role"))
}

/// The fleet that a caller may put somebody into: any for a super admin, else their own.
fn fleet_for(by: &Viewer, asked: Option<Uuid>) -> Result<Option<Uuid>> {
    match (by.role, asked) {
        (Role::SuperAdmin, asked) => Ok(asked),
        (_, asked) if by.fleet_id.is_some() && (asked.is_none() || asked == by.fleet_id) => Ok(by.fleet_id),
        _ => Err(Error::forbidden("You may do this in your own fleet only").field("fleetId")),
    }
}

/// Hubs without repetition. They travel in every token and every signed principal, so there is an end to them.
fn hub_ids(ids: Option<&[async_graphql::ID]>) -> Result<Vec<Uuid>> {
    if ids.is_some_and(|ids| ids.len() > HUBS_MAX) {
        return Err(Error::validation("hubIds", format!("At most {HUBS_MAX} hubs")));
    }
    let mut hubs = ids.unwrap_or_default().iter().map(|hub| id("hubIds", hub)).collect::<Result<Vec<_>>>()?;
    hubs.sort_unstable();
    hubs.dedup();
    Ok(hubs)
}

fn expect_version(user: &User, expected: Option<i64>) -> Result<()> {
    match expected {
        Some(expected) if expected != user.version => {
            let message = "Somebody changed this user meanwhile; read again and retry";
            Err(Error::new(Code::STALE_VERSION, message).with("version", user.version))
        }
        _ => Ok(()),
    }
}

async fn load(conn: &mut PgConnection, by: &Viewer, id: Uuid) -> Result<User> {
    repository::lock(conn, sight(by), id).await?.ok_or_else(|| Error::not_found("User"))
}

fn sight(by: &Viewer) -> Sight {
    Sight::of(&kit::Caller::Viewer(by.clone()))
}
