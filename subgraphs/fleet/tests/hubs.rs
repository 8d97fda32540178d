//! Hubs: opened with a geofence, changed, put under one manager each.

use serde_json::{Value, json};

use crate::support::people::*;
use crate::support::scene::{HUB_MANAGER_A, HUB_MANAGER_B};
use crate::support::{World, scene};

const CREATE: &str = "mutation ($input: CreateHubInput!) { createHub(input: $input) {
    id shortId name hubType address location { lat lng } geofenceRadiusM fleetId version } }";
const UPDATE: &str = "mutation ($input: UpdateHubInput!) { updateHub(input: $input) {
    name hubType location { lat lng } geofenceRadiusM version } }";
const ASSIGN: &str = "mutation ($hub: ID!, $manager: ID) {
    assignHubManager(input: { hubId: $hub, hubManagerId: $manager }) { hubManager { id name hub { id } } version } }";
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
