//! One suite for both kinds of shared state.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use kit::shared::{SharedState, connect};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::{Context, SubscriberExt};
use tracing_subscriber::util::SubscriberInitExt;
use uuid::Uuid;

use crate::support::eventually;

async fn counters_grow_and_are_forgotten_after_their_window(state: Arc<dyn SharedState>) {
    let key = format!("count:{}", Uuid::now_v7());
    let window = Duration::from_millis(300);
    assert_eq!(state.count(&key, window).await, 1);
    assert_eq!(state.count(&key, window).await, 2);
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
    state.put(&key, "denied", Duration::from_millis(300)).await;
    assert_eq!(state.get(&key).await.as_deref(), Some("denied"));
    tokio::time::sleep(Duration::from_millis(400)).await;
    assert_eq!(state.get(&key).await, None);
    state.put(&key, "again", Duration::from_secs(60)).await;
    state.forget(&key).await;
    assert_eq!(state.get(&key).await, None);
}

#[tokio::test]
async fn in_the_process() {
    let state = connect(None).await.unwrap();
    counters_grow_and_are_forgotten_after_their_window(state.clone()).await;
    counting_at_once_counts_everybody(state.clone()).await;
    values_last_as_long_as_they_are_told_to(state).await;
}

#[tokio::test]
async fn in_redis() {
    let Some(url) = testing::redis().await else { return };
    let state = connect(Some(&url)).await.unwrap();
    counters_grow_and_are_forgotten_after_their_window(state.clone()).await;
    counting_at_once_counts_everybody(state.clone()).await;
    values_last_as_long_as_they_are_told_to(state.clone()).await;
    // Another replica sees the same.
    let replica = connect(Some(&url)).await.unwrap();
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
    let (one, two) =
        (connect(Some(&server.url())).await.unwrap(), connect(Some(&server.url())).await.unwrap());
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
        assert!(
            since.elapsed() < Duration::from_secs(3),
            "a missing server is not waited for: {:?}",
            since.elapsed()
        );
        assert_eq!(told.times("redis is away"), 2 * (kill + 1), "each replica says so once");
    }
}
