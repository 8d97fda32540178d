//! What somebody tries who should not: repeating to see what is not theirs any more, writing what cannot be stored, paying
//! with what does not exist.

use kit::Caller;
use serde_json::{Value, json};

use crate::support::World;
use crate::support::day::TRIP;
use crate::support::people::{self, FLEET_A, HUB_A1, HUB_A2, id};

fn pair(code: &str, field: &str) -> (String, String) {
    (code.to_owned(), field.to_owned())
}

#[tokio::test]
async fn a_repeated_key_shows_a_driver_nothing_of_a_trip_that_was_taken_from_them() {
    let world = World::new().await;
    world.on_roster(0x11).await;
    world.on_roster(0x12).await;
    let trip = world.dispatched(0x11).await;
    world.pass(26 * 60);
    let start = json!({"tripId": trip, "idempotencyKey": "mine"});
    let me = people::driver(0x11);
    world.act(&me, ("startTrip", TRIP), start.clone()).await;
    let back = json!({"tripId": trip, "reason": "Flat tyre"});
    world.act(&people::manager(FLEET_A), ("unassignDriver", "id"), back).await;
    world.assign(&trip, 0x12).await;
    assert_eq!(world.refused(&me, "startTrip", start).await, pair("NOT_FOUND", "tripId"));
}

#[tokio::test]
async fn a_repetition_is_answered_although_it_would_be_refused_by_now() {
    let world = World::new().await;
    let manager = people::manager(FLEET_A);
    let mut journey = world.journey();
    journey["idempotencyKey"] = json!("once");
    let booked = world.act(&manager, ("createTrip", TRIP), journey.clone()).await;
    let public = world.act(&Caller::Anonymous, ("bookPublicTrip", "trip { shortId }"), journey.clone()).await;
    // The pickup is in the past now.
    world.pass(27 * 60);
    let again = world.act(&manager, ("createTrip", TRIP), journey.clone()).await;
    assert_eq!(again, booked);
    let fields = "trackingToken trip { shortId }";
    let renewed = world.act(&Caller::Anonymous, ("bookPublicTrip", fields), journey.clone()).await;
    assert_eq!(renewed["trip"], public["trip"]);
    let follow = "query ($t: String!) { tripByTrackingToken(token: $t) { status } }";
    let found = world.ok(&Caller::Anonymous, follow, json!({"t": renewed["trackingToken"]})).await;
    assert_eq!(found["tripByTrackingToken"]["status"], "CREATED");
    journey["idempotencyKey"] = json!("twice");
    assert_eq!(world.refused(&manager, "createTrip", journey).await, pair("VALIDATION", "pickupTime"));
}

#[tokio::test]
async fn nobody_books_a_ride_that_is_paid_for_by_saying_so() {
    let world = World::new().await;
    let mut journey = world.journey();
    journey["paymentMode"] = json!("PREPAID");
    let refused = world.refused(&Caller::Anonymous, "bookPublicTrip", journey.clone()).await;
    assert_eq!(refused, pair("VALIDATION", "paymentMode"));
    journey["paymentMode"] = json!("QR");
    world.act(&Caller::Anonymous, ("bookPublicTrip", "trackingToken"), journey).await;
}

#[tokio::test]
async fn a_driver_does_not_write_themselves_a_fortune_in_tolls() {
    let world = World::new().await;
    world.on_roster(0x11).await;
    let trip = world.dispatched(0x11).await;
    world.pass(26 * 60);
    for step in ["startTrip", "markArrived", "onboardPassenger"] {
        world.drive(0x11, step, &trip).await;
    }
    let me = people::driver(0x11);
    for amount in [1_000_001, i64::MAX, -1] {
        let done = json!({"tripId": trip, "tollPaise": amount});
        assert_eq!(
            world.refused(&me, "completeTrip", done).await,
            pair("VALIDATION", "tollPaise"),
            "{amount}"
        );
    }
    let done = json!({"tripId": trip, "tollPaise": 1_000_000});
    world.act(&me, ("completeTrip", "id"), done).await;
}

#[tokio::test]
async fn no_correction_of_a_fare_breaks_the_sums_of_the_dashboard() {
    let world = World::new().await;
    let manager = people::manager(FLEET_A);
    let trip = world.booked().await;
    for amount in [i64::MAX, 100_000_001] {
        let input = json!({"tripId": trip, "reason": "r", "quotePaise": amount});
        assert_eq!(world.refused(&manager, "adjustFare", input).await, pair("VALIDATION", "quotePaise"));
    }
}

#[tokio::test]
async fn an_operator_without_hubs_sees_no_trip() {
    let world = World::new().await;
    let trip = world.booked().await;
    let nowhere = people::operations(FLEET_A, &[]);
    let query = "query ($id: ID!) { trip(id: $id) { id } }";
    let found = world.ok(&nowhere, query, json!({"id": trip})).await;
    assert_eq!(found["trip"], Value::Null);
    for list in ["{ trips { nodes { id } } }", "{ assignments { nodes { id } } }"] {
        let answer = world.ask(&nowhere, list, json!({})).await;
        assert_eq!(answer["errors"][0]["extensions"]["code"], "SCOPE_NOT_SET", "{list}");
    }
    let somewhere = people::operations(FLEET_A, &[HUB_A2]);
    assert_eq!(world.ok(&somewhere, query, json!({"id": trip})).await["trip"]["id"], json!(trip));
}

