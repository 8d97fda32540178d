//! What crosses the process boundary: the SDL and the examples of events match the code.

use std::collections::{BTreeMap, HashMap};

use kit::Envelope;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::World;
use crate::support::people::{self, FLEET_A};

/// Rewrites `path` when UPDATE_SCHEMA=1, otherwise compares.
#[expect(clippy::disallowed_methods, reason = "the switch of every schema test")]
fn matches_file(path: &str, text: &str) {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(path);
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
    matches_file("schema/trip.graphql", &trip::sdl());
}

/// Two trips whose events are the examples: one that is completed, and one with everything else.
async fn two_trips(world: &World) {
    let manager = people::manager(FLEET_A);
    world.on_roster(0x11).await;
    let assignment = world.on_roster(0x12).await;
    let done = world.dispatched(0x11).await;
    let other = world.booked().await;
    let change = |trip: &str, more: Value| {
        let mut input = json!({"tripId": trip, "reason": "Example"});
        input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        input
    };
    let moved = json!({"tripId": other, "pickupTime": "2026-01-30T06:00:00Z"});
    world.act(&manager, ("rescheduleTrip", "id"), moved).await;
    world.assign(&other, 0x12).await;
    world.act(&manager, ("unassignDriver", "id"), change(&other, json!({}))).await;
    world.act(&manager, ("cancelTrip", "id"), change(&other, json!({}))).await;
    world.pass(26 * 60);
    world.drive(0x11, "startTrip", &done).await;
    let here = json!({"tripId": done, "point": {"lat": 28.55, "lng": 77.09}});
    world.act(&people::driver(0x11), ("reportLocation", "id"), here).await;
    world.drive(0x11, "markArrived", &done).await;
    world.pass(60);
    world.drive(0x11, "onboardPassenger", &done).await;
    let extras = json!({"tripId": done, "tollPaise": 8000});
    world.act(&people::driver(0x11), ("completeTrip", "id"), extras).await;
    world.act(&manager, ("adjustFare", "id"), change(&done, json!({"tollPaise": 9000}))).await;
    let absent = world.booked().await;
    world.assign(&absent, 0x12).await;
    world.pass(27 * 60);
    world.drive(0x12, "startTrip", &absent).await;
    world.drive(0x12, "markArrived", &absent).await;
    world.drive(0x12, "markNoShow", &absent).await;
    let end = json!({"assignmentId": assignment, "reason": "End of shift"});
    world.act(&manager, ("endAssignment", "id"), end).await;
}

/// Every id that the database made becomes one that is the same in every run.
fn stable(text: &str) -> String {
    let mut names: HashMap<String, String> = HashMap::new();
    let mut out = String::new();
    for part in text.split('"') {
        let is_ours = Uuid::try_parse(part).is_ok_and(|id| id.get_version_num() == 7);
        let next = format!("00000000-0000-7000-8000-{:012x}", names.len() + 1);
        let shown = if is_ours { names.entry(part.to_owned()).or_insert(next).as_str() } else { part };
        out.push_str(shown);
        out.push('"');
    }
    out.pop();
    out
}

#[tokio::test]
async fn every_event_has_an_example_that_is_what_the_code_sends() {
    let world = World::new().await;
    two_trips(&world).await;
    let types: Vec<(String, Uuid)> = sqlx::query_as(
        "SELECT DISTINCT ON (event_type) event_type, aggregate_id FROM outbox ORDER BY event_type, sequence",
    )
    .fetch_all(&world.db.pool)
    .await
    .unwrap();
    let mut examples = BTreeMap::new();
    for (event_type, aggregate) in types {
        let found = kit::outbox::find(&world.db.pool, "trip", &event_type, aggregate).await;
        let event: Envelope = found.unwrap_or_else(|error| panic!("{}", error.log_line())).unwrap();
        examples.insert(
            event_type,
            Envelope { correlation_id: "00000000000000000000000000000001".into(), ..event },
        );
    }
    let expected = [
        "assignment.ended",
        "assignment.started",
        "trip.arrived",
        "trip.cancelled",
        "trip.completed",
        "trip.created",
        "trip.driver_assigned",
        "trip.driver_unassigned",
        "trip.fare_adjusted",
        "trip.location",
        "trip.no_show",
        "trip.onboarded",
        "trip.rescheduled",
        "trip.started",
    ];
    assert_eq!(examples.keys().map(String::as_str).collect::<Vec<_>>(), expected);
    for (event_type, example) in examples {
        let text = serde_json::to_string_pretty(&example).unwrap() + "\n";
        matches_file(&format!("schema/events/{event_type}.json"), &stable(&text));
    }
}
