//! What crosses the process boundary: the SDL file and the example events match the code, and the neighbours' examples
//! are understood.

use std::collections::BTreeMap;
use std::path::PathBuf;

use kit::Envelope;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::World;
use crate::support::people::*;

fn repository(path: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..").join(path)
}

/// Rewrites `path` when UPDATE_SCHEMA=1, otherwise compares.
#[expect(clippy::disallowed_methods, reason = "the switch of every schema test")]
fn matches_file(path: &str, text: &str) {
    let path = repository(path);
    if std::env::var("UPDATE_SCHEMA").is_ok_and(|value| value == "1") {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, text).unwrap();
        return;
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(kept == text, "{} does not match the code: run the tests with UPDATE_SCHEMA=1", path.display());
}

#[test]
fn the_sdl_file_is_what_the_code_says() {
    matches_file("schema/partner.graphql", &partner::sdl());
}

/// The example of an event that a neighbour publishes.
fn example(event_type: &str) -> Envelope {
    let path = repository(&format!("schema/events/{event_type}.json"));
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let event: Envelope =
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    // Examples share their event ids, real events don't.
    Envelope { event_id: Uuid::now_v7(), ..event }
}

#[tokio::test]
async fn the_neighbours_examples_are_understood() {
    let world = World::new().await;
    for event_type in ["user.created", "user.updated", "user.deactivated", "fleet.created", "hub.upserted"] {
        world.deliver(&example(event_type)).await;
    }
    assert!(world.count("SELECT count(*) FROM user_ref").await > 0);
    assert_eq!(world.count("SELECT count(*) FROM fleet_ref").await, 1);
    assert_eq!(world.count("SELECT count(*) FROM hub_ref").await, 1);
    let driver = world.driver(RAVI).await;
    for event_type in ["assignment.started", "trip.started", "trip.completed"] {
        let mut event = example(event_type);
        event.payload["driverId"] = json!(driver);
        world.deliver(&event).await;
    }
    assert_eq!(world.count("SELECT count(*) FROM assignment_ref").await, 1);
    assert_eq!(world.count("SELECT count(*) FROM ledger_transaction WHERE type = 'TRIP_PAYMENT'").await, 1);
    assert_eq!(world.count("SELECT count(*) FROM dead_letter").await, 0);
}

#[tokio::test]
async fn the_neighbours_example_of_an_adjusted_fare_moves_the_difference() {
    let world = World::new().await;
    let driver = world.driver(RAVI).await;
    let mut adjusted = example("trip.fare_adjusted");
    adjusted.payload["driverId"] = json!(driver);
    let mut completed = example("trip.completed");
    completed.payload["driverId"] = json!(driver);
    completed.aggregate_id = adjusted.aggregate_id;
    completed.payload["tripId"] = json!(adjusted.aggregate_id);
    completed.aggregate_version = adjusted.aggregate_version - 1;
    for event in [&completed, &adjusted] {
        world.deliver(event).await;
    }
    let total = adjusted.payload["fare"]["total"].as_i64().unwrap();
    assert_eq!(world.count("SELECT fare_paise FROM trip_earning").await, total);
    assert_eq!(world.count("SELECT cash_held_paise FROM driver_wallet").await, total);
    assert_eq!(world.count("SELECT count(*) FROM dead_letter").await, 0);
}

#[tokio::test]
async fn the_example_events_are_what_is_recorded() {
    let world = World::new().await;
    crate::day::whole_day(&world).await;
    let rows: Vec<(String, Uuid, i64, Value)> = sqlx::query_as(
        "SELECT DISTINCT ON (event_type) event_type, aggregate_id, aggregate_version, payload FROM outbox ORDER BY event_type, sequence",
    )
    .fetch_all(&world.db.pool)
    .await
    .unwrap();
    let types: Vec<&str> = rows.iter().map(|row| row.0.as_str()).collect();
    assert_eq!(types, crate::day::PUBLISHED);
    for (event_type, aggregate_id, aggregate_version, payload) in rows {
        let envelope = json!({
            "eventId": Uuid::nil(), "type": event_type, "version": 1, "occurredAt": crate::support::NOW, "producer": "partner",
            "aggregateId": aggregate_id, "aggregateVersion": aggregate_version, "correlationId": "example", "payload": payload,
        });
        let text = serde_json::to_string_pretty(&with_stable_ids(envelope)).unwrap();
        matches_file(&format!("schema/events/{event_type}.json"), &(text + "\n"));
    }
}

/// Random ids become numbered ones, in the order in which they appear; those of the tests' people stay.
fn with_stable_ids(mut value: Value) -> Value {
    fn visit(value: &mut Value, seen: &mut BTreeMap<Uuid, u128>) {
        match value {
            Value::Object(fields) => fields.values_mut().for_each(|value| visit(value, seen)),
            Value::Array(items) => items.iter_mut().for_each(|value| visit(value, seen)),
            Value::String(text) => {
                if let Ok(id) = Uuid::try_parse(text)
                    && id.get_version_num() == 7
                {
                    let next = seen.len() as u128 + 1;
                    let number = *seen.entry(id).or_insert(next);
                    *text = Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0000 + number).to_string();
                }
            }
            _ => {}
        }
    }
    visit(&mut value, &mut BTreeMap::new());
    value
}
