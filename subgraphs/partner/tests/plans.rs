//! Every list over a big table uses an index: read from the database's own count of whole-table reads, on `load` data.

use serde_json::json;
use sqlx::postgres::PgPoolOptions;

use crate::support::World;
use crate::support::people::*;

/// 12,000 drivers of 60 fleets and 300 hubs, with what they did. Fleet 0xA0 and hub 0xA1 are among them.
const LOAD: [&str; 9] = [
    "INSERT INTO driver (id, short_id, user_id, fleet_id, hub_id, first_name, last_name, mobile, kyc_status, kyc_submitted_at,
         status, created_at, updated_at)
     SELECT lpad(to_hex(n + 1000000), 32, '0')::uuid, 'DRV2026' || lpad(n::text, 6, '0'), lpad(to_hex(n + 256), 32, '0')::uuid,
         lpad(to_hex(160 + n % 60), 32, '0')::uuid, lpad(to_hex(161 + n % 300), 32, '0')::uuid, 'Name' || md5(n::text), 'Last',
         '+919' || lpad(n::text, 9, '0'), CASE WHEN n % 10 = 0 THEN 'PENDING' ELSE 'APPROVED' END,
         CASE WHEN n % 20 = 0 THEN '2026-01-20'::timestamptz END, 'ACTIVE',
         '2025-12-01'::timestamptz + n * interval '1 minute', '2026-01-01'
     FROM generate_series(0, 11999) AS n",
    "INSERT INTO attendance (id, short_id, driver_id, hub_id, status, check_in_time, check_out_time, check_in_lat, check_in_lng,
         distance_m, selfie_url, odometer_start, created_at, updated_at)
     SELECT gen_random_uuid(), 'ATT' || n, lpad(to_hex(n % 12000 + 1000000), 32, '0')::uuid, lpad(to_hex(161 + n % 300), 32, '0')::uuid,
         CASE WHEN n % 100 = 0 THEN 'REJECTED' ELSE 'CHECKED_OUT' END, at, at + interval '9 hours', 0, 0, 0, 'https://x', 0, at, at
     FROM generate_series(1, 60000) AS n, LATERAL (SELECT '2026-01-01'::timestamptz + n * interval '30 seconds') AS t (at)",
    "INSERT INTO ledger_transaction (id, short_id, driver_id, type, status, amount_paise, payment_method, created_at, updated_at)
     SELECT gen_random_uuid(), 'TXN' || n, lpad(to_hex(n % 12000 + 1000000), 32, '0')::uuid, 'TRIP_PAYMENT', 'SUCCESS', 5, 'CASH', at, at
     FROM generate_series(1, 60000) AS n, LATERAL (SELECT '2026-01-01'::timestamptz + n * interval '30 seconds') AS t (at)",
    "INSERT INTO penalty (id, short_id, driver_id, type, amount_paise, reason, created_at, updated_at)
     SELECT gen_random_uuid(), 'PEN' || n, lpad(to_hex(n % 12000 + 1000000), 32, '0')::uuid, 'MONETARY', 100, 'Late', at, at
     FROM generate_series(1, 30000) AS n, LATERAL (SELECT '2026-01-01'::timestamptz + n * interval '1 minute') AS t (at)",
    "INSERT INTO incentive (id, short_id, driver_id, amount_paise, reason, created_at, updated_at)
     SELECT gen_random_uuid(), 'INC' || n, lpad(to_hex(n % 12000 + 1000000), 32, '0')::uuid, 100, 'Good', at, at
     FROM generate_series(1, 30000) AS n, LATERAL (SELECT '2026-01-01'::timestamptz + n * interval '1 minute') AS t (at)",
    "INSERT INTO daily_collection (id, short_id, driver_id, date, qr_paise, state, net_payout_paise, created_at, updated_at)
     SELECT gen_random_uuid(), 'COL' || n, lpad(to_hex(n % 12000 + 1000000), 32, '0')::uuid, '2026-01-01'::date + n / 12000, 5,
         CASE WHEN n % 10 = 0 THEN 'RECONCILED' ELSE 'PAID' END, 5, '2026-01-01', '2026-01-01'
     FROM generate_series(1, 59999) AS n",
    "INSERT INTO trip_earning (trip_id, driver_id, fare_paise, earned_paise, rev_share_bp, version, completed_at)
     SELECT gen_random_uuid(), lpad(to_hex(n % 12000 + 1000000), 32, '0')::uuid, 100, 70, 7000, 1,
         '2026-01-01'::timestamptz + n * interval '30 seconds'
     FROM generate_series(1, 60000) AS n",
    "INSERT INTO kyc_document (id, driver_id, kind, url, submitted_at, submitted_by)
     SELECT gen_random_uuid(), id, kind, 'https://x', '2026-01-01', id
     FROM driver, unnest(ARRAY['LICENSE_FRONT', 'LICENSE_BACK', 'PAN_CARD', 'LIVE_PHOTO']) AS k (kind)",
    "INSERT INTO driver_wallet (driver_id, updated_at) SELECT id, '2026-01-01' FROM driver",
];

