//! Calling off, moving and repricing trips.

use serde_json::{Value, json};

use crate::support::World;
use crate::support::people::{self, FLEET_A, id};

#[tokio::test]
async fn a_cancelled_trip_frees_its_driver_and_keeps_the_record() {
    let world = World::new().await;
    world.on_roster(0x11).await;
    let trip = world.dispatched(0x11).await;
    let manager = people::manager(FLEET_A);
    let input = json!({"tripId": trip, "reason": "Flight cancelled"});
    let fields =
        "status cancelReason cancelledBy { id } cancelledAt driver { id } dispatchHistory { status reason }";
    let gone = world.act(&manager, ("cancelTrip", fields), input.clone()).await;
    let expected = json!({
        "status": "CANCELLED", "cancelReason": "Flight cancelled", "cancelledBy": {"id": id(3)},
        "cancelledAt": "2026-01-27T06:00:00+00:00", "driver": {"id": id(0x11)},
        "dispatchHistory": [{"status": "CANCELLED", "reason": "Flight cancelled"}],
    });
    assert_eq!(gone, expected);
    assert_eq!(world.refused(&manager, "cancelTrip", input).await.0, "INVALID_TRANSITION");
    // The driver is free for a trip at the same time.
    world.dispatched(0x11).await;
}

#[tokio::test]
async fn a_moved_trip_is_priced_for_its_new_time_and_keeps_its_driver() {
    let world = World::new().await;
    world.on_roster(0x11).await;
    let trip = world.dispatched(0x11).await;
    let manager = people::manager(FLEET_A);
    let fields = "status version pickupTime driver { id } fare { night { amountPaise } total { amountPaise } } \
        history { action detail }";
    let soon = json!({"tripId": trip, "pickupTime": "2026-01-27T06:59:59Z"});
    let refused = world.refused(&manager, "rescheduleTrip", soon).await;
    assert_eq!(refused, ("TRIP_CONSTRAINT".to_owned(), "pickupTime".to_owned()));
    let at_night = json!({"tripId": trip, "pickupTime": "2026-01-28T18:00:00Z"});
    let moved = world.act(&manager, ("rescheduleTrip", fields), at_night).await;
    assert_eq!(
        (moved["status"].as_str(), moved["driver"]["id"].clone()),
        (Some("DRIVER_ASSIGNED"), json!(id(0x11)))
    );
    assert_eq!(moved["fare"]["night"]["amountPaise"], 25_000);
    assert_eq!(moved["fare"]["total"]["amountPaise"], 99_100);
    let detail: Value = serde_json::from_str(moved["history"][2]["detail"].as_str().unwrap()).unwrap();
    assert_eq!(detail["fare"]["before"]["total"], 74_100);
}

#[tokio::test]
async fn a_trip_does_not_move_into_another_of_its_driver() {
    let world = World::new().await;
    world.on_roster(0x11).await;
    let first = world.dispatched(0x11).await;
    let mut later = world.journey();
    later["pickupTime"] = json!("2026-01-29T06:00:00Z");
    let later = world.booked_by(&people::manager(FLEET_A), later).await;
    world.assign(&later, 0x11).await;
    let onto = json!({"tripId": later, "pickupTime": "2026-01-28T08:30:00Z"});
    let refused = world.refused(&people::manager(FLEET_A), "rescheduleTrip", onto).await;
    assert_eq!(refused, ("TRIP_CONSTRAINT".to_owned(), "driverId".to_owned()));
    // To a time that is its own only in part, it moves.
    let a_bit = json!({"tripId": first, "pickupTime": "2026-01-28T08:20:00Z"});
    world.act(&people::manager(FLEET_A), ("rescheduleTrip", "id"), a_bit).await;
}

#[tokio::test]
async fn a_corrected_fare_says_what_it_was_and_who_changed_it() {
    let world = World::new().await;
    let trip = world.booked().await;
    let operator = people::operations(FLEET_A, &[people::HUB_A1]);
    let input = json!({"tripId": trip, "reason": "Toll receipt", "tollPaise": 12_000});
    let fields = "version fare { toll { amountPaise } total { amountPaise } } history { action actor { id } reason detail }";
    let changed = world.act(&operator, ("adjustFare", fields), input).await;
    assert_eq!(changed["fare"]["total"]["amountPaise"], 86_100);
    let entry = &changed["history"][1];
    assert_eq!(
        (entry["action"].as_str(), entry["reason"].as_str()),
        (Some("ADJUST_FARE"), Some("Toll receipt"))
    );
    assert_eq!(entry["actor"]["id"], id(4));
    let detail: Value = serde_json::from_str(entry["detail"].as_str().unwrap()).unwrap();
    assert_eq!(
        (detail["before"]["total"].as_i64(), detail["after"]["total"].as_i64()),
        (Some(74_100), Some(86_100))
    );
    for (wrong, field) in [
        (json!({"tripId": trip, "reason": "r", "tollPaise": -1}), "tollPaise"),
        (json!({"tripId": trip, "reason": "r"}), "input"),
        (json!({"tripId": trip, "reason": "", "tollPaise": 1}), "reason"),
    ] {
        let refused = world.refused(&operator, "adjustFare", wrong).await;
        assert_eq!(refused, ("VALIDATION".to_owned(), field.to_owned()));
    }
}

#[tokio::test]
async fn what_was_corrected_on_the_way_is_not_undone_by_completing() {
    let world = World::new().await;
    world.on_roster(0x11).await;
    let trip = world.dispatched(0x11).await;
    world.pass(26 * 60);
    world.drive(0x11, "startTrip", &trip).await;
    world.drive(0x11, "markArrived", &trip).await;
    world.pass(60);
    world.drive(0x11, "onboardPassenger", &trip).await;
    let waived = json!({"tripId": trip, "reason": "Our mistake", "waitingPaise": 0, "parkingPaise": 3_000});
    world.act(&people::manager(FLEET_A), ("adjustFare", "id"), waived).await;
    let fields =
        "fare { waiting { amountPaise } toll { amountPaise } parking { amountPaise } total { amountPaise } }";
    let toll = json!({"tripId": trip, "tollPaise": 8_000});
    let done = world.act(&people::driver(0x11), ("completeTrip", fields), toll).await;
    let part = |name: &str| done["fare"][name]["amountPaise"].as_i64().unwrap();
    assert_eq!((part("waiting"), part("toll"), part("parking"), part("total")), (0, 8_000, 3_000, 85_100));
}

#[tokio::test]
async fn a_trip_does_not_move_behind_the_end_of_its_vehicles_papers() {
    let world = World::new().await;
    world.on_roster(0x11).await;
    let trip = world.dispatched(0x11).await;
    let manager = people::manager(FLEET_A);
    let on = |day: &str| json!({"tripId": trip, "pickupTime": format!("{day}T06:00:00Z")});
    let refused = world.refused(&manager, "rescheduleTrip", on("2027-01-01")).await;
    assert_eq!(refused, ("TRIP_CONSTRAINT".to_owned(), "driverId".to_owned()));
    world.act(&manager, ("rescheduleTrip", "id"), on("2026-12-31")).await;
}
