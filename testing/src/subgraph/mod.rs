//! A subgraph under test, asked as the router asks it, and heard as its neighbours hear it.

pub mod contract;

use std::panic::Location;
use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use kit::bus::EmbeddedBus;
use kit::{Caller, Envelope, EventBus, Peers};
use serde_json::{Value, json};
use sqlx::PgPool;
use uuid::Uuid;

/// How long anything may take that must come: a crowded machine needs a while for what takes moments otherwise.
pub const PATIENCE: Duration = Duration::from_secs(120);

/// A subgraph and the ways to it. Tests wrap it in a world of their own and reach its methods through `Deref`.
pub struct Subgraph {
    name: &'static str,
    router: Peers,
    bus: Arc<EmbeddedBus>,
    pool: PgPool,
}

impl Subgraph {
    /// The subgraph of this name, which `router` reaches; `bus` is where it listens and `pool` its database.
    pub fn new(name: &'static str, router: Peers, bus: Arc<EmbeddedBus>, pool: PgPool) -> Self {
        Self { name, router: router.patient(PATIENCE), bus, pool }
    }

    /// The bus that it listens to.
    pub fn bus(&self) -> &EmbeddedBus {
        &self.bus
    }

    /// The whole answer to an operation.
    #[track_caller]
    pub fn ask<'a>(
        &'a self,
        caller: &'a Caller,
        query: &'a str,
        variables: Value,
    ) -> impl Future<Output = Value> + 'a {
        let place = Location::caller();
        async move {
            let body = json!({ "query": query, "variables": variables });
            let answer = self.router.ask(self.name, caller, &body).await;
            answer.unwrap_or_else(|error| panic!("{place}: {}", error.log_line())).1
        }
    }

    /// The data of an operation that must succeed.
    #[track_caller]
    pub fn ok<'a>(
        &'a self,
        caller: &'a Caller,
        query: &'a str,
        variables: Value,
    ) -> impl Future<Output = Value> + 'a {
        let place = Location::caller();
        async move {
            let answer = self.ask(caller, query, variables).await;
            assert!(answer.get("errors").is_none(), "{place}: {query}: {answer}");
            answer["data"].clone()
        }
    }

    /// The first error of an operation that must fail.
    #[track_caller]
    pub fn refusal<'a>(
        &'a self,
        caller: &'a Caller,
        query: &'a str,
        variables: Value,
    ) -> impl Future<Output = Refusal> + 'a {
        let place = Location::caller();
        async move {
            let answer = self.ask(caller, query, variables).await;
            let error = &answer["errors"][0];
            assert!(error.is_object(), "{place}: {query} should fail: {answer}");
            let text = |key: &str| error["extensions"][key].as_str().unwrap_or_default().to_owned();
            let details = error["extensions"]["details"].clone();
            Refusal { code: text("code"), field: text("field"), details }
        }
    }

    /// Delivers an event; it has been handled, or died, when this comes back.
    pub async fn deliver(&self, event: &Envelope) {
        self.bus.publish(event).await.unwrap_or_else(|error| panic!("{}", error.log_line()));
    }

    /// The payloads recorded so far of one type, in order.
    pub async fn recorded(&self, event_type: &str) -> Vec<Value> {
        sqlx::query_scalar("SELECT payload FROM outbox WHERE event_type = $1 ORDER BY sequence")
            .bind(event_type)
            .fetch_all(&self.pool)
            .await
            .unwrap_or_else(|error| panic!("{error}"))
    }

    /// One number out of the database.
    #[track_caller]
    pub fn count<'a>(&'a self, sql: &'static str) -> impl Future<Output = i64> + 'a {
        let place = Location::caller();
        async move {
            let count = sqlx::query_scalar(sql).fetch_one(&self.pool).await;
            count.unwrap_or_else(|error| panic!("{place}: {sql}: {error}"))
        }
    }

    /// Comes back when a number in the database is what it should be; timers and consumers work by themselves.
    #[track_caller]
    pub fn eventually<'a>(&'a self, sql: &'static str, expected: i64) -> impl Future<Output = ()> + 'a {
        let place = Location::caller();
        async move {
            let deadline = Instant::now() + PATIENCE;
            loop {
                let found = self.count(sql).await;
                if found == expected {
                    return;
                }
                assert!(Instant::now() < deadline, "{place}: {sql}: {found}, not {expected}");
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
    }
}

/// What an operation was refused with.
#[derive(Clone, Debug, PartialEq)]
pub struct Refusal {
    /// `extensions.code`.
    pub code: String,
    /// `extensions.field`; empty when it names none.
    pub field: String,
    /// `extensions.details`.
    pub details: Value,
}

impl Refusal {
    /// Code and field, for comparing.
    pub fn at(&self) -> (&str, &str) {
        (&self.code, &self.field)
    }

    /// Code and field, to keep.
    pub fn into_pair(self) -> (String, String) {
        (self.code, self.field)
    }
}

/// An event as another service would send it at this moment.
pub fn event(event_type: &str, aggregate: Uuid, version: i64, at: DateTime<Utc>, payload: Value) -> Envelope {
    Envelope {
        event_id: Uuid::now_v7(),
        event_type: event_type.to_owned(),
        version: 1,
        occurred_at: at,
        producer: event_type.split('.').next().unwrap_or_default().to_owned(),
        aggregate_id: aggregate,
        aggregate_version: version,
        correlation_id: "test".to_owned(),
        payload,
    }
}
