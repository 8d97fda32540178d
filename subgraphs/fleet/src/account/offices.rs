//! Offices follow the account: managers of fleets and hubs leave when the user is switched off, and come back with the user
//! unless somebody else has their place.

use kit::{Envelope, Result};
use serde::Deserialize;
use sqlx::PgConnection;
use uuid::Uuid;

use super::repository::{self, Office, OfficeKind};
use crate::access::Reach;
use crate::app::App;
use crate::events::{self, VERSION};
use crate::hub::{self, Hub};
use crate::hub_manager::{self, HubManager};
use crate::listing::repository::lock;
use crate::manager::{self, FleetManager, ManagerStatus};

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

async fn withdraw(conn: &mut PgConnection, app: &App, user_id: Uuid) -> Result<()> {
    if let Some(manager_id) = manager::service::account_ended(conn, app, user_id).await? {
        let office = Office { manager_id, kind: OfficeKind::Fleet, user_id, hub_id: None };
        repository::keep_office(conn, &office).await?;
    }
    for mut manager in hub_manager::repository::lock_serving(conn, user_id).await? {
        (manager.status, manager.updated_by) = (ManagerStatus::Inactive, None);
        manager.updated_at = app.clock.now();
        hub_manager::repository::update(conn, &mut manager).await?;
        let hub_id = leave_hub(conn, app, manager.id).await?;
        let office = Office { manager_id: manager.id, kind: OfficeKind::Hub, user_id, hub_id };
        repository::keep_office(conn, &office).await?;
    }
    Ok(())
}

/// Takes a manager out of the hub they are in charge of; gives which one that was.
async fn leave_hub(conn: &mut PgConnection, app: &App, manager: Uuid) -> Result<Option<Uuid>> {
    let Some(hub) = hub::repository::of_managers(conn, &Reach::All, &[manager]).await?.pop() else {
        return Ok(None);
    };
    put_in_charge(conn, app, hub.id, Some(manager), None).await?;
    Ok(Some(hub.id))
}

/// Changes who is in charge of a hub, if that is still whom one thinks.
async fn put_in_charge(
    conn: &mut PgConnection,
    app: &App,
    hub: Uuid,
    before: Option<Uuid>,
    after: Option<Uuid>,
) -> Result<()> {
    match lock::<Hub>(conn, &Reach::All, hub).await? {
        Some(mut hub) if hub.hub_manager_id == before => {
            (hub.hub_manager_id, hub.updated_by, hub.updated_at) = (after, None, app.clock.now());
            hub::repository::update(conn, &mut hub).await?;
            events::hub_upserted(conn, &app.clock, &hub).await
        }
        _ => Ok(()),
    }
}

async fn give_back(conn: &mut PgConnection, app: &App, user_id: Uuid) -> Result<()> {
    for office in repository::take_offices(conn, user_id).await? {
        if repository::is_taken(conn, &office).await? {
            continue;
        }
        match office.kind {
            OfficeKind::Fleet => {
                if let Some(mut manager) = lock::<FleetManager>(conn, &Reach::All, office.manager_id).await? {
                    (manager.status, manager.updated_by) = (ManagerStatus::Active, None);
                    manager.updated_at = app.clock.now();
                    manager::repository::update_status(conn, &mut manager).await?;
                }
            }
            OfficeKind::Hub => {
                if let Some(mut manager) = lock::<HubManager>(conn, &Reach::All, office.manager_id).await? {
                    (manager.status, manager.updated_by) = (ManagerStatus::Active, None);
                    manager.updated_at = app.clock.now();
                    hub_manager::repository::update(conn, &mut manager).await?;
                    if let Some(hub) = office.hub_id {
                        put_in_charge(conn, app, hub, None, Some(manager.id)).await?;
                    }
                }
            }
        }
    }
    Ok(())
}
