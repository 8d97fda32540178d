//! What subscriptions live on: the outbox of one's own database as a stream, from any cursor, without gap or repeat.

use std::sync::Arc;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use futures_util::Stream;
use futures_util::stream::unfold;
use sqlx::PgPool;
use tokio::sync::{broadcast, watch};

use crate::error::{Error, Result};
use crate::outbox::{self, Filter, Placed};
use crate::server::{BackgroundTask, Shutdown};
use crate::wake::Wake;

/// How many events a slow subscriber may fall behind before it reads them from the database instead.
const BUFFER: usize = 4_096;

/// How many events one read takes.
const BATCH: i64 = 1_000;

/// The poll that backs up the notification.
const POLL: Duration = Duration::from_secs(1);

/// An event of the feed.
#[derive(Clone, Debug)]
pub struct FeedItem {
    /// The event and its place.
    pub placed: Arc<Placed>,
}

impl FeedItem {
    /// The opaque cursor of this event, to go on from after a reconnect.
    pub fn cursor(&self) -> String {
        Cursor(self.placed.position).encode()
    }
}

/// A place in the log: everything up to it has been seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cursor(pub i64);

impl Cursor {
    /// The opaque text that clients keep.
    pub fn encode(self) -> String {
        URL_SAFE_NO_PAD.encode(format!("o{}", self.0))
    }

    /// Reads what a client kept. Errors: VALIDATION on "after" for anything we did not hand out.
    pub fn decode(text: &str) -> Result<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok();
        let position = bytes
            .and_then(|bytes| String::from_utf8(bytes).ok())
            .and_then(|text| text.strip_prefix('o').and_then(|digits| digits.parse().ok()));
        position.map(Cursor).ok_or_else(|| Error::validation("after", "This cursor is not one of ours"))
    }
}

/// Why the raw stream of [`Feed::subscribe`] has no next event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FeedGap {
    /// The subscriber was too slow: this many events passed it by.
    Lagged(u64),
    /// The feed was stopped.
    Closed,
}

/// The live tail of one outbox. Clones share one reader of the database.
#[derive(Clone)]
pub struct Feed {
    producer: &'static str,
    pool: PgPool,
    live: broadcast::Sender<Arc<Placed>>,
    /// The position up to which events have been broadcast; none before the tail stands.
    tail: Arc<watch::Sender<Option<i64>>>,
}

/// A subscriber's end of the live tail.
pub struct Subscriber(broadcast::Receiver<Arc<Placed>>);

impl Subscriber {
    /// The next event. Errors: the subscriber lagged, or the feed was stopped.
    pub async fn next(&mut self) -> Result<FeedItem, FeedGap> {
        match self.0.recv().await {
            Ok(placed) => Ok(FeedItem { placed }),
            Err(broadcast::error::RecvError::Lagged(missed)) => Err(FeedGap::Lagged(missed)),
            Err(broadcast::error::RecvError::Closed) => Err(FeedGap::Closed),
        }
    }
}

impl Feed {
    /// The feed of one database; `producer` is the name that the envelopes carry. It flows once [`Feed::task`] runs.
    pub fn new(producer: &'static str, pool: PgPool) -> Self {
        Self { producer, pool, live: broadcast::channel(BUFFER).0, tail: Arc::new(watch::channel(None).0) }
    }

    /// The task that tails the outbox. Every replica runs one.
    pub fn task(&self) -> BackgroundTask {
        let feed = self.clone();
        BackgroundTask::new("feed", move |shutdown| feed.run(shutdown))
    }

    /// The place of the last event so far. Take it before reading a snapshot, then [`Feed::follow`] from it: what the
    /// snapshot already shows comes once more at most, and nothing is missed.
    pub async fn now(&self) -> Result<Cursor> {
        outbox::place(&self.pool).await.map(Cursor)
    }

    /// The live tail from now on, as it comes; a subscriber that is too slow is told how much it missed.
    pub fn subscribe(&self) -> Subscriber {
        Subscriber(self.live.subscribe())
    }

