//! What the sagas that ask another service about a driver do alike: ask, and ask again until there is an answer.

use kit::Clock;
use kit::error::Result;
use kit::outbox::{self, NewEvent};
use kit::saga::{self, NewSaga, Progress, Saga};
use serde_json::Value;
use sqlx::PgConnection;
use uuid::Uuid;

use super::{Driver, repository};
use crate::actor::App;

/// What is asked, and how the saga that waits for the answer is called.
pub(crate) struct Question {
    /// The kind of the sagas.
    pub(crate) kind: &'static str,
    /// What they wait for.
    pub(crate) step: &'static str,
    /// The event that asks; version 1.
    pub(crate) event_type: &'static str,
}

impl Question {
    /// Begins the saga `id` of a driver who was written in this transaction, and asks.
    pub(crate) async fn begin(
        &self,
        conn: &mut PgConnection,
        clock: &Clock,
        driver: &Driver,
        id: Uuid,
        payload: Value,
    ) -> Result<()> {
        let (kind, step, subject_id) = (self.kind, self.step, driver.id);
        saga::begin(conn, clock, NewSaga { id, kind, subject_id, step, payload: payload.clone() }).await?;
        self.ask(conn, clock, driver, payload).await
    }

    /// Asks once more, unless somebody is changing the driver just now.
    pub(crate) async fn repeat(&self, conn: &mut PgConnection, app: &App, saga: &Saga) -> Result<Progress> {
        let Some(driver) = repository::try_lock(conn, saga.subject_id).await? else {
            return Ok(Progress::Waiting);
        };
        self.ask(conn, &app.clock, &driver, saga.payload.clone()).await?;
        Ok(Progress::Repeated)
    }

    async fn ask(
        &self,
        conn: &mut PgConnection,
        clock: &Clock,
        driver: &Driver,
        payload: Value,
    ) -> Result<()> {
        let event = NewEvent {
            event_type: self.event_type,
            version: 1,
            aggregate_id: driver.id,
            aggregate_version: driver.version,
            payload,
        };
        outbox::record(conn, clock, event).await.map(drop)
    }
}
