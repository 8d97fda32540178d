//! The life of a trip from booking to payment, in both of its styles, and the clock at each of its gates.

use serde_json::{Value, json};

use crate::support::World;
use crate::support::day::TRIP;
use crate::support::people::{self, FLEET_A, id};

#[tokio::test]
async fn a_booked_trip_is_dispatched_driven_and_paid() {
    let world = World::new().await;
    let shift = world.on_roster(0x11).await;
    let booked = world.act(&people::manager(FLEET_A), ("createTrip", TRIP), world.journey()).await;
    assert_eq!((booked["status"].as_str(), booked["version"].as_i64()), (Some("CREATED"), Some(1)));
    assert_eq!(booked["shortId"], "TRP20260127001");
    assert_eq!(booked["fare"]["quote"]["amountPaise"], 74_100);
    let trip = booked["id"].as_str().unwrap();
    let given = world.assign(trip, 0x11).await;
    assert_eq!(given["status"], "DRIVER_ASSIGNED");
    assert_eq!(given["driver"]["id"], id(0x11));
    assert_eq!(given["vehicle"]["id"], id(0x1011));
    assert_eq!(given["assignment"]["id"], shift);
    world.pass(26 * 60);
    assert_eq!(world.drive(0x11, "startTrip", trip).await["status"], "STARTED");
    assert_eq!(world.drive(0x11, "markArrived", trip).await["status"], "ARRIVED");
    world.pass(60);
    assert_eq!(world.drive(0x11, "onboardPassenger", trip).await["status"], "ONBOARDED");
    let extras = json!({"tripId": trip, "tollPaise": 8000});
    let done = world.act(&people::driver(0x11), ("completeTrip", TRIP), extras).await;
    assert_eq!((done["status"].as_str(), done["version"].as_i64()), (Some("COMPLETED"), Some(6)));
    // 741 + 100 for an hour's waiting + 80 toll.
    assert_eq!(done["fare"]["total"]["amountPaise"], 92_100);
    let completed = world.told().await.pop().unwrap();
    assert_eq!(completed.0, "trip.completed");
    let fare = json!({"quote": 74100, "waiting": 10000, "night": 0, "airport": 0, "toll": 8000, "parking": 0,
        "stateTax": 0, "total": 92100});
    assert_eq!(completed.1["fare"], fare);
    assert_eq!(world.count("SELECT count(*) FROM trip_assignment WHERE status = 'COMPLETED'").await, 1);
}

#[tokio::test]
async fn the_day_of_the_plan_needs_two_steps() {
    let world = World::new().await;
    let shift = world.on_roster(0x11).await;
    let input = json!({"assignmentId": shift, "originCity": "NOIDA", "pickupLocation": "Sector 62", "distanceKm": 12});
    let made = world.act(&people::manager(FLEET_A), ("createTripFromAssignment", TRIP), input).await;
    assert_eq!(made["status"], "DRIVER_ASSIGNED");
    assert_eq!(
        (made["driver"]["id"].clone(), made["fleet"]["id"].clone()),
        (json!(id(0x11)), json!(id(FLEET_A)))
    );
    let trip = made["id"].as_str().unwrap();
    world.drive(0x11, "startTrip", trip).await;
    let done = world.drive(0x11, "completeTrip", trip).await;
    assert_eq!(done["status"], "COMPLETED");
    let end = world
        .act(&people::manager(FLEET_A), ("endAssignment", "status"), json!({"assignmentId": shift}))
        .await;
    assert_eq!(end["status"], "ENDED");
    let types: Vec<String> = world.told().await.into_iter().map(|(event_type, _)| event_type).collect();
    let expected = [
        "assignment.started",
        "trip.created",
        "trip.driver_assigned",
        "trip.started",
        "trip.completed",
        "assignment.ended",
    ];
    assert_eq!(types, expected);
}

#[tokio::test]
async fn the_worked_example_of_the_tariff_costs_1786_rupees_25() {
    let world = World::new().await;
    world.on_roster(0x11).await;
    let mut journey = world.journey();
    journey["tripType"] = json!("AIRPORT");
    journey["distanceKm"] = json!(45);
    journey["pickupTime"] = json!("2026-01-28T18:00:00Z"); // 23:30 in India
    let trip = world.booked_by(&people::manager(FLEET_A), journey).await;
    world.assign(&trip, 0x11).await;
    world.pass(36 * 60);
    world.drive(0x11, "startTrip", &trip).await;
    world.drive(0x11, "markArrived", &trip).await;
    world.pass(60);
    world.drive(0x11, "onboardPassenger", &trip).await;
    let extras = json!({"tripId": trip, "tollPaise": 8000});
    let done = world.act(&people::driver(0x11), ("completeTrip", TRIP), extras).await;
    assert_eq!(done["fare"]["total"]["amountPaise"], 178_625);
}

