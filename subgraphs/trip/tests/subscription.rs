//! Watching trips: a snapshot, then every change once and in order, on any replica, and nothing for strangers.

use serde_json::{Value, json};

use crate::support::World;
use crate::support::event;
use crate::support::people::{self, FLEET_A, FLEET_B, HUB_A2, driver_payload, id, uuid};
use crate::support::watcher::Watcher;
use kit::Caller;

const TRIP: &str = "subscription ($id: ID!, $after: String) { tripStatusChanged(tripId: $id, after: $after) \
    { tripId status version cursor occurredAt driver { id } vehicle { id } trip { status } } }";

async fn watch(world: &World, caller: &Caller, trip: &str, after: Option<&str>) -> Watcher {
    Watcher::open(world, caller, TRIP, json!({"id": trip, "after": after})).await
}

fn status(update: &Value) -> String {
    update["status"].as_str().unwrap().to_owned()
}

async fn drive_to_the_end(world: &World, driver: u128, trip: &str) {
    world.pass(26 * 60);
    for step in ["startTrip", "markArrived", "onboardPassenger", "completeTrip"] {
        world.drive(driver, step, trip).await;
    }
}

#[tokio::test]
async fn a_watcher_sees_every_phase_in_order_also_on_another_replica() {
    let mut world = World::new().await;
    world.start();
    let mut replica = World::on(world.db.clone(), trip::Config::default(), world.clock.clone()).await;
    replica.start();
    world.on_roster(0x11).await;
    let trip = world.booked().await;
    let manager = people::manager(FLEET_A);
    let mut here = watch(&world, &manager, &trip, None).await;
    let mut there = watch(&replica, &manager, &trip, None).await;
    let mut first = here.take(1, "tripStatusChanged", status).await;
    assert_eq!(there.take(1, "tripStatusChanged", status).await, ["CREATED"]);
    world.assign(&trip, 0x11).await;
    drive_to_the_end(&world, 0x11, &trip).await;
    first.extend(here.take(5, "tripStatusChanged", status).await);
    let phases = ["CREATED", "DRIVER_ASSIGNED", "STARTED", "ARRIVED", "ONBOARDED", "COMPLETED"];
    assert_eq!(first, phases);
    let versions = there
        .take(5, "tripStatusChanged", |update| (status(update), update["version"].as_i64().unwrap()))
        .await;
    let expected: Vec<(String, i64)> =
        phases[1..].iter().zip(2..).map(|(status, version)| ((*status).to_owned(), version)).collect();
    assert_eq!(versions, expected);
    assert!(here.is_silent().await, "nothing comes twice");
}

#[tokio::test]
async fn an_update_carries_the_driver_and_vehicle_of_its_moment() {
    let mut world = World::new().await;
    world.start();
    world.on_roster(0x11).await;
    let trip = world.booked().await;
    let manager = people::manager(FLEET_A);
    let mut watcher = watch(&world, &manager, &trip, None).await;
    let cursor = watcher.take(1, "tripStatusChanged", |update| update["cursor"].clone()).await.remove(0);
    world.assign(&trip, 0x11).await;
    world.act(&manager, ("unassignDriver", "id"), json!({"tripId": trip, "reason": "Ill"})).await;
    // Read after both changes: the first still shows the driver.
    let mut late = watch(&world, &manager, &trip, cursor.as_str()).await;
    let seen = late.take(2, "tripStatusChanged", |update| (status(update), update["driver"].clone())).await;
    let expected =
        [("DRIVER_ASSIGNED".to_owned(), json!({"id": id(0x11)})), ("CREATED".to_owned(), Value::Null)];
    assert_eq!(seen, expected);
}

#[tokio::test]
async fn a_cursor_brings_what_was_missed_and_then_goes_on_live() {
    let mut world = World::new().await;
    world.start();
    world.on_roster(0x11).await;
    let trip = world.booked().await;
    let manager = people::manager(FLEET_A);
    let mut watcher = watch(&world, &manager, &trip, None).await;
    assert_eq!(watcher.take(1, "tripStatusChanged", status).await, ["CREATED"]);
    world.assign(&trip, 0x11).await;
    let cursor = watcher.take(1, "tripStatusChanged", |update| update["cursor"].clone()).await.pop().unwrap();
    drop(watcher);
    world.pass(26 * 60);
    world.drive(0x11, "startTrip", &trip).await;
    world.drive(0x11, "markArrived", &trip).await;
    let mut resumed = watch(&world, &manager, &trip, cursor.as_str()).await;
    assert_eq!(resumed.take(2, "tripStatusChanged", status).await, ["STARTED", "ARRIVED"]);
    world.drive(0x11, "onboardPassenger", &trip).await;
    assert_eq!(resumed.take(1, "tripStatusChanged", status).await, ["ONBOARDED"]);
    let mut wrong = watch(&world, &manager, &trip, Some("nonsense")).await;
    let refused = wrong.next().await.unwrap();
    assert_eq!(refused["errors"][0]["extensions"]["field"], "after");
}

