//! Every list over a big table uses an index: read from the database's own count of whole-table reads, on `load` data.

use serde_json::{Value, json};
use sqlx::postgres::PgPoolOptions;

use crate::support::World;
use crate::support::people::*;

/// As many users as the load data has: 60 fleets with drivers, and somebody at their desks.
const LOAD: &str = "
    INSERT INTO app_user (id, short_id, name, phone, role, is_active, fleet_id, hub_ids, created_at, updated_at)
    SELECT gen_random_uuid(), 'USR20260126' || lpad(n::text, 6, '0'), 'Person ' || md5(n::text),
           '+9199' || lpad(n::text, 8, '0'), CASE WHEN n % 20 = 0 THEN 'OPERATIONS' ELSE 'DRIVER' END, n % 50 > 0,
           lpad(to_hex(n % 60 + 1000), 32, '0')::uuid, ARRAY[lpad(to_hex(n % 300 + 5000), 32, '0')::uuid],
           '2026-01-01'::timestamptz + n * interval '1 minute', '2026-01-01'
      FROM generate_series(1, 12500) AS n";

const LISTS: [&str; 7] = [
    "{ users(first: 20) { nodes { id } } }",
    "{ users(first: 20, orderBy: NAME) { nodes { id } } }",
    "{ users(first: 20, filter: { search: \"c4ca42\" }) { nodes { id } } }",
    "{ users(first: 20, filter: { hubId: \"00000000-0000-0000-0000-000000001388\" }) { nodes { id } } }",
    "{ users(first: 20, filter: { fleetId: \"00000000-0000-0000-0000-0000000003e9\", role: OPERATIONS }) { nodes { id } } }",
    "{ users(first: 20, filter: { role: OPERATIONS, isActive: true }) { nodes { id } } }",
    "{ user(id: \"USR20260126000777\") { id } }",
];

const MEMBERS: &str = "query ($r: [_Any!]!) { _entities(representations: $r) {
    ... on Fleet { admin { id } members { id } } ... on Hub { operators { id } } ... on User { name } } }";

async fn whole_reads(world: &World) -> i64 {
    sqlx::query("SELECT pg_stat_force_next_flush()").execute(&world.db.pool).await.unwrap();
    let sql = "SELECT seq_scan FROM pg_stat_user_tables WHERE relname = 'app_user'";
    sqlx::query_scalar(sql).fetch_one(&world.db.pool).await.unwrap()
}

#[tokio::test]
async fn every_list_of_users_goes_by_an_index() {
    // One connection, so that its own statistics are all there are.
    let world = World::on(|url| PgPoolOptions::new().max_connections(1).connect_lazy(url).unwrap()).await;
    settle(&world, &EVERYBODY).await;
    sqlx::query(LOAD).execute(&world.db.pool).await.unwrap();
    sqlx::query("VACUUM ANALYZE app_user").execute(&world.db.pool).await.unwrap();
    let mut before = whole_reads(&world).await;
    sqlx::query("SELECT FROM app_user WHERE name = 'nobody'").execute(&world.db.pool).await.unwrap();
    assert_eq!(whole_reads(&world).await, before + 1, "a whole-table read is noticed");
    before += 1;
    let mut wrong = Vec::new();
    for query in LISTS {
        for user in [SUPER, MANAGER_A, OPERATIONS_A1] {
            world.ok(&caller(user), query, json!({})).await;
            let after = whole_reads(&world).await;
            if after != before {
                wrong.push(format!("{query} by {user:x}"));
            }
            before = after;
        }
    }
    let of = |kind: &str, n: u128| json!({ "__typename": kind, "id": id(n) });
    let asked: Vec<Value> =
        (0..30).flat_map(|n| [of("Fleet", 1000 + n), of("Hub", 5000 + n), of("User", DRIVER_A)]).collect();
    world.ok(&caller(SUPER), MEMBERS, json!({ "r": asked })).await;
    if whole_reads(&world).await != before {
        wrong.push(MEMBERS.to_owned());
    }
    assert!(wrong.is_empty(), "these read the whole table:\n{}", wrong.join("\n"));
}
