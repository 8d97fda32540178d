//! Demo data, checked: the same again, whole, and with the books in order.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use sqlx::PgPool;

use super::bulk::Filling;
use super::calendar::Calendar;
use super::{fill_as_of, founding, is_empty};
use crate::args::Size;
use crate::databases::Databases;
use crate::terminal::Steps;

fn now() -> DateTime<Utc> {
    "2026-01-27T08:15:00Z".parse().unwrap()
}

/// Four databases; they are gone when what is held goes.
async fn four_databases() -> (Databases, [testing::Database; 4]) {
    Databases::made_by(async |own| testing::database(&own).await).await
}

async fn seeded() -> (Databases, [testing::Database; 4]) {
    let (databases, held) = four_databases().await;
    assert!(is_empty(&databases).await.unwrap());
    fill_as_of(&databases, (Size::Small, 7), now(), &mut Steps::new(true)).await.unwrap();
    assert!(!is_empty(&databases).await.unwrap());
    (databases, held)
}

async fn number(pool: &PgPool, sql: &'static str) -> i64 {
    sqlx::query_scalar(sql).fetch_one(pool).await.unwrap()
}

async fn words(pool: &PgPool, sql: &'static str) -> Vec<String> {
    sqlx::query_scalar(sql).fetch_all(pool).await.unwrap()
}

/// All lots of a world, as text.
fn told(seed: u64, now: DateTime<Utc>) -> String {
    let world = Arc::new(founding::build(Size::Small, seed, now));
    let mut calendar = Calendar::new(Arc::clone(&world));
    let mut text = format!("{world:?}");
    let mut next = Some(calendar.assignments());
    while let Some(lot) = next {
        text += &format!("{:?} {:?}", lot.trip, lot.partner);
        next = calendar.lot().unwrap();
    }
    text + &format!("{:?}", calendar.serials())
}

#[test]
fn the_same_seed_and_instant_give_the_same_world_and_others_another() {
    let world = told(7, now());
    assert!(world.len() > 100_000);
    assert!(world == told(7, now()), "the same again");
    assert!(world != told(8, now()), "another seed");
    assert!(world != told(7, now() + chrono::Duration::hours(1)), "another instant");
}

/// What a database holds, table by table, without what is different each time: when copies were made, sealed numbers (their
/// nonces are random), and what migrations brought.
async fn digests(pool: &PgPool) -> Vec<(String, String)> {
    let mut digests = Vec::new();
    for table in
        words(pool, "SELECT tablename::text FROM pg_tables WHERE schemaname = 'public' ORDER BY 1").await
    {
        if table == "_sqlx_migrations" || table.starts_with("outbox") {
            continue;
        }
        let copied = if table.ends_with("_ref") { ", 'updated_at', 'synced_at'" } else { "" };
        let sealed = "'aadhaar_sealed', 'pan_sealed', 'licence_sealed', 'bank_account_sealed'";
        let sql = format!(
            "SELECT coalesce(md5(string_agg(row, ',' ORDER BY row)), '') FROM
                 (SELECT (to_jsonb(t) - ARRAY[{sealed}{copied}])::text AS row FROM {table} t) AS rows"
        );
        let digest: String = sqlx::query_scalar(sqlx::AssertSqlSafe(sql)).fetch_one(pool).await.unwrap();
        digests.push((table, digest));
    }
    digests
}

#[tokio::test]
async fn two_runs_fill_the_databases_with_the_same_rows() {
    let ((one, _held), (other, _also)) = tokio::join!(seeded(), seeded());
    for (left, right) in [
        (&one.identity, &other.identity),
        (&one.fleet, &other.fleet),
        (&one.partner, &other.partner),
        (&one.trip, &other.trip),
    ] {
        assert_eq!(digests(left).await, digests(right).await);
    }
}

