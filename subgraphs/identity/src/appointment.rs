//! Accounts that other services ask for by an event: the administrator of a new fleet, a manager with a login, a driver.

use kit::{Result, phone};
use serde::{Deserialize, Serialize};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::app::Identity;
use crate::events;
use crate::user::{self, Sight, User, UserRole};

/// What an account is made for; the one who asked recognises its request by it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Source {
    /// `fleet`, `fleet_manager` or `driver`.
    pub kind: String,
    /// Its id.
    pub id: Uuid,
    /// The attempt: comes back with the answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request: Option<Uuid>,
}

impl Source {
    /// The role that accounts of this origin have; none for an origin that nobody knows.
    fn role(&self) -> Option<UserRole> {
        match self.kind.as_str() {
            "fleet" => Some(UserRole::FleetAdmin),
            "fleet_manager" => Some(UserRole::Manager),
            "driver" => Some(UserRole::Driver),
            _ => None,
        }
    }
}

/// What identity reads from `fleet.created`, `fleet_manager.created` and `account.requested`.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Wanted {
    fleet_id: Uuid,
    account: Option<Account>,
}

/// The account that is wanted, if one is.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Account {
    source: Source,
    /// The id that a new account gets, where the one who asks has chosen it.
    user_id: Option<Uuid>,
    name: String,
    phone: String,
    role: UserRole,
    requested_by: Option<Uuid>,
}

/// What identity reads from `fleet_manager.deactivated`.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Ended {
    fleet_id: Uuid,
    user_id: Option<Uuid>,
    end_login: bool,
}

/// Switches the account of a manager off who left, if whoever let them go may do that.
pub async fn end(conn: &mut PgConnection, app: &Identity, ended: Ended) -> Result<()> {
    let Some(user_id) = ended.user_id.filter(|_| ended.end_login) else { return Ok(()) };
    match user::repository::lock(conn, Sight::Fleet(ended.fleet_id), user_id).await? {
        Some(user) if user.role == UserRole::Manager && user.is_active => {
            user::service::switch_off(conn, app, user).await
        }
        _ => Ok(()),
    }
}

/// Makes the account, or says why not. An account of this phone that fits already counts as made, so a request may be repeated.
pub async fn fulfil(conn: &mut PgConnection, app: &Identity, wanted: Wanted) -> Result<()> {
    let Some(account) = wanted.account else { return Ok(()) };
    let source = account.source.clone();
    match settle(conn, app, wanted.fleet_id, account).await? {
        Ok(user) => events::user_created(conn, &app.clock, &user, Some(&source)).await,
        Err(reason) => events::user_refused(conn, &app.clock, &source, reason).await,
    }
}

/// The account, made or found; or the code of why there can be none.
async fn settle(
    conn: &mut PgConnection,
    app: &Identity,
    fleet: Uuid,
    account: Account,
) -> Result<Result<User, &'static str>> {
    if account.source.role() != Some(account.role) {
        return Ok(Err("ROLE_NOT_APPOINTED"));
    }
    let Ok(phone) = phone::normalise("phone", &account.phone) else { return Ok(Err("PHONE_NOT_ACCEPTED")) };
    let Ok(name) = user::clean_name("name", &account.name) else { return Ok(Err("NAME_NOT_ACCEPTED")) };
    // Two requests for one phone come one after the other.
    crate::otp::repository::queue_up(conn, &phone).await?;
    if let Some(id) = account.user_id
        && let Some(made) = user::repository::find(conn, Sight::All, id).await?
    {
        return Ok(if made.role == account.role { Ok(made) } else { Err("USER_ID_TAKEN") });
    }
    if let Some(known) = user::repository::find_by_phone(conn, &phone).await? {
        return Ok(if fits(&known, fleet, &account) { Ok(known) } else { Err("PHONE_TAKEN") });
    }
    let new = user::service::Account {
        id: account.user_id,
        name,
        phone,
        role: account.role,
        fleet_id: Some(fleet),
        hub_ids: Vec::new(),
    };
    user::service::insert(conn, app, new, account.requested_by).await.map(Ok)
}

/// Whether somebody's account is what was asked for. Drivers may have signed up alone before a fleet takes them on.
fn fits(known: &User, fleet: Uuid, account: &Account) -> bool {
    let free = known.role == UserRole::Driver && known.driver_id.is_none() && known.fleet_id.is_none();
    let same = known.fleet_id == Some(fleet)
        && (known.role != UserRole::Driver || known.driver_id.is_none_or(|id| id == account.source.id));
    known.is_active && known.role == account.role && (free || same)
}
