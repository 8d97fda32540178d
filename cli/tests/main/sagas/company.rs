//! The four services of one process over their databases, without a router: as much of the company as a saga needs.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use kit::bus::EmbeddedBus;
use kit::peer::Directory;
use kit::server::Running;
use kit::{Caller, Clock, EventBus, Parts, Peers, PrincipalKey, Role, Viewer};
use serde_json::{Value, json};
use sqlx::PgPool;
use sqlx::postgres::PgPoolOptions;
use testing::Database;
use uuid::Uuid;

use super::LOOK;

/// How long it may take until all is quiet: a step that was lost is repeated after half a minute.
const PATIENCE: Duration = Duration::from_secs(300);

/// The databases that outlive the processes.
pub(crate) struct Databases(BTreeMap<&'static str, Database>);

impl Databases {
    /// Four that are empty.
    pub(crate) async fn new() -> Self {
        let migrations = [
            ("identity", &identity::MIGRATIONS),
            ("fleet", &fleet::MIGRATIONS),
            ("partner", &partner::MIGRATIONS),
            ("trip", &trip::MIGRATIONS),
        ];
        let mut databases = BTreeMap::new();
        for (name, own) in migrations {
            databases.insert(name, testing::database(&kit::migrate::merged(own)).await);
        }
        Self(databases)
    }

    /// Their URLs by service.
    pub(crate) fn urls(&self) -> Value {
        self.0.iter().map(|(name, database)| ((*name).to_owned(), json!(database.url))).collect()
    }
}

/// The services at work.
pub(crate) struct Company {
    router: Peers,
    pools: BTreeMap<&'static str, PgPool>,
    bus: Arc<dyn EventBus>,
    running: Vec<Running>,
}

impl Company {
    /// Builds and starts the services, as a process does that comes up.
    pub(crate) async fn open(urls: &Value) -> Company {
        let key = PrincipalKey::new(&[7; 32]).unwrap_or_else(|error| panic!("{}", error.log_line()));
        let (directory, bus) = (Directory::new(), Arc::new(EmbeddedBus::new()));
        let mut pools = BTreeMap::new();
        for name in ["identity", "fleet", "partner", "trip"] {
            let url = urls[name].as_str().expect("a URL");
            let pool = PgPoolOptions::new().max_connections(12).connect(url).await.expect("a database");
            pools.insert(name, pool);
        }
        let parts = |name: &'static str| Parts {
            pool: pools[name].clone(),
            bus: bus.clone(),
            peers: Peers::new(name, directory.clone(), key.clone()),
            clock: Clock::system(),
            principal_key: key.clone(),
            shared: Arc::new(kit::shared::MemoryState::new()),
        };
        let secret = "a secret of the tests, long enough to pass".into();
        let identity = identity::Config { secret, ..identity::Config::default() };
        let built = [
            identity::build(identity, parts("identity")).await,
            fleet::build(fleet::Config::default(), parts("fleet")).await,
            partner::build(partner::Config::default(), parts("partner")).await,
            trip::build(trip::Config::default(), parts("trip")).await,
        ];
        let mut running = Vec::new();
        for service in built {
            let mut service = service.unwrap_or_else(|error| panic!("{}", error.log_line()));
            directory.in_process(service.name, service.router.clone());
            running.push(service.start());
        }
        Company { router: Peers::new("router", directory, key).patient(PATIENCE), pools, bus, running }
    }

    /// Stops the services and lets go of the databases.
    pub(crate) async fn close(self) {
        for running in self.running {
            running.stop(Duration::from_secs(2)).await;
        }
        self.bus.close().await;
        for pool in self.pools.into_values() {
            pool.close().await;
        }
    }

    /// The data of an operation at one service that must succeed.
    pub(crate) async fn ok(&self, service: &str, caller: &Caller, query: &str, variables: Value) -> Value {
        let body = json!({ "query": query, "variables": variables });
        let answer = self.router.ask(service, caller, &body).await;
        let (_, mut answer) = answer.unwrap_or_else(|error| panic!("{}", error.log_line()));
        assert!(answer.get("errors").is_none(), "{query}: {answer}");
        answer["data"].take()
    }

    /// The result of a mutation with one input.
    pub(crate) async fn act(&self, service: &str, caller: &Caller, mutation: &str, input: Value) -> Value {
        let kind = format!("{}{}Input", mutation[..1].to_uppercase(), &mutation[1..]);
        let query = format!("mutation ($input: {kind}!) {{ {mutation}(input: $input) {{ id }} }}");
        self.ok(service, caller, &query, json!({ "input": input })).await[mutation].take()
    }

    /// One value out of a database, as text; `$1` in the statement is `argument`. Nothing if there is no such row.
    pub(crate) async fn look(&self, service: &str, sql: &'static str, argument: &str) -> Option<String> {
        let found =
            sqlx::query_scalar::<_, Option<String>>(sql).bind(argument).fetch_optional(&self.pools[service]);
        found.await.unwrap_or_else(|error| panic!("{sql}: {error}")).flatten()
    }

    /// Changes a database behind the services' back.
    pub(crate) async fn meddle(&self, service: &str, sql: &'static str, argument: &str) {
        let done = sqlx::query(sql).bind(argument).execute(&self.pools[service]).await;
        done.unwrap_or_else(|error| panic!("{sql}: {error}"));
    }

    /// Comes back when nothing goes on between the services any more: no saga runs, every event was handled.
    pub(crate) async fn quiet(&self) {
        let (mut quiet, begun) = (0, Instant::now());
        while begun.elapsed() < PATIENCE {
            quiet = if self.is_quiet().await { quiet + 1 } else { 0 };
            if quiet == 2 {
                return;
            }
            tokio::time::sleep(LOOK).await;
        }
        let mut left = String::new();
        for (name, pool) in &self.pools {
            let sagas: Vec<String> =
                sqlx::query_scalar("SELECT saga::text FROM saga WHERE state = 'RUNNING'")
                    .fetch_all(pool)
                    .await
                    .expect("a database");
            let dead: Vec<String> = sqlx::query_scalar("SELECT queue || ': ' || error FROM dead_letter")
                .fetch_all(pool)
                .await
                .expect("a database");
            left += &format!("{name}: {sagas:?} {dead:?}\n");
        }
        panic!("it does not come to rest:\n{left}");
    }

    async fn is_quiet(&self) -> bool {
        let sql =
            "SELECT (SELECT count(*) FROM outbox WHERE position IS NULL) + head.position - relay.position
                          + (SELECT count(*) FROM saga WHERE state = 'RUNNING')
                     FROM outbox_head AS head, outbox_cursor AS relay WHERE relay.name = 'relay'";
        for pool in self.pools.values() {
            let left: i64 = sqlx::query_scalar(sql).fetch_one(pool).await.expect("a database");
            if left != 0 {
                return false;
            }
        }
        true
    }
}

/// Somebody as the router vouches for them.
pub(crate) fn caller(role: Role, fleet: Option<Uuid>) -> Caller {
    Caller::Viewer(Viewer {
        user_id: Uuid::from_u128(0x5A),
        role,
        fleet_id: fleet,
        hub_ids: Vec::new(),
        session_id: None,
        driver_id: None,
    })
}
