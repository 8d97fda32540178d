//! A database per test, copied from a migrated template on a PostgreSQL that all tests share.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use embedded::{Lifetime, Machine, Options, Progress};
use sqlx::migrate::Migrator;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, PgConnection, PgPool};
use tokio::sync::OnceCell;

use crate::lease::{IDLE_MINUTES, folder, lease};

/// The role that owns the test databases: no superuser, like the role of a service.
const ROLE: &str = "tester";

/// How many databases of tests that have ended may lie around before some are dropped.
const LEFTOVERS: usize = 10;

/// A fresh database. Derefs to its pool. It is dropped after its last handle and its last connection; that of a failed
/// test when the process has ended, so that one can look at it.
#[derive(Clone, Debug)]
pub struct Database {
    /// Connections to it, at most 16.
    pub pool: PgPool,
    /// `postgres://…`, for programs that connect by themselves.
    pub url: String,
    _lifetime: Arc<Handle>,
}

impl Database {
    /// The same database through another pool.
    pub fn with_pool(self, pool: PgPool) -> Self {
        Database { pool, ..self }
    }
}

/// Databases that their tests are through with. Dropping needs a connection and so waits for the next test's.
static FINISHED: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// The name of a database that somebody holds.
#[derive(Debug)]
struct Handle(String);

impl Drop for Handle {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            finished().push(std::mem::take(&mut self.0));
        }
    }
}

fn finished() -> std::sync::MutexGuard<'static, Vec<String>> {
    FINISHED.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

impl std::ops::Deref for Database {
    type Target = PgPool;

    fn deref(&self) -> &PgPool {
        &self.pool
    }
}

/// A fresh database with these migrations applied: `testing::database(&kit::migrate::merged(&MIGRATIONS)).await`.
/// The migrations run once per version of them; every test gets a copy. Panics if there is no PostgreSQL and none can
/// be fetched, because a test that silently does nothing is worse than one that fails.
pub async fn database(migrations: &Migrator) -> Database {
    let server = server().await;
    let mut admin = server.connect().await;
    drop_finished(&mut admin).await;
    let template = ensure_template(server, &mut admin, migrations).await;
    let database = create(server, &mut admin, &format!("TEMPLATE {template}")).await;
    drop_leftovers(&mut admin).await;
    database
}

/// A fresh database without tables.
pub async fn empty_database() -> Database {
    let server = server().await;
    let mut admin = server.connect().await;
    drop_finished(&mut admin).await;
    create(server, &mut admin, "").await
}

struct Server {
    admin: PgConnectOptions,
    owner: PgConnectOptions,
    owner_url: String,
}

impl Server {
    async fn connect(&self) -> PgConnection {
        self.admin.connect().await.unwrap_or_else(|error| panic!("connecting to the test server: {error}"))
    }
}

/// The shared server, started by whoever comes first.
async fn server() -> &'static Server {
    static SERVER: OnceCell<Server> = OnceCell::const_new();
    SERVER.get_or_init(start).await
}