const TABLES: &str = "('driver', 'attendance', 'ledger_transaction', 'penalty', 'incentive', 'daily_collection', 'trip_earning',
    'kyc_document', 'driver_wallet')";

/// Lists that everybody may see who handles money.
const LISTS: [&str; 18] = [
    "{ drivers(first: 20) { nodes { id wallet { version } missingKycDocuments } } }",
    "{ drivers(first: 20, orderBy: OLDEST_FIRST) { nodes { id } } }",
    "{ drivers(first: 20, filter: {search: \"c4ca42\"}) { nodes { id } } }",
    "{ drivers(first: 20, filter: {fleetId: \"00000000-0000-0000-0000-0000000000a0\"}, orderBy: NAME) { nodes { id } } }",
    "{ drivers(first: 20, filter: {hubId: \"00000000-0000-0000-0000-0000000000a1\"}) { nodes { id } } }",
    "{ kycQueue(first: 20) { nodes { id } } }",
    "{ driver(id: \"DRV2026000777\") { id } }",
    "{ attendanceHistory(first: 20) { nodes { id driver { name } } } }",
    "{ attendanceHistory(first: 20, filter: {hubId: \"00000000-0000-0000-0000-0000000000a1\"}) { nodes { id } totalCount } }",
    "{ ledger(first: 20) { nodes { id } } }",
    "{ ledger(first: 20, filter: {type: [INCENTIVE]}) { nodes { id } } }",
    "{ ledger(first: 20, filter: {status: [FAILED]}) { nodes { id } } }",
    "{ drivers(first: 20, orderBy: NAME) { nodes { id } } }",
    "{ penalties(first: 20) { nodes { id } } }",
    "{ incentives(first: 20) { nodes { id } } }",
    "{ collections(first: 20) { nodes { id } } }",
    "{ pendingPayouts(first: 20) { nodes { id } } }",
    "{ driverByUser(userId: \"00000000-0000-0000-0000-000000000101\") { id } }",
];

/// A driver's own.
const OWN: [&str; 7] = [
    "{ myDriver { id openAttendance { id } changes { what } } myWallet { version } }",
    "{ attendanceHistory(first: 20) { nodes { id } } }",
    "{ ledger(first: 20) { nodes { id } } }",
    "{ penalties(first: 20) { nodes { id } } penaltySummary { count } }",
    "{ incentives(first: 20) { nodes { id } } incentiveSummary { count } }",
    "{ collections(first: 20) { nodes { id } } }",
    "{ weeklyEarnings { net { amountPaise } } }",
];

async fn whole_reads(world: &World) -> i64 {
    sqlx::query("SELECT pg_stat_force_next_flush()").execute(&world.db.pool).await.unwrap();
    let sql = format!("SELECT sum(seq_scan)::bigint FROM pg_stat_user_tables WHERE relname IN {TABLES}");
    sqlx::query_scalar(sqlx::AssertSqlSafe(sql)).fetch_one(&world.db.pool).await.unwrap()
}

#[tokio::test]
async fn no_list_reads_a_whole_table() {
    // One connection, so that its own statistics are all there are.
    let world = World::on(partner::Config::default(), |url| {
        PgPoolOptions::new().max_connections(1).connect_lazy(url).unwrap()
    })
    .await;
    sqlx::query("ALTER TABLE driver_wallet DISABLE TRIGGER driver_wallet_derived")
        .execute(&world.db.pool)
        .await
        .unwrap();
    for statement in LOAD {
        sqlx::query(statement).execute(&world.db.pool).await.unwrap();
    }
    // Every row is looked at, so that the plans do not depend on which ones were drawn.
    sqlx::query("SET default_statistics_target = 250").execute(&world.db.pool).await.unwrap();
    sqlx::query("VACUUM ANALYZE").execute(&world.db.pool).await.unwrap();
    let mut before = whole_reads(&world).await;
    sqlx::query("SELECT FROM driver WHERE city = 'nowhere'").execute(&world.db.pool).await.unwrap();
    assert_eq!(whole_reads(&world).await, before + 1, "a whole-table read is noticed");
    before += 1;
    let mut wrong = Vec::new();
    let asked = LISTS
        .iter()
        .flat_map(|query| [(*query, super_admin()), (*query, manager(FLEET_A))])
        .chain(OWN.iter().map(|query| (*query, the_driver(0x101))));
    for (query, caller) in asked {
        world.ok(&caller, query, json!({})).await;
        let after = whole_reads(&world).await;
        if after != before {
            wrong.push(format!("{query} by {:?}", caller.scope()));
        }
        before = after;
    }
    assert!(wrong.is_empty(), "these read a whole table:\n{}", wrong.join("\n"));
}
