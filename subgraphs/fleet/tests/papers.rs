//! Papers: health by the day in India, in the code and in the database alike; what runs out soon; the daily warning.

use fleet::vehicle::document::DocumentHealth;
use fleet::vehicle::{Papers, document::Today};
use kit::scheduler::Tick;
use serde_json::{Value, json};

use crate::support::people::*;
use crate::support::scene::{CAR_A1, CAR_A2, CAR_B1};
use crate::support::{World, scene};

const RENEW: &str = "mutation ($id: ID!, $documents: VehicleDocumentsInput!) {
    updateVehicleDocuments(input: { id: $id, documents: $documents }) {
        documentHealth docsValidUntil documents { kind images expiresOn daysLeft health } } }";
const EXPIRING: &str = "query ($fleet: ID, $days: Int, $first: Int, $after: String) {
    expiringDocuments(fleetId: $fleet, withinDays: $days, first: $first, after: $after) {
        nodes { vehicle { id number } kind expiresOn daysLeft health } totalCount pageInfo { hasNextPage endCursor } } }";

async fn renew(world: &World, car: u128, documents: Value) -> Value {
    let variables = json!({ "id": id(car), "documents": documents });
    world.ok(&super_admin(), RENEW, variables).await["updateVehicleDocuments"].clone()
}

#[tokio::test]
async fn the_worst_paper_of_today_speaks_for_the_vehicle() {
    let world = World::new().await;
    scene::set(&world).await;
    let vehicle = renew(
        &world,
        CAR_A1,
        json!({ "insuranceExpiry": "2026-02-26", "insuranceImage": "https://files.example/i.pdf" }),
    )
    .await;
    assert_eq!(
        (&vehicle["documentHealth"], &vehicle["docsValidUntil"]),
        (&json!("EXPIRING"), &json!("2026-02-26"))
    );
    let insurance = json!({ "kind": "INSURANCE", "images": ["https://files.example/i.pdf"], "expiresOn": "2026-02-26", "daysLeft": 30,
        "health": "EXPIRING" });
    assert_eq!(vehicle["documents"][3], insurance);
    assert_eq!(vehicle["documents"][0]["kind"], "RC");
    // 18:30 UTC is midnight in India: the day after its last good day has begun.
    let health = "query ($id: ID!) { vehicle(id: $id) { documentHealth } }";
    world.clock.advance(chrono::Duration::days(30) + chrono::Duration::minutes(12 * 60 + 29));
    let data = world.ok(&super_admin(), health, json!({ "id": id(CAR_A1) })).await;
    assert_eq!(data["vehicle"]["documentHealth"], "EXPIRING");
    world.clock.advance(chrono::Duration::minutes(1));
    let data = world.ok(&super_admin(), health, json!({ "id": id(CAR_A1) })).await;
    assert_eq!(data["vehicle"]["documentHealth"], "EXPIRED");
}

#[tokio::test]
async fn what_is_left_out_stays_null_takes_away_and_nonsense_is_named() {
    let world = World::new().await;
    scene::set(&world).await;
    let start = "mutation ($id: ID!, $documents: VehicleDocumentsInput!) {
        updateVehicleDocuments(input: { id: $id, documents: $documents }) { version documents { kind images startsOn expiresOn } } }";
    let insured = json!({ "insuranceStart": "2025-06-01", "insuranceImage": "https://files.example/i.pdf" });
    let papers = async |documents: Value| {
        let variables = json!({ "id": id(CAR_A1), "documents": documents });
        world.ok(&super_admin(), start, variables).await["updateVehicleDocuments"]["documents"][3].clone()
    };
    let mut expected = json!({ "kind": "INSURANCE", "images": ["https://files.example/i.pdf"],
        "startsOn": "2025-06-01", "expiresOn": "2030-01-01" });
    assert_eq!(papers(insured).await, expected);
    assert_eq!(papers(json!({ "permitExpiry": "2031-01-01" })).await, expected, "left out stays");
    (expected["images"], expected["startsOn"]) = (json!([]), Value::Null);
    assert_eq!(papers(json!({ "insuranceStart": null, "insuranceImage": null })).await, expected);
    for (field, value) in [
        ("permitExpiry", json!("-200000-01-01")),
        ("fitnessExpiry", json!("2200-01-01")),
        ("insuranceStart", json!("1900-01-01")),
        ("rcFrontImage", json!("javascript:alert(1)")),
        ("rcBackImage", json!("https://files.example/a\0b")),
    ] {
        let variables = json!({ "id": id(CAR_A1), "documents": { field: value } });
        let refused = world.refused(&super_admin(), RENEW, variables).await;
        assert_eq!(refused, ("VALIDATION".into(), format!("documents.{field}")));
    }
}

