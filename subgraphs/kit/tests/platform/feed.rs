//! The feed splices what was missed and what is live, without gap or repeat, for readers that are slow or late.

use std::time::Duration;

use futures_util::{Stream, StreamExt};
use kit::feed::{Cursor, Feed, FeedItem};
use kit::outbox::{self, Filter};
use kit::server::Running;
use kit::{Code, Result};
use sqlx::PgPool;
use uuid::Uuid;

use crate::support::{database, record, record_one};

/// How long what must come may take, on a crowded machine too.
const PATIENCE: Duration = Duration::from_secs(120);

async fn take(stream: impl Stream<Item = Result<FeedItem>>, count: usize) -> Vec<FeedItem> {
    let items = stream.take(count).map(|item| item.unwrap()).collect::<Vec<_>>();
    tokio::time::timeout(PATIENCE, items).await.expect("the feed did not deliver")
}

fn versions(items: &[FeedItem]) -> Vec<i64> {
    items.iter().map(|item| item.placed.envelope.aggregate_version).collect()
}

fn feed(pool: &PgPool) -> (Feed, Running) {
    let feed = Feed::new("test", pool.clone());
    let running = Running::start(vec![feed.task()]);
    (feed, running)
}

#[tokio::test]
async fn a_follower_gets_what_it_missed_and_then_what_comes() {
    let database = database().await;
    let id = Uuid::now_v7();
    for version in 1..=3 {
        record_one(&database.pool, id, version).await;
    }
    let (feed, _running) = feed(&database.pool);
    let writer = tokio::spawn({
        let pool = database.pool.clone();
        async move {
            for version in 4..=50 {
                record_one(&pool, id, version).await;
            }
        }
    });
    let items = take(feed.follow(Cursor(0), Filter::aggregate(id)), 50).await;
    assert_eq!(versions(&items), (1..=50).collect::<Vec<_>>());
    writer.await.unwrap();
}

#[tokio::test]
async fn a_cursor_goes_on_exactly_behind_its_event() {
    let database = database().await;
    let (feed, _running) = feed(&database.pool);
    let id = Uuid::now_v7();
    for version in 1..=6 {
        record_one(&database.pool, id, version).await;
        record_one(&database.pool, Uuid::now_v7(), version).await;
    }
    let items = take(feed.follow(Cursor(0), Filter::aggregate(id)), 6).await;
    for (seen, item) in items.iter().enumerate() {
        let cursor = Cursor::decode(&item.cursor()).unwrap();
        let rest = take(feed.follow(cursor, Filter::aggregate(id)), 5 - seen).await;
        assert_eq!(versions(&rest), (seen as i64 + 2..=6).collect::<Vec<_>>());
    }
    assert_eq!(Cursor::decode("bogus").unwrap_err().field_name(), Some("after"));
}

#[tokio::test]
async fn a_late_commit_reaches_a_follower_that_has_seen_younger_events() {
    let database = database().await;
    let (feed, _running) = feed(&database.pool);
    let start = feed.now().await.unwrap();
    let mut slow = database.begin().await.unwrap();
    record(&mut slow, Uuid::from_u128(1), 1).await;
    record_one(&database.pool, Uuid::from_u128(2), 2).await;
    let mut stream = Box::pin(feed.follow(start, Filter::all()));
    let first = stream.next().await.unwrap().unwrap();
    assert_eq!(first.placed.envelope.aggregate_version, 2);
    slow.commit().await.unwrap();
    let second = tokio::time::timeout(PATIENCE, stream.next()).await.unwrap().unwrap().unwrap();
    assert_eq!(second.placed.envelope.aggregate_version, 1);
}

