//! What several of these tests need: databases, events, a handler that notes what it got.

use std::future::Future;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use kit::bus::{Delivery, Handler, handler};
use kit::outbox::{self, NewEvent};
use kit::{Clock, Envelope};
use serde_json::json;
use sqlx::migrate::Migrator;
use sqlx::{PgConnection, PgPool};
use testing::Database;
use uuid::Uuid;

/// A database with the common tables only.
pub(crate) async fn database() -> Database {
    testing::database(&kit::migrate::merged(&Migrator::with_migrations(Vec::new()))).await
}

/// Records an event about an aggregate on a connection, usually in a transaction.
pub(crate) async fn record(conn: &mut PgConnection, aggregate_id: Uuid, version: i64) -> Uuid {
    let event = NewEvent {
        event_type: "thing.changed",
        version: 1,
        aggregate_id,
        aggregate_version: version,
        payload: json!({ "version": version }),
    };
    outbox::record(conn, &Clock::system(), event).await.unwrap()
}

/// Records an event in a transaction of its own.
pub(crate) async fn record_one(pool: &PgPool, aggregate_id: Uuid, version: i64) -> Uuid {
    record(&mut pool.acquire().await.unwrap(), aggregate_id, version).await
}

/// An event that was never in an outbox.
pub(crate) fn event(event_type: &str, aggregate_id: Uuid, version: i64) -> Envelope {
    Envelope {
        event_id: Uuid::now_v7(),
        event_type: event_type.to_owned(),
        version: 1,
        occurred_at: Clock::system().now(),
        producer: "test".into(),
        aggregate_id,
        aggregate_version: version,
        correlation_id: "test".into(),
        payload: json!({ "version": version }),
    }
}

/// Notes what a handler got, and fails as often as it is told to.
#[derive(Clone, Default)]
pub(crate) struct Notes(Arc<Mutex<Inner>>);

#[derive(Default)]
struct Inner {
    got: Vec<Delivery>,
    failures_left: usize,
}

impl Notes {
    pub(crate) fn failing(times: usize) -> Self {
        let notes = Self::default();
        notes.0.lock().unwrap().failures_left = times;
        notes
    }

    pub(crate) fn heal(&self) {
        self.0.lock().unwrap().failures_left = 0;
    }

    pub(crate) fn handler(&self) -> Handler {
        let notes = self.clone();
        handler(move |delivery| {
            let notes = notes.clone();
            async move {
                let mut inner = notes.0.lock().unwrap();
                inner.got.push(delivery);
                if inner.failures_left > 0 {
                    inner.failures_left -= 1;
                    return Err(kit::Error::internal("told to fail"));
                }
                Ok(())
            }
        })
    }

    pub(crate) fn got(&self) -> Vec<Delivery> {
        self.0.lock().unwrap().got.clone()
    }

    pub(crate) fn ids(&self) -> Vec<Uuid> {
        self.got().iter().map(|delivery| delivery.event.event_id).collect()
    }

    pub(crate) async fn wait_for(&self, count: usize) {
        eventually(&format!("{count} deliveries"), || async { self.got().len() >= count }).await;
    }
}

/// Waits until something holds; fails after five minutes: a crowded machine may need one.
pub(crate) async fn eventually<F: Future<Output = bool>>(what: &str, holds: impl Fn() -> F) {
    let deadline = Instant::now() + Duration::from_secs(300);
    while !holds().await {
        assert!(Instant::now() < deadline, "waited in vain for {what}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}
