//! Working a queue off: several events at once, those of one aggregate in order, each tried a few times.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::task::JoinSet;
use uuid::Uuid;

use super::{Delivery, Handler, Subscription};
use crate::correlation;
use crate::error::{Code, Error, Result};

/// The first pause between two attempts; it doubles each time, up to [`MAX_PAUSE`].
const FIRST_PAUSE: Duration = Duration::from_millis(50);
const MAX_PAUSE: Duration = Duration::from_secs(2);

/// What is to be done with an event after its last attempt.
#[derive(Debug)]
pub(super) enum Verdict {
    /// It was handled.
    Done,
    /// It goes to the dead letters.
    Dead {
        /// Why.
        error: String,
        /// How often it was tried.
        attempts: u32,
    },
}

/// A unit of work: the delivery, and who is told the verdict.
pub(super) struct Job<T> {
    pub(super) delivery: Delivery,
    pub(super) receipt: T,
}

/// One task per lane; dropping them aborts what is in work. An aggregate always takes the same lane, which is what keeps its events in order.
pub(super) struct Lanes<T> {
    senders: Vec<mpsc::UnboundedSender<Job<T>>>,
    workers: JoinSet<()>,
}

impl<T: Send + 'static> Lanes<T> {
    /// Starts the lanes. `settle` is awaited with each verdict before the lane goes on.
    pub(super) fn start<S, Fut>(subscription: &Subscription, handler: &Handler, settle: S) -> Self
    where
        S: Fn(Delivery, T, Verdict) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = ()> + Send + 'static,
    {
        let settle = Arc::new(settle);
        let mut workers = JoinSet::new();
        let senders = (0..subscription.prefetch.max(1))
            .map(|_| {
                let (sender, mut jobs) = mpsc::unbounded_channel::<Job<T>>();
                let (handler, settle) = (handler.clone(), settle.clone());
                let (queue, max_attempts) = (subscription.queue.clone(), subscription.max_attempts.max(1));
                workers.spawn(async move {
                    while let Some(Job { delivery, receipt }) = jobs.recv().await {
                        let verdict = attempt(&queue, max_attempts, &handler, &delivery).await;
                        settle(delivery, receipt, verdict).await;
                    }
                });
                sender
            })
            .collect();
        Self { senders, workers }
    }

    /// Takes no more, and comes back when what was taken is settled.
    pub(super) async fn finish(mut self) {
        self.senders.clear();
        while self.workers.join_next().await.is_some() {}
    }

    /// Hands an event to its aggregate's lane.
    pub(super) fn send(&self, job: Job<T>) -> Result<()> {
        let lane = lane_of(job.delivery.event.aggregate_id, self.senders.len());
        self.senders[lane].send(job).map_err(|_| Error::internal("the queue's worker is gone"))
    }
}

fn lane_of(aggregate: Uuid, lanes: usize) -> usize {
    let mut hasher = DefaultHasher::new();
    aggregate.hash(&mut hasher);
    usize::try_from(hasher.finish() % lanes as u64).unwrap_or(0)
}

async fn attempt(queue: &str, max_attempts: u32, handler: &Handler, delivery: &Delivery) -> Verdict {
    let mut pause = FIRST_PAUSE;
    let mut attempts = 0;
    loop {
        attempts += 1;
        let mut again = delivery.clone();
        again.redelivered |= attempts > 1;
        let Err(error) = guarded(handler, again).await else { return Verdict::Done };
        let event = &delivery.event;
        let line = error.log_line();
        if attempts >= max_attempts || error.code() == Code::UNREADABLE_EVENT {
            tracing::error!(queue, event_id = %event.event_id, event_type = event.event_type, attempts, error = line,
                "event goes to the dead letters");
            return Verdict::Dead { error: line, attempts };
        }
        tracing::warn!(queue, event_id = %event.event_id, attempts, error = line, "event failed, trying again");
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(MAX_PAUSE);
    }
}

/// A handler that panics has failed, and takes nothing else down.
async fn guarded(handler: &Handler, delivery: Delivery) -> Result<()> {
    let handler = handler.clone();
    let correlation_id = delivery.event.correlation_id.clone();
    tokio::spawn(async move { correlation::scope(correlation_id, handler(delivery)).await })
        .await
        .unwrap_or_else(|failure| Err(Error::internal(format!("the handler panicked: {failure}"))))
}
