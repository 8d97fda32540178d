//! The bus inside one process: an event is published when every queue it matches has handled it or given it up.
//!
//! Nothing is kept here. A crash loses what was in flight, and the outbox relay publishes it again after the restart; dead
//! letters are rows of the subscribing subgraph's database.

use std::sync::{Arc, PoisonError, RwLock};

use futures_util::future::{BoxFuture, join_all};
use sqlx::types::Json;
use sqlx::{PgPool, Row};
use tokio::sync::oneshot;

use super::lanes::{Job, Lanes, Verdict};
use super::{DeadLetter, Delivery, EventBus, Handler, Subscription, belongs_to};
use crate::envelope::Envelope;
use crate::error::{Error, Result};

type Receipt = oneshot::Sender<Result<()>>;

/// A bus for services that share a process. Clones are the same bus.
#[derive(Clone, Default)]
pub struct EmbeddedBus {
    queues: Arc<RwLock<Vec<Arc<Queue>>>>,
}

struct Queue {
    subscription: Subscription,
    lanes: Lanes<Receipt>,
}

impl EmbeddedBus {
    /// A bus without queues. Subscribe everything before anything is published: there is nobody to keep an event for a
    /// queue that comes later.
    pub fn new() -> Self {
        Self::default()
    }

    fn queues(&self) -> Vec<Arc<Queue>> {
        self.queues.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn queue(&self, name: &str) -> Result<Arc<Queue>> {
        let found = self.queues().into_iter().find(|queue| queue.subscription.queue == name);
        found.ok_or_else(|| Error::not_found("Queue"))
    }

    /// Hands an event to every matching queue, in the order of the calls; the answers come later.
    fn dispatch(&self, event: &Envelope) -> Result<Vec<oneshot::Receiver<Result<()>>>> {
        let mut answers = Vec::new();
        let mut served: Vec<String> = Vec::new();
        for queue in self.queues() {
            let name = &queue.subscription.queue;
            // Two subscriptions of one name are two workers of one queue: one of them gets it.
            if queue.subscription.wants(&event.event_type) && !served.contains(name) {
                served.push(name.clone());
                answers.push(queue.send(event.clone(), false)?);
            }
        }
        Ok(answers)
    }
}

impl Queue {
    fn send(&self, event: Envelope, redelivered: bool) -> Result<oneshot::Receiver<Result<()>>> {
        let (receipt, answer) = oneshot::channel();
        self.lanes.send(Job { delivery: Delivery { event, redelivered }, receipt })?;
        Ok(answer)
    }

    fn dead_letters(&self) -> Result<&PgPool> {
        let pool = self.subscription.dead_letters.as_ref();
        pool.ok_or_else(|| Error::internal(format!("{} keeps no dead letters", self.subscription.queue)))
    }
}

impl EventBus for EmbeddedBus {
    fn publish_all<'a>(&'a self, events: &'a [Envelope]) -> BoxFuture<'a, Vec<Result<()>>> {
        let dispatched: Vec<_> = events.iter().map(|event| self.dispatch(event)).collect();
        Box::pin(async move {
            join_all(dispatched.into_iter().map(|answers| async move {
                for answer in answers? {
                    answer.await.map_err(|_| Error::internal("a queue stopped before it answered"))??;
                }
                Ok(())
            }))
            .await
        })
    }

    fn subscribe(&self, subscription: Subscription, handler: Handler) -> BoxFuture<'_, Result<()>> {
        Box::pin(async move {
            let kept = subscription.clone();
            let lanes = Lanes::start(
                &subscription,
                &handler,
                move |delivery: Delivery, receipt: Receipt, verdict| {
                    let kept = kept.clone();
                    async move {
                        let outcome = match verdict {
                            Verdict::Done => Ok(()),
                            Verdict::Dead { error, attempts } => {
                                bury(&kept, &delivery.event, &error, attempts).await
                            }
                            Verdict::GivenBack => Err(Error::unavailable("stopped before it was handled")),
                        };
                        // Nobody listens if the publisher was dropped meanwhile: it publishes again.
                        let _ = receipt.send(outcome);
                    }
                },
            );
            let queue = Arc::new(Queue { subscription, lanes });
            self.queues.write().unwrap_or_else(PoisonError::into_inner).push(queue);
            Ok(())
        })
    }

