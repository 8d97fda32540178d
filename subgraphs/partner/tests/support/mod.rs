//! The world that the tests of partner live in: a database, a bus, a clock, neighbours that answer, and people.

pub(crate) mod neighbours;
pub(crate) mod people;
pub(crate) mod watch;

use std::ops::Deref;
use std::sync::Arc;

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

/// A running partner and what is around it.
pub(crate) struct World {
    pub(crate) db: testing::Database,
    pub(crate) clock: Clock,
    pub(crate) neighbours: Neighbours,
    front: Subgraph,
    key: PrincipalKey,
    parts: Parts,
    service: Option<kit::Service>,
    running: Option<Running>,
}

impl World {
    /// Partner with an empty database and neighbours that know the fleets, hubs and users of [`people`].
    pub(crate) async fn new() -> World {
        World::with(partner::Config::default()).await
    }

    /// The same with other settings.
    pub(crate) async fn with(config: partner::Config) -> World {
        let db = testing::database(&kit::migrate::merged(&partner::MIGRATIONS)).await;
        World::over(config, db).await
    }

    /// The same with connections of one's own.
    pub(crate) async fn on(config: partner::Config, connect: impl FnOnce(&str) -> sqlx::PgPool) -> World {
        let db = testing::database(&kit::migrate::merged(&partner::MIGRATIONS)).await;
        let pool = connect(&db.url);
        World::over(config, db.with_pool(pool)).await
    }

    /// One more replica on the same database.
    pub(crate) async fn replica(&self, config: partner::Config) -> World {
        World::over(config, self.db.clone()).await
    }

    async fn over(config: partner::Config, db: testing::Database) -> World {
        let clock = Clock::fixed(NOW.parse().unwrap());
        let key = PrincipalKey::new(&[7; 32]).unwrap();
        let directory = Directory::new();
        let neighbours = Neighbours::answering(&directory);
        let bus = Arc::new(EmbeddedBus::new());
        let parts = Parts {
            pool: db.pool.clone(),
            bus: bus.clone(),
            peers: Peers::new("partner", directory.clone(), key.clone()),
            clock: clock.clone(),
            principal_key: key.clone(),
            shared: Arc::new(kit::shared::MemoryState::new()),
        };
        let service = partner::build(config, parts.clone()).await.unwrap();
        directory.in_process("partner", service.router.clone());
        let router = Peers::new("router", directory, key.clone());
        let front = Subgraph::new("partner", router, bus, db.pool.clone());
        World { db, clock, neighbours, front, key, parts, service: Some(service), running: None }
    }

    /// Starts relay, feed and timers, for tests about what they bring.
    pub(crate) fn start(&mut self) {
        self.running = self.service.as_mut().map(kit::Service::start);
    }

    /// Repairs partner's copies, as an operator would.
    pub(crate) async fn resync(&self) -> u64 {
        partner::resync(partner::Config::default(), &self.parts)
            .await
            .unwrap_or_else(|e| panic!("{}", e.log_line()))
    }

    /// Kind and state of every saga, the oldest first.
    pub(crate) async fn sagas(&self) -> Vec<(String, String)> {
        sqlx::query_as("SELECT kind, state FROM saga ORDER BY created_at, id")
            .fetch_all(&self.db.pool)
            .await
            .unwrap()
    }

    /// Opens a subscription, as the router would.
    pub(crate) async fn watch(&self, caller: &Caller, query: &str, variables: Value) -> watch::Watch {
        watch::Watch::open(self.service.as_ref().unwrap().router.clone(), &self.key, caller, query, variables)
            .await
    }

    /// A mutation that must succeed, with its input; gives the selection.
    #[track_caller]
    pub(crate) fn act<'a>(
        &'a self,
        caller: &'a Caller,
        mutation: &'a str,
        input: Value,
        selection: &'a str,
    ) -> impl Future<Output = Value> + 'a {
        let query = mutation_text(mutation, selection);
        let place = std::panic::Location::caller();
        async move {
            let answer = self.ask(caller, &query, json!({"input": input})).await;
            assert!(answer.get("errors").is_none(), "{place}: {query}: {answer}");
            answer["data"][mutation].clone()
        }
    }

    /// Code and field of a mutation that must fail.
    pub(crate) async fn denied(&self, caller: &Caller, mutation: &str, input: Value) -> (String, String) {
        self.refused(caller, &mutation_text(mutation, "__typename"), json!({"input": input})).await
    }

    /// Code and field of the first error of an operation that must fail.
    pub(crate) async fn refused(&self, caller: &Caller, query: &str, variables: Value) -> (String, String) {
        self.refusal(caller, query, variables).await.into_pair()
    }

    /// A driver profile for a user of fleet A at hub A1, made by the fleet's manager; returns its id.
    pub(crate) async fn driver(&self, user: u128) -> String {
        self.driver_at(user, people::FLEET_A, Some(people::HUB_A1)).await
    }

    /// A driver profile in any fleet and hub, made by the super admin.
    pub(crate) async fn driver_at(&self, user: u128, fleet: u128, hub: Option<u128>) -> String {
        let input = json!({
            "userId": people::id(user), "fleetId": people::id(fleet), "hubId": hub.map(people::id),
        });
        let query = "mutation ($input: CreateDriverInput!) { createDriver(input: $input) { id } }";
        let data = self.ok(&people::super_admin(), query, json!({"input": input})).await;
        data["createDriver"]["id"].as_str().unwrap().to_owned()
    }
}

impl Deref for World {
    type Target = Subgraph;

    fn deref(&self) -> &Subgraph {
        &self.front
    }
}

/// An event as another subgraph would send it.
pub(crate) fn event(event_type: &str, aggregate: Uuid, version: i64, payload: Value) -> Envelope {
    testing::subgraph::event(event_type, aggregate, version, NOW.parse().unwrap(), payload)
}

fn mutation_text(mutation: &str, selection: &str) -> String {
    let input = format!("{}{}Input", mutation[..1].to_uppercase(), &mutation[1..]);
    format!("mutation ($input: {input}!) {{ {mutation}(input: $input) {{ {selection} }} }}")
}
