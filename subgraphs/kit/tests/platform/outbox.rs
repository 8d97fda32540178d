//! The outbox is a log: complete, in an order that never changes behind a reader, whatever commits when.

use std::collections::HashMap;

use kit::outbox::{self, Filter, Placed};
use sqlx::PgPool;
use uuid::Uuid;

use crate::support::{database, record, record_one};

async fn read(pool: &PgPool, after: i64) -> Vec<Placed> {
    outbox::place(pool).await.unwrap();
    let mut conn = pool.acquire().await.unwrap();
    outbox::read_after(&mut conn, "test", after, &Filter::all(), 100_000).await.unwrap()
}

#[tokio::test]
async fn an_event_exists_if_and_only_if_its_transaction_commits() {
    let database = database().await;
    let mut kept = database.begin().await.unwrap();
    let id = record(&mut kept, Uuid::now_v7(), 1).await;
    kept.commit().await.unwrap();
    let mut dropped = database.begin().await.unwrap();
    record(&mut dropped, Uuid::now_v7(), 1).await;
    dropped.rollback().await.unwrap();
    let log = read(&database.pool, 0).await;
    assert_eq!(log.len(), 1);
    assert_eq!(log[0].envelope.event_id, id);
    assert_eq!(log[0].envelope.producer, "test");
}

#[tokio::test]
async fn a_transaction_that_commits_late_is_not_skipped() {
    let database = database().await;
    let mut slow = database.begin().await.unwrap();
    let late = record(&mut slow, Uuid::now_v7(), 1).await;
    let early = record_one(&database.pool, Uuid::now_v7(), 1).await;
    let first = read(&database.pool, 0).await;
    assert_eq!(first.iter().map(|placed| placed.envelope.event_id).collect::<Vec<_>>(), [early]);
    slow.commit().await.unwrap();
    let rest = read(&database.pool, first[0].position).await;
    assert_eq!(rest.iter().map(|placed| placed.envelope.event_id).collect::<Vec<_>>(), [late]);
}

#[tokio::test]
async fn an_open_transaction_elsewhere_does_not_hold_the_log_back() {
    let database = database().await;
    let mut forgotten = database.begin().await.unwrap();
    sqlx::query("SELECT pg_current_xact_id()").execute(&mut *forgotten).await.unwrap();
    record_one(&database.pool, Uuid::now_v7(), 1).await;
    assert_eq!(read(&database.pool, 0).await.len(), 1);
}

/// The case that ordering by transaction id gets wrong: the transaction that began first changes the row last.
#[tokio::test]
async fn two_changes_of_one_row_keep_their_order_whoever_began_first() {
    let database = database().await;
    sqlx::query("CREATE TABLE thing (id uuid PRIMARY KEY, version bigint NOT NULL)")
        .execute(&database.pool)
        .await
        .unwrap();
    let id = Uuid::now_v7();
    sqlx::query("INSERT INTO thing VALUES ($1, 1)").bind(id).execute(&database.pool).await.unwrap();
    let change = "UPDATE thing SET version = version + 1 WHERE id = $1 RETURNING version";
    // The elder draws its transaction id, then the younger changes the row and commits.
    let mut elder = database.begin().await.unwrap();
    sqlx::query("SELECT pg_current_xact_id()").execute(&mut *elder).await.unwrap();
    let mut between = database.begin().await.unwrap();
    sqlx::query("SELECT pg_current_xact_id()").execute(&mut *between).await.unwrap();
    let mut younger = database.begin().await.unwrap();
    let version: i64 = sqlx::query_scalar(change).bind(id).fetch_one(&mut *younger).await.unwrap();
    record(&mut younger, id, version).await;
    younger.commit().await.unwrap();
    let version: i64 = sqlx::query_scalar(change).bind(id).fetch_one(&mut *elder).await.unwrap();
    record(&mut elder, id, version).await;
    elder.commit().await.unwrap();
    let versions: Vec<_> =
        read(&database.pool, 0).await.iter().map(|placed| placed.envelope.aggregate_version).collect();
    assert_eq!(versions, [2, 3]);
    between.rollback().await.unwrap();
}

