//! Subscribers that lose their stream again and again and go on from their cursor.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::StreamExt;
use kit::feed::{Cursor, Feed};
use kit::outbox::Filter;
use kit::server::Running;
use sqlx::PgPool;
use tokio::task::JoinHandle;
use uuid::Uuid;

use super::eventually;

/// What one subscriber has seen, in its order.
pub(super) type Seen = Vec<(Uuid, i64)>;

/// Some subscribers of one feed.
pub(super) struct Watchers {
    seen: Vec<Arc<Mutex<Seen>>>,
    tasks: Vec<JoinHandle<()>>,
    _running: Running,
}

impl Watchers {
    pub(super) fn start(source: &PgPool, count: usize) -> Self {
        let feed = Feed::new("source", source.clone());
        let running = Running::start(vec![feed.task()]);
        let seen: Vec<Arc<Mutex<Seen>>> = (0..count).map(|_| Arc::default()).collect();
        let tasks = seen.iter().map(|seen| tokio::spawn(watch(feed.clone(), seen.clone()))).collect();
        Self { seen, tasks, _running: running }
    }

    /// Waits until each has seen that many, and a little longer for what must not come.
    pub(super) async fn finish(self, changes: usize) -> Vec<Seen> {
        for seen in &self.seen {
            eventually("every change at a subscriber", || async { seen.lock().unwrap().len() >= changes })
                .await;
        }
        tokio::time::sleep(Duration::from_millis(300)).await;
        for task in self.tasks {
            task.abort();
        }
        self.seen.iter().map(|seen| seen.lock().unwrap().clone()).collect()
    }
}

/// Follows the feed, hangs up after a random number of events, and goes on from the cursor a client would keep.
async fn watch(feed: Feed, seen: Arc<Mutex<Seen>>) {
    let mut cursor = Cursor(0).encode();
    let mut random = fastrand::Rng::new();
    loop {
        let patience = random.usize(1..200);
        let mut stream =
            Box::pin(feed.follow(Cursor::decode(&cursor).unwrap(), Filter::all()).take(patience));
        // An error is a connection that was dropped: the client comes again.
        while let Some(Ok(item)) = stream.next().await {
            let event = &item.placed.envelope;
            seen.lock().unwrap().push((event.aggregate_id, event.aggregate_version));
            cursor = item.cursor();
        }
        tokio::time::sleep(Duration::from_millis(random.u64(0..30))).await;
    }
}

/// Each subscriber saw every version of every thing, once and in order.
pub(super) async fn each_has_seen_the_history(source: &PgPool, all_seen: &[Seen]) {
    let history = "SELECT thing, version FROM history ORDER BY thing, version";
    let history: Vec<(Uuid, i64)> = sqlx::query_as(history).fetch_all(source).await.unwrap();
    let mut expected: BTreeMap<Uuid, Vec<i64>> = BTreeMap::new();
    for (thing, version) in history {
        expected.entry(thing).or_default().push(version);
    }
    for seen in all_seen {
        let mut found: BTreeMap<Uuid, Vec<i64>> = BTreeMap::new();
        for (thing, version) in seen {
            found.entry(*thing).or_default().push(*version);
        }
        assert_eq!(found, expected);
    }
}
