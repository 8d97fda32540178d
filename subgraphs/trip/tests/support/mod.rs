//! The world that the tests of trip live in: a database, a bus, a clock, neighbours that answer, and people.

pub(crate) mod day;
pub(crate) mod neighbours;
pub(crate) mod people;
pub(crate) mod watcher;

use std::ops::Deref;
use std::sync::Arc;

use http_body_util::BodyExt;
use tower::ServiceExt;

use kit::bus::EmbeddedBus;
use kit::peer::Directory;
use kit::server::Running;
use kit::{Caller, Clock, Envelope, Parts, Peers, PrincipalKey};
use serde_json::{Value, json};
use testing::subgraph::Subgraph;
use uuid::Uuid;

use neighbours::Neighbours;

/// The present in most tests: 27 January 2026, 11:30 in India, a Tuesday.
pub(crate) const NOW: &str = "2026-01-27T06:00:00Z";

/// A running trip service and what is around it.
pub(crate) struct World {
    pub(crate) db: testing::Database,
    pub(crate) clock: Clock,
    pub(crate) neighbours: Neighbours,
    front: Subgraph,
    service: kit::Service,
    running: Option<Running>,
    parts: Parts,
}

impl World {
    /// Trip with an empty database.
    pub(crate) async fn new() -> World {
        World::with(trip::Config::default()).await
    }

    /// The same with other settings.
    pub(crate) async fn with(config: trip::Config) -> World {
        let db = testing::database(&kit::migrate::merged(&trip::MIGRATIONS)).await;
        World::on(db, config, Clock::fixed(NOW.parse().unwrap())).await
    }

    /// One more replica on a database that exists.
    pub(crate) async fn on(db: testing::Database, config: trip::Config, clock: Clock) -> World {
        let key = PrincipalKey::new(&[7; 32]).unwrap_or_else(|error| panic!("{}", error.log_line()));
        let directory = Directory::new();
        let neighbours = Neighbours::answering(&directory);
        let bus = Arc::new(EmbeddedBus::new());
        let parts = Parts {
            pool: db.pool.clone(),
            bus: bus.clone(),
            peers: Peers::new("trip", directory.clone(), key.clone()),
            clock: clock.clone(),
            principal_key: key.clone(),
            shared: Arc::new(kit::shared::MemoryState::new()),
        };
        let service =
            trip::build(config, parts.clone()).await.unwrap_or_else(|error| panic!("{}", error.log_line()));
        directory.in_process("trip", service.router.clone());
        let front = Subgraph::new("trip", Peers::new("router", directory, key), bus, db.pool.clone());
        for fleet in [people::FLEET_A, people::FLEET_B] {
            sqlx::query("INSERT INTO fleet_ref VALUES ($1, 'ACTIVE', 1, now()) ON CONFLICT DO NOTHING")
                .bind(people::uuid(fleet))
                .execute(&db.pool)
                .await
                .unwrap();
        }
        World { db, clock, neighbours, front, service, running: None, parts }
    }

    /// Starts relay, feed and timers, for tests about what they bring.
    pub(crate) fn start(&mut self) {
        self.running = Some(self.service.start());
    }

    /// What `resync` does: asks the owners again for everything; how many copies were written.
    pub(crate) async fn resync(&self) -> u64 {
        let written = trip::resync(trip::Config::default(), &self.parts).await;
        written.unwrap_or_else(|error| panic!("{}", error.log_line()))
    }

    /// The HTTP routes, for subscriptions.
    pub(crate) fn routes(&self) -> axum::Router {
        self.service.router.clone()
    }

    /// A mutation with one input that must succeed; answers with the fields asked for.
    #[track_caller]
    pub(crate) fn act<'a>(
        &'a self,
        caller: &'a Caller,
        (mutation, fields): (&'a str, &'a str),
        input: Value,
    ) -> impl Future<Output = Value> + 'a {
        let place = std::panic::Location::caller();
        async move {
            let answer = self.ask(caller, &operation(mutation, fields), json!({"input": input})).await;
            assert!(answer.get("errors").is_none(), "{place}: {mutation}: {answer}");
            answer["data"][mutation].clone()
        }
    }

    /// Code and field of the error of a mutation that must fail.
    pub(crate) async fn refused(&self, caller: &Caller, mutation: &str, input: Value) -> (String, String) {
        self.refusal(caller, &operation(mutation, "__typename"), json!({"input": input})).await.into_pair()
    }

    /// The answer to a request without a principal from a client's address.
    pub(crate) async fn asked_from(&self, address: &str, body: &Value) -> Value {
        self.raw(&[("x-forwarded-for", address)], body).await
    }

    /// The answer to a request with exactly these headers.
    pub(crate) async fn raw(&self, headers: &[(&str, &str)], body: &Value) -> Value {
        let mut request = axum::http::Request::post("/graphql").header("content-type", "application/json");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(axum::body::Body::from(body.to_string())).unwrap();
        let response = self.routes().oneshot(request).await.unwrap();
        let bytes = response.into_body().collect().await.unwrap().to_bytes();
        serde_json::from_slice(&bytes).unwrap()
    }

    /// The events recorded so far, in order: type and payload.
    pub(crate) async fn told(&self) -> Vec<(String, Value)> {
        sqlx::query_as("SELECT event_type, payload FROM outbox ORDER BY sequence")
            .fetch_all(&self.db.pool)
            .await
            .unwrap()
    }
}

impl Deref for World {
    type Target = Subgraph;

    fn deref(&self) -> &Subgraph {
        &self.front
    }
}

/// The text of a mutation that takes one input. The input's type has the mutation's name, but for a few that share one.
pub(crate) fn operation(mutation: &str, fields: &str) -> String {
    let input = match mutation {
        "unassignDriver" | "cancelTrip" => "TripReasonInput".to_owned(),
        other => format!("{}{}Input", other[..1].to_uppercase(), &other[1..]),
    };
    format!("mutation ($input: {input}!) {{ {mutation}(input: $input) {{ {fields} }} }}")
}

/// An event as another subgraph would send it.
pub(crate) fn event(event_type: &str, aggregate: Uuid, version: i64, payload: Value) -> Envelope {
    testing::subgraph::event(event_type, aggregate, version, NOW.parse().unwrap(), payload)
}
