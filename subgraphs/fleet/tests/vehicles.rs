//! Vehicles: added, changed, moved, taken out of service, found.

use serde_json::{Value, json};

use crate::support::people::*;
use crate::support::scene::{CAR_A, CAR_A1, CAR_A2, CAR_FREE};
use crate::support::{World, event, scene};

const CREATE: &str = "mutation ($input: CreateVehicleInput!) { createVehicle(input: $input) {
    id shortId number fleetId hubId status fuelType docsValidUntil documentHealth vinNumber version } }";
const UPDATE: &str =
    "mutation ($input: UpdateVehicleInput!) { updateVehicle(input: $input) { number color model version } }";
const STATUS: &str = "mutation ($id: ID!, $status: VehicleStatus!) {
    setVehicleStatus(input: { id: $id, status: $status }) { status version } }";
const MOVE: &str =
    "mutation ($id: ID!, $hub: ID) { moveVehicleToHub(input: { vehicleId: $id, hubId: $hub }) { hubId } }";

fn input() -> Value {
    json!({
        "number": "dl-01 zz 9999", "name": "Tata", "model": "Tigor EV", "ownership": "LEASED", "fuelType": "ELECTRIC",
        "vinNumber": "mat62546789012345", "documents": {
            "permitExpiry": "2034-01-01", "fitnessExpiry": "2027-01-01", "insuranceExpiry": "2026-12-31" },
    })
}

fn with(mut input: Value, field: &str, value: Value) -> Value {
    input[field] = value;
    input
}

#[tokio::test]
async fn a_vehicle_is_added_with_one_number_however_it_is_typed() {
    let world = World::new().await;
    scene::set(&world).await;
    let data = world.ok(&manager(FLEET_A), CREATE, json!({ "input": input() })).await;
    let vehicle = &data["createVehicle"];
    assert_eq!((&vehicle["number"], &vehicle["shortId"]), (&json!("DL01ZZ9999"), &json!("VEH20260127001")));
    assert_eq!((&vehicle["fleetId"], &vehicle["status"]), (&json!(id(FLEET_A)), &json!("ACTIVE")));
    assert_eq!(
        (&vehicle["docsValidUntil"], &vehicle["documentHealth"]),
        (&json!("2026-12-31"), &json!("MISSING"))
    );
    assert_eq!(vehicle["vinNumber"], "MAT62546789012345");
    let twice = with(input(), "number", json!("DL01ZZ9999"));
    let refused = world.refused(&manager(FLEET_B), CREATE, json!({ "input": twice })).await;
    assert_eq!(refused, ("CONFLICT".into(), "number".into()));
    let event = &world.recorded("vehicle.created").await[0];
    assert_eq!((&event["number"], &event["insuranceExpiry"]), (&json!("DL01ZZ9999"), &json!("2026-12-31")));
    let found =
        world.ok(&manager(FLEET_A), "{ vehicleByNumber(number: \"DL 01 ZZ-9999\") { id } }", json!({})).await;
    assert_eq!(found["vehicleByNumber"]["id"], vehicle["id"]);
}

#[tokio::test]
async fn wrong_input_is_refused_with_the_name_of_the_field() {
    let world = World::new().await;
    scene::set(&world).await;
    let late = json!({ "insuranceStart": "2027-01-01", "insuranceExpiry": "2026-12-31" });
    for (field, value, named) in [
        ("number", json!("1234"), "number"),
        ("name", json!(""), "name"),
        ("name", json!("Ta\0ta"), "name"),
        ("color", json!("\u{1b}[31m"), "color"),
        ("model", json!(" "), "model"),
        ("vinNumber", json!("SHORT"), "vinNumber"),
        ("hubId", json!(id(HUB_B1)), "hubId"),
        ("hubId", json!("x"), "hubId"),
        ("fleetId", json!(id(0x99)), "fleetId"),
        ("documents", late, "documents.insuranceStart"),
    ] {
        let caller = if field == "fleetId" { super_admin() } else { manager(FLEET_A) };
        let variables = json!({ "input": with(input(), field, value) });
        assert_eq!(world.refused(&caller, CREATE, variables).await, ("VALIDATION".into(), named.into()));
    }
    let homeless = json!({ "input": with(input(), "hubId", json!(id(HUB_A1))) });
    assert_eq!(world.refused(&super_admin(), CREATE, homeless).await, ("VALIDATION".into(), "hubId".into()));
    assert_eq!(world.count("SELECT count(*) FROM outbox").await, 0);
}

#[tokio::test]
async fn of_parallel_additions_of_one_number_one_wins() {
    let world = World::new().await;
    scene::set(&world).await;
    let caller = manager(FLEET_A);
    let calls = (0..8).map(|_| world.ask(&caller, CREATE, json!({ "input": input() })));
    let answers = futures_util::future::join_all(calls).await;
    let won = answers.iter().filter(|answer| answer.get("errors").is_none()).count();
    let taken =
        answers.iter().filter(|answer| answer["errors"][0]["extensions"]["code"] == "CONFLICT").count();
    assert_eq!((won, taken), (1, 7));
}

