//! Chaos: services, connections and the broker are killed at random while things change; afterwards every ledger
//! equals its source and every subscriber has seen exactly what happened.

mod service;
mod watcher;

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use kit::bus::{EventBus, RabbitBus, RabbitOptions, Topology};
use serde::{Deserialize, Serialize};
use sqlx::PgPool;
use testing::{Database, RabbitNode};
use uuid::Uuid;

use crate::support::{database, eventually};
use watcher::Watchers;

/// How often something is killed.
const BLOWS: u32 = 20;

/// How many things change.
const THINGS: u128 = 8;

/// What a service process is told, as JSON in its environment.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Orders {
    source_url: String,
    ledger_url: String,
    amqp_url: Option<String>,
    writers: u64,
}

const ORDERS: &str = "CHAOS_ORDERS";

/// A service in a process of its own, and where it says what ails it.
struct Replica(Child, PathBuf);

impl Replica {
    fn start(orders: &Orders) -> Self {
        let said = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("chaos-{}.log", Uuid::now_v7()));
        let child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "chaos::service::runs_until_it_is_killed", "--ignored", "--nocapture"])
            .env(ORDERS, serde_json::to_string(orders).unwrap())
            // Its end tells the child that nobody is left to kill it.
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(File::create(&said).unwrap())
            .spawn()
            .unwrap();
        Self(child, said)
    }

    /// The last it said.
    fn said(&self) -> String {
        let said = std::fs::read_to_string(&self.1).unwrap_or_default();
        let lines: Vec<&str> = said.lines().collect();
        lines[lines.len().saturating_sub(40)..].join("\n")
    }
}