#[tokio::test]
async fn a_follower_that_falls_behind_reads_on_without_loss() {
    let database = database().await;
    let (feed, _running) = feed(&database.pool);
    let mut stream = Box::pin(feed.follow(Cursor(0), Filter::all()));
    let (mut raw, mut quick) = (feed.subscribe(), feed.subscribe());
    record_one(&database.pool, Uuid::from_u128(1), 0).await;
    assert_eq!(stream.next().await.unwrap().unwrap().placed.envelope.aggregate_version, 0);
    // More than the tail keeps for a subscriber that does not read.
    let insert = "INSERT INTO outbox (event_id, event_type, version, occurred_at, aggregate_id, aggregate_version, correlation_id, payload)
                  SELECT gen_random_uuid(), 'thing.changed', 1, now(), gen_random_uuid(), n, 'test', '{}' FROM generate_series(1, 6000) n";
    sqlx::query(insert).execute(&database.pool).await.unwrap();
    // Read as fast as it comes, until the tail is at its end: then the other two are far behind it.
    let mut last = 0;
    let to_the_end = async {
        while last < 6000 {
            if let Ok(item) = quick.next().await {
                last = item.placed.envelope.aggregate_version;
            }
        }
    };
    tokio::time::timeout(PATIENCE, to_the_end).await.expect("the tail comes to its end");
    let items = take(stream, 6000).await;
    assert_eq!(versions(&items), (1..=6000).collect::<Vec<_>>());
    let lagged = loop {
        match raw.next().await {
            Ok(_) => {}
            Err(gap) => break gap,
        }
    };
    assert!(matches!(lagged, kit::feed::FeedGap::Lagged(missed) if missed > 1000), "{lagged:?}");
}

#[tokio::test]
async fn a_cursor_whose_events_were_pruned_is_refused() {
    let database = database().await;
    for version in 1..=4 {
        record_one(&database.pool, Uuid::from_u128(1), version).await;
    }
    outbox::place(&database.pool).await.unwrap();
    sqlx::query("UPDATE outbox_cursor SET position = 2").execute(&database.pool).await.unwrap();
    outbox::prune(&database.pool, kit::Clock::system().now() + chrono::Duration::hours(1)).await.unwrap();
    let (feed, _running) = feed(&database.pool);
    for cursor in [Cursor(0), Cursor(1), Cursor(99)] {
        let refused = Box::pin(feed.follow(cursor, Filter::all())).next().await.unwrap().unwrap_err();
        assert_eq!(refused.code(), Code::CURSOR_EXPIRED, "{cursor:?}");
    }
    let rest = take(feed.follow(Cursor(2), Filter::all()), 2).await;
    assert_eq!(versions(&rest), [3, 4]);
}

/// Cursors come from clients, who may have made them up.
#[tokio::test]
async fn a_cursor_that_was_never_given_out_is_refused_and_breaks_nothing() {
    let database = database().await;
    record_one(&database.pool, Uuid::from_u128(1), 1).await;
    outbox::place(&database.pool).await.unwrap();
    let (feed, _running) = feed(&database.pool);
    for position in [i64::MIN, -1, 2, i64::MAX] {
        let cursor = Cursor::decode(&Cursor(position).encode()).unwrap();
        let refused = Box::pin(feed.follow(cursor, Filter::all())).next().await.unwrap().unwrap_err();
        assert_eq!(refused.code(), Code::CURSOR_EXPIRED, "{cursor:?}");
    }
}

/// A subscriber reads what it missed in several goes; the housekeeping may come in between.
#[tokio::test]
async fn a_follower_that_the_housekeeping_overtakes_is_told() {
    let database = database().await;
    // More than one reading takes.
    let insert = "INSERT INTO outbox (event_id, event_type, version, occurred_at, aggregate_id, aggregate_version, correlation_id, payload)
                  SELECT gen_random_uuid(), 'thing.changed', 1, now(), gen_random_uuid(), n, 'test', '{}' FROM generate_series(1, 2500) n";
    sqlx::query(insert).execute(&database.pool).await.unwrap();
    outbox::place(&database.pool).await.unwrap();
    let (feed, _running) = feed(&database.pool);
    let mut stream = Box::pin(feed.follow(Cursor(0), Filter::all()));
    assert_eq!(stream.next().await.unwrap().unwrap().placed.position, 1);
    sqlx::query("UPDATE outbox_cursor SET position = 2000").execute(&database.pool).await.unwrap();
    outbox::prune(&database.pool, kit::Clock::system().now() + chrono::Duration::hours(1)).await.unwrap();
    let mut last = 1;
    let refused = loop {
        match stream.next().await.expect("an event or an end that says why") {
            Ok(item) => {
                assert_eq!(item.placed.position, last + 1, "nothing is left out");
                last += 1;
            }
            Err(error) => break error,
        }
    };
    assert_eq!(refused.code(), Code::CURSOR_EXPIRED);
    assert!(last < 2000, "what it had read before it still got: {last}");
}