#[tokio::test]
async fn the_database_and_the_code_agree_on_every_combination() {
    let world = World::new().await;
    let day = |text: &str| Some(text.parse().unwrap());
    let dates = [None, day("2026-01-26"), day("2026-01-27"), day("2026-02-26"), day("2026-02-27")];
    let today = Today { date: day("2026-01-27").unwrap(), warning_days: 30 };
    let mut demo = fleet::demo::DemoWorld::default();
    let mut expected = std::collections::BTreeMap::<DocumentHealth, usize>::new();
    let mut number = 1;
    for permit in dates {
        for fitness in dates {
            for insurance in dates {
                for rc in [None, Some("rc.jpg".to_owned())] {
                    let vehicle = fleet::demo::DemoVehicle {
                        permit_expiry: permit,
                        fitness_expiry: fitness,
                        insurance_expiry: insurance,
                        rc_back_image: rc,
                        ..scene::vehicle(number, None, None)
                    };
                    number += 1;
                    *expected.entry(papers(&vehicle).health(today)).or_default() += 1;
                    demo.vehicles.push(vehicle);
                }
            }
        }
    }
    scene::put(&world, &demo).await;
    let query = "query ($health: DocumentHealth!) { vehicles(filter: { documentHealth: $health }) { totalCount nodes { documentHealth } } }";
    for (health, count) in expected {
        let data = world.ok(&super_admin(), query, json!({ "health": health })).await;
        assert_eq!(data["vehicles"]["totalCount"], count, "{health:?}");
        let nodes = data["vehicles"]["nodes"].as_array().unwrap().clone();
        assert!(nodes.iter().all(|node| node["documentHealth"] == json!(health)));
    }
}

fn papers(vehicle: &fleet::demo::DemoVehicle) -> Papers {
    Papers {
        rc_front_image: vehicle.rc_front_image.clone(),
        rc_back_image: vehicle.rc_back_image.clone(),
        permit_expiry: vehicle.permit_expiry,
        fitness_expiry: vehicle.fitness_expiry,
        insurance_expiry: vehicle.insurance_expiry,
        ..Papers::default()
    }
}

async fn soon(world: &World) {
    scene::set(world).await;
    renew(world, CAR_A1, json!({ "permitExpiry": "2026-01-20", "insuranceExpiry": "2026-02-26" })).await;
    renew(world, CAR_A2, json!({ "fitnessExpiry": "2026-02-01" })).await;
    renew(world, CAR_B1, json!({ "fitnessExpiry": "2026-01-27" })).await;
}

fn papers_of(data: &Value) -> Vec<(String, i64)> {
    let nodes = data["expiringDocuments"]["nodes"].as_array().unwrap();
    nodes
        .iter()
        .map(|node| (node["kind"].as_str().unwrap().to_owned(), node["daysLeft"].as_i64().unwrap()))
        .collect()
}

#[tokio::test]
async fn what_runs_out_is_listed_the_most_urgent_first_page_by_page() {
    let world = World::new().await;
    soon(&world).await;
    let all = world.ok(&super_admin(), EXPIRING, json!({})).await;
    let expected = [("PERMIT", -7), ("FITNESS", 0), ("FITNESS", 5), ("INSURANCE", 30)];
    assert_eq!(papers_of(&all), expected.map(|(kind, left)| (kind.to_owned(), left)));
    assert_eq!(all["expiringDocuments"]["totalCount"], 4);
    assert_eq!(all["expiringDocuments"]["nodes"][0]["health"], "EXPIRED");
    assert_eq!(all["expiringDocuments"]["nodes"][0]["vehicle"]["id"], id(CAR_A1));
    let week = world.ok(&manager(FLEET_A), EXPIRING, json!({ "days": 7 })).await;
    assert_eq!(papers_of(&week), [("PERMIT".to_owned(), -7), ("FITNESS".to_owned(), 5)]);
    let hub = world.ok(&operations(FLEET_A, &[HUB_A2]), EXPIRING, json!({ "days": 7 })).await;
    assert_eq!(papers_of(&hub), [("FITNESS".to_owned(), 5)]);
    let (mut seen, mut after) = (Vec::new(), Value::Null);
    loop {
        let data = world.ok(&super_admin(), EXPIRING, json!({ "first": 1, "after": after })).await;
        seen.extend(papers_of(&data));
        if data["expiringDocuments"]["pageInfo"]["hasNextPage"] == false {
            break;
        }
        after = data["expiringDocuments"]["pageInfo"]["endCursor"].clone();
    }
    assert_eq!(seen, papers_of(&all));
    let wrong = world.refused(&super_admin(), EXPIRING, json!({ "days": -1 })).await;
    assert_eq!(wrong, ("VALIDATION".into(), "withinDays".into()));
}

#[tokio::test]
async fn the_warning_names_each_paper_once_and_catches_up_after_a_downtime() {
    let world = World::new().await;
    soon(&world).await;
    let at = |text: &str| text.parse().unwrap();
    let tick = |since, until| Tick { since: at(since), until: at(until) };
    // On 27 January the papers of up to 26 February come within thirty days.
    let today =
        fleet::papers::warning::warn(&world.app, tick("2026-01-26T18:00:00Z", "2026-01-27T06:00:00Z")).await;
    assert_eq!(today.map_err(|error| error.log_line()), Ok(1));
    let event = world.recorded("vehicle.docs_expiring").await[0].clone();
    assert_eq!(event["vehicleId"], id(CAR_A1));
    assert_eq!(event["documents"], json!([{ "kind": "INSURANCE", "expiresOn": "2026-02-26" }]));
    let again =
        fleet::papers::warning::warn(&world.app, tick("2026-01-27T06:00:00Z", "2026-01-27T07:00:00Z")).await;
    assert_eq!(again.map_err(|error| error.log_line()), Ok(0));
    let caught_up =
        fleet::papers::warning::warn(&world.app, tick("2025-12-20T06:00:00Z", "2026-01-10T06:00:00Z")).await;
    assert_eq!(caught_up.map_err(|error| error.log_line()), Ok(3), "20 and 27 January, 1 February");
}
