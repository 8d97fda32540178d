//! Lists stay fast when there are many trips: none of them reads a whole table or many of its rows, and none needs two
//! connections.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};
use sqlx::postgres::PgPoolOptions;
use trip::demo::{DemoAssignment, DemoDriverRef, DemoTrip, DemoWorld, DriverStatus, KycStatus, insert};
use trip::trip::{PaymentMode, Provider, TripStatus, TripType};

use crate::support::people::{self, FLEET_A, HUB_A1, id, uuid};
use crate::support::{NOW, World};
use kit::{Caller, Clock};

const FLEETS: u128 = 4;
const DRIVERS: u128 = 100;
const TRIPS: u128 = 20_000;

fn now() -> DateTime<Utc> {
    NOW.parse().unwrap()
}

/// How many rows of trips a page or a dashboard may read: some pages, a day, what is open; never most of them.
const ENOUGH: i64 = 2_500;

/// Four fleets with a hundred drivers and twenty thousand trips of 100 days; the last two hundred wait for a driver. A few
/// early ones are no-shows, others a partner's.
fn many() -> DemoWorld {
    let fleet = |number: u128| uuid(FLEET_A + number % FLEETS);
    let drivers = (0..DRIVERS).map(|number| DemoDriverRef {
        id: uuid(0x1000 + number),
        user_id: uuid(people::user_of(0x1000 + number)),
        fleet_id: Some(fleet(number)),
        hub_id: Some(uuid(HUB_A1)),
        name: format!("Driver {number}"),
        status: DriverStatus::Active,
        kyc_status: KycStatus::Approved,
        is_available: true,
        payment_model: None,
    });
    let assignments = (0..DRIVERS).map(|number| DemoAssignment {
        id: uuid(0x2000 + number),
        short_id: format!("ASN20250101{:03}", number + 1),
        fleet_id: fleet(number),
        driver_id: uuid(0x1000 + number),
        vehicle_id: uuid(0x3000 + number),
        start_time: now() - TimeDelta::days(100),
        end_time: None,
        created_by: None,
    });
    let trips = (0..TRIPS).map(|number| one_of_many(number, fleet(number % DRIVERS)));
    DemoWorld {
        drivers: drivers.collect(),
        assignments: assignments.collect(),
        trips: trips.collect(),
        ..DemoWorld::default()
    }
}

fn one_of_many(number: u128, fleet: uuid::Uuid) -> DemoTrip {
    let waits = number >= TRIPS - 200;
    let minutes = i64::try_from(number).unwrap() * 7;
    let pickup = now() - TimeDelta::days(97) + TimeDelta::minutes(minutes);
    let crew = |base: u128| (!waits).then(|| uuid(base + number % DRIVERS));
    let done = (!waits).then_some(pickup + TimeDelta::minutes(40));
    let rare = number < TRIPS / 2 && number % 1_000 == 7;
    DemoTrip {
        id: uuid(0x10_0000 + number),
        short_id: format!("TRP20250101{:03}", number + 1),
        status: match () {
            () if rare => TripStatus::NoShow,
            () if waits => TripStatus::Created,
            () => TripStatus::Completed,
        },
        trip_type: TripType::Airport,
        provider: if number < TRIPS / 2 && number % 400 == 3 { Provider::Mmt } else { Provider::Internal },
        fleet_id: Some(fleet),
        assignment_id: crew(0x2000),
        driver_id: crew(0x1000),
        vehicle_id: crew(0x3000),
        origin_city: "DELHI".into(),
        destination_city: "NOIDA".into(),
        pickup_time: pickup,
        booked_at: pickup - TimeDelta::hours(30),
        distance_km: 26.0,
        pickup_location: format!("House {number}, Dwarka"),
        drop_location: "IGI T3".into(),
        pickup_point: None,
        drop_point: None,
        passenger: Some((format!("Passenger {number}"), format!("+91{}", 9_000_000_000_u128 + number))),
        payment_mode: PaymentMode::Cash,
        toll_paise: 0,
        started_at: done,
        arrived_at: done,
        boarded_at: done.filter(|_| !rare),
        completed_at: done.filter(|_| !rare),
        ended_at: done.filter(|_| rare),
        cancel_reason: None,
        created_by: None,
        seen: None,
        tracking_token: None,
    }
}

/// A service over one single connection, whose counters can therefore be read in step.
async fn narrow() -> World {
    let full = testing::database(&kit::migrate::merged(&trip::MIGRATIONS)).await;
    let mut conn = full.pool.acquire().await.unwrap();
    insert(&mut conn, &many()).await.unwrap_or_else(|error| panic!("{}", error.log_line()));
    sqlx::raw_sql("ANALYZE").execute(&mut *conn).await.unwrap();
    drop(conn);
    let pool = PgPoolOptions::new().max_connections(1).connect(&full.url).await.unwrap();
    World::on(full.with_pool(pool), trip::Config::default(), Clock::fixed(now())).await
}

