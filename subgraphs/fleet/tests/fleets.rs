//! Fleets: opened, changed and closed by the super admin, read by their own people, private numbers masked.

use kit::Caller;
use serde_json::{Value, json};

use crate::support::people::*;
use crate::support::{World, event, scene};

const CREATE: &str = "mutation ($input: CreateFleetInput!) {
    createFleet(input: $input) { id shortId name mobile email city fleetType gstNumber panNumber modeId status
        adminName adminState adminUser { id } version createdBy { id } } }";
const UPDATE: &str =
    "mutation ($input: UpdateFleetInput!) { updateFleet(input: $input) { name city version } }";
const CLOSE: &str = "mutation ($id: ID!) { deactivateFleet(input: { id: $id }) { status version } }";
const OPEN: &str = "mutation ($id: ID!) { activateFleet(input: { id: $id }) { status version } }";

fn input() -> Value {
    json!({
        "name": "  Alpha   Cabs ", "mobile": "98200 00001", "email": "Office@Example.in", "city": "Gurugram",
        "fleetType": "COMPANY", "gstNumber": "07abcde1234f1z5", "panNumber": "abcde1234f",
    })
}

fn with(mut input: Value, field: &str, value: Value) -> Value {
    input[field] = value;
    input
}

#[tokio::test]
async fn a_fleet_is_opened_with_clean_data() {
    let world = World::new().await;
    let data = world.ok(&super_admin(), CREATE, json!({ "input": input() })).await;
    let fleet = &data["createFleet"];
    assert_eq!((&fleet["name"], &fleet["shortId"]), (&json!("Alpha Cabs"), &json!("FLT20260127001")));
    assert_eq!((&fleet["mobile"], &fleet["email"]), (&json!("+919820000001"), &json!("office@example.in")));
    assert_eq!((&fleet["city"], &fleet["modeId"]), (&json!("GURGAON"), &json!("CAB")));
    assert_eq!((&fleet["gstNumber"], &fleet["panNumber"]), (&json!("07ABCDE1234F1Z5"), &json!("ABCDE1234F")));
    assert_eq!((&fleet["status"], &fleet["adminState"]), (&json!("ACTIVE"), &json!("NONE")));
    assert_eq!(fleet["createdBy"]["id"], id(0x10));
    let events = world.recorded("fleet.created").await;
    assert_eq!((&events[0]["fleetId"], &events[0]["account"]), (&fleet["id"], &Value::Null));
}

#[tokio::test]
async fn wrong_input_is_refused_with_the_name_of_the_field() {
    let world = World::new().await;
    for (field, value) in [
        ("name", json!(" ")),
        ("mobile", json!("123")),
        ("email", json!("nobody")),
        ("city", json!("")),
        ("gstNumber", json!("07ABCDE1234F1X5")),
        ("panNumber", json!("ABCDE12345")),
        ("adminName", json!("  ")),
        ("name", json!("Alpha\0Cabs")),
        ("city", json!("\u{200b}")),
        ("dob", json!("2020-01-01")),
        ("dob", json!("-200000-01-01")),
        ("panImage", json!("javascript:alert(1)")),
    ] {
        let variables = json!({ "input": with(input(), field, value) });
        assert_eq!(
            world.refused(&super_admin(), CREATE, variables).await,
            ("VALIDATION".into(), field.into())
        );
    }
    world.ok(&super_admin(), CREATE, json!({ "input": input() })).await;
    let twice = world.refused(&super_admin(), CREATE, json!({ "input": input() })).await;
    assert_eq!(twice, ("CONFLICT".into(), "mobile".into()));
    assert_eq!(world.count("SELECT count(*) FROM fleet").await, 1);
}

#[tokio::test]
async fn the_same_key_opens_one_fleet_even_at_once() {
    let world = World::new().await;
    let variables = json!({ "input": with(input(), "idempotencyKey", json!("form-7")) });
    let caller = super_admin();
    let calls = (0..6).map(|_| world.ok(&caller, CREATE, variables.clone()));
    let answers = futures_util::future::join_all(calls).await;
    assert!(answers.iter().all(|answer| answer["createFleet"]["id"] == answers[0]["createFleet"]["id"]));
    assert_eq!(world.recorded("fleet.created").await.len(), 1);
}

