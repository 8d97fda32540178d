//! Hubs: opened with a geofence, changed, put under one manager each.

use serde_json::{Value, json};

use crate::support::neighbours::{USER_A, USER_A_OFF, USER_B};
use crate::support::people::*;
use testing::Statements;

use crate::support::scene::{CAR_A1, HUB_MANAGER_A, HUB_MANAGER_B};
use crate::support::{World, scene};

const CREATE: &str = "mutation ($input: CreateHubInput!) { createHub(input: $input) {
    id shortId name hubType address location { lat lng } geofenceRadiusM fleetId version } }";
const UPDATE: &str = "mutation ($input: UpdateHubInput!) { updateHub(input: $input) {
    name hubType location { lat lng } geofenceRadiusM version } }";
const ASSIGN: &str = "mutation ($hub: ID!, $manager: ID) {
    assignHubManager(input: { hubId: $hub, hubManagerId: $manager }) { hubManager { id name hub { id } } version } }";
const CHANGE_MANAGER: &str = "mutation ($input: UpdateHubManagerInput!) { updateHubManager(input: $input) {
    name mobile city profilePicture remarks user { id } version createdBy { id } updatedBy { id } updatedAt } }";
const LET_GO: &str = "mutation ($input: DeactivateHubManagerInput!) { deactivateHubManager(input: $input) {
    status version hub { id } updatedBy { id } } }";
const VEHICLES: &str = "query ($first: Int, $after: String, $filter: HubVehicleFilter, $order: FleetListOrder) {
    hubs(orderBy: NAME) { nodes { name vehicles(first: $first, after: $after, filter: $filter, orderBy: $order) {
        nodes { number status } pageInfo { hasNextPage endCursor } totalCount } } } }";
const NAME_MANAGER: &str = "mutation ($input: CreateHubManagerInput!) {
    createHubManager(input: $input) { id shortId name mobile city status fleet { name } hub { id } } }";

fn input() -> Value {
    json!({ "name": "Greenwich", "hubType": "YARD", "address": "On the line", "location": { "lat": 0.0, "lng": 0.0 } })
}

fn with(mut input: Value, field: &str, value: Value) -> Value {
    input[field] = value;
    input
}

#[tokio::test]
async fn a_hub_keeps_its_name_and_circle_and_zero_is_a_coordinate() {
    let world = World::new().await;
    scene::set(&world).await;
    let data = world.ok(&manager(FLEET_A), CREATE, json!({ "input": input() })).await;
    let hub = &data["createHub"];
    assert_eq!((&hub["name"], &hub["fleetId"]), (&json!("Greenwich"), &json!(id(FLEET_A))));
    assert_eq!(
        (&hub["location"], &hub["geofenceRadiusM"]),
        (&json!({ "lat": 0.0, "lng": 0.0 }), &json!(500))
    );
    assert_eq!(hub["shortId"], "HUB20260127001");
    let event = &world.recorded("hub.upserted").await[0];
    assert_eq!((&event["name"], &event["geofenceRadiusM"]), (&json!("Greenwich"), &json!(500)));
    let wider = json!({ "input": { "id": hub["id"], "geofenceRadiusM": 750, "hubType": "OFFICE" } });
    let data = world.ok(&manager(FLEET_A), UPDATE, wider).await;
    assert_eq!(
        (&data["updateHub"]["geofenceRadiusM"], &data["updateHub"]["version"]),
        (&json!(750), &json!(2))
    );
    assert_eq!(world.recorded("hub.upserted").await.len(), 2);
}

#[tokio::test]
async fn wrong_input_is_refused_with_the_name_of_the_field() {
    let world = World::new().await;
    scene::set(&world).await;
    for (field, value, named) in [
        ("name", json!(""), "name"),
        ("address", json!(" "), "address"),
        ("location", json!({ "lat": 91.0, "lng": 0.0 }), "location.lat"),
        ("location", json!({ "lat": 0.0, "lng": -181.0 }), "location.lng"),
        ("geofenceRadiusM", json!(75), "geofenceRadiusM"),
        ("geofenceRadiusM", json!(2050), "geofenceRadiusM"),
    ] {
        let variables = json!({ "input": with(input(), field, value) });
        assert_eq!(
            world.refused(&manager(FLEET_A), CREATE, variables).await,
            ("VALIDATION".into(), named.into())
        );
    }
    let twice = json!({ "input": with(input(), "name", json!("igi t3")) });
    assert_eq!(
        world.refused(&manager(FLEET_A), CREATE, twice.clone()).await,
        ("CONFLICT".into(), "name".into())
    );
    world.ok(&manager(FLEET_B), CREATE, twice).await;
}

