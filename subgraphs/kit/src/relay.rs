//! From the outbox to the bus: in log order, at least once, by one replica at a time.

use std::sync::Arc;
use std::time::Duration;

use sqlx::PgPool;

use crate::bus::EventBus;
use crate::envelope::Envelope;
use crate::error::Result;
use crate::outbox::{self, Filter};
use crate::server::{BackgroundTask, Shutdown};
use crate::wake::Wake;

/// How many events one transaction publishes.
const BATCH: i64 = 500;

/// The poll that backs up the notification.
const POLL: Duration = Duration::from_secs(1);

/// The longest pause while the bus refuses.
const MAX_PAUSE: Duration = Duration::from_secs(10);

/// Publishes what the outbox of one database holds.
#[derive(Clone)]
pub struct Relay {
    producer: &'static str,
    pool: PgPool,
    bus: Arc<dyn EventBus>,
}

impl Relay {
    /// A relay; `producer` is the name that the envelopes carry.
    pub fn new(producer: &'static str, pool: PgPool, bus: Arc<dyn EventBus>) -> Self {
        Self { producer, pool, bus }
    }

    /// The task that relays until it is stopped. Every replica runs one; the row lock of the cursor elects who works.
    pub fn task(self) -> BackgroundTask {
        BackgroundTask::new("relay", move |shutdown| self.run(shutdown))
    }

    async fn run(self, shutdown: Shutdown) {
        let mut wake = Wake::new(self.pool.clone());
        let mut pause = POLL;
        while !shutdown.is_requested() {
            match self.publish_batch().await {
                Ok(published) => {
                    pause = POLL;
                    if published > 0 {
                        continue;
                    }
                }
                Err(error) => {
                    tracing::warn!(
                        producer = self.producer,
                        error = error.log_line(),
                        "relay could not publish"
                    );
                    pause = (pause * 2).min(MAX_PAUSE);
                    if !shutdown.sleep(pause.min(Duration::from_secs(1))).await {
                        return;
                    }
                }
            }
            tokio::select! {
                () = shutdown.requested() => return,
                () = wake.next(pause) => {}
            }
        }
    }

    /// Publishes everything that is in the outbox now and returns how many events that were. For tests and for `drain`s.
    pub async fn publish_pending(&self) -> Result<usize> {
        let mut total = 0;
        loop {
            match self.publish_batch().await? {
                0 => return Ok(total),
                published => total += published,
            }
        }
    }

    /// One transaction: lock the cursor, publish what follows it, move it. A crash anywhere in between publishes again.
    /// 0 if there is nothing to do, or another replica is at it.
    async fn publish_batch(&self) -> Result<usize> {
        outbox::place(&self.pool).await?;
        let mut tx = self.pool.begin().await?;
        let cursor: Option<i64> = sqlx::query_scalar(
            "SELECT position FROM outbox_cursor WHERE name = 'relay' FOR UPDATE SKIP LOCKED",
        )
        .fetch_optional(&mut *tx)
        .await?;
        let Some(cursor) = cursor else { return Ok(0) };
        let batch = outbox::read_after(&mut tx, self.producer, cursor, &Filter::all(), BATCH).await?;
        // Rolled back in so many words: dropped, it would keep the cursor locked for a moment, and whoever looks in it would
        // find somebody at work.
        if batch.is_empty() {
            tx.rollback().await?;
            return Ok(0);
        }
        let events: Vec<Envelope> = batch.iter().map(|placed| placed.envelope.clone()).collect();
        let results = self.bus.publish_all(&events).await;
        let safe = results.iter().take_while(|result| result.is_ok()).count();
        if safe > 0 {
            sqlx::query("UPDATE outbox_cursor SET position = $1, updated_at = now() WHERE name = 'relay'")
                .bind(batch[safe - 1].position)
                .execute(&mut *tx)
                .await?;
            tx.commit().await?;
        } else {
            tx.rollback().await?;
        }
        match results.into_iter().nth(safe) {
            Some(Err(error)) => Err(error),
            _ => Ok(safe),
        }
    }
}