#[tokio::test]
async fn operations_add_and_move_vehicles_at_their_own_hubs_only() {
    let world = World::new().await;
    scene::set(&world).await;
    let caller = operations(FLEET_A, &[HUB_A1]);
    for hub in [Value::Null, json!(id(HUB_A2)), json!(id(HUB_B1))] {
        let variables = json!({ "input": with(input(), "hubId", hub) });
        assert_eq!(world.refused(&caller, CREATE, variables).await, ("FORBIDDEN".into(), "hubId".into()));
    }
    let here = json!({ "input": with(input(), "hubId", json!(id(HUB_A1))) });
    world.ok(&caller, CREATE, here).await;
    let go = |car: u128, hub: Option<u128>| json!({ "id": id(car), "hub": hub.map(id) });
    world.ok(&caller, MOVE, go(CAR_A, Some(HUB_A1))).await;
    assert_eq!(world.refused(&caller, MOVE, go(CAR_A1, Some(HUB_A2))).await.0, "FORBIDDEN");
    assert_eq!(world.refused(&caller, MOVE, go(CAR_A2, Some(HUB_A1))).await.0, "NOT_FOUND");
    let left = world.ok(&caller, MOVE, go(CAR_A1, None)).await;
    assert_eq!(left["moveVehicleToHub"]["hubId"], Value::Null);
}

#[tokio::test]
async fn a_vehicle_moves_only_inside_its_own_fleet() {
    let world = World::new().await;
    scene::set(&world).await;
    let go = |car: u128, hub: u128| json!({ "id": id(car), "hub": id(hub) });
    let moved = world.ok(&manager(FLEET_A), MOVE, go(CAR_A1, HUB_A2)).await;
    assert_eq!(moved["moveVehicleToHub"]["hubId"], id(HUB_A2));
    assert_eq!(world.recorded("vehicle.updated").await[0]["hubId"], id(HUB_A2));
    let abroad = world.refused(&super_admin(), MOVE, go(CAR_A1, HUB_B1)).await;
    assert_eq!(abroad, ("VALIDATION".into(), "hubId".into()));
    let free = world.refused(&super_admin(), MOVE, go(CAR_FREE, HUB_A1)).await;
    assert_eq!(free, ("VALIDATION".into(), "hubId".into()));
}

fn trip(status: &str, version: i64) -> kit::Envelope {
    let payload =
        json!({ "tripId": id(0x7001), "status": status, "driverId": id(DRIVER_A), "vehicleId": id(CAR_A1) });
    event(&format!("trip.{}", status.to_lowercase()), uuid(0x7001), version, payload)
}

#[tokio::test]
async fn a_vehicle_on_a_trip_stays_in_service() {
    let world = World::new().await;
    scene::set(&world).await;
    let set = |status: &str| json!({ "id": id(CAR_A1), "status": status });
    world.deliver(&trip("STARTED", 3)).await;
    for status in ["INACTIVE", "MAINTENANCE"] {
        assert_eq!(world.refused(&manager(FLEET_A), STATUS, set(status)).await.0, "INVALID_TRANSITION");
    }
    world.deliver(&trip("COMPLETED", 6)).await;
    world.deliver(&trip("ONBOARDED", 5)).await;
    let off = world.ok(&manager(FLEET_A), STATUS, set("MAINTENANCE")).await;
    assert_eq!(off["setVehicleStatus"], json!({ "status": "MAINTENANCE", "version": 2 }));
    let same = world.ok(&manager(FLEET_A), STATUS, set("MAINTENANCE")).await;
    assert_eq!(same["setVehicleStatus"]["version"], 2);
    world.ok(&manager(FLEET_A), STATUS, set("ACTIVE")).await;
    let events = world.recorded("vehicle.status_changed").await;
    let steps: Vec<_> =
        events.iter().map(|event| (event["previousStatus"].clone(), event["status"].clone())).collect();
    let expected =
        [("ACTIVE", "MAINTENANCE"), ("MAINTENANCE", "ACTIVE")].map(|(from, to)| (json!(from), json!(to)));
    assert_eq!(steps, expected);
}

#[tokio::test]
async fn a_driver_reads_the_vehicles_of_the_own_shifts() {
    let world = World::new().await;
    scene::set(&world).await;
    let driver = driver(FLEET_A, HUB_A1, DRIVER_A);
    let list = "{ vehicles { nodes { id } } }";
    let before = world.ok(&driver, list, json!({})).await;
    assert_eq!(before["vehicles"]["nodes"], json!([{ "id": id(CAR_A1) }]));
    let payload = json!({ "driverId": id(DRIVER_A), "vehicleId": id(CAR_A2) });
    world.deliver(&event("assignment.started", uuid(0x8001), 1, payload)).await;
    let after = world.ok(&driver, list, json!({})).await;
    assert_eq!(after["vehicles"]["nodes"], json!([{ "id": id(CAR_A2) }, { "id": id(CAR_A1) }]));
}