#[tokio::test]
async fn a_hub_has_one_manager_and_a_manager_one_hub_of_the_same_fleet() {
    let world = World::new().await;
    scene::set(&world).await;
    let assign = |hub: u128, manager: Option<u128>| json!({ "hub": id(hub), "manager": manager.map(id) });
    let data = world.ok(&manager(FLEET_A), ASSIGN, assign(HUB_A1, Some(HUB_MANAGER_A))).await;
    assert_eq!(data["assignHubManager"]["hubManager"]["hub"]["id"], id(HUB_A1));
    assert_eq!(data["assignHubManager"]["version"], 2);
    let second = world.refused(&manager(FLEET_A), ASSIGN, assign(HUB_A2, Some(HUB_MANAGER_A))).await;
    assert_eq!(second, ("CONFLICT".into(), "hubManagerId".into()));
    let stranger = world.refused(&manager(FLEET_A), ASSIGN, assign(HUB_A2, Some(HUB_MANAGER_B))).await;
    assert_eq!(stranger, ("VALIDATION".into(), "hubManagerId".into()));
    // Even a super admin, who sees both fleets, cannot mix them: the composite key of the table refuses.
    let mixed = world.refused(&super_admin(), ASSIGN, assign(HUB_A2, Some(HUB_MANAGER_B))).await;
    assert_eq!(mixed, ("VALIDATION".into(), "hubManagerId".into()));
    let data = world.ok(&manager(FLEET_A), ASSIGN, assign(HUB_A1, None)).await;
    assert_eq!(data["assignHubManager"]["hubManager"], Value::Null);
    world.ok(&manager(FLEET_A), ASSIGN, assign(HUB_A2, Some(HUB_MANAGER_A))).await;
}

#[tokio::test]
async fn a_hub_manager_works_where_the_fleet_is_unless_told_otherwise() {
    let world = World::new().await;
    scene::set(&world).await;
    let input = json!({ "name": "Hari Menon", "mobile": "98300 00001" });
    let data = world.ok(&fleet_admin(FLEET_B), NAME_MANAGER, json!({ "input": input })).await;
    let manager = &data["createHubManager"];
    assert_eq!((&manager["city"], &manager["fleet"]["name"]), (&json!("NOIDA"), &json!("Beta Cabs")));
    assert_eq!((&manager["status"], &manager["hub"]), (&json!("ACTIVE"), &Value::Null));
    let twice = world.refused(&fleet_admin(FLEET_A), NAME_MANAGER, json!({ "input": input })).await;
    assert_eq!(twice, ("CONFLICT".into(), "mobile".into()));
}

#[tokio::test]
async fn a_hub_managers_entry_is_changed_field_by_field_and_once_per_key() {
    let world = World::new().await;
    scene::set(&world).await;
    let input = json!({ "id": id(HUB_MANAGER_A), "name": " Hari  K Menon ", "mobile": "98300 00009", "city": "gurugram",
        "profilePicture": "https://files.example/h.jpg", "remarks": "nights", "userId": id(0x77), "expectedVersion": 1,
        "idempotencyKey": "k1" });
    for _ in 0..2 {
        let data = world.ok(&manager(FLEET_A), CHANGE_MANAGER, json!({ "input": input })).await;
        let changed = &data["updateHubManager"];
        assert_eq!((&changed["name"], &changed["mobile"]), (&json!("Hari K Menon"), &json!("+919830000009")));
        assert_eq!((&changed["city"], &changed["remarks"]), (&json!("GURGAON"), &json!("nights")));
        assert_eq!((&changed["user"]["id"], &changed["version"]), (&json!(id(0x77)), &json!(2)));
        assert_eq!((&changed["updatedBy"]["id"], &changed["createdBy"]), (&json!(id(0x12)), &Value::Null));
    }
    for (field, value, code, named) in [
        ("name", json!(""), "VALIDATION", "name"),
        ("mobile", json!("12"), "VALIDATION", "mobile"),
        ("mobile", json!("+919820003852"), "CONFLICT", "mobile"),
        ("userId", json!("x"), "VALIDATION", "userId"),
        ("expectedVersion", json!(1), "STALE_VERSION", ""),
    ] {
        let input = with(json!({ "id": id(HUB_MANAGER_A) }), field, value);
        let refused = world.refused(&manager(FLEET_A), CHANGE_MANAGER, json!({ "input": input })).await;
        assert_eq!(refused, (code.into(), named.into()), "{field}");
    }
}

