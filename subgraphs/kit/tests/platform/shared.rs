//! One suite for both kinds of shared state.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use kit::shared::{MemoryState, RedisState, SharedState};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::{Context, SubscriberExt};
use tracing_subscriber::util::SubscriberInitExt;
use uuid::Uuid;

use crate::support::eventually;

/// How long the servers of these tests may take: on a crowded machine a quarter of a second is nothing.
const PATIENCE: Duration = Duration::from_secs(120);

async fn redis(url: &str) -> Arc<dyn SharedState> {
    Arc::new(RedisState::connect_patiently(url, PATIENCE).await.unwrap())
}

/// What was done and seen before `lifetime` was over. A machine that was busy elsewhere meanwhile has shown nothing, and
/// it is done again, with another key.
async fn in_time<T, F: Future<Output = T>>(lifetime: Duration, act: impl Fn(String) -> F) -> (String, T) {
    for _ in 0..100 {
        let (key, begun) = (format!("timed:{}", Uuid::now_v7()), Instant::now());
        let seen = act(key.clone()).await;
        if begun.elapsed() < lifetime {
            return (key, seen);
        }
    }
    panic!("two steps always take longer than {lifetime:?}");
}

async fn counters_grow_and_are_forgotten_after_their_window(state: Arc<dyn SharedState>) {
    let window = Duration::from_millis(300);
    let state = &state;
    let twice =
        |key: String| async move { (state.count(&key, window).await, state.count(&key, window).await) };
    let (key, counts) = in_time(window, twice).await;
    assert_eq!(counts, (1, 2));
    tokio::time::sleep(Duration::from_millis(400)).await;
    assert_eq!(state.count(&key, window).await, 1);
    state.forget(&key).await;
    assert_eq!(state.count(&key, window).await, 1);
}

async fn counting_at_once_counts_everybody(state: Arc<dyn SharedState>) {
    let key = format!("count:{}", Uuid::now_v7());
    let counts =
        futures_util::future::join_all((0..20).map(|_| state.count(&key, Duration::from_secs(60)))).await;
    assert_eq!(counts.iter().max(), Some(&20));
    assert_eq!(counts.iter().collect::<std::collections::HashSet<_>>().len(), 20);
}

async fn values_last_as_long_as_they_are_told_to(state: Arc<dyn SharedState>) {
    let key = format!("value:{}", Uuid::now_v7());
    assert_eq!(state.get(&key).await, None);
    let lifetime = Duration::from_millis(300);
    let kept = &state;
    let put_and_get = |key: String| async move {
        kept.put(&key, "denied", lifetime).await;
        kept.get(&key).await
    };
    let (key, got) = in_time(lifetime, put_and_get).await;
    assert_eq!(got.as_deref(), Some("denied"));
    tokio::time::sleep(Duration::from_millis(400)).await;
    assert_eq!(state.get(&key).await, None);
    state.put(&key, "again", Duration::from_secs(60)).await;
    state.forget(&key).await;
    assert_eq!(state.get(&key).await, None);
}

#[tokio::test]
async fn in_the_process() {
    let state: Arc<dyn SharedState> = Arc::new(MemoryState::new());
    counters_grow_and_are_forgotten_after_their_window(state.clone()).await;
    counting_at_once_counts_everybody(state.clone()).await;
    values_last_as_long_as_they_are_told_to(state).await;
}

#[tokio::test]
async fn in_redis() {
    let Some(url) = testing::redis().await else { return };
    let state = redis(&url).await;
    counters_grow_and_are_forgotten_after_their_window(state.clone()).await;
    counting_at_once_counts_everybody(state.clone()).await;
    values_last_as_long_as_they_are_told_to(state.clone()).await;
    // Another replica sees the same.
    let replica = redis(&url).await;
    let key = format!("seen:{}", Uuid::now_v7());
    state.put(&key, "everywhere", Duration::from_secs(60)).await;
    assert_eq!(replica.get(&key).await.as_deref(), Some("everywhere"));
}

/// Counts what is logged about Redis.
#[derive(Clone, Default)]
struct Told(Arc<Mutex<Vec<String>>>);

impl<S: tracing::Subscriber> Layer<S> for Told {
    fn on_event(&self, event: &tracing::Event<'_>, _: Context<'_, S>) {
        let mut text = Message(String::new());
        event.record(&mut text);
        if text.0.contains("redis is") {
            self.0.lock().unwrap().push(text.0);
        }
    }
}

impl Told {
    fn times(&self, what: &str) -> usize {
        self.0.lock().unwrap().iter().filter(|line| line.contains(what)).count()
    }
}

struct Message(String);

impl tracing::field::Visit for Message {
    fn record_debug(&mut self, field: &tracing::field::Field, value: &dyn std::fmt::Debug) {
        if field.name() == "message" {
            self.0 = format!("{value:?}");
        }
    }
}

/// Two replicas count together.
async fn counts_are_shared(one: &dyn SharedState, two: &dyn SharedState) -> bool {
    let key = format!("count:{}", Uuid::now_v7());
    let window = Duration::from_secs(60);
    (one.count(&key, window).await, two.count(&key, window).await, one.count(&key, window).await) == (1, 2, 3)
}

#[tokio::test]
async fn without_redis_a_replica_goes_on_by_itself_says_so_once_and_notices_its_return() {
    let Some(mut server) = testing::RedisServer::stopped() else { return };
    let told = Told::default();
    let _logs = tracing_subscriber::registry().with(told.clone()).set_default();
    // Nobody is there yet: replicas start all the same.
    let (one, two) = (redis(&server.url()).await, redis(&server.url()).await);
    assert!(!counts_are_shared(&*one, &*two).await);
    for kill in 1..=2 {
        server.start().await;
        eventually("counting together", || counts_are_shared(&*one, &*two)).await;
        assert_eq!(told.times("redis is back"), 2 * kill, "each replica says so once");
        let (key, window) = (format!("limit:{}", Uuid::now_v7()), Duration::from_secs(60));
        assert_eq!((one.count(&key, window).await, two.count(&key, window).await), (1, 2));
        server.kill();
        // Rate limits go on, each replica's for itself, and values that are put down meanwhile are found again.
        let since = Instant::now();
        let counts = futures_util::future::join_all((0..50).map(|_| one.count(&key, window))).await;
        assert_eq!(counts.iter().max(), Some(&50));
        assert_eq!(two.count(&key, window).await, 1);
        two.put(&key, "denied", window).await;
        assert_eq!(two.get(&key).await.as_deref(), Some("denied"));
        two.forget(&key).await;
        assert_eq!(two.get(&key).await, None);
        for _ in 0..500 {
            one.count(&key, window).await;
        }
        assert!(since.elapsed() < PATIENCE / 2, "a missing server is not waited for: {:?}", since.elapsed());
        assert_eq!(told.times("redis is away"), 2 * (kill + 1), "each replica says so once");
    }
}