#[tokio::test]
async fn the_gates_of_a_trip_open_on_the_minute() {
    let world = World::new().await;
    world.on_roster(0x11).await;
    let trip = world.dispatched(0x11).await;
    let me = people::driver(0x11);
    let code = |answer: (String, String)| answer.0;
    let only = json!({"tripId": trip});
    let near = json!({"tripId": trip, "position": {"lat": 28.5562, "lng": 77.1000}});
    // One degree of latitude is 111,194.93 m.
    let at = |metres: f64| json!({"tripId": trip, "position": {"lat": 28.5562 + metres / 111_194.93, "lng": 77.1000}});
    world.pass(26 * 60 - 151);
    assert_eq!(code(world.refused(&me, "startTrip", only.clone()).await), "TOO_EARLY_START");
    world.pass(1);
    world.drive(0x11, "startTrip", &trip).await;
    world.pass(119);
    assert_eq!(code(world.refused(&me, "markArrived", near).await), "TOO_EARLY_ARRIVE");
    world.pass(1);
    assert_eq!(code(world.refused(&me, "markArrived", at(501.0)).await), "GEOFENCE");
    world.act(&me, ("markArrived", TRIP), at(499.99)).await;
    world.pass(30 + 29);
    let absent = json!({"tripId": trip, "reason": "Nobody came"});
    assert_eq!(code(world.refused(&me, "markNoShow", absent).await), "TOO_EARLY_NO_SHOW");
    world.pass(1);
    let gone: Value = world.drive(0x11, "markNoShow", &trip).await;
    assert_eq!(gone["status"], "NO_SHOW");
    assert_eq!(gone["driver"]["id"], id(0x11), "the record keeps the driver");
    assert_eq!(world.count("SELECT count(*) FROM trip_assignment WHERE status = 'CANCELLED'").await, 1);
}

#[tokio::test]
async fn a_step_out_of_order_is_refused() {
    let world = World::new().await;
    world.on_roster(0x11).await;
    let trip = world.dispatched(0x11).await;
    world.pass(26 * 60);
    let me = people::driver(0x11);
    for mutation in ["onboardPassenger", "completeTrip"] {
        assert_eq!(
            world.refused(&me, mutation, json!({"tripId": trip})).await.0,
            "INVALID_TRANSITION",
            "{mutation}"
        );
    }
    world.drive(0x11, "startTrip", &trip).await;
    assert_eq!(world.refused(&me, "completeTrip", json!({"tripId": trip})).await.0, "INVALID_TRANSITION");
    assert_eq!(world.refused(&me, "startTrip", json!({"tripId": trip})).await.0, "INVALID_TRANSITION");
}

#[tokio::test]
async fn a_boarding_code_must_be_the_passengers() {
    let world = World::new().await;
    world.on_roster(0x11).await;
    let mut journey = world.journey();
    journey["boardingOtp"] = json!("4711");
    let trip = world.booked_by(&people::manager(FLEET_A), journey).await;
    world.assign(&trip, 0x11).await;
    world.pass(26 * 60);
    world.drive(0x11, "startTrip", &trip).await;
    world.drive(0x11, "markArrived", &trip).await;
    let me = people::driver(0x11);
    for wrong in [json!({"tripId": trip}), json!({"tripId": trip, "otp": "4712"})] {
        let refused = world.refused(&me, "onboardPassenger", wrong).await;
        assert_eq!(refused, ("OTP_INVALID".to_owned(), "otp".to_owned()));
    }
    let boarded = world.act(&me, ("onboardPassenger", TRIP), json!({"tripId": trip, "otp": "4711"})).await;
    assert_eq!(boarded["status"], "ONBOARDED");
}