#[tokio::test]
async fn an_office_at_a_hub_goes_with_an_active_account_of_the_same_fleet_only() {
    let world = World::new().await;
    scene::set(&world).await;
    for user in [USER_B, USER_A_OFF, 0x7A] {
        let new = json!({ "name": "Hari Menon", "mobile": "98300 00001", "userId": id(user) });
        let refused = world.refused(&manager(FLEET_A), NAME_MANAGER, json!({ "input": new })).await;
        assert_eq!(refused, ("VALIDATION".into(), "userId".into()), "{user:x}");
        let change = json!({ "id": id(HUB_MANAGER_A), "userId": id(user) });
        let refused = world.refused(&manager(FLEET_A), CHANGE_MANAGER, json!({ "input": change })).await;
        assert_eq!(refused, ("VALIDATION".into(), "userId".into()), "{user:x}");
    }
    let elsewhere = json!({ "input": { "id": id(HUB_MANAGER_B), "userId": id(USER_A) } });
    assert_eq!(world.refused(&manager(FLEET_A), CHANGE_MANAGER, elsewhere).await.0, "NOT_FOUND");
    let change = async |user: Value| {
        let input = json!({ "id": id(HUB_MANAGER_A), "userId": user, "remarks": null });
        world.ok(&manager(FLEET_A), CHANGE_MANAGER, json!({ "input": input })).await["updateHubManager"]["user"].clone()
    };
    assert_eq!(change(json!(id(USER_A))).await["id"], id(USER_A));
    assert_eq!(change(Value::Null).await, Value::Null, "null takes the account away");
}

#[tokio::test]
async fn a_hub_manager_who_leaves_leaves_the_hub_too() {
    let world = World::new().await;
    scene::set(&world).await;
    let assign = json!({ "hub": id(HUB_A1), "manager": id(HUB_MANAGER_A) });
    world.ok(&manager(FLEET_A), ASSIGN, assign.clone()).await;
    let input = json!({ "input": { "id": id(HUB_MANAGER_A), "idempotencyKey": "k" } });
    for _ in 0..2 {
        let data = world.ok(&fleet_admin(FLEET_A), LET_GO, input.clone()).await;
        let gone = &data["deactivateHubManager"];
        assert_eq!(
            (&gone["status"], &gone["hub"], &gone["version"]),
            (&json!("INACTIVE"), &Value::Null, &json!(2))
        );
    }
    let again = json!({ "input": { "id": id(HUB_MANAGER_A) } });
    let data = world.ok(&fleet_admin(FLEET_A), LET_GO, again).await;
    assert_eq!(data["deactivateHubManager"]["version"], 2, "who has left already stays as they are");
    assert_eq!(world.recorded("hub.upserted").await.len(), 2, "assigned and released");
    let refused = world.refused(&manager(FLEET_A), ASSIGN, assign).await;
    assert_eq!(refused, ("VALIDATION".into(), "hubManagerId".into()));
}

#[tokio::test]
async fn the_vehicles_of_all_hubs_come_with_one_statement_and_go_on_page_by_page() {
    let world = World::new().await;
    scene::set(&world).await;
    let more = (0..3).map(|n| scene::vehicle(0xCC0 + n, Some(FLEET_A), Some(HUB_A1))).collect();
    scene::put(&world, &fleet::demo::DemoWorld { vehicles: more, ..Default::default() }).await;
    let admin = super_admin();
    let ask = |variables: Value| world.ok(&admin, VEHICLES, variables);
    ask(json!({ "first": 1 })).await;
    let statements = Statements::counting();
    let data = ask(json!({ "first": 2, "order": "NAME" })).await;
    assert_eq!(statements.take(), 3, "the hubs, their vehicles, the counts");
    let hubs = data["hubs"]["nodes"].as_array().unwrap();
    assert_eq!(hubs.len(), 3);
    let at_t3 = hubs.iter().find(|hub| hub["name"] == "IGI T3").unwrap()["vehicles"].clone();
    assert_eq!(at_t3["nodes"].as_array().unwrap().len(), 2);
    assert_eq!(at_t3["nodes"][0]["number"], "DL01AB3233");
    assert_eq!((&at_t3["totalCount"], &at_t3["pageInfo"]["hasNextPage"]), (&json!(4), &json!(true)));
    let rest = json!({ "first": 9, "order": "NAME", "after": at_t3["pageInfo"]["endCursor"] });
    let data = world.ok(&manager(FLEET_A), VEHICLES, rest).await;
    let at_t3 = data["hubs"]["nodes"].as_array().unwrap().iter().find(|hub| hub["name"] == "IGI T3").unwrap();
    assert_eq!(at_t3["vehicles"]["nodes"].as_array().unwrap().len(), 2, "the other two");
    let status = "mutation ($id: ID!) { setVehicleStatus(input: { id: $id, status: MAINTENANCE }) { id } }";
    world.ok(&super_admin(), status, json!({ "id": id(CAR_A1) })).await;
    let data = ask(json!({ "filter": { "status": "MAINTENANCE" } })).await;
    let counts: Vec<&Value> =
        data["hubs"]["nodes"].as_array().unwrap().iter().map(|hub| &hub["vehicles"]["totalCount"]).collect();
    assert_eq!(counts.iter().filter(|count| **count == &json!(1)).count(), 1, "{data}");
    // A driver sees the vehicles of their shifts at their hub, no others.
    let own = world.ok(&driver(FLEET_A, HUB_A1, DRIVER_A), VEHICLES, json!({ "first": 9 })).await;
    assert_eq!(own["hubs"]["nodes"][0]["vehicles"]["nodes"].as_array().unwrap().len(), 1);
}
