//! Every list over a big table uses an index: read from the database's own count of whole-table reads, on `load` data.

use kit::Caller;
use serde_json::{Value, json};
use sqlx::postgres::PgPoolOptions;

use crate::support::people::*;
use crate::support::scene::CAR_A1;
use crate::support::{World, scene};

/// As many fleets, hubs and vehicles as the load data has.
const LOAD: [&str; 3] = [
    "INSERT INTO fleet (id, short_id, name, mobile, city, fleet_type, pan_number, status, created_at, updated_at)
     SELECT lpad(to_hex(n + 65536), 32, '0')::uuid, 'FLT20260126' || lpad(n::text, 6, '0'), 'Fleet ' || n,
            '+9197' || lpad(n::text, 8, '0'), 'DELHI', 'COMPANY', 'ABCDE1234F', 'ACTIVE', '2026-01-01', '2026-01-01'
       FROM generate_series(1, 60) AS n",
    "INSERT INTO hub (id, short_id, fleet_id, name, hub_type, address, lat, lng, created_at, updated_at)
     SELECT lpad(to_hex(n + 131072), 32, '0')::uuid, 'HUB20260126' || lpad(n::text, 6, '0'),
            lpad(to_hex(n % 60 + 65537), 32, '0')::uuid, 'Hub ' || n, 'YARD', 'x', 28, 77, '2026-01-01', '2026-01-01'
       FROM generate_series(0, 299) AS n",
    "INSERT INTO vehicle (id, short_id, fleet_id, hub_id, number, name, model, ownership, fuel_type, status, permit_expiry,
                          fitness_expiry, insurance_expiry, created_at, updated_at)
     SELECT gen_random_uuid(), 'VEH20260126' || lpad(n::text, 6, '0'), lpad(to_hex(n % 60 + 65537), 32, '0')::uuid,
            lpad(to_hex(n % 300 + 131072), 32, '0')::uuid, 'HR26' || lpad(n::text, 6, '0'), 'Tata', 'Tigor ' || md5(n::text),
            'OWNED', 'ELECTRIC', CASE WHEN n % 12 = 0 THEN 'INACTIVE' ELSE 'ACTIVE' END, '2033-01-01'::date + n % 300,
            '2026-01-01'::date + n % 365, '2026-01-20'::date + n % 365, '2026-01-01'::timestamptz + n * interval '1 minute',
            '2026-01-01'
       FROM generate_series(1, 9000) AS n",
];

const LISTS: [&str; 9] = [
    "{ vehicles(first: 20) { nodes { id fleet { name } hub { name } } } }",
    "{ vehicles(first: 20, orderBy: NAME) { nodes { id } } }",
    "{ vehicles(first: 20, filter: { search: \"c4ca42\" }) { nodes { id } } }",
    "{ vehicles(first: 20, filter: { fleetId: \"00000000-0000-0000-0000-000000010001\", status: INACTIVE }) { nodes { id } totalCount } }",
    "{ vehicles(first: 20, filter: { hubId: \"00000000-0000-0000-0000-000000020001\" }) { nodes { id } totalCount } }",
    "{ vehicles(first: 20, filter: { fleetId: \"00000000-0000-0000-0000-000000010001\", documentHealth: EXPIRING }) { nodes { id } } }",
    "{ vehicleByNumber(number: \"HR26000777\") { id } }",
    "{ vehicle(id: \"VEH20260126000777\") { id } }",
    "{ expiringDocuments(fleetId: \"00000000-0000-0000-0000-000000010001\", withinDays: 7) { nodes { kind } } }",
];

async fn whole_reads(world: &World) -> i64 {
    sqlx::query("SELECT pg_stat_force_next_flush()").execute(&world.db.pool).await.unwrap();
    let sql = "SELECT seq_scan FROM pg_stat_user_tables WHERE relname = 'vehicle'";
    sqlx::query_scalar(sql).fetch_one(&world.db.pool).await.unwrap()
}

fn callers() -> Vec<Caller> {
    vec![
        super_admin(),
        manager(0x10001),
        operations(0x10001, &[0x20000, 0x2003c]),
        driver(FLEET_A, HUB_A1, DRIVER_A),
    ]
}

#[tokio::test]
async fn every_list_of_vehicles_goes_by_an_index() {
    // One connection, so that its own statistics are all there are.
    let world = World::on(|url| PgPoolOptions::new().max_connections(1).connect_lazy(url).unwrap()).await;
    scene::set(&world).await;
    for sql in LOAD {
        sqlx::query(sql).execute(&world.db.pool).await.unwrap();
    }
    sqlx::query("VACUUM ANALYZE").execute(&world.db.pool).await.unwrap();
    let mut before = whole_reads(&world).await;
    sqlx::query("SELECT FROM vehicle WHERE color = 'none'").execute(&world.db.pool).await.unwrap();
    assert_eq!(whole_reads(&world).await, before + 1, "a whole-table read is noticed");
    before += 1;
    let mut wrong = Vec::new();
    for query in LISTS {
        for (column, caller) in callers().iter().enumerate() {
            world.ask(caller, query, json!({})).await;
            let after = whole_reads(&world).await;
            if after != before {
                wrong.push(format!("{query} by caller {column}"));
            }
            before = after;
        }
    }
    let entities = "query ($r: [_Any!]!) { _entities(representations: $r) { ... on Vehicle { number } } }";
    let asked = json!({ "r": vec![json!({ "__typename": "Vehicle", "id": id(CAR_A1) }); 50] });
    let answer: Value = world.ok(&super_admin(), entities, asked).await;
    assert_eq!(answer["_entities"].as_array().map(Vec::len), Some(50));
    assert_eq!(whole_reads(&world).await, before, "references");
    assert!(wrong.is_empty(), "these read the whole table:\n{}", wrong.join("\n"));
}