#[tokio::test]
async fn boarding_codes_are_not_guessed() {
    let world = World::new().await;
    world.on_roster(0x11).await;
    let mut journey = world.journey();
    journey["boardingOtp"] = json!("4711");
    let trip = world.booked_by(&people::manager(FLEET_A), journey).await;
    world.assign(&trip, 0x11).await;
    world.pass(26 * 60);
    world.drive(0x11, "startTrip", &trip).await;
    world.drive(0x11, "markArrived", &trip).await;
    let me = people::driver(0x11);
    for code in ["0000", "0001", "0002", "0003", "0004"] {
        let wrong = json!({"tripId": trip, "otp": code});
        assert_eq!(world.refused(&me, "onboardPassenger", wrong).await.0, "OTP_INVALID");
    }
    let right = json!({"tripId": trip, "otp": "4711"});
    let blocked = world.refused(&me, "onboardPassenger", right.clone()).await;
    assert_eq!(blocked, ("OTP_ATTEMPTS_EXCEEDED".to_owned(), "otp".to_owned()));
    world.pass(10);
    let boarded = world.act(&me, ("onboardPassenger", "status"), right).await;
    assert_eq!(boarded["status"], "ONBOARDED");
}

#[tokio::test]
async fn every_row_has_a_short_id_of_its_own_kind_and_of_the_indian_day() {
    let world = World::new().await;
    // 18:45 UTC is a quarter past midnight in India: the 28th has begun there.
    world.pass(12 * 60 + 45);
    let shift = world.on_roster(0x11).await;
    let trip = world.dispatched(0x11).await;
    let query = "query ($trip: ID!, $shift: ID!) { assignment(id: $shift) { shortId }
        trip(id: $trip) { shortId dispatchHistory { shortId } } }";
    let found = world.ok(&people::manager(FLEET_A), query, json!({"trip": trip, "shift": shift})).await;
    assert_eq!(found["assignment"]["shortId"], "ASN20260128001");
    assert_eq!(found["trip"]["shortId"], "TRP20260128001");
    assert_eq!(found["trip"]["dispatchHistory"], json!([{"shortId": "TAS20260128001"}]));
    let by_short_id = json!({"trip": "TRP20260128001", "shift": "ASN20260128001"});
    let again = world.ok(&people::manager(FLEET_A), query, by_short_id).await;
    assert_eq!(again, found, "both are found by it");
}

#[tokio::test]
async fn a_driver_is_on_the_way_with_one_trip_at_a_time() {
    let world = World::new().await;
    world.on_roster(0x11).await;
    let first = world.dispatched(0x11).await;
    let mut journey = world.journey();
    journey["pickupTime"] = json!(world.clock.now() + chrono::TimeDelta::hours(27));
    let second = world.booked_by(&people::manager(FLEET_A), journey).await;
    world.assign(&second, 0x11).await;
    world.pass(25 * 60);
    let me = people::driver(0x11);
    let query = "mutation ($input: StartTripInput!) { startTrip(input: $input) { id } }";
    let start = |trip: &str| world.ask(&me, query, json!({"input": {"tripId": trip}}));
    let answers = futures_util::future::join_all([start(&first), start(&second)]).await;
    let refused: Vec<&Value> = answers.iter().filter_map(|answer| answer["errors"].get(0)).collect();
    assert_eq!(refused.len(), 1, "{answers:?}");
    let (code, reasons) =
        (&refused[0]["extensions"]["code"], &refused[0]["extensions"]["details"]["reasons"]);
    assert_eq!((code, reasons), (&json!("TRIP_CONSTRAINT"), &json!(["TRIP_UNDER_WAY"])));
    let under_way = "SELECT count(*) FROM trip WHERE status = 'STARTED'";
    assert_eq!(world.count(under_way).await, 1);
}

#[tokio::test]
async fn a_trip_does_not_start_with_a_vehicle_that_somebody_else_may_have() {
    let world = World::new().await;
    let shift = world.on_roster(0x11).await;
    let trip = world.dispatched(0x11).await;
    let manager = people::manager(FLEET_A);
    world.act(&manager, ("endAssignment", "id"), json!({"assignmentId": shift})).await;
    world.pass(25 * 60);
    let start = json!({"tripId": trip});
    let refused = world.refused(&people::driver(0x11), "startTrip", start.clone()).await;
    assert_eq!(refused, ("TRIP_CONSTRAINT".to_owned(), "tripId".to_owned()));
    let pair = json!({"driverId": id(0x11), "vehicleId": id(0x1011)});
    world.act(&manager, ("createAssignment", "id"), pair).await;
    assert_eq!(world.drive(0x11, "startTrip", &trip).await["status"], "STARTED");
}
