//! The timer that repeats the steps of sagas of which nothing is heard, and reports those that stay stuck.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use sqlx::{PgConnection, PgPool};

use super::{STUCK_AFTER, Saga, store};
use crate::clock::Clock;
use crate::error::{Error, Result};
use crate::scheduler::Timer;
use crate::server::Service;

/// What repeating a step came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// It was done once more; an answer is waited for.
    Repeated,
    /// Something else has to happen first, which may take its time: no attempt is counted.
    Waiting,
    /// The saga has ended or come to another step.
    Moved,
}

type Repeat =
    Arc<dyn for<'c> Fn(&'c mut PgConnection, &'c Saga) -> BoxFuture<'c, Result<Progress>> + Send + Sync>;

/// Repeats steps that are due. Every replica runs one; row locks share the work out.
#[derive(Clone)]
pub struct Worker {
    name: &'static str,
    pool: PgPool,
    clock: Clock,
    kinds: BTreeMap<&'static str, Repeat>,
}

impl Worker {
    /// A worker without sagas; `name` is that of its timer.
    pub fn new(name: &'static str, pool: &PgPool, clock: &Clock) -> Self {
        Self { name, pool: pool.clone(), clock: clock.clone(), kinds: BTreeMap::new() }
    }

    /// Adds a kind of saga: `repeat` does the step at hand once more, in the transaction it is given. It must be repeatable.
    pub fn on<F>(mut self, kind: &'static str, repeat: F) -> Self
    where
        F: for<'c> Fn(&'c mut PgConnection, &'c Saga) -> BoxFuture<'c, Result<Progress>>
            + Send
            + Sync
            + 'static,
    {
        self.kinds.insert(kind, Arc::new(repeat));
        self
    }

    /// Adds the timer and the gauge `dk_stuck_sagas` to a service.
    pub fn serve(self, service: Service, every: Duration) -> Service {
        let pool = self.pool.clone();
        let help = "Sagas whose step was repeated again and again without an answer";
        service.metrics.gauge("dk_stuck_sagas", help, move || {
            let pool = pool.clone();
            async move { store::count_stuck(&pool).await }
        });
        let (name, pool, clock) = (self.name, self.pool.clone(), self.clock.clone());
        let run = move |_| {
            let worker = self.clone();
            async move { worker.run_due().await.map(drop) }
        };
        service.task(Timer::new(name, every, &pool, &clock, run).task())
    }

    /// Repeats the step of every saga that is due, each in a transaction of its own; returns how many those were.
    pub async fn run_due(&self) -> Result<usize> {
        let now = self.clock.now();
        let mut done = 0;
        loop {
            let mut tx = self.pool.begin().await?;
            let Some(saga) = store::lock_due(&mut tx, now).await? else {
                store::prune(&mut tx, now).await?;
                tx.commit().await?;
                return Ok(done);
            };
            done += 1;
            match self.repeat(&mut tx, &saga).await {
                Ok(Progress::Moved) => {}
                Ok(Progress::Repeated) => {
                    store::note(&mut tx, &saga, saga.attempts + 1, None, now).await?;
                    report(&saga, None);
                }
                Ok(Progress::Waiting) => store::note(&mut tx, &saga, 0, None, now).await?,
                Err(error) => {
                    // What the step did before it failed goes; that it failed is noted.
                    tx.rollback().await?;
                    tx = self.pool.begin().await?;
                    let cause = error.log_line().to_string();
                    store::note(&mut tx, &saga, saga.attempts + 1, Some(&cause), now).await?;
                    report(&saga, Some(&cause));
                }
            }
            tx.commit().await?;
        }
    }

    async fn repeat(&self, conn: &mut PgConnection, saga: &Saga) -> Result<Progress> {
        match self.kinds.get(saga.kind.as_str()) {
            Some(repeat) => repeat(conn, saga).await,
            None => Err(Error::internal(format!("nobody knows sagas of the kind {}", saga.kind))),
        }
    }
}

fn report(saga: &Saga, error: Option<&str>) {
    let attempts = saga.attempts + 1;
    if attempts >= STUCK_AFTER {
        tracing::error!(saga = %saga.id, kind = saga.kind, subject = %saga.subject_id, step = saga.step, attempts,
            error, "a saga is stuck");
    } else {
        tracing::info!(saga = %saga.id, kind = saga.kind, subject = %saga.subject_id, step = saga.step, attempts,
            error, "a step is repeated");
    }
}