#[tokio::test]
async fn the_administrators_account_is_asked_for_and_settled_by_events() {
    let world = World::new().await;
    let named = json!({ "input": with(input(), "adminName", json!("Arjun Mehta")) });
    let data = world.ok(&super_admin(), CREATE, named).await;
    let fleet = data["createFleet"]["id"].clone();
    assert_eq!(data["createFleet"]["adminState"], "PENDING");
    let account = &world.recorded("fleet.created").await[0]["account"];
    assert_eq!((&account["role"], &account["phone"]), (&json!("FLEET_ADMIN"), &json!("+919820000001")));
    let made = json!({ "userId": id(0x77), "source": account["source"] });
    for _ in 0..2 {
        world.deliver(&event("user.created", uuid(0x77), 1, made.clone())).await;
    }
    let late = json!({ "source": account["source"], "reason": "PHONE_TAKEN" });
    world.deliver(&event("user.refused", uuid(0x78), 1, late)).await;
    let query = "query ($id: ID!) { fleet(id: $id) { adminState adminUser { id } adminName } }";
    let data = world.ok(&super_admin(), query, json!({ "id": fleet })).await;
    let expected =
        json!({ "adminState": "READY", "adminUser": { "id": id(0x77) }, "adminName": "Arjun Mehta" });
    assert_eq!(data["fleet"], expected, "what is settled stays settled");
}

#[tokio::test]
async fn a_closed_fleet_takes_nothing_new_until_it_is_opened_again() {
    let world = World::new().await;
    scene::set(&world).await;
    let closed = world.ok(&super_admin(), CLOSE, json!({ "id": id(FLEET_A) })).await;
    assert_eq!(closed["deactivateFleet"], json!({ "status": "INACTIVE", "version": 2 }));
    let again = world.ok(&super_admin(), CLOSE, json!({ "id": id(FLEET_A) })).await;
    assert_eq!(again["deactivateFleet"]["version"], 2, "closing twice changes nothing");
    assert_eq!(world.recorded("fleet.deactivated").await.len(), 1);
    let hub = "mutation ($input: CreateHubInput!) { createHub(input: $input) { id } }";
    let input =
        json!({ "name": "New", "hubType": "YARD", "address": "x", "location": { "lat": 28.0, "lng": 77.0 } });
    let refused = world.refused(&manager(FLEET_A), hub, json!({ "input": input })).await;
    assert_eq!(refused, ("VALIDATION".into(), "fleetId".into()));
    let opened = world.ok(&super_admin(), OPEN, json!({ "id": id(FLEET_A) })).await;
    assert_eq!(opened["activateFleet"], json!({ "status": "ACTIVE", "version": 3 }));
    world.ok(&manager(FLEET_A), hub, json!({ "input": input })).await;
}

#[tokio::test]
async fn a_change_of_what_was_not_read_is_refused() {
    let world = World::new().await;
    scene::set(&world).await;
    let change = |name: &str| json!({ "input": { "id": id(FLEET_A), "name": name, "expectedVersion": 1 } });
    let data = world.ok(&super_admin(), UPDATE, change("Alpha 2")).await;
    assert_eq!(data["updateFleet"], json!({ "name": "Alpha 2", "city": "DELHI", "version": 2 }));
    assert_eq!(world.refused(&super_admin(), UPDATE, change("Alpha 3")).await.0, "STALE_VERSION");
    let taken = json!({ "input": { "id": id(FLEET_A), "mobile": "9820000176" } });
    assert_eq!(world.refused(&super_admin(), UPDATE, taken).await, ("CONFLICT".into(), "mobile".into()));
    let nobody = json!({ "input": { "id": id(0x999), "name": "x" } });
    assert_eq!(world.refused(&super_admin(), UPDATE, nobody).await.0, "NOT_FOUND");
}

#[tokio::test]
async fn what_is_left_out_of_a_change_stays_and_null_empties_it() {
    let world = World::new().await;
    scene::set(&world).await;
    let change = "mutation ($input: UpdateFleetInput!) { updateFleet(input: $input) { city email dob gstNumber panImage } }";
    let full = json!({ "city": "DELHI", "email": "office@example.in", "dob": "1980-05-01",
        "gstNumber": "07ABCDE1234F1Z5", "panImage": "https://files.example/pan.jpg" });
    let mut input = full.clone();
    input["id"] = json!(id(FLEET_A));
    let changed = async |input: Value| {
        world.ok(&super_admin(), change, json!({ "input": input })).await["updateFleet"].clone()
    };
    assert_eq!(changed(input).await, full);
    assert_eq!(changed(json!({ "id": id(FLEET_A), "city": null })).await, full, "a city cannot be empty");
    let nothing =
        json!({ "id": id(FLEET_A), "email": null, "dob": null, "gstNumber": null, "panImage": null });
    let rest = json!({ "city": "DELHI", "email": null, "dob": null, "gstNumber": null, "panImage": null });
    assert_eq!(changed(nothing).await, rest);
}

