//! What crosses the process boundary: the SDL file and the example events match the code, and the neighbours' examples
//! are understood.

use std::collections::BTreeMap;
use std::path::PathBuf;

use kit::{Caller, Envelope};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::people::*;
use crate::support::{NOW, REQUEST_OTP, World, event};

/// Every event that identity publishes.
const PUBLISHED: [&str; 5] =
    ["otp.requested", "user.created", "user.deactivated", "user.refused", "user.updated"];

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
    matches_file("schema/identity.graphql", &identity::sdl());
}

#[tokio::test]
async fn the_example_events_are_what_is_recorded() {
    let world = World::new().await;
    settle(&world, &[SUPER]).await;
    let create = "mutation ($input: CreateUserInput!) { createUser(input: $input) { id } }";
    let input = json!({ "name": "Omar Sheikh", "phone": "98100 00200", "role": "OPERATIONS", "fleetId": id(FLEET_A), "hubIds": [id(HUB_A1)] });
    let created = world.ok(&caller(SUPER), create, json!({ "input": input })).await;
    let user = &created["createUser"]["id"];
    let rename = "mutation ($id: ID!) { updateUser(input: { id: $id, name: \"Omar F. Sheikh\" }) { id } }";
    world.ok(&caller(SUPER), rename, json!({ "id": user })).await;
    world.sign_in("+919810000200").await;
    let off = "mutation ($id: ID!) { deactivateUser(input: { id: $id }) { id } }";
    world.ok(&caller(SUPER), off, json!({ "id": user })).await;
    world.ok(&Caller::Anonymous, REQUEST_OTP, json!({ "phone": "9810000201" })).await;
    let taken = json!({ "fleetId": id(FLEET_B), "account": {
        "source": { "kind": "fleet", "id": id(FLEET_B) }, "name": "Bina Shah", "phone": "+919810000200", "role": "FLEET_ADMIN" } });
    world.deliver(&event("fleet.created", uuid(FLEET_B), 1, taken)).await;
    let rows: Vec<(String, Uuid, i64, Value)> = sqlx::query_as(
        "SELECT DISTINCT ON (event_type) event_type, aggregate_id, aggregate_version, payload
           FROM outbox ORDER BY event_type, sequence",
    )
    .fetch_all(&world.db.pool)
    .await
    .unwrap();
    assert_eq!(rows.iter().map(|row| row.0.as_str()).collect::<Vec<_>>(), PUBLISHED);
    for (event_type, aggregate_id, aggregate_version, payload) in rows {
        let envelope = json!({
            "eventId": Uuid::new_v5(&Uuid::NAMESPACE_URL, event_type.as_bytes()), "type": event_type, "version": 1, "occurredAt": NOW, "producer": "identity",
            "aggregateId": aggregate_id, "aggregateVersion": aggregate_version, "correlationId": "example",
            "payload": payload,
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

/// The example of an event that a neighbour publishes.
fn example(event_type: &str) -> Envelope {
    let path = repository(&format!("schema/events/{event_type}.json"));
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let event: Envelope =
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    // Examples may share an id, deliveries must not: they would pass for repetitions.
    Envelope { event_id: Uuid::now_v7(), ..event }
}

#[tokio::test]
async fn the_neighbours_examples_are_understood() {
    let world = World::new().await;
    settle(&world, &[SUPER, FREE_DRIVER]).await;
    for event_type in ["fleet.created", "fleet_manager.created", "fleet_manager.deactivated"] {
        world.deliver(&example(event_type)).await;
    }
    let mut driver = example("driver.created");
    driver.payload["userId"] = json!(id(FREE_DRIVER));
    world.deliver(&driver).await;
    assert_eq!(world.count("SELECT count(*) FROM dead_letter").await, 0);
    assert_eq!(world.count("SELECT count(*) FROM app_user WHERE role = 'FLEET_ADMIN'").await, 1);
    assert_eq!(world.count("SELECT count(*) FROM app_user WHERE role = 'MANAGER'").await, 1);
    assert_eq!(world.count("SELECT count(*) FROM app_user WHERE driver_id IS NOT NULL").await, 1);
}
