//! What other services let a person do follows the account: a saga asks them to withdraw it or to give it back, and ends when
//! each has answered.

pub mod graphql;

use kit::saga::{self, NewSaga, Progress, Saga, State};
use kit::{Error, Result};
use serde::{Deserialize, Serialize};
use serde_json::json;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::app::Identity;
use crate::events;
use crate::user::{Sight, User, repository};

/// The kind of these sagas.
pub const KIND: &str = "user_rights";

/// Who keeps rights of people: drivers are the partner service's, managers of fleets and hubs the fleet service's.
const SERVICES: [&str; 2] = ["fleet", "partner"];

/// What a running saga remembers.
#[derive(Serialize, Deserialize)]
struct Asked {
    /// Who has not answered yet.
    waiting: Vec<String>,
}

/// What identity reads from `driver_rights.settled` and `manager_rights.settled`.
#[derive(Clone, Debug, Deserialize)]
pub struct Settled {
    /// The saga that asked.
    pub request: Uuid,
    /// The service that answers.
    pub by: String,
}

/// Begins to ask, in the transaction that switched an account off or on; the event carries the id that this gives. A saga
/// of an earlier switch is overtaken.
pub async fn begin(conn: &mut PgConnection, app: &Identity, user: &User) -> Result<Uuid> {
    let new = NewSaga {
        id: kit::ids::new_id(),
        kind: KIND,
        subject_id: user.id,
        step: if user.is_active { "restore" } else { "withdraw" },
        payload: json!(Asked { waiting: SERVICES.map(str::to_owned).into() }),
    };
    let id = new.id;
    saga::begin(conn, &app.clock, new).await?;
    Ok(id)
}

/// One of the services has answered. An answer to a saga that was overtaken changes nothing.
pub async fn settled(conn: &mut PgConnection, app: &Identity, answer: Settled) -> Result<()> {
    let Some(saga) = saga::lock(conn, KIND, answer.request).await? else { return Ok(()) };
    let mut asked: Asked = serde_json::from_value(saga.payload).map_err(Error::internal)?;
    asked.waiting.retain(|service| *service != answer.by);
    if asked.waiting.is_empty() {
        saga::end(conn, &app.clock, saga.id, State::Completed, None).await?;
        return Ok(());
    }
    saga::advance(conn, &app.clock, saga.id, &saga.step, &json!(asked)).await
}

/// Tells the others once more what the account is now.
pub async fn repeat(conn: &mut PgConnection, app: &Identity, saga: &Saga) -> Result<Progress> {
    let Some(user) = repository::lock(conn, Sight::All, saga.subject_id).await? else {
        saga::end(conn, &app.clock, saga.id, State::Compensated, Some("The user is gone")).await?;
        return Ok(Progress::Moved);
    };
    if user.is_active {
        events::user_updated(conn, &app.clock, &user, Some(saga.id)).await?;
    } else {
        events::user_deactivated(conn, &app.clock, &user, &[], Some(saga.id)).await?;
    }
    Ok(Progress::Repeated)
}
