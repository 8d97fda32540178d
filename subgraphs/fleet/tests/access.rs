//! The access matrix of fleet: every operation × every role × own and other fleet and hub. A new operation without a row
//! fails here.

use std::collections::BTreeSet;

use kit::Caller;
use serde_json::{Value, json};

use crate::support::people::*;
use crate::support::scene::{CAR_A1, HUB_MANAGER_A, MANAGER_A};
use crate::support::{World, scene};
use crate::watch::Watcher;

/// The columns. Targets are of fleet A and hub A1; the driver of fleet A drives the target vehicle.
fn columns() -> [(&'static str, Caller); 11] {
    [
        ("super admin", super_admin()),
        ("fleet admin A", fleet_admin(FLEET_A)),
        ("manager A", manager(FLEET_A)),
        ("operations A1", operations(FLEET_A, &[HUB_A1])),
        ("operations A2", operations(FLEET_A, &[HUB_A2])),
        ("driver A", driver(FLEET_A, HUB_A1, DRIVER_A)),
        ("fleet admin B", fleet_admin(FLEET_B)),
        ("manager B", manager(FLEET_B)),
        ("operations B1", operations(FLEET_B, &[HUB_B1])),
        ("driver B", driver(FLEET_B, HUB_B1, DRIVER_B)),
        ("nobody", Caller::Anonymous),
    ]
}

/// One operation and what each column gets: A the answer with the target in it, 0 an answer without, F FORBIDDEN,
/// N NOT_FOUND, U UNAUTHENTICATED.
struct Row {
    operation: &'static str,
    document: String,
    variables: fn(usize) -> Value,
    /// What the answer contains when the target is in it.
    target: String,
    expected: &'static str,
}

fn query(operation: &'static str, document: &str, target: u128, expected: &'static str) -> Row {
    Row { operation, document: document.to_owned(), variables: |_| json!({}), target: id(target), expected }
}

fn by_id(operation: &'static str, target: u128, expected: &'static str) -> Row {
    query(operation, &format!("{{ {operation}(id: \"{}\") {{ id }} }}", id(target)), target, expected)
}

fn list(operation: &'static str, target: u128, expected: &'static str) -> Row {
    query(operation, &format!("{{ {operation}(first: 100) {{ nodes {{ id }} }} }}"), target, expected)
}

fn write(
    operation: &'static str,
    kind: &str,
    variables: fn(usize) -> Value,
    target: Option<u128>,
    expected: &'static str,
) -> Row {
    let document = format!("mutation ($input: {kind}!) {{ {operation}(input: $input) {{ id }} }}");
    let target = target.map_or("\"id\":\"".to_owned(), id);
    Row { operation, document, variables, target, expected }
}

fn mobile(number: usize) -> String {
    format!("98400{number:05}")
}

fn fleet_input(number: usize) -> Value {
    json!({ "name": "New", "mobile": mobile(number), "city": "Delhi", "fleetType": "COMPANY", "panNumber": "ABCDE1234F" })
}

fn manager_input(number: usize) -> Value {
    json!({ "name": "New", "mobile": mobile(number), "fleetId": id(FLEET_A), "withLogin": false })
}

fn hub_manager_input(number: usize) -> Value {
    json!({ "name": "New", "mobile": mobile(number), "fleetId": id(FLEET_A) })
}

fn hub_input(number: usize) -> Value {
    json!({ "name": format!("Hub {number}"), "hubType": "YARD", "address": "x", "fleetId": id(FLEET_A),
        "location": { "lat": 28.5, "lng": 77.1 } })
}

fn vehicle_input(number: usize) -> Value {
    json!({ "number": format!("DL05CD{number:04}"), "name": "Tata", "model": "Tigor", "ownership": "OWNED",
        "fuelType": "CNG", "fleetId": id(FLEET_A), "hubId": id(HUB_A1) })
}

fn reads() -> Vec<Row> {
    let expiring = "{ expiringDocuments(withinDays: 3650) { nodes { vehicle { id } } } }";
    let number = "{ vehicleByNumber(number: \"DL01AB3233\") { id } }";
    // SA FA MG OP1 OP2 DR | FA MG OP DR of the other fleet | nobody
    vec![
        by_id("fleet", FLEET_A, "AAAAAA0000U"),
        list("fleets", FLEET_A, "AAAAAF000FU"),
        by_id("hub", HUB_A1, "AAAA0A0000U"),
        list("hubs", HUB_A1, "AAAA0A0000U"),
        list("fleetManagers", MANAGER_A, "AAAFFF00FFU"),
        list("hubManagers", HUB_MANAGER_A, "AAAFFF00FFU"),
        by_id("vehicle", CAR_A1, "AAAA0A0000U"),
        query("vehicleByNumber", number, CAR_A1, "AAAA0A0000U"),
        list("vehicles", CAR_A1, "AAAA0A0000U"),
        query("expiringDocuments", expiring, CAR_A1, "AAAA0F000FU"),
        query("fleetStuckSagas", "{ fleetStuckSagas { subjectId } }", FLEET_A, "0FFFFFFFFFU"),
    ]
}

fn writes_of_fleets() -> Vec<Row> {
    vec![
        write("createFleet", "CreateFleetInput", |n| json!({ "input": fleet_input(n) }), None, "AFFFFFFFFFU"),
        write(
            "updateFleet",
            "UpdateFleetInput",
            |_| json!({ "input": { "id": id(FLEET_A), "city": "Delhi" } }),
            Some(FLEET_A),
            "AFFFFFFFFFU",
        ),
        write(
            "requestFleetAdmin",
            "RequestFleetAdminInput",
            |n| json!({ "input": { "id": id(0xC0), "name": "New", "phone": mobile(n) } }),
            None,
            "AFFFFFFFFFU",
        ),
        write(
            "deactivateFleet",
            "FleetStateInput",
            |_| json!({ "input": { "id": id(0xC0) } }),
            Some(0xC0),
            "AFFFFFFFFFU",
        ),
        write(
            "activateFleet",
            "FleetStateInput",
            |_| json!({ "input": { "id": id(0xC0) } }),
            Some(0xC0),
            "AFFFFFFFFFU",
        ),
    ]
}

fn writes_of_hubs_and_managers() -> Vec<Row> {
    vec![
        write(
            "createFleetManager",
            "CreateFleetManagerInput",
            |n| json!({ "input": manager_input(n) }),
            None,
            "AAAFFFFFFFU",
        ),
        write(
            "deactivateFleetManager",
            "DeactivateFleetManagerInput",
            |_| json!({ "input": { "id": id(MANAGER_A) } }),
            Some(MANAGER_A),
            "AAAFFFNNFFU",
        ),
        write("createHub", "CreateHubInput", |n| json!({ "input": hub_input(n) }), None, "AAAFFFFFFFU"),
        write(
            "updateHub",
            "UpdateHubInput",
            |_| json!({ "input": { "id": id(HUB_A1), "address": "y" } }),
            Some(HUB_A1),
            "AAAFFFNNFFU",
        ),
        write(
            "createHubManager",
            "CreateHubManagerInput",
            |n| json!({ "input": hub_manager_input(n) }),
            None,
            "AAAFFFFFFFU",
        ),
        write(
            "updateHubManager",
            "UpdateHubManagerInput",
            |_| json!({ "input": { "id": id(HUB_MANAGER_A), "remarks": "x" } }),
            Some(HUB_MANAGER_A),
            "AAAFFFNNFFU",
        ),
        write(
            "deactivateHubManager",
            "DeactivateHubManagerInput",
            |_| json!({ "input": { "id": id(scene::HUB_MANAGER_GONE) } }),
            Some(scene::HUB_MANAGER_GONE),
            "AAAFFFNNFFU",
        ),
        write(
            "assignHubManager",
            "AssignHubManagerInput",
            |_| json!({ "input": { "hubId": id(HUB_A1), "hubManagerId": id(HUB_MANAGER_A) } }),
            Some(HUB_A1),
            "AAAFFFNNFFU",
        ),
    ]
}

fn writes_of_vehicles() -> Vec<Row> {
    let vehicle = Some(CAR_A1);
    vec![
        write(
            "createVehicle",
            "CreateVehicleInput",
            |n| json!({ "input": vehicle_input(n) }),
            None,
            "AAAAFFFFFFU",
        ),
        write(
            "updateVehicle",
            "UpdateVehicleInput",
            |_| json!({ "input": { "id": id(CAR_A1), "color": "Red" } }),
            vehicle,
            "AAAANFNNNFU",
        ),
        write(
            "updateVehicleDocuments",
            "UpdateVehicleDocumentsInput",
            |_| json!({ "input": { "id": id(CAR_A1), "documents": { "permitExpiry": "2030-05-01" } } }),
            vehicle,
            "AAAANFNNNFU",
        ),
        write(
            "setVehicleStatus",
            "SetVehicleStatusInput",
            |_| json!({ "input": { "id": id(CAR_A1), "status": "ACTIVE" } }),
            vehicle,
            "AAAANFNNNFU",
        ),
        write(
            "moveVehicleToHub",
            "MoveVehicleToHubInput",
            |_| json!({ "input": { "vehicleId": id(CAR_A1), "hubId": id(HUB_A1) } }),
            vehicle,
            "AAAAFFNNFFU",
        ),
    ]
}

fn rows() -> Vec<Row> {
    let writes = [writes_of_fleets(), writes_of_hubs_and_managers(), writes_of_vehicles()];
    reads().into_iter().chain(writes.into_iter().flatten()).collect()
}

/// The subscription, whose first result counts: A the target's status, 0 nothing, else as above.
const WATCHED: (&str, &str) = ("vehicleStatusChanged", "AAAA0F000FU");

fn outcome(operation: &str, target: &str, answer: &Value) -> char {
    if let Some(error) = answer["errors"].get(0) {
        return match error["extensions"]["code"].as_str() {
            Some("FORBIDDEN") => 'F',
            Some("NOT_FOUND") => 'N',
            Some("UNAUTHENTICATED") => 'U',
            _ => '!',
        };
    }
    if answer["data"][operation].to_string().contains(target) { 'A' } else { '0' }
}

#[tokio::test]
async fn every_role_gets_what_the_matrix_says() {
    let world = World::new().await;
    scene::set(&world).await;
    let closed =
        fleet::demo::DemoWorld { fleets: vec![scene::fleet(0xC0, "Gamma", "DELHI")], ..Default::default() };
    scene::put(&world, &closed).await;
    let (mut number, mut wrong) = (0, Vec::new());
    for row in rows() {
        let (mut found, mut detail) = (String::new(), String::new());
        for (column, caller) in columns() {
            number += 1;
            let answer = world.ask(&caller, &row.document, (row.variables)(number)).await;
            let got = outcome(row.operation, &row.target, &answer);
            if row.expected.chars().nth(found.chars().count()) != Some(got) {
                detail.push_str(&format!("\n  {column}: {answer}"));
            }
            found.push(got);
        }
        if found != row.expected {
            wrong.push(format!("{}: expected {} found {found}{detail}", row.operation, row.expected));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn every_role_watches_what_the_matrix_says() {
    let mut world = World::new().await;
    // The target is the only vehicle of fleet A, so that the first result is about it or about nothing.
    scene::with_one_car(&world).await;
    world.start();
    let (operation, expected) = WATCHED;
    let answers = columns().into_iter().zip(expected.chars()).map(|((_, caller), expected)| {
        let world = &world;
        async move {
            let mut watcher = Watcher::new(world, &caller, FLEET_A, Value::Null).await;
            // What is not silence must come.
            let answer = if expected == '0' { watcher.soon().await } else { watcher.next().await };
            answer.map_or('0', |answer| outcome(operation, "DL01AB3233", &answer))
        }
    });
    let found: String = futures_util::future::join_all(answers).await.into_iter().collect();
    assert_eq!(found, expected);
}

#[tokio::test]
async fn every_operation_has_a_row() {
    let world = World::new().await;
    let query = "{ __schema { queryType { fields { name } } mutationType { fields { name } } subscriptionType { fields { name } } } }";
    let answer = world.ok(&service(), query, json!({})).await;
    let names = |kind: &str| {
        let fields = answer["__schema"][kind]["fields"].as_array().unwrap().clone();
        fields.into_iter().map(|field| field["name"].as_str().unwrap().to_owned())
    };
    let operations: BTreeSet<String> = names("queryType")
        .chain(names("mutationType"))
        .chain(names("subscriptionType"))
        .filter(|name| !name.starts_with('_'))
        .collect();
    let covered: BTreeSet<String> =
        rows().iter().map(|row| row.operation).chain([WATCHED.0]).map(str::to_owned).collect();
    assert_eq!(operations, covered);
}