#[tokio::test]
async fn readers_that_place_at_the_same_time_agree_on_one_log() {
    const WRITERS: usize = 6;
    const EACH: i64 = 40;
    let database = database().await;
    sqlx::query("CREATE TABLE thing (id uuid PRIMARY KEY, version bigint NOT NULL)")
        .execute(&database.pool)
        .await
        .unwrap();
    let things: Vec<Uuid> = (0..3).map(|_| Uuid::now_v7()).collect();
    for id in &things {
        sqlx::query("INSERT INTO thing VALUES ($1, 0)").bind(id).execute(&database.pool).await.unwrap();
    }
    let writers = (0..WRITERS).map(|writer| {
        let (pool, things) = (database.pool.clone(), things.clone());
        tokio::spawn(async move {
            for round in 0..EACH {
                let id = things[(writer + usize::try_from(round).unwrap()) % things.len()];
                let mut tx = pool.begin().await.unwrap();
                let version: i64 = sqlx::query_scalar(
                    "UPDATE thing SET version = version + 1 WHERE id = $1 RETURNING version",
                )
                .bind(id)
                .fetch_one(&mut *tx)
                .await
                .unwrap();
                record(&mut tx, id, version).await;
                if round % 3 == 0 {
                    tokio::task::yield_now().await;
                }
                tx.commit().await.unwrap();
            }
        })
    });
    let writers: Vec<_> = writers.collect();
    let total = WRITERS * usize::try_from(EACH).unwrap();
    let readers: Vec<_> = (0..3)
        .map(|_| {
            let pool = database.pool.clone();
            tokio::spawn(async move {
                let mut log: Vec<Placed> = Vec::new();
                while log.len() < total {
                    let after = log.last().map_or(0, |placed| placed.position);
                    log.extend(read(&pool, after).await);
                }
                log
            })
        })
        .collect();
    for writer in writers {
        writer.await.unwrap();
    }
    let mut logs = Vec::new();
    for reader in readers {
        logs.push(reader.await.unwrap());
    }
    assert_eq!(logs[0], logs[1]);
    assert_eq!(logs[0], logs[2]);
    assert_eq!(
        logs[0].iter().map(|placed| placed.position).collect::<Vec<_>>(),
        (1..=240).collect::<Vec<i64>>()
    );
    let mut versions: HashMap<Uuid, i64> = HashMap::new();
    for placed in &logs[0] {
        let last = versions.insert(placed.envelope.aggregate_id, placed.envelope.aggregate_version);
        assert_eq!(placed.envelope.aggregate_version, last.unwrap_or(0) + 1);
    }
}

#[tokio::test]
async fn the_newest_event_of_a_kind_is_found_placed_or_not() {
    let database = database().await;
    let id = Uuid::now_v7();
    record_one(&database.pool, id, 1).await;
    let newest = record_one(&database.pool, id, 2).await;
    let found = outbox::find(&database.pool, "test", "thing.changed", id).await.unwrap().unwrap();
    assert_eq!(found.event_id, newest);
    assert!(outbox::find(&database.pool, "test", "thing.gone", id).await.unwrap().is_none());
}

#[tokio::test]
async fn only_published_events_are_pruned() {
    let database = database().await;
    for version in 1..=4 {
        record_one(&database.pool, Uuid::now_v7(), version).await;
    }
    outbox::place(&database.pool).await.unwrap();
    sqlx::query("UPDATE outbox_cursor SET position = 3").execute(&database.pool).await.unwrap();
    let later = kit::Clock::system().now() + chrono::Duration::hours(1);
    assert_eq!(outbox::prune(&database.pool, later).await.unwrap(), 3);
    assert_eq!(read(&database.pool, 0).await.len(), 1);
}

/// Clocks of replicas differ, and transactions commit in another order than they began in. A hole in the middle would be
/// skipped by a reader who cannot know of it.
#[tokio::test]
async fn what_is_pruned_is_the_beginning_of_the_log_and_never_a_hole() {
    let database = database().await;
    let now = kit::Clock::system().now();
    for (version, age) in [(1, 9), (2, 9), (3, 1), (4, 9), (5, 1)] {
        record_one(&database.pool, Uuid::now_v7(), version).await;
        let old = "UPDATE outbox SET occurred_at = $1 WHERE aggregate_version = $2";
        let then = now - chrono::Duration::days(age);
        sqlx::query(old).bind(then).bind(version).execute(&database.pool).await.unwrap();
    }
    outbox::place(&database.pool).await.unwrap();
    sqlx::query("UPDATE outbox_cursor SET position = 5").execute(&database.pool).await.unwrap();
    let week = now - chrono::Duration::days(7);
    assert_eq!(outbox::prune(&database.pool, week).await.unwrap(), 2);
    let kept: Vec<i64> = read(&database.pool, 2).await.iter().map(|placed| placed.position).collect();
    assert_eq!(kept, [3, 4, 5]);
    assert_eq!(outbox::prune(&database.pool, now).await.unwrap(), 3);
    assert_eq!(outbox::prune(&database.pool, now).await.unwrap(), 0);
}

