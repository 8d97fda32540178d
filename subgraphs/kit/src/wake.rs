//! What wakes relays and feeds: their own process at once, other replicas when an event has its place.
//!
//! A commit does not notify. PostgreSQL holds one lock for the whole server from a NOTIFY to the end of its transaction,
//! the wait for the disk included, so that notifying commits go through one by one, in all databases of a server (180 a
//! second, where others make 2,500). So whoever records an event tells its own process, which then looks often for a
//! moment; and whoever gave events their places tells the other replicas, in a transaction that waits for no disk.

use std::sync::LazyLock;
use std::time::Duration;

use sqlx::PgPool;
use sqlx::postgres::PgListener;
use tokio::sync::watch;

use crate::error::Result;

/// The channel that PostgreSQL notifies when events have got their places.
pub const WAKE_CHANNEL: &str = "outbox";

/// After something was recorded it will be visible any moment: the pauses between the looks, in milliseconds.
const EAGER: [u64; 13] = [1, 2, 3, 3, 5, 8, 13, 21, 34, 55, 89, 144, 233];

/// How often something was recorded in this process.
static RECORDED: LazyLock<watch::Sender<u64>> = LazyLock::new(|| watch::channel(0).0);

/// Tells this process that something was recorded in a transaction that is about to commit.
pub(crate) fn recorded() {
    RECORDED.send_modify(|count| *count = count.wrapping_add(1));
}

/// Tells every replica that events have got their places. Whoever misses it polls.
pub(crate) async fn announce(pool: &PgPool) -> Result<()> {
    // There is nothing to be kept, so nothing is waited for. One message, so that the lock is held for a moment only.
    sqlx::raw_sql("BEGIN; SET LOCAL synchronous_commit TO off; NOTIFY outbox; COMMIT").execute(pool).await?;
    Ok(())
}

/// A wait that ends at a notification, at a look after something was recorded here, or after a while, whichever comes
/// first. A listener that breaks is replaced.
pub(crate) struct Wake {
    pool: PgPool,
    listener: Option<PgListener>,
    recorded: watch::Receiver<u64>,
    /// The next of the [`EAGER`] pauses; beyond them there is nothing to be eager for.
    step: usize,
}

impl Wake {
    pub(crate) fn new(pool: PgPool) -> Self {
        Self { pool, listener: None, recorded: RECORDED.subscribe(), step: 0 }
    }

    pub(crate) async fn next(&mut self, at_most: Duration) {
        if self.listener.is_none() {
            self.listener = listen(&self.pool).await;
            // What was announced before the listener stood has not been heard: look at once.
            if self.listener.is_some() {
                return;
            }
        }
        let pause = EAGER.get(self.step).map_or(at_most, |pause| Duration::from_millis(*pause).min(at_most));
        let Some(listener) = &mut self.listener else {
            return tokio::time::sleep(at_most).await;
        };
        tokio::select! {
            outcome = listener.recv() => {
                if outcome.is_err() {
                    self.listener = None;
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
                self.swallow();
            }
            // An error cannot be: the sender is never dropped.
            _ = self.recorded.changed() => {
                self.step = 0;
                tokio::time::sleep(Duration::from_millis(EAGER[0])).await;
            }
            () = tokio::time::sleep(pause) => self.step = (self.step + 1).min(EAGER.len()),
        }
    }

    /// Many placements are one look: what has piled up is dropped.
    fn swallow(&mut self) {
        while self.listener.as_mut().is_some_and(|listener| listener.next_buffered().is_some()) {}
    }
}

async fn listen(pool: &PgPool) -> Option<PgListener> {
    let mut listener = PgListener::connect_with(pool).await.ok()?;
    listener.listen(WAKE_CHANNEL).await.ok()?;
    Some(listener)
}
