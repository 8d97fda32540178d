//! Accounts that other services ask for by an event: the administrator of a new fleet, a manager with a login.

use kit::Result;
use serde::{Deserialize, Serialize};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::app::Identity;
use crate::events;
use crate::user::{self, Sight, UserRole};

/// What an account is made for; the one who asked recognises its request by it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Source {
    /// `fleet` or `fleet_manager`.
    pub kind: String,
    /// Its id.
    pub id: Uuid,
}

/// What identity reads from `fleet.created` and `fleet_manager.created`.
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

/// Makes the account, or says why not. An account of this phone that fits already counts as made.
pub async fn fulfil(conn: &mut PgConnection, app: &Identity, wanted: Wanted) -> Result<()> {
    let Some(account) = wanted.account else { return Ok(()) };
    if !matches!(account.role, UserRole::FleetAdmin | UserRole::Manager) {
        return events::user_refused(conn, &app.clock, &account.source, "ROLE_NOT_APPOINTED").await;
    }
    // Two requests for one phone come one after the other.
    crate::otp::repository::queue_up(conn, &account.phone).await?;
    if let Some(known) = user::repository::find_by_phone(conn, &account.phone).await? {
        let fits = known.fleet_id == Some(wanted.fleet_id) && known.role == account.role && known.is_active;
        return if fits {
            events::user_created(conn, &app.clock, &known, Some(&account.source)).await
        } else {
            events::user_refused(conn, &app.clock, &account.source, "PHONE_TAKEN").await
        };
    }
    let new = user::service::Account {
        name: user::clean_name("name", &account.name)?,
        phone: account.phone,
        role: account.role,
        fleet_id: Some(wanted.fleet_id),
        hub_ids: Vec::new(),
    };
    let user = user::service::insert(conn, app, new, account.requested_by).await?;
    events::user_created(conn, &app.clock, &user, Some(&account.source)).await
}
