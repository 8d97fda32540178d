//! Timers that fire once for all replicas, and catch up after downtime.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use futures_util::future::BoxFuture;
use sqlx::PgPool;

use crate::clock::Clock;
use crate::error::{Error, Result};
use crate::server::{BackgroundTask, Shutdown};

/// The time that one run has to deal with: everything that fell due after `since` and up to `until`. After a downtime
/// it is as long as the downtime, so a job that works by it misses nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tick {
    /// The end of the last run that succeeded.
    pub since: DateTime<Utc>,
    /// Now.
    pub until: DateTime<Utc>,
}

type Job = Arc<dyn Fn(Tick) -> BoxFuture<'static, Result<()>> + Send + Sync>;

/// A job that runs every so often, on one replica at a time.
#[derive(Clone)]
pub struct Timer {
    name: &'static str,
    every: Duration,
    pool: PgPool,
    clock: Clock,
    job: Job,
}

impl Timer {
    /// `Timer::new("order-expiry", Duration::from_secs(60), pool, clock, move |tick| async move { … Ok(()) })`.
    /// The job must be repeatable: one that succeeded is run again if the note of it could not be committed, and one whose
    /// replica lost the database in the middle may still be at work when another begins.
    pub fn new<F, Fut>(name: &'static str, every: Duration, pool: &PgPool, clock: &Clock, job: F) -> Self
    where
        F: Fn(Tick) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<()>> + Send + 'static,
    {
        let job: Job = Arc::new(move |tick| Box::pin(job(tick)));
        Self { name, every, pool: pool.clone(), clock: clock.clone(), job }
    }

    /// The task that looks whether the timer is due. Every replica runs one; a row lock elects who works.
    pub fn task(self) -> BackgroundTask {
        BackgroundTask::new(self.name, move |shutdown| self.run(shutdown))
    }

    async fn run(self, shutdown: Shutdown) {
        let look = (self.every / 4).clamp(Duration::from_millis(50), Duration::from_secs(30));
        loop {
            if let Err(error) = self.run_if_due().await {
                tracing::error!(
                    timer = self.name,
                    error = error.log_line(),
                    "timer failed, it will be tried again"
                );
            }
            if !shutdown.sleep(look).await {
                return;
            }
        }
    }

    /// Runs the job if it is due and no other replica is at it; true if it ran. Errors: what the job says; it stays due.
    pub async fn run_if_due(&self) -> Result<bool> {
        let now = self.clock.now();
        let mut tx = self.pool.begin().await?;
        // A timer that has never run is due at once, for the period that ends now.
        let every = chrono::Duration::from_std(self.every).unwrap_or(chrono::Duration::days(1));
        sqlx::query("INSERT INTO timer (name, last_run_at) VALUES ($1, $2) ON CONFLICT DO NOTHING")
            .bind(self.name)
            .bind(now - every)
            .execute(&mut *tx)
            .await?;
        let since: Option<DateTime<Utc>> =
            sqlx::query_scalar("SELECT last_run_at FROM timer WHERE name = $1 FOR UPDATE SKIP LOCKED")
                .bind(self.name)
                .fetch_optional(&mut *tx)
                .await?;
        // Rolled back in so many words: a transaction that is dropped keeps its locks for a moment, in which another replica,
        // or the next look, would take the timer for taken.
        let Some(since) = since.filter(|since| *since + every <= now) else {
            tx.rollback().await?;
            return Ok(false);
        };
        if let Err(error) = self.work(Tick { since, until: now }).await {
            tx.rollback().await?;
            return Err(error);
        }
        sqlx::query("UPDATE timer SET last_run_at = $2 WHERE name = $1")
            .bind(self.name)
            .bind(now)
            .execute(&mut *tx)
            .await?;
        tx.commit().await?;
        Ok(true)
    }

    /// A job that panics has failed like any other, and is tried again.
    async fn work(&self, tick: Tick) -> Result<()> {
        let done = tokio::spawn((self.job)(tick)).await;
        done.unwrap_or_else(|failure| Err(Error::internal(format!("the job panicked: {failure}"))))
    }
}
