//! What crosses the process boundary: the SDL file and the example events match the code, and the neighbours' examples
//! are understood.

use serde_json::json;
use testing::subgraph::contract::{example, examples_match, matches_file};

use crate::support::World;
use crate::support::people::*;

#[test]
fn the_sdl_file_is_what_the_code_says() {
    matches_file("schema/partner.graphql", &partner::sdl());
}

#[tokio::test]
async fn the_neighbours_examples_are_understood() {
    let world = World::new().await;
    for event_type in
        ["user.created", "user.updated", "user.deactivated", "user.refused", "fleet.created", "hub.upserted"]
    {
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
    let vehicle = json!({"number": "DL1CAB1234", "name": "Maruti", "model": "Dzire", "fuelType": "CNG"});
    let signed_up = json!({"firstName": "Asha", "vehicle": vehicle});
    let newcomer = world.act(&the_driver(ASHA), "completeOnboarding", signed_up, "id").await;
    let mut settled = example("own_vehicle.settled");
    settled.payload["sagaId"] = world.recorded("own_vehicle.offered").await[0]["sagaId"].clone();
    settled.payload["driverId"] = newcomer["id"].clone();
    world.deliver(&settled).await;
    assert_eq!(world.count("SELECT count(*) FROM driver WHERE own_vehicle_state = 'READY'").await, 1);
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
    let at = crate::support::NOW.parse().unwrap();
    examples_match(&world.db.pool, ("partner", at), &crate::day::PUBLISHED, &[]).await;
}
