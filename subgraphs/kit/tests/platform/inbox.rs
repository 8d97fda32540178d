//! An event is handled once, however often and however concurrently it is delivered.

use kit::Error;
use kit::inbox::{Handled, handle_once};
use uuid::Uuid;

use crate::support::{database, event};

#[tokio::test]
async fn ten_deliveries_at_once_have_one_effect() {
    let database = database().await;
    sqlx::query("CREATE TABLE effect (id bigint GENERATED ALWAYS AS IDENTITY, event uuid)")
        .execute(&database.pool)
        .await
        .unwrap();
    let event = event("thing.changed", Uuid::now_v7(), 1);
    let deliveries = (0..10).map(|_| {
        let (pool, event) = (database.pool.clone(), event.clone());
        tokio::spawn(async move {
            handle_once(&pool, "counter", &event, |conn, event| {
                Box::pin(async move {
                    sqlx::query("INSERT INTO effect (event) VALUES ($1)")
                        .bind(event.event_id)
                        .execute(&mut *conn)
                        .await?;
                    tokio::time::sleep(std::time::Duration::from_millis(20)).await;
                    Ok(())
                })
            })
            .await
            .unwrap()
        })
    });
    let deliveries: Vec<_> = deliveries.collect();
    let mut first = 0;
    for delivery in deliveries {
        first += usize::from(delivery.await.unwrap() == Handled::First);
    }
    assert_eq!(first, 1);
    let effects: i64 =
        sqlx::query_scalar("SELECT count(*) FROM effect").fetch_one(&database.pool).await.unwrap();
    assert_eq!(effects, 1);
}

#[tokio::test]
async fn a_failed_action_leaves_nothing_and_may_be_tried_again() {
    let database = database().await;
    let event = event("thing.changed", Uuid::now_v7(), 1);
    let failed = handle_once(&database.pool, "counter", &event, |conn, _| {
        Box::pin(async move {
            sqlx::query("CREATE TABLE leftover ()").execute(conn).await?;
            Err(Error::conflict("not now"))
        })
    });
    assert_eq!(failed.await.unwrap_err().message(), "not now");
    let left: Option<String> =
        sqlx::query_scalar("SELECT to_regclass('leftover')::text").fetch_one(&database.pool).await.unwrap();
    assert_eq!(left, None);
    let again =
        handle_once(&database.pool, "counter", &event, |_, _| Box::pin(async { Ok(()) })).await.unwrap();
    assert_eq!(again, Handled::First);
}

#[tokio::test]
async fn each_consumer_handles_an_event_for_itself() {
    let database = database().await;
    let event = event("thing.changed", Uuid::now_v7(), 1);
    for consumer in ["one", "two"] {
        let handled =
            handle_once(&database.pool, consumer, &event, |_, _| Box::pin(async { Ok(()) })).await.unwrap();
        assert_eq!(handled, Handled::First);
    }
    let again = handle_once(&database.pool, "one", &event, |_, _| Box::pin(async { Ok(()) })).await.unwrap();
    assert_eq!(again, Handled::Repeated);
}