#[tokio::test]
async fn a_trip_that_is_not_yours_is_not_watched() {
    let mut world = World::new().await;
    world.start();
    world.on_roster(0x11).await;
    let trip = world.dispatched(0x11).await;
    let strangers = [
        (people::manager(FLEET_B), "NOT_FOUND"),
        (people::operations(FLEET_A, &[HUB_A2]), "NOT_FOUND"),
        (people::driver(0x12), "NOT_FOUND"),
        (Caller::Anonymous, "UNAUTHENTICATED"),
    ];
    for (stranger, code) in strangers {
        let mut watcher = watch(&world, &stranger, &trip, None).await;
        let answer = watcher.next().await.unwrap();
        assert_eq!(answer["errors"][0]["extensions"]["code"], code, "{stranger:?}");
    }
}

#[tokio::test]
async fn a_driver_who_loses_the_trip_is_told_and_sees_no_more() {
    let mut world = World::new().await;
    world.start();
    world.on_roster(0x11).await;
    let trip = world.dispatched(0x11).await;
    let mut watcher = watch(&world, &people::driver(0x11), &trip, None).await;
    assert_eq!(watcher.take(1, "tripStatusChanged", status).await, ["DRIVER_ASSIGNED"]);
    let taken = json!({"tripId": trip, "reason": "Flat tyre"});
    world.act(&people::manager(FLEET_A), ("unassignDriver", "id"), taken).await;
    let last = watcher.next().await.unwrap();
    assert_eq!(last["errors"][0]["extensions"]["code"], "FORBIDDEN");
    assert_eq!(watcher.next().await, None);
}

#[tokio::test]
async fn a_driver_hears_of_each_trip_that_is_given_to_them() {
    let mut world = World::new().await;
    world.start();
    world.on_roster(0x11).await;
    world.on_roster(0x12).await;
    let first = world.dispatched(0x11).await;
    let query = "subscription { myTripAssigned { tripId version trip { shortId } } }";
    let mut mine = Watcher::open(&world, &people::driver(0x11), query, json!({})).await;
    let trip = |update: &Value| update["tripId"].as_str().unwrap().to_owned();
    assert_eq!(mine.take(1, "myTripAssigned", trip).await, [first]);
    world.dispatched(0x12).await;
    world.pass(4 * 60);
    let second = world.dispatched(0x11).await;
    assert_eq!(mine.take(1, "myTripAssigned", trip).await, [second]);
}

#[tokio::test]
async fn a_fleet_watches_its_open_trips_and_every_change_it_asked_for() {
    let mut world = World::new().await;
    world.start();
    world.on_roster(0x11).await;
    let open = world.booked().await;
    let query = "subscription ($fleet: ID!, $statuses: [TripStatus!]) \
        { fleetTrips(fleetId: $fleet, statuses: $statuses) { tripId status } }";
    let all = json!({"fleet": id(FLEET_A)});
    let mut every = Watcher::open(&world, &people::manager(FLEET_A), query, all.clone()).await;
    let some = json!({"fleet": id(FLEET_A), "statuses": ["DRIVER_ASSIGNED"]});
    let mut given = Watcher::open(&world, &people::super_admin(), query, some).await;
    let pick = |update: &Value| (update["tripId"].as_str().unwrap().to_owned(), status(update));
    assert_eq!(every.take(1, "fleetTrips", pick).await, [(open.clone(), "CREATED".to_owned())]);
    let mut journey = world.journey();
    journey["fleetId"] = json!(id(FLEET_B));
    world.booked_by(&people::super_admin(), journey).await;
    world.assign(&open, 0x11).await;
    let assigned = [(open.clone(), "DRIVER_ASSIGNED".to_owned())];
    assert_eq!(every.take(1, "fleetTrips", pick).await, assigned, "not the other fleet's trip");
    assert_eq!(given.take(1, "fleetTrips", pick).await, assigned);
    let mut stranger = Watcher::open(&world, &people::manager(FLEET_B), query, all).await;
    assert_eq!(stranger.next().await.unwrap()["errors"][0]["extensions"]["code"], "FORBIDDEN");
}