#[tokio::test]
async fn a_small_world_has_something_for_every_screen() {
    let (databases, _held) = seeded().await;
    let Databases { fleet, partner, trip, .. } = &databases;
    let statuses = words(trip, "SELECT DISTINCT status FROM trip ORDER BY 1").await;
    for status in ["CANCELLED", "COMPLETED", "CREATED", "DRIVER_ASSIGNED", "NO_SHOW"] {
        assert!(statuses.iter().any(|found| found == status), "{status} in {statuses:?}");
    }
    assert!(
        statuses.iter().any(|status| ["STARTED", "ARRIVED", "ONBOARDED"].contains(&status.as_str())),
        "somebody is on the road: {statuses:?}"
    );
    let things = [
        (fleet, "hub_manager WHERE id IN (SELECT hub_manager_id FROM hub)"),
        (fleet, "vehicle WHERE fitness_expiry < '2026-02-26'"),
        (fleet, "trip_ref WHERE is_live"),
        (trip, "fleet_ref"),
        (trip, "trip WHERE tracking_token_hash IS NOT NULL AND fleet_id IS NULL"),
        (trip, "trip WHERE provider = 'MMT'"),
        (trip, "assignment WHERE status = 'ENDED'"),
        (trip, "trip_location"),
        (trip, "attendance_ref WHERE status = 'APPROVED'"),
        (partner, "attendance WHERE status = 'CHECKED_OUT'"),
        (partner, "attendance WHERE check_out_time IS NULL"),
        (partner, "shift_break"),
        (partner, "kyc_document WHERE status = 'APPROVED'"),
        (partner, "driver_change"),
        (partner, "rental_plan"),
        (partner, "driver_rental WHERE is_active"),
        (partner, "driver_rental WHERE end_reason = 'EXPIRED'"),
        (partner, "penalty"),
        (partner, "incentive"),
        (partner, "daily_collection WHERE state = 'PAID'"),
        (partner, "daily_collection WHERE state <> 'PAID'"),
        (partner, "payout"),
        (partner, "referral_code"),
        (partner, "trip_earning WHERE completed_at > '2026-01-20'"),
        (partner, "assignment_ref WHERE is_active"),
        (partner, "driver WHERE live_trip_id IS NOT NULL"),
    ];
    for (pool, what) in things {
        let sql = sqlx::AssertSqlSafe(format!("SELECT count(*) FROM {what}"));
        let found: i64 = sqlx::query_scalar(sql).fetch_one(pool).await.unwrap();
        assert!(found > 0, "no {what}");
    }
    // The first drivers are free to check in, and the first of a fleet has a trip to start.
    let first = "SELECT count(*) FROM driver d JOIN attendance a ON a.driver_id = d.id
                 WHERE d.mobile = '+919000000100' AND a.check_out_time IS NULL";
    assert_eq!(number(partner, first).await, 0);
    let soon =
        "SELECT count(*) FROM trip WHERE status = 'DRIVER_ASSIGNED' AND pickup_time < '2026-01-27T10:35:00Z'";
    assert!(number(trip, soon).await >= 2);
}

/// `dev`, `smoke` and the tests that start them seed at whatever moment it is.
#[tokio::test]
async fn a_small_world_is_whole_at_every_hour_of_every_kind_of_day() {
    let midnight: DateTime<Utc> = "2026-01-26T18:30:00Z".parse().unwrap();
    let hours = (0..24).map(|hour| midnight + chrono::Duration::minutes(60 * hour + 7));
    let edges = [
        "2026-02-28T18:29:59Z",
        "2026-02-28T18:30:00Z",
        "2028-02-28T18:30:00Z",
        "2028-02-29T12:00:00Z",
        "2026-12-31T18:29:59Z",
        "2026-12-31T23:59:59Z",
        "2027-01-01T00:00:00Z",
        "2026-03-31T23:30:00Z",
    ];
    for instant in hours.clone().chain(edges.map(|edge| edge.parse().unwrap())) {
        assert!(told(7, instant).len() > 100_000, "{instant}");
    }
    let filled = hours.step_by(12).chain(edges[1..4].iter().map(|edge| edge.parse().unwrap()));
    for instant in filled {
        let (databases, _held) = four_databases().await;
        let filling = fill_as_of(&databases, (Size::Small, 7), instant, &mut Steps::new(true)).await;
        filling.unwrap_or_else(|error| panic!("{instant}: {error}"));
        let Databases { fleet, partner, trip, .. } = &databases;
        let first = words(fleet, "SELECT id::text FROM fleet WHERE name = 'Green Wheels'").await;
        assert_eq!(first.len(), 1, "{instant}");
        for (pool, what) in [
            (trip, "trip WHERE status = 'COMPLETED'"),
            (trip, "trip WHERE status IN ('CREATED', 'DRIVER_ASSIGNED') AND fleet_id::text = $1"),
            (trip, "assignment WHERE status = 'ACTIVE' AND fleet_id::text = $1"),
            (partner, "driver WHERE fleet_id::text = $1"),
        ] {
            let sql = sqlx::AssertSqlSafe(format!("SELECT count(*) FROM {what}"));
            let query = sqlx::query_scalar(sql);
            let query = if what.contains("$1") { query.bind(&first[0]) } else { query };
            let found: i64 = query.fetch_one(pool).await.unwrap();
            assert!(found > 0, "no {what} at {instant}");
        }
        assert_eq!(number(partner, "SELECT count(*) FROM wallet_drift").await, 0, "{instant}");
    }
}

