//! The world that the tests of fleet live in: a database, a bus, a clock, and people of two fleets.

pub(crate) mod people;
pub(crate) mod scene;

use std::sync::Arc;

use kit::bus::EmbeddedBus;
use kit::peer::Directory;
use kit::server::Running;
use kit::{Caller, Clock, Envelope, EventBus, Parts, Peers, PrincipalKey};
use serde_json::{Value, json};
use uuid::Uuid;

/// The present in most tests: 27 January 2026, 11:30 in India, a Tuesday.
pub(crate) const NOW: &str = "2026-01-27T06:00:00Z";

/// A running fleet service and what is around it.
pub(crate) struct World {
    pub(crate) db: testing::Database,
    pub(crate) clock: Clock,
    pub(crate) bus: Arc<EmbeddedBus>,
    pub(crate) key: PrincipalKey,
    router: Peers,
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
        let bus = Arc::new(EmbeddedBus::new());
        let parts = Parts {
            pool: db.pool.clone(),
            bus: bus.clone(),
            peers: Peers::new("fleet", directory.clone(), key.clone()),
            clock: clock.clone(),
            principal_key: key.clone(),
            shared: Arc::new(kit::shared::MemoryState::new()),
        };
        let service = fleet::build(fleet::Config::default(), parts).await.unwrap();
        directory.in_process("fleet", service.router.clone());
        let router = Peers::new("router", directory, key.clone());
        World { db, clock, bus, key, router, service, running: None }
    }

    /// Starts relay, feed and timers, for tests about what they bring.
    pub(crate) fn start(&mut self) {
        self.running = Some(self.service.start());
    }

    /// The HTTP routes, for subscriptions.
    pub(crate) fn routes(&self) -> axum::Router {
        self.service.router.clone()
    }

    /// The whole answer to an operation.
    pub(crate) async fn ask(&self, caller: &Caller, query: &str, variables: Value) -> Value {
        let body = json!({ "query": query, "variables": variables });
        let (_, answer) =
            self.router.ask("fleet", caller, &body).await.unwrap_or_else(|e| panic!("{}", e.log_line()));
        answer
    }

    /// The data of an operation that must succeed.
    #[track_caller]
    pub(crate) fn ok<'a>(
        &'a self,
        caller: &'a Caller,
        query: &'a str,
        variables: Value,
    ) -> impl Future<Output = Value> + 'a {
        let place = std::panic::Location::caller();
        async move {
            let answer = self.ask(caller, query, variables).await;
            assert!(answer.get("errors").is_none(), "{place}: {query}: {answer}");
            answer["data"].clone()
        }
    }

    /// Code and field of the first error of an operation that must fail.
    pub(crate) async fn refused(&self, caller: &Caller, query: &str, variables: Value) -> (String, String) {
        let answer = self.ask(caller, query, variables).await;
        let error = &answer["errors"][0];
        assert!(error.is_object(), "{query} should fail: {answer}");
        let text = |key: &str| error["extensions"][key].as_str().unwrap_or_default().to_owned();
        (text("code"), text("field"))
    }

    /// Delivers an event; it has been handled, or died, when this comes back.
    pub(crate) async fn deliver(&self, event: &Envelope) {
        self.bus.publish(event).await.unwrap_or_else(|error| panic!("{}", error.log_line()));
    }

    /// The payloads recorded so far of one type, in order.
    pub(crate) async fn recorded(&self, event_type: &str) -> Vec<Value> {
        sqlx::query_scalar("SELECT payload FROM outbox WHERE event_type = $1 ORDER BY sequence")
            .bind(event_type)
            .fetch_all(&self.db.pool)
            .await
            .unwrap()
    }

    /// One number out of the database.
    pub(crate) async fn count(&self, sql: &'static str) -> i64 {
        sqlx::query_scalar(sql).fetch_one(&self.db.pool).await.unwrap()
    }
}

/// An event as another service would send it.
pub(crate) fn event(event_type: &str, aggregate: Uuid, version: i64, payload: Value) -> Envelope {
    Envelope {
        event_id: Uuid::now_v7(),
        event_type: event_type.to_owned(),
        version: 1,
        occurred_at: NOW.parse().unwrap(),
        producer: event_type.split('.').next().unwrap().to_owned(),
        aggregate_id: aggregate,
        aggregate_version: version,
        correlation_id: "test".to_owned(),
        payload,
    }
}
