//! What may happen with fleet managers: name one, let one go.

use kit::idempotency::Attempt;
use kit::{Error, Result, Role, Viewer};
use serde_json::Value;
use sqlx::PgConnection;
use uuid::Uuid;

use super::input::{CreateFleetManagerInput, DeactivateFleetManagerInput};
use super::{FleetManager, ManagerStatus, repository};
use crate::access::{RUNNERS, Reach, fleet_for};
use crate::account::offices;
use crate::app::App;
use crate::fleet::AccountState;
use crate::fleet::service::open_fleet;
use crate::service::{load, once};
use crate::{account, check, events, listing};
use kit::phone;

/// Names a manager, and asks the identity service for a login where one is wanted.
pub async fn create(app: &App, by: &Viewer, input: &CreateFleetManagerInput) -> Result<FleetManager> {
    by.require(&RUNNERS)?;
    let fleet = fleet_for(by, check::optional_id("fleetId", input.fleet_id.as_ref())?)?;
    let mut manager = draft(app, by, fleet, input)?;
    let attempt = Attempt::new(input.idempotency_key.as_deref(), by.user_id, "createFleetManager", input)?;
    once(app, by, attempt, async |tx| {
        open_fleet(tx, fleet).await?;
        manager.short_id = kit::ids::next_short_id(tx, "MGR", app.clock.now()).await?;
        repository::insert(tx, &manager).await?;
        let account = match manager.login_state {
            AccountState::Pending => Some(ask_for_login(tx, app, &manager).await?),
            _ => None,
        };
        events::fleet_manager_created(tx, &app.clock, &manager, account).await?;
        Ok(manager)
    })
    .await
}

/// Begins the saga of a manager's login; gives the account that is asked for.
async fn ask_for_login(conn: &mut PgConnection, app: &App, manager: &FleetManager) -> Result<Value> {
    let wanted = account::Wanted {
        kind: account::MANAGER_LOGIN,
        subject: manager.id,
        fleet: manager.fleet_id,
        name: &manager.name,
        phone: &manager.mobile,
        requested_by: manager.created_by,
    };
    account::begin(conn, &app.clock, &wanted).await
}

fn draft(app: &App, by: &Viewer, fleet: Uuid, input: &CreateFleetManagerInput) -> Result<FleetManager> {
    let now = app.clock.now();
    let login = input.with_login.unwrap_or_else(|| appoints_managers(by));
    if login && !appoints_managers(by) {
        return Err(Error::forbidden("Nobody appoints somebody of their own rank").field("withLogin"));
    }
    Ok(FleetManager {
        id: kit::ids::new_id(),
        short_id: String::new(),
        fleet_id: fleet,
        name: check::name("name", &input.name)?,
        mobile: phone::normalise("mobile", &input.mobile)?,
        profile_picture: check::file("profilePicture", input.profile_picture.as_deref())?,
        remarks: check::text("remarks", input.remarks.as_deref())?,
        status: ManagerStatus::Active,
        login_state: if login { AccountState::Pending } else { AccountState::None },
        user_id: None,
        login_refusal: None,
        version: 1,
        created_by: Some(by.user_id),
        updated_by: Some(by.user_id),
        created_at: now,
        updated_at: now,
    })
}

/// Lets a manager go. Whoever may appoint managers ends their login too.
pub async fn deactivate(app: &App, by: &Viewer, input: &DeactivateFleetManagerInput) -> Result<FleetManager> {
    by.require(&RUNNERS)?;
    let id = check::id("id", &input.id)?;
    let attempt =
        Attempt::new(input.idempotency_key.as_deref(), by.user_id, "deactivateFleetManager", input)?;
    once(app, by, attempt, async |tx| {
        let login_under_way = account::lock_login(tx, id).await?;
        let mut manager: FleetManager = load(tx, by, id).await?;
        if manager.status == ManagerStatus::Inactive {
            offices::forget(tx, id).await?;
            return Ok(manager);
        }
        manager.updated_by = Some(by.user_id);
        leave(tx, app, &mut manager, appoints_managers(by)).await?;
        if let Some(saga) = login_under_way.filter(|_| appoints_managers(by)) {
            account::end_login_when_made(tx, app, saga).await?;
        }
        Ok(manager)
    })
    .await
}

/// The account of a manager was switched off: they no longer serve. Gives the manager, if one served.
pub async fn account_ended(conn: &mut PgConnection, app: &App, user_id: Uuid) -> Result<Option<Uuid>> {
    let Some(mut manager) = repository::lock_by_user(conn, user_id).await? else { return Ok(None) };
    leave(conn, app, &mut manager, false).await?;
    Ok(Some(manager.id))
}

/// The account is back: the manager serves again.
pub async fn account_back(conn: &mut PgConnection, app: &App, manager: Uuid) -> Result<()> {
    let manager = listing::repository::lock::<FleetManager>(conn, &Reach::All, manager).await?;
    let Some(mut manager) = manager else { return Ok(()) };
    (manager.status, manager.updated_by) = (ManagerStatus::Active, None);
    manager.updated_at = app.clock.now();
    repository::update_status(conn, &mut manager).await
}

async fn leave(
    conn: &mut PgConnection,
    app: &App,
    manager: &mut FleetManager,
    end_login: bool,
) -> Result<()> {
    manager.status = ManagerStatus::Inactive;
    manager.updated_at = app.clock.now();
    repository::update_status(conn, manager).await?;
    events::fleet_manager_deactivated(conn, &app.clock, manager, end_login).await
}

/// A manager's account is one of the role MANAGER: those of a higher rank appoint it.
fn appoints_managers(by: &Viewer) -> bool {
    by.role > Role::Manager
}
