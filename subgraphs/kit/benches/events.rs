//! How many events a second pass from the outbox through a bus into an inbox, and how long one takes to a subscriber.
//!
//! `cargo bench -p kit --bench events`. The database is the test server (fsync off), so that the figures show our own part.
//! `BENCH_DATABASE_URL=postgres://…` adds what waking costs the writers, on a server that syncs: an empty database.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a program that prints figures, or says where it stopped"
)]

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use futures_util::StreamExt;
use kit::bus::{Delivery, EmbeddedBus, EventBus, RabbitBus, RabbitOptions, Subscription, handler};
use kit::feed::{Cursor, Feed};
use kit::inbox::handle_once;
use kit::outbox::{self, Filter, NewEvent};
use kit::relay::Relay;
use kit::server::Running;
use kit::{Clock, Result};
use serde_json::json;
use sqlx::PgPool;
use sqlx::migrate::Migrator;
use sqlx::postgres::PgPoolOptions;
use tokio::sync::mpsc;
use uuid::Uuid;

const EVENTS: usize = 5_000;
const WRITERS: usize = 8;
const PACED: usize = 400;

#[tokio::main]
async fn main() {
    println!("bus        recorded/s   outbox→bus→inbox/s   to inbox p50/p99 ms   to subscriber p50/p99 ms");
    measure("embedded", Arc::new(EmbeddedBus::new())).await;
    if let Some(url) = testing::rabbitmq().await {
        let options =
            RabbitOptions { exchange: format!("bench-{}", Uuid::now_v7()), ..RabbitOptions::new(&url) };
        measure("rabbitmq", Arc::new(RabbitBus::connect_with(options).await.unwrap())).await;
    }
    if let Some(url) = own_database() {
        what_waking_costs(&url).await;
    }
}

#[expect(clippy::disallowed_methods, reason = "a setting of this program alone")]
fn own_database() -> Option<String> {
    std::env::var("BENCH_DATABASE_URL").ok()
}

/// Commits a second, and how many there would be if each of them notified: PostgreSQL lets those through one at a time.
async fn what_waking_costs(url: &str) {
    let pool = PgPoolOptions::new().max_connections(64).connect(url).await.unwrap();
    kit::migrate(&pool, &Migrator::with_migrations(Vec::new())).await.unwrap();
    println!("writers   commits/s   the same, notifying");
    for writers in [1, 8, 32, 64] {
        let mut rates = [0.0; 2];
        for round in 0..4 {
            rates[round % 2] += commit_rate(&pool, writers, round % 2 == 1).await / 2.0;
        }
        println!("{writers:>7} {:>11.0} {:>21.0}", rates[0], rates[1]);
    }
}

async fn commit_rate(pool: &PgPool, writers: usize, notifying: bool) -> f64 {
    let started = Instant::now();
    let each = 2_000 / writers;
    let tasks = (0..writers).map(|_| {
        let pool = pool.clone();
        tokio::spawn(async move {
            for _ in 0..each {
                record(&pool, notifying).await.unwrap();
            }
        })
    });
    for task in tasks.collect::<Vec<_>>() {
        task.await.unwrap();
    }
    (each * writers) as f64 / started.elapsed().as_secs_f64()
}