    /// Every matching event behind `after`, first from the database and then live, each once and in order. A subscriber
    /// that falls behind reads what it missed from the database. Ends with an error if the database cannot be read.
    pub fn follow(
        &self,
        after: Cursor,
        filter: Filter,
    ) -> impl Stream<Item = Result<FeedItem>> + Send + use<> {
        let state = Following { feed: self.clone(), filter, seen: after.0, live: None, ready: Vec::new() };
        unfold(Some(state), |state| async move {
            let mut state = state?;
            match state.next().await {
                Ok(Some(item)) => Some((Ok(item), Some(state))),
                Ok(None) => None,
                Err(error) => Some((Err(error), None)),
            }
        })
    }

    async fn run(self, shutdown: Shutdown) {
        let mut wake = Wake::new(self.pool.clone());
        let mut position = None;
        while !shutdown.is_requested() {
            match self.advance(&mut position).await {
                Ok(true) => continue,
                Ok(false) => {}
                Err(error) => {
                    tracing::warn!(
                        producer = self.producer,
                        error = error.log_line(),
                        "feed could not read the outbox"
                    );
                    if !shutdown.sleep(Duration::from_millis(200)).await {
                        return;
                    }
                }
            }
            tokio::select! {
                () = shutdown.requested() => return,
                () = wake.next(POLL) => {}
            }
        }
    }

    /// Broadcasts what is new; true if there may be more.
    async fn advance(&self, position: &mut Option<i64>) -> Result<bool> {
        let head = outbox::place(&self.pool).await?;
        let after = *position.get_or_insert(head);
        self.tail.send_replace(Some(after));
        if head <= after {
            return Ok(false);
        }
        let mut conn = self.pool.acquire().await?;
        let batch = outbox::read_after(&mut conn, self.producer, after, &Filter::all(), BATCH).await?;
        let Some(last) = batch.last().map(|placed| placed.position) else { return Ok(false) };
        let more = batch.len() == usize::try_from(BATCH).unwrap_or(usize::MAX);
        for placed in batch {
            // Nobody listening is fine.
            let _ = self.live.send(Arc::new(placed));
        }
        *position = Some(last);
        self.tail.send_replace(Some(last));
        Ok(more)
    }
}

/// Where one follower is: reading what it missed, or live.
struct Following {
    feed: Feed,
    filter: Filter,
    seen: i64,
    live: Option<broadcast::Receiver<Arc<Placed>>>,
    /// What was read from the database and not yet given out, last first.
    ready: Vec<Placed>,
}

impl Following {
    async fn next(&mut self) -> Result<Option<FeedItem>> {
        loop {
            if let Some(placed) = self.ready.pop() {
                self.seen = placed.position;
                if self.filter.matches(&placed.envelope) {
                    return Ok(Some(FeedItem { placed: Arc::new(placed) }));
                }
                continue;
            }
            let Some(live) = &mut self.live else {
                self.catch_up().await?;
                continue;
            };
            match live.recv().await {
                // What the catch-up has shown is not shown again.
                Ok(placed) if placed.position <= self.seen => {}
                Ok(placed) => {
                    self.seen = placed.position;
                    if self.filter.matches(&placed.envelope) {
                        return Ok(Some(FeedItem { placed }));
                    }
                }
                Err(broadcast::error::RecvError::Lagged(missed)) => {
                    tracing::warn!(
                        producer = self.feed.producer,
                        missed,
                        "a subscriber lagged and reads on from the database"
                    );
                    self.live = None;
                }
                Err(broadcast::error::RecvError::Closed) => return Ok(None),
            }
        }
    }

    /// Reads one batch from the database. The live tail is joined, and known to stand, *before* the read that finds
    /// nothing more: whatever is placed after that read comes through the tail, so there is no gap; and what both
    /// show is told by its position, so there is no repeat.
    async fn catch_up(&mut self) -> Result<()> {
        let joined = self.feed.live.subscribe();
        let mut tail = self.feed.tail.subscribe();
        tail.wait_for(Option::is_some).await.map_err(|_| Error::internal("the feed was stopped"))?;
        let mut conn = self.feed.pool.acquire().await?;
        let batch = outbox::read_after(&mut conn, self.feed.producer, self.seen, &self.filter, BATCH).await?;
        // Every time, and after the reading: a reader that is slow enough is overtaken by the housekeeping.
        outbox::check_readable(&mut conn, self.seen).await?;
        if batch.len() < usize::try_from(BATCH).unwrap_or(usize::MAX) {
            self.live = Some(joined);
        }
        self.ready = batch;
        self.ready.reverse();
        Ok(())
    }
}