    fn dead_letters<'a>(&'a self, queue: &'a str, limit: usize) -> BoxFuture<'a, Result<Vec<DeadLetter>>> {
        Box::pin(async move {
            let queue = self.queue(queue)?;
            let rows = sqlx::query(
                "SELECT envelope, error, attempts FROM dead_letter WHERE queue = $1 ORDER BY died_at LIMIT $2",
            )
            .bind(&queue.subscription.queue)
            .bind(i64::try_from(limit).unwrap_or(i64::MAX))
            .fetch_all(queue.dead_letters()?)
            .await?;
            rows.iter()
                .map(|row| {
                    let attempts: i32 = row.try_get("attempts")?;
                    Ok(DeadLetter {
                        event: Some(row.try_get::<Json<Envelope>, _>("envelope")?.0),
                        error: row.try_get("error")?,
                        attempts: attempts.unsigned_abs(),
                    })
                })
                .collect()
        })
    }

    fn count_dead_letters<'a>(&'a self, service: &'a str) -> BoxFuture<'a, Result<u64>> {
        Box::pin(async move {
            let mut count = 0;
            for queue in self.queues().iter().filter(|queue| belongs_to(&queue.subscription.queue, service)) {
                let Some(pool) = &queue.subscription.dead_letters else { continue };
                let here: i64 = sqlx::query_scalar("SELECT count(*) FROM dead_letter WHERE queue = $1")
                    .bind(&queue.subscription.queue)
                    .fetch_one(pool)
                    .await?;
                count += here.unsigned_abs();
            }
            Ok(count)
        })
    }

    fn redrive<'a>(&'a self, queue: &'a str, limit: usize) -> BoxFuture<'a, Result<usize>> {
        Box::pin(async move {
            let letters = self.dead_letters(queue, limit).await?;
            let queue = self.queue(queue)?;
            let pool = queue.dead_letters()?;
            let mut redriven = 0;
            for event in letters.into_iter().filter_map(|letter| letter.event) {
                let event_id = event.event_id;
                // Handled first and deleted after: a crash between the two delivers it again, which the inbox absorbs.
                // The letter is marked by its time of death, so that one that dies again is not deleted.
                let died_at = died_at(pool, &queue.subscription.queue, event_id).await?;
                let answer = queue.send(event, true)?;
                answer.await.map_err(|_| Error::internal("the queue stopped"))??;
                sqlx::query("DELETE FROM dead_letter WHERE queue = $1 AND event_id = $2 AND died_at = $3")
                    .bind(&queue.subscription.queue)
                    .bind(event_id)
                    .bind(died_at)
                    .execute(pool)
                    .await?;
                redriven += 1;
            }
            Ok(redriven)
        })
    }

    fn is_connected(&self) -> bool {
        true
    }

    fn close(&self) -> BoxFuture<'_, ()> {
        Box::pin(async move {
            let queues = std::mem::take(&mut *self.queues.write().unwrap_or_else(PoisonError::into_inner));
            for queue in queues {
                // Somebody is still handing it an event: that one is published again after the restart.
                let Ok(queue) = Arc::try_unwrap(queue) else { continue };
                queue.lanes.finish().await;
            }
        })
    }
}

async fn died_at(pool: &PgPool, queue: &str, event_id: uuid::Uuid) -> Result<chrono::DateTime<chrono::Utc>> {
    let row = sqlx::query_scalar("SELECT died_at FROM dead_letter WHERE queue = $1 AND event_id = $2")
        .bind(queue)
        .bind(event_id)
        .fetch_one(pool)
        .await?;
    Ok(row)
}

async fn bury(queue: &Subscription, event: &Envelope, error: &str, attempts: u32) -> Result<()> {
    let Some(pool) = &queue.dead_letters else {
        tracing::error!(queue = queue.queue, event_id = %event.event_id, error, "event is lost: no place for dead letters");
        return Ok(());
    };
    sqlx::query(
        "INSERT INTO dead_letter (queue, event_id, envelope, error, attempts, died_at)
         VALUES ($1, $2, $3, $4, $5, clock_timestamp())
         ON CONFLICT (queue, event_id) DO UPDATE
         SET error = excluded.error, attempts = dead_letter.attempts + excluded.attempts, died_at = excluded.died_at",
    )
    .bind(&queue.queue)
    .bind(event.event_id)
    .bind(Json(event))
    .bind(error)
    .bind(i32::try_from(attempts).unwrap_or(i32::MAX))
    .execute(pool)
    .await?;
    Ok(())
}
