//! What every mutation has in common: a key that makes it happen once, and the person who did it.

use std::collections::BTreeSet;

use kit::Caller;
use serde_json::{Value, json};

use crate::support::people::*;
use crate::support::scene::{CAR_A1, HUB_MANAGER_A, HUB_MANAGER_GONE, MANAGER_A};
use crate::support::{World, scene};

/// A mutation, an input of it, and the field of the input with another value.
type Row = (&'static str, Value, (&'static str, Value));

fn rows_of_fleets() -> Vec<Row> {
    let fleet = json!({ "name": "Gamma", "mobile": "98400 00001", "city": "Delhi", "fleetType": "COMPANY",
        "panNumber": "ABCDE1234F" });
    let admin = json!({ "id": id(FLEET_A), "name": "Arjun Mehta", "phone": "98400 00002" });
    let state = json!({ "id": id(FLEET_B) });
    vec![
        ("createFleet", fleet, ("name", json!("Delta"))),
        ("updateFleet", json!({ "id": id(FLEET_A), "city": "Agra" }), ("city", json!("Noida"))),
        ("requestFleetAdmin", admin, ("name", json!("Arjun Rao"))),
        ("deactivateFleet", state.clone(), ("id", json!(id(FLEET_A)))),
        ("activateFleet", state, ("id", json!(id(FLEET_A)))),
    ]
}

fn rows_of_people() -> Vec<Row> {
    let named =
        json!({ "fleetId": id(FLEET_A), "name": "Nisha Jain", "mobile": "98300 00001", "withLogin": false });
    let in_charge = json!({ "fleetId": id(FLEET_A), "name": "Hari Menon", "mobile": "98300 00002" });
    let other = json!(id(HUB_MANAGER_A));
    vec![
        ("createFleetManager", named, ("name", json!("Nisha Rao"))),
        ("deactivateFleetManager", json!({ "id": id(MANAGER_A) }), ("id", json!(id(0x9999)))),
        ("createHubManager", in_charge, ("name", json!("Hari Rao"))),
        ("updateHubManager", json!({ "id": id(HUB_MANAGER_A), "remarks": "a" }), ("remarks", json!("b"))),
        ("deactivateHubManager", json!({ "id": id(HUB_MANAGER_GONE) }), ("id", other)),
    ]
}

fn rows_of_places_and_vehicles() -> Vec<Row> {
    let hub = json!({ "fleetId": id(FLEET_A), "name": "Yard 9", "hubType": "YARD", "address": "x",
        "location": { "lat": 28.5, "lng": 77.1 } });
    let vehicle = json!({ "number": "DL05CD0001", "name": "Tata", "model": "Tigor", "ownership": "OWNED",
        "fuelType": "CNG", "fleetId": id(FLEET_A) });
    let papers = json!({ "id": id(CAR_A1), "documents": { "permitExpiry": "2031-05-01" } });
    let assign = json!({ "hubId": id(HUB_A1), "hubManagerId": id(HUB_MANAGER_A) });
    let no_manager = ("hubManagerId", Value::Null);
    let other_papers = ("documents", json!({ "permitExpiry": "2032-05-01" }));
    vec![
        ("createHub", hub, ("address", json!("y"))),
        ("updateHub", json!({ "id": id(HUB_A1), "address": "y" }), ("address", json!("z"))),
        ("assignHubManager", assign, no_manager),
        ("createVehicle", vehicle, ("color", json!("Red"))),
        ("updateVehicle", json!({ "id": id(CAR_A1), "color": "Red" }), ("color", json!("Blue"))),
        ("updateVehicleDocuments", papers, other_papers),
        (
            "setVehicleStatus",
            json!({ "id": id(CAR_A1), "status": "MAINTENANCE" }),
            ("status", json!("INACTIVE")),
        ),
        ("moveVehicleToHub", json!({ "vehicleId": id(CAR_A1), "hubId": id(HUB_A2) }), ("hubId", Value::Null)),
    ]
}

fn rows() -> Vec<Row> {
    rows_of_fleets().into_iter().chain(rows_of_people()).chain(rows_of_places_and_vehicles()).collect()
}

fn document(mutation: &str) -> String {
    let input = match mutation {
        "deactivateFleet" | "activateFleet" => "FleetStateInput".to_owned(),
        other => format!("{}{}Input", other[..1].to_uppercase(), &other[1..]),
    };
    format!(
        "mutation ($input: {input}!) {{ {mutation}(input: $input) {{
            id version createdBy {{ id }} updatedBy {{ id }} updatedAt }} }}"
    )
}

#[tokio::test]
async fn the_same_key_changes_once_whatever_the_operation() {
    let world = World::new().await;
    scene::set(&world).await;
    let admin: Caller = super_admin();
    for (mutation, mut input, (field, other)) in rows() {
        // Time goes on, so that a second change would be seen.
        world.clock.advance(chrono::Duration::minutes(1));
        input["idempotencyKey"] = json!("tapped twice");
        let text = document(mutation);
        let first = world.ok(&admin, &text, json!({ "input": input })).await;
        let events = world.count("SELECT count(*) FROM outbox").await;
        world.clock.advance(chrono::Duration::minutes(1));
        let second = world.ok(&admin, &text, json!({ "input": input })).await;
        assert_eq!(first, second, "{mutation}");
        assert_eq!(world.count("SELECT count(*) FROM outbox").await, events, "{mutation} is told once");
        input[field] = other;
        let refused = world.refused(&admin, &text, json!({ "input": input })).await;
        assert_eq!(refused.0, "CONFLICT", "{mutation}: the key belongs to another input");
        let nobody_elses = world.ask(&fleet_admin(FLEET_B), &text, json!({ "input": input })).await;
        let code = &nobody_elses["errors"][0]["extensions"]["code"];
        assert!(
            code == "FORBIDDEN" || code == "NOT_FOUND",
            "{mutation}: a key opens nothing: {nobody_elses}"
        );
    }
}

#[tokio::test]
async fn every_change_says_who_made_it_and_when() {
    let world = World::new().await;
    scene::set(&world).await;
    for (mutation, input, _) in rows() {
        world.clock.advance(chrono::Duration::minutes(1));
        let answer = world.ok(&super_admin(), &document(mutation), json!({ "input": input })).await;
        let row = &answer[mutation];
        assert_eq!(row["updatedBy"]["id"], id(0x10), "{mutation}");
        let at: chrono::DateTime<chrono::Utc> = row["updatedAt"].as_str().unwrap().parse().unwrap();
        assert_eq!(at, world.clock.now(), "{mutation}");
        if mutation.starts_with("create") {
            assert_eq!(row["createdBy"]["id"], id(0x10), "{mutation}");
        }
    }
}

#[tokio::test]
async fn every_mutation_has_a_row() {
    let world = World::new().await;
    let query = "{ __schema { mutationType { fields { name } } } }";
    let answer = world.ok(&service(), query, json!({})).await;
    let fields = answer["__schema"]["mutationType"]["fields"].as_array().unwrap().clone();
    let all: BTreeSet<String> =
        fields.iter().map(|field| field["name"].as_str().unwrap().to_owned()).collect();
    let covered: BTreeSet<String> = rows().into_iter().map(|(mutation, ..)| mutation.to_owned()).collect();
    assert_eq!(all, covered);
}