#[tokio::test]
async fn an_operator_of_another_hub_does_not_see_the_fleets_dispatched_trips() {
    let mut world = World::new().await;
    world.start();
    world.on_roster(0x11).await;
    let trip = world.booked().await;
    let query = "subscription ($fleet: ID!) { fleetTrips(fleetId: $fleet) { tripId status } }";
    let elsewhere = people::operations(FLEET_A, &[HUB_A2]);
    let mut watcher = Watcher::open(&world, &elsewhere, query, json!({"fleet": id(FLEET_A)})).await;
    assert_eq!(watcher.take(1, "fleetTrips", status).await, ["CREATED"], "nobody's trip is everybody's");
    world.assign(&trip, 0x11).await;
    assert!(watcher.is_silent().await);
}

#[tokio::test]
async fn positions_of_a_trip_come_as_they_are_reported() {
    let mut world = World::new().await;
    world.start();
    world.on_roster(0x11).await;
    let trip = world.dispatched(0x11).await;
    world.pass(26 * 60);
    let me = people::driver(0x11);
    let here = |lat: f64| json!({"tripId": trip, "point": {"lat": lat, "lng": 77.09}});
    let early = world.refused(&me, "reportLocation", here(28.50)).await;
    assert_eq!(early.0, "INVALID_TRANSITION");
    world.drive(0x11, "startTrip", &trip).await;
    world.act(&me, ("reportLocation", "id"), here(28.50)).await;
    let query = "subscription ($id: ID!) { tripLocation(tripId: $id) { point { lat } recordedAt cursor } }";
    let mut watcher = Watcher::open(&world, &people::manager(FLEET_A), query, json!({"id": trip})).await;
    let lat = |update: &Value| update["point"]["lat"].as_f64().unwrap();
    assert_eq!(watcher.take(1, "tripLocation", lat).await, [28.50]);
    world.pass(1);
    world.act(&me, ("reportLocation", "id"), here(28.51)).await;
    // A position that comes late is kept, and does not move the trip back.
    let mut late = here(28.49);
    late["recordedAt"] = json!(world.clock.now() - chrono::TimeDelta::minutes(3));
    let answer = world.act(&me, ("reportLocation", "lastPosition { point { lat } } version"), late).await;
    assert_eq!(answer["lastPosition"]["point"]["lat"], 28.51);
    assert_eq!(answer["version"], 3, "a position is no new version");
    world.pass(1);
    world.act(&me, ("reportLocation", "id"), here(28.52)).await;
    assert_eq!(watcher.take(2, "tripLocation", lat).await, [28.51, 28.52]);
    assert_eq!(world.count("SELECT count(*) FROM trip_location").await, 4);
}

#[tokio::test]
async fn a_suspended_drivers_watch_ends_with_the_trip() {
    let mut world = World::new().await;
    world.start();
    world.on_roster(0x11).await;
    let trip = world.dispatched(0x11).await;
    let mut manager = watch(&world, &people::manager(FLEET_A), &trip, None).await;
    assert_eq!(manager.take(1, "tripStatusChanged", status).await, ["DRIVER_ASSIGNED"]);
    let mut suspended = driver_payload(0x11, FLEET_A, None);
    suspended["status"] = json!("SUSPENDED");
    world.deliver(&event("driver.status_changed", uuid(0x11), 2, suspended)).await;
    assert_eq!(manager.take(1, "tripStatusChanged", status).await, ["CREATED"]);
}

#[tokio::test]
async fn a_fleet_with_many_open_trips_sees_them_all_at_first() {
    let mut world = World::new().await;
    world.start();
    for _ in 0..103 {
        world.booked().await;
    }
    let query = "subscription ($fleet: ID!) { fleetTrips(fleetId: $fleet) { tripId status } }";
    let mut board =
        Watcher::open(&world, &people::manager(FLEET_A), query, json!({"fleet": id(FLEET_A)})).await;
    let seen = board.take(103, "fleetTrips", |update| update["tripId"].as_str().unwrap().to_owned()).await;
    assert_eq!(seen.into_iter().collect::<std::collections::BTreeSet<_>>().len(), 103);
}