#[tokio::test]
async fn the_books_are_in_order() {
    let (databases, _held) = seeded().await;
    let Databases { partner, trip, .. } = &databases;
    let nothing = [
        (partner, "SELECT count(*) FROM wallet_drift"),
        (
            partner,
            "SELECT count(*) FROM (SELECT FROM ledger_entry GROUP BY transaction_id HAVING sum(amount_paise) <> 0) AS t",
        ),
        (
            partner,
            "SELECT count(*) FROM daily_collection
             WHERE net_payout_paise <> floor(total_paise * 0.7 + 0.5) + incentive_paise - penalty_paise",
        ),
        (
            partner,
            "SELECT count(*) FROM daily_collection c LEFT JOIN ledger_transaction t ON t.id = c.payout_transaction_id
             WHERE c.state = 'PAID' AND t.amount_paise IS DISTINCT FROM -c.net_payout_paise",
        ),
        (
            partner,
            "SELECT count(*) FROM driver d WHERE completed_trips <> (SELECT count(*) FROM trip_earning e WHERE e.driver_id = d.id)",
        ),
        (
            partner,
            "SELECT count(*) FROM pg_trigger WHERE tgenabled <> 'O' AND tgrelid IN ('ledger_entry'::regclass, 'driver_wallet'::regclass)",
        ),
        (partner, "SELECT count(*) FROM attendance WHERE distance_m > 500 OR check_in_time > '2026-01-27T08:15:00Z'"),
        // Nobody is promised to two trips at once, and histories are as long as versions say.
        (
            trip,
            "SELECT count(*) FROM trip a JOIN trip b ON a.driver_id = b.driver_id AND a.id < b.id
             WHERE a.started_at < b.completed_at AND b.started_at < a.completed_at",
        ),
        (
            trip,
            "SELECT count(*) FROM trip WHERE version <> (SELECT count(*) FROM trip_history h WHERE h.trip_id = trip.id)",
        ),
        (trip, "SELECT count(*) FROM trip WHERE completed_at > '2026-01-27T08:15:00Z'"),
    ];
    for (pool, sql) in nothing {
        assert_eq!(number(pool, sql).await, 0, "{sql}");
    }
    let completed = number(trip, "SELECT count(*) FROM trip WHERE status = 'COMPLETED'").await;
    let booked = number(partner, "SELECT count(*) FROM ledger_transaction WHERE type = 'TRIP_PAYMENT'").await;
    assert_eq!(completed, booked);
    // What comes next goes on behind the seeded serials.
    let behind = "SELECT count(*) FROM ledger_transaction t JOIN short_id_sequence s
                  ON s.prefix = 'TXN' AND to_char(s.day, 'YYYYMMDD') = substr(t.short_id, 4, 8)
                  WHERE substr(t.short_id, 12)::bigint > s.last";
    assert_eq!(number(partner, behind).await, 0);
}

#[tokio::test]
async fn what_a_large_seed_sets_aside_comes_back() {
    let (databases, _held) = four_databases().await;
    let all = "SELECT indexdef::text FROM pg_indexes WHERE schemaname = 'public'
               UNION ALL SELECT conrelid::regclass || conname || pg_get_constraintdef(oid) FROM pg_constraint ORDER BY 1";
    for pool in [&databases.partner, &databases.trip] {
        let before = words(pool, all).await;
        let mut filling = Filling::begin(pool, true).await.unwrap();
        let meanwhile: Vec<String> = sqlx::query_scalar(all).fetch_all(&mut *filling.tx).await.unwrap();
        assert!(meanwhile.len() + 20 < before.len(), "{} of {}", meanwhile.len(), before.len());
        filling.finish().await.unwrap().commit().await.unwrap();
        assert_eq!(words(pool, all).await, before);
    }
}
