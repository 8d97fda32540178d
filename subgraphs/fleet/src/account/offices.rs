//! Offices follow the account: managers of fleets and hubs leave when the user is switched off, and come back with the user
//! unless somebody else has their place.

use kit::{Envelope, Result};
use serde::Deserialize;
use sqlx::PgConnection;
use uuid::Uuid;

use super::repository::{self, Office, OfficeKind};
use crate::app::App;
use crate::events::{self, VERSION};
use crate::{hub_manager, manager};

/// What is read of `user.deactivated` and `user.updated`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Switched {
    user_id: Uuid,
    is_active: Option<bool>,
    /// The saga that wants to hear when this service has followed.
    rights_request: Option<Uuid>,
}

/// Brings the offices of a user to what their account says, and answers if somebody waits for that. Older news than what is
/// known changes nothing.
pub async fn follow(conn: &mut PgConnection, app: &App, event: &Envelope) -> Result<()> {
    let news: Switched = event.read(VERSION)?;
    let off = event.event_type == "user.deactivated";
    // Any other change of an account that is on moves no office.
    if off || news.rights_request.is_some() {
        let active = news.is_active.unwrap_or(!off);
        if repository::keep_switch(conn, news.user_id, active, event.aggregate_version).await? {
            match active {
                true => give_back(conn, app, news.user_id).await?,
                false => withdraw(conn, app, news.user_id).await?,
            }
        }
    }
    match news.rights_request {
        Some(request) => events::manager_rights_settled(conn, &app.clock, event, request).await,
        None => Ok(()),
    }
}

/// A manager who had left with their account is let go for good: the office does not come back with the account.
pub async fn forget(conn: &mut PgConnection, manager_id: Uuid) -> Result<()> {
    repository::forget_office(conn, manager_id).await
}

async fn withdraw(conn: &mut PgConnection, app: &App, user_id: Uuid) -> Result<()> {
    if let Some(manager_id) = manager::service::account_ended(conn, app, user_id).await? {
        let office = Office { manager_id, kind: OfficeKind::Fleet, user_id, hub_id: None };
        repository::keep_office(conn, &office).await?;
    }
    for (manager_id, hub_id) in hub_manager::service::account_ended(conn, app, user_id).await? {
        let office = Office { manager_id, kind: OfficeKind::Hub, user_id, hub_id };
        repository::keep_office(conn, &office).await?;
    }
    Ok(())
}

async fn give_back(conn: &mut PgConnection, app: &App, user_id: Uuid) -> Result<()> {
    for Office { manager_id, kind, hub_id, .. } in repository::take_offices(conn, user_id).await? {
        if repository::is_taken(conn, kind, manager_id).await? {
            continue;
        }
        match kind {
            OfficeKind::Fleet => manager::service::account_back(conn, app, manager_id).await?,
            OfficeKind::Hub => hub_manager::service::account_back(conn, app, manager_id, hub_id).await?,
        }
    }
    Ok(())
}
