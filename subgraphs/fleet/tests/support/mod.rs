//! The world that the tests of fleet live in: a database, a bus, a clock, and people of two fleets.

pub(crate) mod neighbours;
pub(crate) mod people;
pub(crate) mod scene;

use std::ops::Deref;
use std::sync::Arc;

use kit::bus::EmbeddedBus;
use kit::peer::Directory;
use kit::server::Running;
use kit::{Caller, Clock, Envelope, Parts, Peers, PrincipalKey};
use serde_json::Value;
use testing::subgraph::Subgraph;
use uuid::Uuid;

/// The present in most tests: 27 January 2026, 11:30 in India, a Tuesday.
pub(crate) const NOW: &str = "2026-01-27T06:00:00Z";

/// A running fleet service and what is around it.
pub(crate) struct World {
    pub(crate) db: testing::Database,
    pub(crate) clock: Clock,
    pub(crate) key: PrincipalKey,
    /// The service beside its requests, for what timers do.
    pub(crate) app: fleet::app::App,
    front: Subgraph,
    service: kit::Service,
    running: Option<Running>,
}

impl World {
    /// Fleet with an empty database.
    pub(crate) async fn new() -> World {
        World::made(None).await
    }

    /// The same with a pool of one's own.
    pub(crate) async fn on(pool: fn(&str) -> sqlx::PgPool) -> World {
        World::made(Some(pool)).await
    }

    async fn made(pool: Option<fn(&str) -> sqlx::PgPool>) -> World {
        let mut db = testing::database(&kit::migrate::merged(&fleet::MIGRATIONS)).await;
        if let Some(pool) = pool {
            db.pool = pool(&db.url);
        }
        let clock = Clock::fixed(NOW.parse().unwrap());
        let key = PrincipalKey::new(&[7; 32]).unwrap();
        let directory = Directory::new();
        neighbours::answering(&directory);
        let bus = Arc::new(EmbeddedBus::new());
        let parts = Parts {
            pool: db.pool.clone(),
            bus: bus.clone(),
            peers: Peers::new("fleet", directory.clone(), key.clone()),
            clock: clock.clone(),
            principal_key: key.clone(),
            shared: Arc::new(kit::shared::MemoryState::new()),
        };
        let app = fleet::app::App::new(&fleet::Config::default(), &parts);
        let service = fleet::build(fleet::Config::default(), parts).await.unwrap();
        directory.in_process("fleet", service.router.clone());
        let router = Peers::new("router", directory, key.clone());
        let front = Subgraph::new("fleet", router, bus, db.pool.clone());
        World { db, clock, key, app, front, service, running: None }
    }

    /// Starts relay, feed and timers, for tests about what they bring.
    pub(crate) fn start(&mut self) {
        self.running = Some(self.service.start());
    }

    /// The HTTP routes, for subscriptions.
    pub(crate) fn routes(&self) -> axum::Router {
        self.service.router.clone()
    }

    /// Code and field of the first error of an operation that must fail.
    pub(crate) async fn refused(&self, caller: &Caller, query: &str, variables: Value) -> (String, String) {
        self.refusal(caller, query, variables).await.into_pair()
    }
}

impl Deref for World {
    type Target = Subgraph;

    fn deref(&self) -> &Subgraph {
        &self.front
    }
}

/// An event as another service would send it.
pub(crate) fn event(event_type: &str, aggregate: Uuid, version: i64, payload: Value) -> Envelope {
    testing::subgraph::event(event_type, aggregate, version, NOW.parse().unwrap(), payload)
}
