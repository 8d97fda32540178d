//! Lists in pages, filters, search, and what a page costs.

use serde_json::{Value, json};
use testing::Statements;

use crate::support::World;
use crate::support::people::{self, FLEET_A, FLEET_B, HUB_A1, id};

const IDS: &str = "query ($first: Int, $after: String, $filter: TripFilter, $order: TripOrder) \
    { trips(first: $first, after: $after, filter: $filter, orderBy: $order) \
      { totalCount nodes { id shortId } pageInfo { hasNextPage endCursor } } }";

async fn several(world: &World, count: i64) -> Vec<String> {
    let mut ids = Vec::new();
    for number in 0..count {
        let mut journey = world.journey();
        journey["pickupTime"] = json!(world.clock.now() + chrono::TimeDelta::hours(30 + number));
        ids.push(world.booked_by(&people::manager(FLEET_A), journey).await);
    }
    ids
}

fn ids(page: &Value) -> Vec<String> {
    page["trips"]["nodes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|trip| trip["id"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn pages_follow_each_other_without_gap_or_repeat_while_trips_are_added() {
    let world = World::new().await;
    let made = several(&world, 7).await;
    let manager = people::manager(FLEET_A);
    let mut seen = Vec::new();
    let mut after = Value::Null;
    loop {
        let page = world.ok(&manager, IDS, json!({"first": 3, "after": after})).await;
        assert!(page["trips"]["totalCount"].as_i64().unwrap() >= 7);
        seen.extend(ids(&page));
        if page["trips"]["pageInfo"]["hasNextPage"] == false {
            break;
        }
        after = page["trips"]["pageInfo"]["endCursor"].clone();
        // Later than everything that was shown: it belongs to a page that is over.
        let mut journey = world.journey();
        journey["pickupTime"] = json!(world.clock.now() + chrono::TimeDelta::hours(99));
        world.booked_by(&manager, journey).await;
    }
    let newest_first: Vec<String> = made.into_iter().rev().collect();
    assert_eq!(seen, newest_first);
}

#[tokio::test]
async fn a_page_has_a_limit_and_a_cursor_is_checked() {
    let world = World::new().await;
    let manager = people::manager(FLEET_A);
    for (variables, field) in [(json!({"first": 101}), "first"), (json!({"after": "x"}), "after")] {
        let answer = world.ask(&manager, IDS, variables).await;
        assert_eq!(answer["errors"][0]["extensions"], json!({"code": "VALIDATION", "field": field}));
    }
    let wrong = world.ask(&manager, IDS, json!({"filter": {"fleetId": "no"}})).await;
    assert_eq!(wrong["errors"][0]["extensions"]["field"], "filter.fleetId");
}

#[tokio::test]
async fn trips_are_found_by_what_is_known_of_them() {
    let world = World::new().await;
    world.on_roster(0x11).await;
    let plain = world.booked().await;
    let mut airport = world.journey();
    airport["tripType"] = json!("AIRPORT");
    airport["originCity"] = json!("Noida");
    airport["pickupTime"] = json!("2026-02-01T06:00:00Z");
    airport["passenger"] = json!({"name": "Ravi_100%", "phone": "9888877777"});
    let airport = world.booked_by(&people::manager(FLEET_A), airport).await;
    world.assign(&plain, 0x11).await;
    let cases = [
        (json!({"status": ["DRIVER_ASSIGNED", "STARTED"]}), vec![&plain]),
        (json!({"unassigned": true}), vec![&airport]),
        (json!({"tripType": "AIRPORT"}), vec![&airport]),
        (json!({"city": "noida"}), vec![&airport]),
        (json!({"city": "Greater Noida"}), vec![&airport]),
        (json!({"fleetId": id(FLEET_A)}), vec![&airport, &plain]),
        (json!({"fleetId": id(FLEET_B)}), vec![]),
        (json!({"driverId": id(0x11)}), vec![&plain]),
        (json!({"vehicleId": id(0x1011)}), vec![&plain]),
        (json!({"provider": "MMT"}), vec![]),
        (json!({"pickupFrom": "2026-02-01T06:00:00Z"}), vec![&airport]),
        (json!({"pickupTo": "2026-02-01T06:00:00Z"}), vec![&plain]),
        (json!({"search": "ravi_1"}), vec![&airport]),
        (json!({"search": "0%"}), vec![&airport]),
        (json!({"search": "88877"}), vec![&airport]),
        (json!({"search": "trp20260127001"}), vec![&plain]),
        (json!({"search": "igi t3"}), vec![&airport, &plain]),
        (json!({"search": "nowhere"}), vec![]),
    ];
    for (filter, expected) in cases {
        let page = world.ok(&people::manager(FLEET_A), IDS, json!({"filter": filter})).await;
        assert_eq!(ids(&page).iter().collect::<Vec<_>>(), expected, "{filter}");
        assert_eq!(page["trips"]["totalCount"], expected.len(), "{filter}");
    }
    let early = world.ok(&people::manager(FLEET_A), IDS, json!({"order": "EARLIEST_PICKUP"})).await;
    assert_eq!(ids(&early), [plain, airport]);
}

#[tokio::test]
async fn a_trip_is_found_by_its_short_id_too() {
    let world = World::new().await;
    let trip = world.booked().await;
    let query = "query ($id: ID!) { trip(id: $id) { id } }";
    let found = world.ok(&people::manager(FLEET_A), query, json!({"id": "trp20260127001"})).await;
    assert_eq!(found["trip"]["id"], trip);
    let none = world.ok(&people::manager(FLEET_A), query, json!({"id": "TRP20260127999"})).await;
    assert_eq!(none["trip"], Value::Null);
}

#[tokio::test]
async fn a_drivers_lists_hold_what_is_to_be_driven_and_what_is_over() {
    let world = World::new().await;
    world.on_roster(0x11).await;
    let done = world.dispatched(0x11).await;
    world.pass(26 * 60);
    for step in ["startTrip", "markArrived", "onboardPassenger", "completeTrip"] {
        world.drive(0x11, step, &done).await;
    }
    let open = world.dispatched(0x11).await;
    let query =
        "query ($which: MyTrips) { myTrips(which: $which) { nodes { id passenger { name phone } } } }";
    let list = async |which: &str| {
        world.ok(&people::driver(0x11), query, json!({"which": which})).await["myTrips"]["nodes"].clone()
    };
    assert_eq!(
        list("ACTIVE").await,
        json!([{"id": open, "passenger": {"name": "Asha Rao", "phone": "+919000000001"}}])
    );
    // The passenger's number is masked once the driver is done with them.
    assert_eq!(
        list("HISTORY").await,
        json!([{"id": done, "passenger": {"name": "Asha Rao", "phone": "+91********01"}}])
    );
}

#[tokio::test]
async fn a_page_of_trips_costs_the_same_whatever_its_size() {
    let world = World::new().await;
    for driver in 0x11..0x31 {
        world.on_roster(driver).await;
        world.dispatched(driver).await;
    }
    let query = "query ($first: Int) { trips(first: $first) { nodes { id status fare { total { amountPaise } } \
        driver { id activeAssignment { id vehicle { id activeAssignment { id } } } trips(first: 3) { totalCount nodes { id } } } \
        vehicle { id activeAssignment { id driver { id } } } fleet { id stats { activeNow } trips(first: 2) { nodes { id } } assignments(first: 2) { nodes { id } } } \
        assignment { id } dispatchHistory { id } history { version } } } }";
    let statements = Statements::counting();
    let manager = people::manager(FLEET_A);
    let mut costs = Vec::new();
    for first in [2, 30] {
        statements.take();
        world.ok(&manager, query, json!({"first": first})).await;
        costs.push(statements.take());
    }
    assert_eq!(costs[0], costs[1], "statements for 2 and for 30 trips");
    assert!(costs[0] <= 13, "{costs:?}");
}

#[tokio::test]
async fn entities_are_resolved_with_one_statement_per_kind() {
    let world = World::new().await;
    let mut trips = Vec::new();
    for driver in 0x11..0x1b {
        world.on_roster(driver).await;
        trips.push(world.dispatched(driver).await);
    }
    let query = "query ($r: [_Any!]!) { _entities(representations: $r) { \
        ... on Trip { id status } ... on Driver { id activeAssignment { id } } ... on Vehicle { activeAssignment { id } } } }";
    let representations = |count: usize| -> Vec<Value> {
        let of = |number: usize| {
            let driver = 0x11 + number as u128;
            [
                json!({"__typename": "Trip", "id": trips[number]}),
                json!({"__typename": "Driver", "id": id(driver)}),
                json!({"__typename": "Vehicle", "id": id(driver + 0x1000)}),
            ]
        };
        (0..count).flat_map(of).collect()
    };
    let statements = Statements::counting();
    let operator = people::operations(FLEET_A, &[HUB_A1]);
    for count in [1, 10] {
        statements.take();
        let found = world.ok(&operator, query, json!({"r": representations(count)})).await;
        assert_eq!(statements.take(), 3, "{count} of each");
        assert_eq!(found["_entities"].as_array().unwrap().len(), count * 3);
        assert!(found["_entities"][0]["status"].is_string(), "{found}");
    }
}

#[tokio::test]
async fn a_missing_entity_is_null_and_no_error() {
    let world = World::new().await;
    let query = "query ($r: [_Any!]!) { _entities(representations: $r) { ... on Trip { id } ... on Assignment { id } } }";
    let nobody = json!({"r": [{"__typename": "Trip", "id": id(9)}, {"__typename": "Assignment", "id": "x"}]});
    let found = world.ok(&people::service(), query, nobody).await;
    assert_eq!(found["_entities"], json!([null, null]));
}