async fn start() -> Server {
    let mut last = String::new();
    for attempt in 0..4 {
        // Data that was in use when the machine crashed may not come up again: start over, it is worth nothing.
        let fresh = attempt == 3;
        let cluster = match embedded::start(options(fresh)).await {
            Ok(cluster) => cluster,
            Err(error) => {
                last = error.to_string();
                continue;
            }
        };
        let owner_url = cluster.url(ROLE).unwrap_or_default();
        let parse = |url: &str| {
            url.parse::<PgConnectOptions>()
                .map(|options| options.ssl_mode(sqlx::postgres::PgSslMode::Disable))
        };
        let (admin, owner) = match (parse(&cluster.admin_url()), parse(&owner_url)) {
            (Ok(admin), Ok(owner)) => (admin, owner),
            (Err(error), _) | (_, Err(error)) => panic!("the test server's URL does not parse: {error}"),
        };
        // It may have begun to stop just before we took the lease.
        match admin.connect().await {
            Ok(_) => return Server { admin, owner, owner_url },
            Err(error) => last = error.to_string(),
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    panic!("no PostgreSQL for tests: {last}")
}

fn options(fresh: bool) -> Options {
    Options {
        folder: folder().join("postgresql"),
        services: vec![ROLE.to_owned()],
        fresh,
        lifetime: Lifetime::Idle { lease: lease("postgresql"), minutes: IDLE_MINUTES },
        machine: Machine::from_environment(),
        progress: Progress::silent(),
    }
}

/// The template of these migrations, made under a lock by whoever needs it first.
async fn ensure_template(server: &Server, admin: &mut PgConnection, migrations: &Migrator) -> String {
    let mut hasher = DefaultHasher::new();
    for migration in migrations.iter() {
        (migration.version, &migration.checksum).hash(&mut hasher);
    }
    let hash = hasher.finish();
    let template = format!("template_{hash:016x}");
    if exists(admin, &template).await {
        return template;
    }
    let lock = i64::from_ne_bytes(hash.to_ne_bytes());
    run(admin, format!("SELECT pg_advisory_lock({lock})")).await;
    if !exists(admin, &template).await {
        let unfinished = format!("unfinished_{hash:016x}");
        run(admin, format!("DROP DATABASE IF EXISTS {unfinished} WITH (FORCE)")).await;
        run(admin, format!("CREATE DATABASE {unfinished} OWNER {ROLE}")).await;
        let conn = server.owner.clone().database(&unfinished).connect().await;
        let mut conn = conn.unwrap_or_else(|error| panic!("connecting to {unfinished}: {error}"));
        migrations
            .run_direct(None, &mut conn, false)
            .await
            .unwrap_or_else(|error| panic!("migrating: {error}"));
        conn.close().await.unwrap_or_else(|error| panic!("leaving {unfinished}: {error}"));
        run(admin, format!("ALTER DATABASE {unfinished} RENAME TO {template}")).await;
    }
    run(admin, format!("SELECT pg_advisory_unlock({lock})")).await;
    template
}

async fn exists(admin: &mut PgConnection, database: &str) -> bool {
    let found = sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM pg_database WHERE datname = $1)");
    found
        .bind(database)
        .fetch_one(admin)
        .await
        .unwrap_or_else(|error| panic!("looking for {database}: {error}"))
}

async fn create(server: &Server, admin: &mut PgConnection, from: &str) -> Database {
    static SERIAL: AtomicU32 = AtomicU32::new(0);
    let name = format!("t_{}_{}", std::process::id(), SERIAL.fetch_add(1, Ordering::Relaxed));
    // A process id comes around again.
    run(admin, format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")).await;
    run(admin, format!("CREATE DATABASE {name} OWNER {ROLE} {from}")).await;
    let options = server.owner.clone().database(&name);
    let pool = PgPoolOptions::new()
        .max_connections(16)
        .acquire_timeout(Duration::from_secs(120))
        .connect_with(options)
        .await
        .unwrap_or_else(|error| panic!("connecting to {name}: {error}"));
    let url = match server.owner_url.rsplit_once('/') {
        Some((base, _)) => format!("{base}/{name}"),
        None => server.owner_url.clone(),
    };
    Database { pool, url, _lifetime: Arc::new(Handle(name)) }
}

/// Drops this process's databases that nobody is connected to any more.
async fn drop_finished(admin: &mut PgConnection) {
    let names = std::mem::take(&mut *finished());
    // Asked first, because dropping waits seconds for connections to go.
    let busy = sqlx::query_scalar("SELECT DISTINCT datname FROM pg_stat_activity WHERE datname = ANY ($1)");
    let busy: Result<Vec<String>, _> = busy.bind(&names).fetch_all(&mut *admin).await;
    let busy = busy.unwrap_or_else(|error| panic!("looking for connections: {error}"));
    let (kept, free): (Vec<String>, Vec<String>) = names.into_iter().partition(|name| busy.contains(name));
    finished().extend(kept);
    for name in free {
        // Whoever connects in between keeps it a little longer.
        let _ = sqlx::raw_sql(AssertSqlSafe(format!("DROP DATABASE IF EXISTS {name}")))
            .execute(&mut *admin)
            .await;
    }
}

/// Drops a few databases of processes that are gone, when there are many.
async fn drop_leftovers(admin: &mut PgConnection) {
    let names = sqlx::query_scalar("SELECT datname FROM pg_database WHERE datname LIKE 't\\_%' LIMIT 500");
    let names: Vec<String> = names.fetch_all(&mut *admin).await.unwrap_or_default();
    let dead = |name: &&String| {
        let pid = name.split('_').nth(1).and_then(|pid| pid.parse().ok());
        pid.is_some_and(|pid: u32| !crate::process::is_alive(pid))
    };
    let dead: Vec<&String> = names.iter().filter(dead).collect();
    if dead.len() > LEFTOVERS {
        for name in dead.into_iter().take(8) {
            // Somebody else may be dropping it too.
            let _ = sqlx::raw_sql(AssertSqlSafe(format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")))
                .execute(&mut *admin)
                .await;
        }
    }
}

async fn run(admin: &mut PgConnection, sql: String) {
    let shown = sql.clone();
    sqlx::raw_sql(AssertSqlSafe(sql)).execute(admin).await.unwrap_or_else(|error| panic!("{shown}: {error}"));
}
