//! The sagas of accounts: a fleet with its administrator and a manager with their login are written here and wait for the identity
//! service to make the account or say why it cannot; offices follow an account that is switched off or on.

pub mod graphql;
pub mod offices;
pub mod repository;

use std::sync::Arc;

use kit::saga::{self, NewSaga, Progress, Saga, State, Worker};
use kit::{Clock, Result};
use serde::Deserialize;
use serde_json::{Value, json};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::access::Reach;
use crate::app::App;
use crate::events;
use crate::fleet::{self, AccountState, Fleet};
use crate::listing::repository::lock;
use crate::manager::{self, FleetManager};

/// The kind of the sagas that make a fleet's administrator.
pub const FLEET_ADMIN: &str = "fleet_admin";

/// The kind of the sagas that make a manager's login.
pub const MANAGER_LOGIN: &str = "manager_login";

/// The mark on a saga whose login is ended as soon as it is made.
const END_LOGIN: &str = "endLogin";

/// The code of a refusal that is found here: the account is another serving manager's.
const USER_HAS_OFFICE: &str = "USER_HAS_OFFICE";

/// An account that is wanted.
pub struct Wanted<'a> {
    /// [`FLEET_ADMIN`] or [`MANAGER_LOGIN`].
    pub kind: &'static str,
    /// The fleet or the manager.
    pub subject: Uuid,
    pub fleet: Uuid,
    pub name: &'a str,
    pub phone: &'a str,
    pub requested_by: Option<Uuid>,
}

/// What an account was made for, as identity brings it back.
#[derive(Debug, Deserialize)]
pub struct Source {
    kind: String,
    id: Uuid,
    /// The saga that asked; older requests have none.
    request: Option<Uuid>,
}

/// How identity answered.
pub enum Answer {
    /// This account is there.
    Made(Uuid),
    /// There is none, with the code of why.
    Refused(String),
}

/// Begins the saga in the transaction that wrote who the account is for; gives what the event asks identity for.
pub async fn begin(conn: &mut PgConnection, clock: &Clock, wanted: &Wanted<'_>) -> Result<Value> {
    let id = kit::ids::new_id();
    let (kind, role) = match wanted.kind {
        FLEET_ADMIN => ("fleet", "FLEET_ADMIN"),
        _ => ("fleet_manager", "MANAGER"),
    };
    let account = json!({
        "source": { "kind": kind, "id": wanted.subject, "request": id },
        "name": wanted.name, "phone": wanted.phone, "role": role, "requestedBy": wanted.requested_by,
    });
    let new = NewSaga {
        id,
        kind: wanted.kind,
        subject_id: wanted.subject,
        step: "account",
        payload: json!({ "fleetId": wanted.fleet, "account": account }),
    };
    saga::begin(conn, clock, new).await?;
    Ok(account)
}

/// The saga of a login that is still being made, locked until the transaction ends. Whoever wants the manager too locks them
/// afterwards: answers and repeated steps take the two in this order.
pub async fn lock_login(conn: &mut PgConnection, manager: Uuid) -> Result<Option<Saga>> {
    saga::lock_running(conn, MANAGER_LOGIN, manager).await
}

/// The manager of this saga was let go by somebody who ends their login: it is ended as soon as identity says that it is there.
pub async fn end_login_when_made(conn: &mut PgConnection, app: &App, saga: Saga) -> Result<()> {
    let Saga { id, step, mut payload, .. } = saga;
    payload[END_LOGIN] = json!(true);
    saga::advance(conn, &app.clock, id, &step, &payload).await
}

/// Identity has answered: what waited is ready, or says why it is not. An answer to an earlier attempt changes nothing.
pub async fn settled(conn: &mut PgConnection, app: &App, source: &Source, answer: Answer) -> Result<()> {
    let kind = match source.kind.as_str() {
        "fleet" => FLEET_ADMIN,
        "fleet_manager" => MANAGER_LOGIN,
        _ => return Ok(()),
    };
    let saga = match source.request {
        Some(request) => match saga::lock(conn, kind, request).await? {
            Some(saga) => Some(saga),
            None => return Ok(()),
        },
        None => None,
    };
    let answer = match answer {
        Answer::Made(user) if kind == MANAGER_LOGIN => {
            match manager::repository::take_over_login(conn, source.id, user).await? {
                true => Answer::Made(user),
                false => Answer::Refused(USER_HAS_OFFICE.to_owned()),
            }
        }
        answer => answer,
    };
    let (state, user, reason) = match &answer {
        Answer::Made(user) => (AccountState::Ready, Some(*user), None),
        Answer::Refused(reason) => (AccountState::Refused, None, Some(reason.as_str())),
    };
    match kind {
        FLEET_ADMIN => fleet::repository::settle_admin(conn, source.id, state, user, reason).await?,
        _ => manager::repository::settle_login(conn, source.id, state, user, reason).await?,
    }
    if let Some(saga) = saga {
        if user.is_some() && saga.payload[END_LOGIN] == json!(true) {
            end_login(conn, app, source.id).await?;
        }
        let end = if reason.is_none() { State::Completed } else { State::Compensated };
        saga::end(conn, &app.clock, saga.id, end, reason).await?;
    }
    Ok(())
}

/// Tells identity again that a manager has left, now that their account has an id.
async fn end_login(conn: &mut PgConnection, app: &App, manager: Uuid) -> Result<()> {
    match lock::<FleetManager>(conn, &Reach::All, manager).await? {
        Some(manager) => events::fleet_manager_deactivated(conn, &app.clock, &manager, true).await,
        None => Ok(()),
    }
}

/// Asks identity once more, if something still waits for the answer.
async fn repeat(conn: &mut PgConnection, app: &App, saga: &Saga) -> Result<Progress> {
    let waiting = match saga.kind.as_str() {
        FLEET_ADMIN => {
            let fleet = lock::<Fleet>(conn, &Reach::All, saga.subject_id).await?;
            fleet.map(|fleet| (fleet.admin_state, fleet.version))
        }
        _ => {
            let manager = lock::<FleetManager>(conn, &Reach::All, saga.subject_id).await?;
            manager.map(|manager| (manager.login_state, manager.version))
        }
    };
    let Some((AccountState::Pending, version)) = waiting else {
        saga::end(conn, &app.clock, saga.id, State::Completed, Some("Nothing waits for it")).await?;
        return Ok(Progress::Moved);
    };
    events::account_requested(conn, &app.clock, (saga.subject_id, version), saga.payload.clone()).await?;
    Ok(Progress::Repeated)
}

/// What repeats the steps of this service's sagas.
pub fn worker(app: &Arc<App>) -> Worker {
    let worker = Worker::new("fleet-sagas", &app.pool, &app.clock);
    [FLEET_ADMIN, MANAGER_LOGIN].into_iter().fold(worker, |worker, kind| {
        let asking = app.clone();
        worker.on(kind, move |conn, saga| {
            let app = asking.clone();
            Box::pin(async move { repeat(conn, &app, saga).await })
        })
    })
}