#[tokio::test]
async fn a_driver_reads_nothing_of_what_was_said_of_others() {
    let world = World::new().await;
    world.on_roster(0x11).await;
    world.on_roster(0x12).await;
    let trip = world.dispatched(0x11).await;
    let other = json!({"tripId": trip, "driverId": id(0x12), "reason": "The first one smells of gin"});
    world.act(&people::manager(FLEET_A), ("reassignDriver", "id"), other).await;
    world.pass(26 * 60);
    world.drive(0x12, "startTrip", &trip).await;
    let query = "query ($id: ID!) { trip(id: $id) { dispatchHistory { driver { id } reason } history { action reason } } }";
    let seen = world.ok(&people::driver(0x12), query, json!({"id": trip})).await;
    let expected = json!({
        "dispatchHistory": [{"driver": {"id": id(0x12)}, "reason": null}],
        "history": [{"action": "START", "reason": null}],
    });
    assert_eq!(seen["trip"], expected);
    let all = world.ok(&people::manager(FLEET_A), query, json!({"id": trip})).await;
    assert_eq!(all["trip"]["dispatchHistory"].as_array().unwrap().len(), 2);
    assert_eq!(all["trip"]["history"].as_array().unwrap().len(), 4);
}

#[tokio::test]
async fn what_cannot_be_stored_is_refused_by_name() {
    let world = World::new().await;
    let manager = people::manager(FLEET_A);
    for (name, value, field) in [
        ("pickupTime", json!("2027-01-28T06:00:01Z"), "pickupTime"),
        ("pickupTime", json!("9999-12-31T23:59:59Z"), "pickupTime"),
        ("pickupTime", json!("+262142-12-31T23:59:59Z"), "pickupTime"),
        ("pickupLocation", json!("T3\u{0}"), "pickupLocation"),
        ("destinationCity", json!("Agra\u{0}"), "destinationCity"),
        ("distanceKm", json!(1e300), "distanceKm"),
    ] {
        let mut journey = world.journey();
        journey[name] = value.clone();
        let refused = world.refused(&manager, "createTrip", journey).await;
        assert_eq!(refused, pair("VALIDATION", field), "{name}: {value}");
    }
    let trip = world.booked().await;
    let far = json!({"tripId": trip, "pickupTime": "2027-01-28T06:00:01Z"});
    assert_eq!(world.refused(&manager, "rescheduleTrip", far).await, pair("VALIDATION", "pickupTime"));
    let queries = [
        ("query { trips(filter: {search: \"a\\u0000\"}) { nodes { id } } }", "filter.search"),
        ("query { trips(filter: {city: \"a\\u0000\"}) { nodes { id } } }", "filter.city"),
        (
            "query { trips(filter: {pickupFrom: \"-9999-01-01T00:00:00Z\"}) { nodes { id } } }",
            "filter.pickupFrom",
        ),
        ("query { operationsSummary(date: \"+262142-12-31\") { date } }", "date"),
        (
            "query { fareQuote(input: {distanceKm: 5, pickupTime: \"+262142-12-31T23:59:59Z\"}) { billableKm } }",
            "pickupTime",
        ),
    ];
    for (query, field) in queries {
        let answer = world.ask(&manager, query, json!({})).await;
        let error = &answer["errors"][0]["extensions"];
        assert_eq!(
            (&error["code"], &error["field"]),
            (&json!("VALIDATION"), &json!(field)),
            "{query}: {answer}"
        );
    }
    let odd = world.ok(&manager, "query { trip(id: \"TRP\\u0000\") { id } }", json!({})).await;
    assert_eq!(odd["trip"], Value::Null);
}

#[tokio::test]
async fn a_cursor_that_was_made_up_is_refused() {
    let world = World::new().await;
    let query = "query ($after: String) { trips(after: $after) { nodes { id } } }";
    // ["-262143-01-01T00:00:00Z","00000000-0000-0000-0000-000000000000"], and no JSON at all.
    let times = "WyItMjYyMTQzLTAxLTAxVDAwOjAwOjAwWiIsIjAwMDAwMDAwLTAwMDAtMDAwMC0wMDAwLTAwMDAwMDAwMDAwMCJd";
    for after in [times, "bm9uc2Vuc2U", "%%%"] {
        let answer = world.ask(&people::manager(FLEET_A), query, json!({"after": after})).await;
        let error = &answer["errors"][0]["extensions"];
        assert_eq!((&error["code"], &error["field"]), (&json!("VALIDATION"), &json!("after")), "{answer}");
    }
}

#[tokio::test]
async fn who_is_sent_is_asked_again_when_the_copy_was_renewed() {
    let world = World::new().await;
    world.on_roster(0x11).await;
    let trip = world.booked().await;
    // The copy says hub A1 and switched off; the owner says hub A2 and on duty.
    let mut off = people::driver_payload(0x11, FLEET_A, Some(HUB_A1));
    off["isForcedUnavailable"] = json!(true);
    world.deliver(&crate::support::event("driver.updated", people::uuid(0x11), 2, off)).await;
    world.neighbours.know(&people::driver_payload(0x11, FLEET_A, Some(HUB_A2)), 3);
    let here = people::operations(FLEET_A, &[HUB_A1]);
    let give = json!({"tripId": trip, "driverId": id(0x11)});
    assert_eq!(world.refused(&here, "assignDriver", give).await, pair("NOT_FOUND", "driverId"));
    assert_eq!(world.count("SELECT count(*) FROM trip_assignment").await, 0);
}
