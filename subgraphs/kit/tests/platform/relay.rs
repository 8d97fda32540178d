//! The relay publishes in log order, by one replica at a time, and again after a crash.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use futures_util::future::BoxFuture;
use kit::bus::{DeadLetter, EmbeddedBus, EventBus, Handler, Subscription};
use kit::relay::Relay;
use kit::server::Running;
use kit::{Envelope, Error, Result};
use uuid::Uuid;

use crate::support::{Notes, database, record_one};

/// A bus that fails from a certain event on, as often as it is told to; what it accepted goes on.
struct Flaky {
    inner: EmbeddedBus,
    accepts: usize,
    failures_left: AtomicUsize,
}

impl EventBus for Flaky {
    fn publish_all<'a>(&'a self, events: &'a [Envelope]) -> BoxFuture<'a, Vec<Result<()>>> {
        Box::pin(async move {
            let fails = self
                .failures_left
                .fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1))
                .is_ok();
            if !fails {
                return self.inner.publish_all(events).await;
            }
            let mut results = self.inner.publish_all(&events[..self.accepts.min(events.len())]).await;
            results.resize_with(events.len(), || Err(Error::internal("told to fail")));
            results
        })
    }

    fn subscribe(&self, subscription: Subscription, handler: Handler) -> BoxFuture<'_, Result<()>> {
        self.inner.subscribe(subscription, handler)
    }

    fn dead_letters<'a>(&'a self, queue: &'a str, limit: usize) -> BoxFuture<'a, Result<Vec<DeadLetter>>> {
        self.inner.dead_letters(queue, limit)
    }

    fn count_dead_letters<'a>(&'a self, service: &'a str) -> BoxFuture<'a, Result<u64>> {
        self.inner.count_dead_letters(service)
    }

    fn redrive<'a>(&'a self, queue: &'a str, limit: usize) -> BoxFuture<'a, Result<usize>> {
        self.inner.redrive(queue, limit)
    }

    fn is_connected(&self) -> bool {
        true
    }

    fn close(&self) -> BoxFuture<'_, ()> {
        self.inner.close()
    }
}

#[tokio::test]
async fn what_the_bus_refused_is_published_again_and_nothing_before_it_is() {
    let database = database().await;
    let bus = EmbeddedBus::new();
    let notes = Notes::default();
    bus.subscribe(Subscription::new("all", &["#"]).prefetch(1), notes.handler()).await.unwrap();
    let bus = Arc::new(Flaky { inner: bus, accepts: 2, failures_left: AtomicUsize::new(1) });
    let mut recorded = Vec::new();
    for version in 1..=5 {
        recorded.push(record_one(&database.pool, Uuid::from_u128(1), version).await);
    }
    let relay = Relay::new("test", database.pool.clone(), bus);
    assert_eq!(relay.publish_pending().await.unwrap_err().cause(), "told to fail");
    assert_eq!(notes.ids(), recorded[..2]);
    assert_eq!(relay.publish_pending().await.unwrap(), 3);
    assert_eq!(notes.ids(), recorded);
    assert_eq!(notes.got()[0].event.producer, "test");
}

#[tokio::test]
async fn a_relay_that_dies_before_its_commit_publishes_again() {
    let database = database().await;
    let bus = Arc::new(EmbeddedBus::new());
    let notes = Notes::default();
    bus.subscribe(Subscription::new("all", &["#"]), notes.handler()).await.unwrap();
    let id = record_one(&database.pool, Uuid::from_u128(1), 1).await;
    let relay = Relay::new("test", database.pool.clone(), bus.clone());
    relay.publish_pending().await.unwrap();
    // As if the process had died between the confirm and the commit.
    sqlx::query("UPDATE outbox_cursor SET position = 0").execute(&database.pool).await.unwrap();
    relay.publish_pending().await.unwrap();
    assert_eq!(notes.ids(), [id, id]);
}

#[tokio::test]
async fn a_running_relay_is_woken_by_the_commit() {
    let database = database().await;
    let bus = Arc::new(EmbeddedBus::new());
    let notes = Notes::default();
    bus.subscribe(Subscription::new("all", &["thing.*"]), notes.handler()).await.unwrap();
    let relay = Relay::new("test", database.pool.clone(), bus.clone());
    let running = Running::start(vec![relay.task()]);
    record_one(&database.pool, Uuid::from_u128(1), 0).await;
    notes.wait_for(1).await;
    // A poll would take its second every time, because the one before it has just been; a busy machine does not.
    let mut took = Vec::new();
    for version in 1..=20 {
        let started = std::time::Instant::now();
        record_one(&database.pool, Uuid::from_u128(1), version).await;
        notes.wait_for(took.len() + 2).await;
        took.push(started.elapsed());
        if took.iter().any(|took| took.as_millis() < 700) {
            break;
        }
    }
    let quickest = took.iter().min().unwrap();
    assert!(quickest.as_millis() < 700, "the poll, not the notification, woke it: {took:?}");
    running.stop(std::time::Duration::from_secs(5)).await;
}

#[tokio::test]
async fn two_relays_of_one_database_publish_each_event_once() {
    let database = database().await;
    let bus = Arc::new(EmbeddedBus::new());
    let notes = Notes::default();
    bus.subscribe(Subscription::new("all", &["#"]).prefetch(1), notes.handler()).await.unwrap();
    let relay = Relay::new("test", database.pool.clone(), bus.clone());
    let running = Running::start(vec![relay.clone().task(), relay.clone().task()]);
    let mut recorded = Vec::new();
    for version in 1..=60 {
        recorded.push(record_one(&database.pool, Uuid::from_u128(1), version).await);
    }
    notes.wait_for(60).await;
    running.stop(std::time::Duration::from_secs(5)).await;
    assert_eq!(notes.ids(), recorded);
}
