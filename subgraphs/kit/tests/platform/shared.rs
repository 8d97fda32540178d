//! One suite for both kinds of shared state.

use std::sync::Arc;
use std::time::Duration;

use kit::shared::{SharedState, connect};
use uuid::Uuid;

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
