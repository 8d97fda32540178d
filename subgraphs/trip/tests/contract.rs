//! What crosses the process boundary: the SDL and the examples of events match the code.

use serde_json::{Value, json};
use testing::subgraph::contract::{examples_match, matches_file};

use crate::support::people::{self, FLEET_A};
use crate::support::{NOW, World};

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

#[tokio::test]
async fn every_event_has_an_example_that_is_what_the_code_sends() {
    let world = World::new().await;
    two_trips(&world).await;
    let published = [
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
    examples_match(&world.db.pool, ("trip", NOW.parse().unwrap()), &published, &[]).await;
}