#[tokio::test]
async fn private_numbers_are_masked_by_role() {
    let world = World::new().await;
    scene::set(&world).await;
    let query = "query ($id: ID!) { fleet(id: $id) { name mobile email panNumber gstNumber } }";
    let read =
        async |caller: Caller| world.ok(&caller, query, json!({ "id": id(FLEET_A) })).await["fleet"].clone();
    let open = json!({ "name": "Alpha Cabs", "mobile": "+919820000160", "email": "office@example.in",
        "panNumber": "ABCDE1234F", "gstNumber": "07ABCDE1234F1Z5" });
    for caller in [super_admin(), fleet_admin(FLEET_A), manager(FLEET_A)] {
        assert_eq!(read(caller).await, open);
    }
    let operations = read(operations(FLEET_A, &[HUB_A1])).await;
    assert_eq!((&operations["mobile"], &operations["panNumber"]), (&open["mobile"], &json!("••••••234F")));
    let driver = read(driver(FLEET_A, HUB_A1, DRIVER_A)).await;
    let masked = json!({ "name": "Alpha Cabs", "mobile": "•••••••••0160", "email": null,
        "panNumber": "••••••234F", "gstNumber": "•••••••••••F1Z5" });
    assert_eq!(driver, masked);
}

#[tokio::test]
async fn fleets_are_found_by_what_is_known_of_them() {
    let world = World::new().await;
    scene::set(&world).await;
    let list = "query ($filter: FleetFilter, $order: FleetListOrder, $first: Int, $after: String) {
        fleets(filter: $filter, orderBy: $order, first: $first, after: $after) {
            nodes { name } totalCount pageInfo { hasNextPage endCursor } } }";
    let names = async |variables: Value| {
        let data = world.ok(&super_admin(), list, variables).await;
        let nodes = data["fleets"]["nodes"].as_array().unwrap().clone();
        assert_eq!(data["fleets"]["totalCount"], nodes.len());
        nodes.iter().map(|node| node["name"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(names(json!({})).await, ["Beta Cabs", "Alpha Cabs"]);
    assert_eq!(names(json!({ "order": "NAME" })).await, ["Alpha Cabs", "Beta Cabs"]);
    assert_eq!(names(json!({ "filter": { "city": "new delhi" } })).await, ["Alpha Cabs"]);
    assert_eq!(names(json!({ "filter": { "type": "INDIVIDUAL" } })).await, Vec::<String>::new());
    assert_eq!(names(json!({ "filter": { "search": "bet", "status": "ACTIVE" } })).await, ["Beta Cabs"]);
    assert_eq!(names(json!({ "filter": { "search": "FLT20260101160" } })).await, ["Alpha Cabs"]);
    assert_eq!(names(json!({ "filter": { "search": "+91 98200-00160" } })).await, ["Alpha Cabs"]);
    for order in ["NAME", "NEWEST_FIRST"] {
        let first = world.ok(&super_admin(), list, json!({ "order": order, "first": 1 })).await;
        let after = &first["fleets"]["pageInfo"]["endCursor"];
        let second =
            world.ok(&super_admin(), list, json!({ "order": order, "first": 1, "after": after })).await;
        assert_eq!(first["fleets"]["pageInfo"]["hasNextPage"], true);
        assert_ne!(first["fleets"]["nodes"], second["fleets"]["nodes"]);
        assert_eq!(second["fleets"]["pageInfo"]["hasNextPage"], false);
    }
    let short = world.ok(&super_admin(), "{ fleet(id: \"FLT20260101160\") { name } }", json!({})).await;
    assert_eq!(short["fleet"]["name"], "Alpha Cabs");
}

#[tokio::test]
async fn the_picture_of_a_pan_card_is_for_those_who_run_fleets() {
    let world = World::new().await;
    scene::set(&world).await;
    let change = "mutation ($input: UpdateFleetInput!) { updateFleet(input: $input) { panImage version } }";
    let address = "https://files.example/pan.jpg";
    let pictured = json!({ "id": id(FLEET_A), "panImage": address });
    let data = world.ok(&super_admin(), change, json!({ "input": pictured })).await;
    assert_eq!(data["updateFleet"], json!({ "panImage": address, "version": 2 }));
    let query = "query ($id: ID!) { fleet(id: $id) { panImage } }";
    for (caller, seen) in [
        (manager(FLEET_A), json!(address)),
        (operations(FLEET_A, &[HUB_A1]), Value::Null),
        (driver(FLEET_A, HUB_A1, DRIVER_A), Value::Null),
    ] {
        assert_eq!(world.ok(&caller, query, json!({ "id": id(FLEET_A) })).await["fleet"]["panImage"], seen);
    }
    let new = json!({ "input": with(input(), "panImage", json!(address)) });
    let opened = world.ok(&super_admin(), CREATE, new).await["createFleet"]["id"].clone();
    assert_eq!(world.ok(&super_admin(), query, json!({ "id": opened })).await["fleet"]["panImage"], address);
}
