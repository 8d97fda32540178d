//! What crosses the process boundary: the SDL file and the example events match the code, and the neighbours' examples
//! are understood.

use testing::subgraph::contract::{example, examples_match, matches_file};

use crate::support::{NOW, World};

#[test]
fn the_sdl_file_is_what_the_code_says() {
    matches_file("schema/fleet.graphql", &fleet::sdl());
}

#[tokio::test]
async fn the_example_events_are_what_is_recorded() {
    let world = World::new().await;
    crate::day::whole_day(&world).await;
    let at = NOW.parse().unwrap();
    // The partner service keeps the example of the request that both send.
    let elsewhere = ["account.requested"];
    examples_match(&world.db.pool, ("fleet", at), &crate::day::PUBLISHED, &elsewhere).await;
}

#[tokio::test]
async fn the_neighbours_examples_are_understood() {
    let world = World::new().await;
    for event_type in [
        "user.created",
        "user.refused",
        "user.deactivated",
        "user.updated",
        "assignment.started",
        "own_vehicle.offered",
    ] {
        world.deliver(&example(event_type)).await;
    }
    for event_type in
        ["trip.driver_assigned", "trip.started", "trip.completed", "trip.cancelled", "trip.no_show"]
    {
        world.deliver(&example(event_type)).await;
    }
    assert_eq!(world.count("SELECT count(*) FROM dead_letter").await, 0);
    assert_eq!(world.count("SELECT count(*) FROM vehicle_offer WHERE vehicle_id IS NOT NULL").await, 1);
    assert!(world.count("SELECT count(*) FROM driver_vehicle").await > 0);
    assert_eq!(world.count("SELECT count(*) FROM trip_ref WHERE is_live").await, 0);
}