/// How often the big tables were read from end to end so far.
async fn whole_reads(world: &World) -> i64 {
    sqlx::raw_sql("SELECT pg_stat_force_next_flush()").execute(&world.db.pool).await.unwrap();
    world
        .count(
            "SELECT coalesce(sum(seq_scan), 0)::bigint FROM pg_stat_user_tables
             WHERE relname IN ('trip', 'trip_assignment', 'trip_history', 'assignment')",
        )
        .await
}

/// How many rows of trips were read so far.
async fn rows_read(world: &World) -> i64 {
    world
        .count(
            "SELECT coalesce(seq_tup_read + idx_tup_fetch, 0)::bigint FROM pg_stat_user_tables WHERE relname = 'trip'",
        )
        .await
}

#[tokio::test]
async fn no_list_reads_a_whole_table_or_much_of_it() {
    let world = narrow().await;
    let fleet_a = id(FLEET_A);
    let list = "query ($filter: TripFilter, $order: TripOrder) { trips(filter: $filter, orderBy: $order) { nodes { id } } }";
    let operator = people::operations(FLEET_A, &[HUB_A1]);
    let manager = people::manager(FLEET_A);
    let all = people::super_admin();
    let with = |filter: Value| json!({"filter": filter});
    let cases: Vec<(&str, Caller, &str, Value)> = vec![
        ("every trip", all.clone(), list, json!({})),
        ("earliest first", all.clone(), list, json!({"order": "EARLIEST_PICKUP"})),
        ("a fleet's", manager.clone(), list, json!({})),
        ("a hub's", operator, list, json!({})),
        ("by status", all.clone(), list, with(json!({"status": ["CREATED"]}))),
        ("by a rare status", all.clone(), list, with(json!({"status": ["NO_SHOW"]}))),
        ("by several", all.clone(), list, with(json!({"status": ["CREATED", "STARTED", "ARRIVED"]}))),
        ("a partner's", all.clone(), list, with(json!({"provider": "MMT"}))),
        ("by vehicle", manager.clone(), list, with(json!({"vehicleId": id(0x3000)}))),
        ("found by two letters", manager.clone(), list, with(json!({"search": "Ho"}))),
        ("waiting", manager.clone(), list, with(json!({"unassigned": true}))),
        ("by driver", manager.clone(), list, with(json!({"driverId": id(0x1000)}))),
        (
            "by day",
            all.clone(),
            list,
            with(json!({"pickupFrom": "2026-01-01T00:00:00Z", "pickupTo": "2026-01-02T00:00:00Z"})),
        ),
        ("found by phone", all.clone(), list, with(json!({"search": "9000012345"}))),
        ("found by address", manager.clone(), list, with(json!({"search": "House 16000,"}))),
        (
            "by short id",
            all.clone(),
            "query { trip(id: \"TRP20250101500\") { id history { version } dispatchHistory { id } } }",
            json!({}),
        ),
        (
            "a driver's own",
            people::driver(0x1000),
            "query { myTrips(which: HISTORY) { nodes { id } } }",
            json!({}),
        ),
        ("the roster", manager.clone(), "query { assignments(first: 5) { nodes { id } } }", json!({})),
        (
            "the dashboard",
            manager.clone(),
            "query ($id: ID) { operationsSummary(fleetId: $id) { stats { activeNow } unassignedTrips { id } } }",
            json!({"id": fleet_a}),
        ),
        (
            "everybody's dashboard",
            all.clone(),
            "query { operationsSummary { stats { activeNow } unassignedTrips { id } } }",
            json!({}),
        ),
    ];
    let start = whole_reads(&world).await;
    world.count("SELECT count(*) FROM trip WHERE state_tax_paise > 0").await;
    assert_eq!(whole_reads(&world).await, start + 1, "the counter counts");
    for (name, caller, query, variables) in cases {
        let (before, rows) = (whole_reads(&world).await, rows_read(&world).await);
        let found = world.ok(&caller, query, variables).await;
        assert_eq!(whole_reads(&world).await, before, "{name} reads a whole table");
        let rows = rows_read(&world).await - rows;
        assert!(rows <= ENOUGH, "{name} reads {rows} rows");
        assert!(
            found.to_string().contains("\"id\"") || name == "by short id",
            "{name} finds something: {found}"
        );
    }
    let parents = "query ($r: [_Any!]!) { _entities(representations: $r) { ... on Driver { trips(first: 3) { nodes { id } } } } }";
    let drivers: Vec<Value> =
        (0..50).map(|n: u128| json!({"__typename": "Driver", "id": id(0x1000 + n)})).collect();
    let before = whole_reads(&world).await;
    world.ok(&all, parents, json!({"r": drivers})).await;
    assert_eq!(whole_reads(&world).await, before, "trips of fifty drivers");
}
