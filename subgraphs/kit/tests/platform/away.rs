//! Promises of both buses about a consumer whose database is away: that says nothing about the events.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use kit::EventBus;
use kit::bus::{Delivery, Handler, handler};
use kit::inbox::handle_once;
use sqlx::PgPool;
use uuid::Uuid;

use crate::bus::Rig;
use crate::door::Door;
use crate::support::{Notes, event, eventually};

/// Notes each event in the database, once; and how often that was tried.
fn clerk(pool: &PgPool, tries: &Arc<AtomicUsize>) -> Handler {
    let (pool, tries) = (pool.clone(), tries.clone());
    handler(move |delivery: Delivery| {
        let (pool, tries) = (pool.clone(), tries.clone());
        async move {
            tries.fetch_add(1, Ordering::SeqCst);
            handle_once(&pool, "clerk", &delivery.event, |conn, event| {
                Box::pin(async move {
                    let note = "INSERT INTO noted VALUES ($1)";
                    sqlx::query(note).bind(event.event_id).execute(conn).await?;
                    Ok(())
                })
            })
            .await
            .map(drop)
        }
    })
}

async fn noted(pool: &PgPool) -> i64 {
    sqlx::query_scalar("SELECT count(*) FROM noted").fetch_one(pool).await.unwrap()
}

pub(crate) async fn a_database_that_is_away_makes_events_wait_and_none_is_given_up(rig: Rig) {
    const EVENTS: usize = 5;
    sqlx::query("CREATE TABLE noted (event uuid PRIMARY KEY)").execute(&rig.pool).await.unwrap();
    let mut door = Door::to(&rig.pool).await;
    let (behind, tries) = (door.pool(&rig.pool), Arc::new(AtomicUsize::new(0)));
    // One failure that counts would be the end of an event.
    let subscription = rig.subscription("away", &["#"]).max_attempts(1);
    rig.bus.subscribe(subscription, clerk(&behind, &tries)).await.unwrap();
    rig.bus.publish(&event("thing.changed", Uuid::now_v7(), 1)).await.unwrap();
    eventually("a first note", || async { noted(&rig.pool).await == 1 }).await;

    door.shut().await;
    let events: Vec<_> = (0..EVENTS).map(|_| event("thing.changed", Uuid::now_v7(), 1)).collect();
    let bus = rig.bus.clone();
    let publishing = tokio::spawn(async move { bus.publish_all(&events).await });
    eventually("many tries", || async { tries.load(Ordering::SeqCst) > 3 * EVENTS }).await;
    assert_eq!(noted(&rig.pool).await, 1);
    assert!(rig.bus.dead_letters(&rig.queue("away"), 10).await.unwrap().is_empty());

    door.open().await;
    eventually("every note", || async { noted(&rig.pool).await == 1 + i64::try_from(EVENTS).unwrap() }).await;
    assert!(publishing.await.unwrap().iter().all(Result::is_ok));
    assert!(rig.bus.dead_letters(&rig.queue("away"), 10).await.unwrap().is_empty());
}

pub(crate) async fn what_waits_for_a_database_is_given_back_at_the_end(rig: Rig) {
    let mut door = Door::to(&rig.pool).await;
    let (behind, tries) = (door.pool(&rig.pool), Arc::new(AtomicUsize::new(0)));
    door.shut().await;
    let queue = rig.subscription("ending", &["#"]);
    rig.bus.subscribe(queue.clone(), clerk(&behind, &tries)).await.unwrap();
    let sent = event("thing.changed", Uuid::now_v7(), 1);
    let (bus, message) = (rig.bus.clone(), sent.clone());
    let publishing = tokio::spawn(async move { bus.publish(&message).await });
    eventually("a try", || async { tries.load(Ordering::SeqCst) > 0 }).await;
    let closing = tokio::time::timeout(Duration::from_secs(120), rig.bus.close());
    closing.await.expect("nobody waits for the database");
    let published = publishing.await.unwrap();
    // In the process the publisher hears that it was not handled; a broker keeps it for the next consumer.
    let Some(next) = rig.successor().await else {
        return assert!(published.unwrap_err().is_transient());
    };
    published.unwrap();
    let notes = Notes::default();
    next.subscribe(queue, notes.handler()).await.unwrap();
    notes.wait_for(1).await;
    assert_eq!(notes.ids(), [sent.event_id]);
    assert!(notes.got()[0].redelivered);
}