#[tokio::test]
async fn a_change_of_what_was_not_read_is_refused() {
    let world = World::new().await;
    scene::set(&world).await;
    let change = |color: &str| json!({ "input": { "id": id(CAR_A1), "color": color, "expectedVersion": 1 } });
    let data = world.ok(&manager(FLEET_A), UPDATE, change("Blue")).await;
    assert_eq!(
        (&data["updateVehicle"]["color"], &data["updateVehicle"]["model"]),
        (&json!("Blue"), &json!("Tigor EV"))
    );
    assert_eq!(world.refused(&manager(FLEET_A), UPDATE, change("Red")).await.0, "STALE_VERSION");
    let parallel = (0..6).map(|number| {
        let variables =
            json!({ "input": { "id": id(CAR_A2), "color": format!("C{number}"), "expectedVersion": 1 } });
        async { world.ask(&manager(FLEET_A), UPDATE, variables).await }
    });
    let answers = futures_util::future::join_all(parallel).await;
    assert_eq!(answers.iter().filter(|answer| answer.get("errors").is_none()).count(), 1);
}

#[tokio::test]
async fn what_is_left_out_of_a_change_stays_and_null_empties_it() {
    let world = World::new().await;
    scene::set(&world).await;
    let change = "mutation ($input: UpdateVehicleInput!) {
        updateVehicle(input: $input) { name color ownerName chassisNumber vinNumber } }";
    let full = json!({ "name": "Tata", "color": "Blue", "ownerName": "R. Kumar", "chassisNumber": "C1",
        "vinNumber": "MAT62546789012345" });
    let mut input = full.clone();
    input["id"] = json!(id(CAR_A1));
    let changed = async |input: Value| {
        world.ok(&manager(FLEET_A), change, json!({ "input": input })).await["updateVehicle"].clone()
    };
    assert_eq!(changed(input).await, full);
    assert_eq!(changed(json!({ "id": id(CAR_A1), "name": null })).await, full, "a name cannot be empty");
    let emptied = json!({ "id": id(CAR_A1), "color": null, "ownerName": null, "chassisNumber": " ", "vinNumber": null });
    let rest =
        json!({ "name": "Tata", "color": null, "ownerName": null, "chassisNumber": null, "vinNumber": null });
    assert_eq!(changed(emptied).await, rest);
    let key = |color: Value| json!({ "input": { "id": id(CAR_A1), "color": color, "idempotencyKey": "k" } });
    world.ok(&manager(FLEET_A), change, key(Value::Null)).await;
    let other = json!({ "input": { "id": id(CAR_A1), "idempotencyKey": "k" } });
    let refused = world.refused(&manager(FLEET_A), change, other).await;
    assert_eq!(refused, ("CONFLICT".into(), "idempotencyKey".into()), "null is not the same as nothing");
}

#[tokio::test]
async fn vehicles_are_found_by_what_is_known_of_them() {
    let world = World::new().await;
    scene::set(&world).await;
    world.ok(&manager(FLEET_A), STATUS, json!({ "id": id(CAR_A2), "status": "INACTIVE" })).await;
    let list = "query ($filter: VehicleFilter) { vehicles(filter: $filter, orderBy: NAME) { nodes { id } totalCount } }";
    for (filter, expected) in [
        (json!({ "fleetId": id(FLEET_A) }), vec![CAR_A1, CAR_A2, CAR_A]),
        (json!({ "hubId": id(HUB_A2) }), vec![CAR_A2]),
        (json!({ "status": "INACTIVE" }), vec![CAR_A2]),
        (json!({ "fuelType": "DIESEL" }), vec![]),
        (json!({ "search": "ab3233" }), vec![CAR_A1]),
        (json!({ "search": "dl-01 AB 3233" }), vec![CAR_A1]),
        (json!({ "search": "Tata Tigor", "fleetId": id(FLEET_A), "withoutHub": true }), vec![CAR_A]),
        (json!({ "withoutHub": false, "fleetId": id(FLEET_A) }), vec![CAR_A1, CAR_A2]),
        (json!({ "search": "tigor", "hubId": id(HUB_B1) }), vec![scene::CAR_B1]),
    ] {
        let data = world.ok(&super_admin(), list, json!({ "filter": filter })).await;
        let nodes: Vec<Value> = expected.iter().map(|car| json!({ "id": id(*car) })).collect();
        assert_eq!(data["vehicles"], json!({ "nodes": nodes, "totalCount": nodes.len() }), "{filter}");
    }
    for search in ["ab\0c".to_owned(), "x".repeat(101)] {
        let filter = json!({ "filter": { "search": search } });
        let refused = world.refused(&super_admin(), list, filter).await;
        assert_eq!(refused, ("VALIDATION".into(), "filter.search".into()), "{search:?}");
    }
    let one = "query ($id: ID!) { vehicle(id: $id) { id } }";
    for strange in ["\0", "VEH 1", "'"] {
        assert_eq!(world.ok(&super_admin(), one, json!({ "id": strange })).await["vehicle"], Value::Null);
    }
}
