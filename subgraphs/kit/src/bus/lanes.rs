//! Working a queue off: several events at once, those of one aggregate in order, each tried again until it is settled.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::task::JoinSet;
use uuid::Uuid;

use super::{Delivery, Handler, Subscription, shortened};
use crate::correlation;
use crate::error::{Code, Error, Result};
use crate::server::{Shutdown, ShutdownHandle};

/// The first pause between two attempts; it doubles each time.
const FIRST_PAUSE: Duration = Duration::from_millis(50);

/// The longest pause after a failure that counts.
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

/// The longest pause while something is away.
const LONGEST_WAIT: Duration = Duration::from_secs(10);

/// What is to be done with an event after its last attempt.
#[derive(Debug)]
pub(super) enum Verdict {
    /// It was handled.
    Done,
    /// It goes to the dead letters.
    Dead {
        /// Why.
        error: String,
        /// How often it failed.
        attempts: u32,
    },
    /// It failed, and nobody stays to try it again: whoever sent it sends it again.
    GivenBack,
}

/// A unit of work: the delivery, and who is told the verdict.
pub(super) struct Job<T> {
    pub(super) delivery: Delivery,
    pub(super) receipt: T,
}

/// One task per lane; dropping them aborts what is in work. An aggregate always takes the same lane, which is what keeps its
/// events in order.
pub(super) struct Lanes<T> {
    senders: Vec<mpsc::UnboundedSender<Job<T>>>,
    workers: JoinSet<()>,
    stop: ShutdownHandle,
}

impl<T: Send + 'static> Lanes<T> {
    /// Starts the lanes. `settle` is awaited with each verdict before the lane goes on.
    pub(super) fn start<S, Fut>(subscription: &Subscription, handler: &Handler, settle: S) -> Self
    where
        S: Fn(Delivery, T, Verdict) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = ()> + Send + 'static,
    {
        let (stop, stopping) = Shutdown::new();
        let attempts = Arc::new(Attempts {
            queue: subscription.queue.clone(),
            most: subscription.max_attempts.max(1),
            handler: handler.clone(),
            stopping,
        });
        let settle = Arc::new(settle);
        let mut workers = JoinSet::new();
        let senders = (0..subscription.prefetch.max(1))
            .map(|_| {
                let (sender, mut jobs) = mpsc::unbounded_channel::<Job<T>>();
                let (attempts, settle) = (attempts.clone(), settle.clone());
                workers.spawn(async move {
                    while let Some(Job { delivery, receipt }) = jobs.recv().await {
                        let verdict = attempts.settle(&delivery).await;
                        settle(delivery, receipt, verdict).await;
                    }
                });
                sender
            })
            .collect();
        Self { senders, workers, stop }
    }

    /// Takes no more, and comes back when what was taken is settled. What has failed is not tried again any more.
    pub(super) async fn finish(mut self) {
        self.stop.request();
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

/// How the events of a queue are tried.
struct Attempts {
    queue: String,
    /// How many failures are too many.
    most: u32,
    handler: Handler,
    stopping: Shutdown,
}

impl Attempts {
    /// Tries an event until it is handled or has failed too often. For something that is away it waits as long as it
    /// takes: that says nothing about the event.
    async fn settle(&self, delivery: &Delivery) -> Verdict {
        let (mut tries, mut failures) = (0, 0);
        loop {
            let mut attempt = delivery.clone();
            attempt.redelivered |= tries > 0;
            tries += 1;
            let Err(error) = self.handle(attempt).await else { return Verdict::Done };
            failures += u32::from(!error.is_transient());
            let (queue, event, cause) = (&self.queue, &delivery.event, shortened(error.log_line()));
            if failures >= self.most || error.code() == Code::UNREADABLE_EVENT {
                tracing::error!(queue, event_id = %event.event_id, event_type = event.event_type, attempts = failures,
                    error = cause, "event goes to the dead letters");
                return Verdict::Dead { error: cause, attempts: failures };
            }
            tracing::warn!(queue, event_id = %event.event_id, tries, failures, error = cause,
                "event failed, trying again");
            if !self.stopping.sleep(pause(tries, error.is_transient())).await {
                return Verdict::GivenBack;
            }
        }
    }

    /// A handler that panics has failed, and takes nothing else down.
    async fn handle(&self, delivery: Delivery) -> Result<()> {
        let handler = self.handler.clone();
        let correlation_id = delivery.event.correlation_id.clone();
        tokio::spawn(async move { correlation::scope(correlation_id, handler(delivery)).await })
            .await
            .unwrap_or_else(|failure| Err(Error::internal(format!("the handler panicked: {failure}"))))
    }
}

/// The pause after so many tries.
fn pause(tries: u32, transient: bool) -> Duration {
    let longest = if transient { LONGEST_WAIT } else { LONGEST_PAUSE };
    FIRST_PAUSE.saturating_mul(2_u32.saturating_pow(tries.saturating_sub(1))).min(longest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_and_are_longer_for_what_is_away() {
        let millis = |transient| [1, 2, 3, 6, 9, u32::MAX].map(|tries| pause(tries, transient).as_millis());
        assert_eq!(millis(false), [50, 100, 200, 1_600, 2_000, 2_000]);
        assert_eq!(millis(true), [50, 100, 200, 1_600, 10_000, 10_000]);
    }
}