impl Drop for Replica {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
        let _ = std::fs::remove_file(&self.1);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_lost_or_doubled_on_the_embedded_bus() {
    survive(None).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_lost_or_doubled_on_rabbitmq() {
    let Some(mut node) = RabbitNode::start().await else { return };
    settle_in(&mut node).await;
    survive(Some(node)).await;
}

/// RabbitMQ (3.10) writes down a little later where a new quorum queue keeps its log. Killed before that, it begins the queue
/// anew, empty and without a leader for good. So the queue is there before anything is killed, and the broker was stopped in
/// order once.
async fn settle_in(node: &mut RabbitNode) {
    let mut topology = Topology::default();
    topology.insert("ledger", &["thing.*".to_owned()]);
    let bus = RabbitBus::connect_with(RabbitOptions { topology, ..RabbitOptions::new(&node.url()) }).await;
    bus.unwrap_or_else(|error| panic!("{}", error.log_line())).close().await;
    node.stop().await;
    node.start_again().await;
}

#[expect(clippy::print_stdout, reason = "shown with a failure: the seed that led to it")]
async fn survive(mut broker: Option<RabbitNode>) {
    let (source, ledger) = (source().await, ledger().await);
    let orders = Orders {
        source_url: source.url.clone(),
        ledger_url: ledger.url.clone(),
        amqp_url: broker.as_ref().map(RabbitNode::url),
        writers: 3,
    };
    let watchers = Watchers::start(&source.pool, 3);
    let mut replicas = [Replica::start(&orders), Replica::start(&orders)];
    let seed = fastrand::u64(..);
    let mut random = fastrand::Rng::with_seed(seed);
    for blow in 1..=BLOWS {
        tokio::time::sleep(Duration::from_millis(random.u64(150..700))).await;
        // The broker dies once for certain.
        match if blow == 5 { 9 } else { random.u32(0..10) } {
            0..4 => replicas[random.usize(0..2)] = Replica::start(&orders),
            4..7 => drop_connections(&source.pool).await,
            7..9 => drop_connections(&ledger.pool).await,
            _ => {
                if let Some(broker) = &mut broker {
                    broker.kill().await;
                    broker.start_again().await;
                }
            }
        }
    }
    // However long they took to get up between the blows.
    eventually("a world that has moved", || async { history(&source.pool).await > 100 }).await;
    drop(replicas);
    nothing_is_under_way(&source.pool).await;
    // Whoever comes last finds everything that is left.
    let last = Replica::start(&Orders { writers: 0, ..orders });
    let changes = history(&source.pool).await;
    // It fails when nothing moves any more, not when a crowded machine takes its time.
    let (mut moved, mut before) = (Instant::now(), 0);
    loop {
        let entries = entries(&ledger.pool).await;
        if entries >= changes {
            break;
        }
        if entries > before {
            (moved, before) = (Instant::now(), entries);
        }
        let left = format!("seed {seed}: {entries} of {changes} changes in the ledger\n{}", last.said());
        assert!(moved.elapsed() < Duration::from_secs(600), "{left}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let seen = watchers.finish(usize::try_from(changes).unwrap()).await;
    println!("seed {seed}: {changes} changes");
    ledger_equals_its_source(&source.pool, &ledger.pool).await;
    watcher::each_has_seen_the_history(&source.pool, &seen).await;
    let letters: i64 =
        sqlx::query_scalar("SELECT count(*) FROM dead_letter").fetch_one(&ledger.pool).await.unwrap();
    assert_eq!(letters, 0);
}

/// Things that change, and the history of it in the same transactions.
async fn source() -> Database {
    let database = database().await;
    let tables = "CREATE TABLE thing (id uuid PRIMARY KEY, version bigint NOT NULL, amount bigint NOT NULL);
                  CREATE TABLE history (thing uuid, version bigint, delta bigint)";
    sqlx::raw_sql(tables).execute(&database.pool).await.unwrap();
    for id in 1..=THINGS {
        let insert = sqlx::query("INSERT INTO thing VALUES ($1, 0, 0)").bind(Uuid::from_u128(id));
        insert.execute(&database.pool).await.unwrap();
    }
    database
}

/// What the consumer makes of the events. Nothing here would stop a second entry for one event.
async fn ledger() -> Database {
    let database = database().await;
    let table = "CREATE TABLE entry (thing uuid, version bigint, delta bigint)";
    sqlx::raw_sql(table).execute(&database.pool).await.unwrap();
    database
}

async fn history(source: &PgPool) -> i64 {
    sqlx::query_scalar("SELECT count(*) FROM history").fetch_one(source).await.unwrap_or(0)
}

/// Waits for the transactions of processes that are dead: a commit that was sent before the end may still be carried out.
async fn nothing_is_under_way(source: &PgPool) {
    let open = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()
                AND pid <> pg_backend_pid() AND backend_xid IS NOT NULL";
    eventually("the end of every transaction", || async {
        sqlx::query_scalar::<_, i64>(open).fetch_one(source).await.is_ok_and(|open| open == 0)
    })
    .await;
}

async fn entries(ledger: &PgPool) -> i64 {
    sqlx::query_scalar("SELECT count(*) FROM entry").fetch_one(ledger).await.unwrap_or(0)
}

/// Ends every other connection to a database, in the middle of whatever it does.
async fn drop_connections(pool: &PgPool) {
    let end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
               WHERE datname = current_database() AND pid <> pg_backend_pid()";
    // Our own connection may be one that was ended a moment ago.
    let _ = sqlx::query(end).execute(pool).await;
}

async fn ledger_equals_its_source(source: &PgPool, ledger: &PgPool) {
    type Total = (Uuid, i64, i64, i64);
    let made = "SELECT id, amount, version, version FROM thing ORDER BY id";
    let made: Vec<Total> = sqlx::query_as(made).fetch_all(source).await.unwrap();
    let kept =
        "SELECT thing, sum(delta)::bigint, count(*), max(version) FROM entry GROUP BY thing ORDER BY thing";
    let kept: Vec<Total> = sqlx::query_as(kept).fetch_all(ledger).await.unwrap();
    assert_eq!(kept, made);
}