async fn measure(name: &str, bus: Arc<dyn EventBus>) {
    let source = testing::database(&kit::migrate::merged(&Migrator::with_migrations(Vec::new()))).await;
    let sink = testing::database(&kit::migrate::merged(&Migrator::with_migrations(Vec::new()))).await;
    let handled = Arc::new(AtomicUsize::new(0));
    let (told, mut arrivals) = mpsc::unbounded_channel();
    let consume = {
        let (sink, handled) = (sink.pool.clone(), handled.clone());
        handler(move |delivery: Delivery| {
            let (sink, handled, told) = (sink.clone(), handled.clone(), told.clone());
            async move {
                handle_once(&sink, "bench", &delivery.event, |_, _| Box::pin(async { Ok(()) })).await?;
                handled.fetch_add(1, Ordering::SeqCst);
                let _ = told.send((delivery.event.event_id, Instant::now()));
                Ok(())
            }
        })
    };
    let queue = format!("bench-{}", Uuid::now_v7());
    bus.subscribe(Subscription::new(&queue, &["#"]).prefetch(12), consume).await.unwrap();

    let started = Instant::now();
    let writers = (0..WRITERS).map(|_| tokio::spawn(write(source.pool.clone(), EVENTS / WRITERS)));
    for writer in writers.collect::<Vec<_>>() {
        writer.await.unwrap().unwrap();
    }
    let recorded = EVENTS as f64 / started.elapsed().as_secs_f64();

    let feed = Feed::new("bench", source.pool.clone());
    let relay = Relay::new("bench", source.pool.clone(), bus.clone());
    let started = Instant::now();
    let running = Running::start(vec![relay.task(), feed.task()]);
    while handled.load(Ordering::SeqCst) < EVENTS {
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    let passed = EVENTS as f64 / started.elapsed().as_secs_f64();
    while arrivals.try_recv().is_ok() {}

    let start = feed.now().await.unwrap();
    let (to_inbox, to_subscriber) = latencies(&source.pool, &feed, start, &mut arrivals).await;
    println!("{name:<10} {recorded:>10.0} {passed:>20.0} {to_inbox:>21} {to_subscriber:>26}");
    running.stop(Duration::from_secs(5)).await;
    bus.close().await;
}

async fn write(pool: PgPool, count: usize) -> Result<()> {
    for _ in 0..count {
        record(&pool, false).await?;
    }
    Ok(())
}

async fn record(pool: &PgPool, notifying: bool) -> Result<Uuid> {
    let mut tx = pool.begin().await?;
    let event = NewEvent {
        event_type: "thing.changed",
        version: 1,
        aggregate_id: Uuid::now_v7(),
        aggregate_version: 1,
        payload: json!({ "some": "payload", "of": ["ordinary", "size"], "with": { "a": 1, "few": 2, "fields": 3 } }),
    };
    let id = outbox::record(&mut tx, &Clock::system(), event).await?;
    if notifying {
        sqlx::query("NOTIFY bench").execute(&mut *tx).await?;
    }
    tx.commit().await?;
    Ok(id)
}

/// One event every five milliseconds: from the commit to the end of its handling, and to a subscriber of the feed.
async fn latencies(
    source: &PgPool,
    feed: &Feed,
    start: Cursor,
    arrivals: &mut mpsc::UnboundedReceiver<(Uuid, Instant)>,
) -> (String, String) {
    let stream = feed.follow(start, Filter::all()).take(PACED);
    let subscriber = tokio::spawn(
        stream.map(|item| (item.unwrap().placed.envelope.event_id, Instant::now())).collect::<Vec<_>>(),
    );
    let mut committed = Vec::new();
    for _ in 0..PACED {
        let id = record(source, false).await.unwrap();
        committed.push((id, Instant::now()));
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let seen = subscriber.await.unwrap();
    let mut handled = Vec::new();
    while handled.len() < PACED {
        handled.push(arrivals.recv().await.unwrap());
    }
    (percentiles(&committed, &handled), percentiles(&committed, &seen))
}

fn percentiles(from: &[(Uuid, Instant)], to: &[(Uuid, Instant)]) -> String {
    let mut taken: Vec<f64> = from
        .iter()
        .filter_map(|(id, start)| to.iter().find(|(found, _)| found == id).map(|(_, end)| (start, end)))
        .map(|(start, end)| end.saturating_duration_since(*start).as_secs_f64() * 1000.0)
        .collect();
    taken.sort_by(f64::total_cmp);
    let at = |share: f64| taken[((taken.len() - 1) as f64 * share) as usize];
    format!("{:.1} / {:.1}", at(0.5), at(0.99))
}
