//! A service that changes things, relays what it recorded and keeps a ledger of what it hears, until it is killed.

use std::sync::Arc;
use std::time::Duration;

use kit::bus::{Delivery, EmbeddedBus, EventBus, RabbitBus, RabbitOptions, Subscription, handler};
use kit::inbox::handle_once;
use kit::outbox::{self, NewEvent};
use kit::relay::Relay;
use kit::server::Running;
use kit::{Clock, Result};
use serde::Deserialize;
use serde_json::json;
use sqlx::PgPool;
use sqlx::postgres::PgPoolOptions;
use uuid::Uuid;

use super::{ORDERS, Orders, THINGS};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "the other half of the chaos tests, which start it as a process of its own"]
#[expect(clippy::disallowed_methods, reason = "how the test tells this process what to do")]
async fn runs_until_it_is_killed() {
    let Ok(orders) = std::env::var(ORDERS) else { return };
    let orders: Orders = serde_json::from_str(&orders).unwrap();
    tracing_subscriber::fmt().with_max_level(tracing::Level::WARN).with_writer(std::io::stderr).init();
    let source = pool(&orders.source_url).await;
    let ledger = pool(&orders.ledger_url).await;
    let bus: Arc<dyn EventBus> = match &orders.amqp_url {
        Some(url) => {
            // It may be started while the broker is down, and on a crowded machine that is long.
            let patient = RabbitOptions { patience: Duration::from_secs(600), ..RabbitOptions::new(url) };
            Arc::new(RabbitBus::connect_with(patient).await.unwrap())
        }
        None => Arc::new(EmbeddedBus::new()),
    };
    let kept = ledger.clone();
    let keep_books = handler(move |delivery: Delivery| {
        let kept = kept.clone();
        async move { keep(&kept, &delivery).await }
    });
    let subscription = Subscription::new("ledger", &["thing.*"]).dead_letters(&ledger).max_attempts(20);
    bus.subscribe(subscription, keep_books).await.unwrap();
    let _running = Running::start(vec![Relay::new("source", source.clone(), bus.clone()).task()]);
    for writer in 0..orders.writers {
        tokio::spawn(write(source.clone(), ledger.clone(), writer));
    }
    // Whoever started us holds the other end: if they are gone, we go too.
    let gone = tokio::task::spawn_blocking(|| std::io::stdin().read_line(&mut String::new()));
    let _ = gone.await;
}

async fn pool(url: &str) -> PgPool {
    PgPoolOptions::new().max_connections(10).connect(url).await.unwrap()
}

#[derive(Deserialize)]
struct Changed {
    delta: i64,
}

async fn keep(ledger: &PgPool, delivery: &Delivery) -> Result<()> {
    handle_once(ledger, "ledger", &delivery.event, |conn, event| {
        Box::pin(async move {
            let Changed { delta } = event.read(1)?;
            sqlx::query("INSERT INTO entry VALUES ($1, $2, $3)")
                .bind(event.aggregate_id)
                .bind(event.aggregate_version)
                .bind(delta)
                .execute(conn)
                .await?;
            Ok(())
        })
    })
    .await
    .map(drop)
}

/// Changes things for ever; a change that fails is as if it had never been tried. Waits while the ledger is far behind,
/// which it is when the broker takes its time to come back: the test is about what is lost, not about how much there is.
async fn write(source: PgPool, ledger: PgPool, writer: u64) {
    let mut random = fastrand::Rng::with_seed(fastrand::u64(..) ^ writer);
    loop {
        if rows(&source, "SELECT count(*) FROM history").await
            > rows(&ledger, "SELECT count(*) FROM entry").await + 300
        {
            tokio::time::sleep(Duration::from_millis(200)).await;
            continue;
        }
        let thing = Uuid::from_u128(random.u128(1..=THINGS));
        let _ = change(&source, thing, random.i64(-1000..1000), &mut random).await;
        tokio::time::sleep(Duration::from_millis(random.u64(0..6))).await;
    }
}

async fn rows(pool: &PgPool, count: &'static str) -> i64 {
    sqlx::query_scalar(count).fetch_one(pool).await.unwrap_or(0)
}

async fn change(source: &PgPool, thing: Uuid, delta: i64, random: &mut fastrand::Rng) -> Result<()> {
    let mut tx = source.begin().await?;
    let version: i64 = sqlx::query_scalar(
        "UPDATE thing SET version = version + 1, amount = amount + $2 WHERE id = $1 RETURNING version",
    )
    .bind(thing)
    .bind(delta)
    .fetch_one(&mut *tx)
    .await?;
    sqlx::query("INSERT INTO history VALUES ($1, $2, $3)")
        .bind(thing)
        .bind(version)
        .bind(delta)
        .execute(&mut *tx)
        .await?;
    let event = NewEvent {
        event_type: "thing.changed",
        version: 1,
        aggregate_id: thing,
        aggregate_version: version,
        payload: json!({ "delta": delta }),
    };
    outbox::record(&mut tx, &Clock::system(), event).await?;
    tokio::time::sleep(Duration::from_millis(random.u64(0..4))).await;
    if random.u32(0..20) == 0 {
        tx.rollback().await?;
        return Ok(());
    }
    Ok(tx.commit().await?)
}