#[tokio::test]
async fn a_payload_that_no_broker_would_take_fails_where_it_is_made() {
    let database = database().await;
    let mut tx = database.begin().await.unwrap();
    let event = outbox::NewEvent {
        event_type: "thing.changed",
        version: 1,
        aggregate_id: Uuid::now_v7(),
        aggregate_version: 1,
        payload: serde_json::json!({ "note": "x".repeat(outbox::MAX_PAYLOAD) }),
    };
    let refused = outbox::record(&mut tx, &kit::Clock::system(), event).await.unwrap_err();
    assert!(refused.is_internal() && refused.cause().contains("thing.changed"), "{}", refused.cause());
    tx.commit().await.unwrap();
    assert!(read(&database.pool, 0).await.is_empty());
}

/// Subscribers and sagas read the log of one thing again and again; however long the log is, that must cost what there is of the
/// thing. PostgreSQL may plan a statement once for all values: that plan is the one that is looked at.
#[tokio::test]
async fn reading_of_one_aggregate_goes_by_its_index_whatever_the_plan() {
    let full = database().await;
    let insert = "INSERT INTO outbox (event_id, event_type, version, occurred_at, aggregate_id, aggregate_version, correlation_id, payload)
                  SELECT gen_random_uuid(), 'thing.changed', 1, now(), ('00000000-0000-0000-0000-' || lpad((n % 4000)::text, 12, '0'))::uuid,
                         n, 'test', '{}' FROM generate_series(1, 20000) n";
    sqlx::query(insert).execute(&full.pool).await.unwrap();
    outbox::place(&full.pool).await.unwrap();
    sqlx::raw_sql("VACUUM ANALYZE outbox").execute(&full.pool).await.unwrap();
    // One connection, whose counters can therefore be read in step.
    let one = sqlx::postgres::PgPoolOptions::new().max_connections(1).connect(&full.url).await.unwrap();
    sqlx::raw_sql("SET plan_cache_mode = force_generic_plan").execute(&one).await.unwrap();
    let rows_read = || async {
        sqlx::raw_sql("SELECT pg_stat_force_next_flush()").execute(&one).await.unwrap();
        let count =
            "SELECT (seq_tup_read + idx_tup_fetch)::bigint FROM pg_stat_user_tables WHERE relname = 'outbox'";
        sqlx::query_scalar::<_, i64>(count).fetch_one(&one).await.unwrap()
    };
    let thing = Filter::aggregate(Uuid::from_u128(7));
    for (filter, limit, found) in [(&thing, 1_000, 5), (&Filter::all(), 10, 10)] {
        let before = rows_read().await;
        let mut conn = one.acquire().await.unwrap();
        let log = outbox::read_after(&mut conn, "test", 0, filter, limit).await.unwrap();
        drop(conn);
        assert_eq!(log.len(), found);
        let read = rows_read().await - before;
        assert!(read <= found as i64 + 2, "{read} rows were read for {found}");
    }
}

/// A commit that notified would go through one at a time, in the whole server.
#[tokio::test]
async fn a_commit_notifies_nobody_and_a_placement_tells_every_replica() {
    let database = database().await;
    let mut listener = sqlx::postgres::PgListener::connect_with(&database.pool).await.unwrap();
    listener.listen(kit::wake::WAKE_CHANNEL).await.unwrap();
    record_one(&database.pool, Uuid::now_v7(), 1).await;
    let soon = std::time::Duration::from_millis(300);
    assert!(tokio::time::timeout(soon, listener.recv()).await.is_err(), "nobody has given it a place yet");
    outbox::place(&database.pool).await.unwrap();
    tokio::time::timeout(std::time::Duration::from_secs(120), listener.recv()).await.unwrap().unwrap();
    outbox::place(&database.pool).await.unwrap();
    assert!(tokio::time::timeout(soon, listener.recv()).await.is_err(), "there was nothing to place");
}
