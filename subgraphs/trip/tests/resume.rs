//! Coming back with a cursor, to another replica: what was missed, then what comes, each once and in order.

use serde_json::{Value, json};

use crate::support::World;
use crate::support::people::{self, FLEET_A, id};
use crate::support::watcher::Watcher;

const FLEET: &str = "subscription ($fleet: ID!, $after: String) \
    { fleetTrips(fleetId: $fleet, after: $after) { tripId status version cursor } }";
const MINE: &str =
    "subscription ($after: String) { myTripAssigned(after: $after) { tripId version cursor } }";
const PLACES: &str = "subscription ($trip: ID!, $after: String) \
    { tripLocation(tripId: $trip, after: $after) { tripId point { lat } cursor } }";

/// Two replicas of the service on one database, both running.
async fn two_replicas() -> (World, World) {
    let mut one = World::new().await;
    one.start();
    let mut two = World::on(one.db.clone(), trip::Config::default(), one.clock.clone()).await;
    two.start();
    (one, two)
}

fn change(update: &Value) -> (String, String, i64) {
    let text = |name: &str| update[name].as_str().unwrap().to_owned();
    (text("tripId"), text("status"), update["version"].as_i64().unwrap())
}

fn cursor(update: &Value) -> String {
    update["cursor"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_fleets_trips_are_watched_on_from_a_cursor_at_another_replica() {
    let (here, there) = two_replicas().await;
    here.on_roster(0x11).await;
    let manager = people::manager(FLEET_A);
    let first = here.booked().await;
    let variables = |after: Option<&str>| json!({"fleet": id(FLEET_A), "after": after});
    let mut watcher = Watcher::open(&here, &manager, FLEET, variables(None)).await;
    let left_at = watcher.take(1, "fleetTrips", cursor).await.remove(0);
    drop(watcher);
    here.assign(&first, 0x11).await;
    let second = there.booked().await;
    let mut resumed = Watcher::open(&there, &manager, FLEET, variables(Some(&left_at))).await;
    let missed =
        [(first.clone(), "DRIVER_ASSIGNED".to_owned(), 2), (second.clone(), "CREATED".to_owned(), 1)];
    assert_eq!(resumed.take(2, "fleetTrips", change).await, missed);
    let reason = json!({"tripId": second, "reason": "Not needed"});
    here.act(&manager, ("cancelTrip", "id"), reason).await;
    assert_eq!(resumed.take(1, "fleetTrips", change).await, [(second, "CANCELLED".to_owned(), 2)]);
    assert!(resumed.is_silent().await, "nothing comes twice");
}

#[tokio::test]
async fn a_driver_hears_of_trips_that_were_given_to_them_while_they_were_away() {
    let (here, there) = two_replicas().await;
    here.on_roster(0x11).await;
    here.on_roster(0x12).await;
    let me = people::driver(0x11);
    let pick = |update: &Value| update["tripId"].as_str().unwrap().to_owned();
    let first = here.dispatched(0x11).await;
    let mut mine = Watcher::open(&here, &me, MINE, json!({})).await;
    let left_at = mine.take(1, "myTripAssigned", cursor).await.remove(0);
    drop(mine);
    here.dispatched(0x12).await;
    here.pass(4 * 60);
    let second = here.dispatched(0x11).await;
    let mut resumed = Watcher::open(&there, &me, MINE, json!({"after": left_at})).await;
    assert_eq!(resumed.take(1, "myTripAssigned", pick).await, [second], "not {first} once more");
    here.pass(4 * 60);
    let third = there.dispatched(0x11).await;
    assert_eq!(resumed.take(1, "myTripAssigned", pick).await, [third]);
    assert!(resumed.is_silent().await, "nothing comes twice");
}

#[tokio::test]
async fn a_vehicle_is_followed_on_from_a_cursor_at_another_replica() {
    let (here, there) = two_replicas().await;
    here.on_roster(0x11).await;
    let trip = here.dispatched(0x11).await;
    here.pass(26 * 60);
    here.drive(0x11, "startTrip", &trip).await;
    let me = people::driver(0x11);
    let report = async |at: &World, lat: f64| {
        at.pass(1);
        let place = json!({"tripId": trip, "point": {"lat": lat, "lng": 77.09}});
        at.act(&me, ("reportLocation", "id"), place).await;
    };
    let lat = |update: &Value| update["point"]["lat"].as_f64().unwrap();
    let variables = |after: Option<&str>| json!({"trip": trip, "after": after});
    report(&here, 28.50).await;
    let manager = people::manager(FLEET_A);
    let mut watcher = Watcher::open(&here, &manager, PLACES, variables(None)).await;
    let left_at = watcher.take(1, "tripLocation", cursor).await.remove(0);
    drop(watcher);
    report(&here, 28.51).await;
    report(&there, 28.52).await;
    let mut resumed = Watcher::open(&there, &manager, PLACES, variables(Some(&left_at))).await;
    assert_eq!(resumed.take(2, "tripLocation", lat).await, [28.51, 28.52]);
    report(&here, 28.53).await;
    assert_eq!(resumed.take(1, "tripLocation", lat).await, [28.53]);
    assert!(resumed.is_silent().await, "nothing comes twice");
}

#[tokio::test]
async fn a_trip_made_from_a_shift_is_told_once_wherever_the_cursor_lies() {
    let (here, there) = two_replicas().await;
    let shift = here.on_roster(0x11).await;
    let (manager, me) = (people::manager(FLEET_A), people::driver(0x11));
    let variables = |after: Option<&str>| json!({"fleet": id(FLEET_A), "after": after});
    let open = here.booked().await;
    let mut watcher = Watcher::open(&here, &manager, FLEET, variables(None)).await;
    assert_eq!(watcher.take(1, "fleetTrips", change).await, [(open.clone(), "CREATED".to_owned(), 1)]);
    let mut mine = Watcher::open(&here, &me, MINE, json!({})).await;
    let journey =
        json!({"assignmentId": shift, "originCity": "Delhi", "pickupLocation": "Here", "distanceKm": 10.0});
    let made = here.act(&manager, ("createTripFromAssignment", "id status"), journey).await;
    let made = (made["id"].as_str().unwrap().to_owned(), "DRIVER_ASSIGNED".to_owned(), 1);
    let seen = watcher.take(1, "fleetTrips", |update| (change(update), cursor(update))).await.remove(0);
    assert_eq!(seen.0.0, made.0);
    drop(watcher);
    // Its two events lie behind each other; the cursor is that of the first.
    let mut resumed = Watcher::open(&there, &manager, FLEET, variables(Some(&seen.1))).await;
    let reason = json!({"tripId": open, "reason": "Not needed"});
    here.act(&manager, ("cancelTrip", "id"), reason).await;
    assert_eq!(resumed.take(1, "fleetTrips", change).await, [(open, "CANCELLED".to_owned(), 2)]);
    let given = mine.take(1, "myTripAssigned", |update| update["tripId"].as_str().unwrap().to_owned()).await;
    assert_eq!(given, [made.0], "the driver hears of it");
    assert!(mine.is_silent().await, "and once");
}
