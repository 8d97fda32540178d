//! Booking through the front door: refusals name code and field, keys make repetition harmless, the public has its token.

use kit::Caller;
use serde_json::{Value, json};

use crate::support::day::TRIP;
use crate::support::people::{self, FLEET_A, FLEET_B, id};
use crate::support::{World, operation};

fn pair(code: &str, field: &str) -> (String, String) {
    (code.to_owned(), field.to_owned())
}

#[tokio::test]
async fn bad_input_gets_its_code_and_field() {
    let world = World::new().await;
    let manager = people::manager(FLEET_A);
    let cases = [
        ("originCity", json!("Jaipur"), "VALIDATION", "originCity"),
        ("pickupTime", json!("2026-01-27T05:59:59Z"), "VALIDATION", "pickupTime"),
        ("distanceKm", json!(250.5), "TRIP_CONSTRAINT", "distanceKm"),
        ("vehicleSku", json!("DNA_SEDAN_EV"), "VALIDATION", "vehicleSku"),
        ("pickupLocation", json!(" "), "VALIDATION", "pickupLocation"),
        ("passenger", json!({"name": "Asha", "phone": "12"}), "VALIDATION", "passenger.phone"),
        ("boardingOtp", json!("12a4"), "VALIDATION", "boardingOtp"),
        ("pickupPoint", json!({"lat": 91.0, "lng": 0.0}), "VALIDATION", "pickupPoint"),
        ("fleetId", json!(id(FLEET_B)), "FORBIDDEN", "fleetId"),
        ("fleetId", json!("fleet"), "VALIDATION", "fleetId"),
        ("idempotencyKey", json!(""), "VALIDATION", "idempotencyKey"),
    ];
    for (name, value, code, field) in cases {
        let mut journey = world.journey();
        journey[name] = value;
        assert_eq!(world.refused(&manager, "createTrip", journey).await, pair(code, field), "{name}");
    }
    assert_eq!(world.count("SELECT count(*) FROM trip").await, 0);
    assert_eq!(world.count("SELECT count(*) FROM outbox").await, 0, "what is refused is not told");
}

#[tokio::test]
async fn airport_pickups_are_from_four_in_the_morning_of_the_next_indian_day() {
    let world = World::new().await;
    world.pass(12 * 60 + 29); // 23:59 in India
    let manager = people::manager(FLEET_A);
    let mut journey = world.journey();
    journey["tripType"] = json!("AIRPORT");
    journey["pickupTime"] = json!("2026-01-27T22:29:00Z");
    let refused = world.refused(&manager, "createTrip", journey.clone()).await;
    assert_eq!(refused, pair("TRIP_CONSTRAINT", "pickupTime"));
    journey["pickupTime"] = json!("2026-01-27T22:30:00Z");
    world.act(&manager, ("createTrip", "id"), journey).await;
}

#[tokio::test]
async fn the_same_key_books_once() {
    let world = World::new().await;
    let manager = people::manager(FLEET_A);
    let mut journey = world.journey();
    journey["idempotencyKey"] = json!("click-1");
    let one = world.act(&manager, ("createTrip", TRIP), journey.clone()).await;
    let two = world.act(&manager, ("createTrip", TRIP), journey.clone()).await;
    assert_eq!(one, two);
    assert_eq!(world.count("SELECT count(*) FROM trip").await, 1);
    assert_eq!(world.count("SELECT count(*) FROM outbox").await, 1);
    journey["distanceKm"] = json!(30);
    let other = world.refused(&manager, "createTrip", journey).await;
    assert_eq!(other, pair("CONFLICT", "idempotencyKey"));
}

#[tokio::test]
async fn a_driver_who_taps_twice_completes_once() {
    let world = World::new().await;
    world.on_roster(0x11).await;
    let trip = world.dispatched(0x11).await;
    world.pass(26 * 60);
    let me = people::driver(0x11);
    for step in ["startTrip", "markArrived", "onboardPassenger"] {
        world.drive(0x11, step, &trip).await;
    }
    let done = json!({"tripId": trip, "idempotencyKey": "done-1"});
    let one = world.act(&me, ("completeTrip", TRIP), done.clone()).await;
    let two = world.act(&me, ("completeTrip", TRIP), done).await;
    assert_eq!(one, two);
    assert_eq!(world.count("SELECT count(*) FROM outbox WHERE event_type = 'trip.completed'").await, 1);
}

#[tokio::test]
async fn a_quote_is_what_booking_costs() {
    let world = World::new().await;
    let query = "query ($input: FareQuoteInput!) { fareQuote(input: $input) { tripType distanceKm distanceSource billableKm \
        bookingBucket vehicleClass baseFare { amountPaise } fare { quote { amountPaise } airport { amountPaise } \
        night { amountPaise } total { amountPaise currency } } } }";
    let input = json!({"tripType": "AIRPORT", "distanceKm": 45, "pickupTime": "2026-01-28T18:00:00Z"});
    let quote = world.ok(&Caller::Anonymous, query, json!({"input": input})).await;
    let expected = json!({
        "tripType": "AIRPORT", "distanceKm": 45.0, "distanceSource": "CLIENT_PROVIDED", "billableKm": 45,
        "bookingBucket": "T_2", "vehicleClass": "EV", "baseFare": {"amountPaise": 112_500},
        "fare": {
            "quote": {"amountPaise": 106_900}, "airport": {"amountPaise": 27_000}, "night": {"amountPaise": 26_725},
            "total": {"amountPaise": 160_625, "currency": "INR"},
        },
    });
    assert_eq!(quote["fareQuote"], expected);
    let by_map =
        json!({"pickupPoint": {"lat": 28.5562, "lng": 77.1}, "dropPoint": {"lat": 28.495, "lng": 77.089}});
    let estimated = world.ok(&Caller::Anonymous, query, json!({"input": by_map})).await;
    assert_eq!(estimated["fareQuote"]["distanceSource"], "ESTIMATED");
    let far = json!({"tripType": "INTER_CITY", "distanceKm": 251, "vehicleClass": "NON_EV", "pickupTime": "2026-01-29T06:00:00Z"});
    let petrol = world.ok(&Caller::Anonymous, query, json!({"input": far})).await;
    assert_eq!(petrol["fareQuote"]["fare"]["quote"]["amountPaise"], 786_900);
}

#[tokio::test]
async fn a_passenger_books_follows_and_calls_off_without_an_account() {
    let world = World::new().await;
    let fields = "trackingToken boardingOtp trip { shortId status driverName vehicleNumber mayCancel }";
    let mut nobody = world.journey();
    nobody["passenger"] = Value::Null;
    let refused = world.refused(&Caller::Anonymous, "bookPublicTrip", nobody).await;
    assert_eq!(refused, pair("VALIDATION", "passenger"));
    let booked = world.act(&Caller::Anonymous, ("bookPublicTrip", fields), world.journey()).await;
    let token = booked["trackingToken"].as_str().unwrap();
    assert_eq!(booked["trip"]["status"], "CREATED");
    let follow = "query ($t: String!) { tripByTrackingToken(token: $t) { status driverName vehicleNumber mayCancel } }";
    let look = async || {
        world.ok(&Caller::Anonymous, follow, json!({"t": token})).await["tripByTrackingToken"].clone()
    };
    world.on_roster(0x11).await;
    let trip = booked["trip"]["shortId"].clone();
    let give = json!({"tripId": trip, "driverId": id(0x11)});
    world.act(&people::super_admin(), ("assignDriver", "id"), give).await;
    let expected = json!({
        "status": "DRIVER_ASSIGNED", "driverName": "Driver 11", "vehicleNumber": "DL01AB1011", "mayCancel": false,
    });
    assert_eq!(look().await, expected);
    let call_off = json!({"trackingToken": token, "reason": "Changed my mind"});
    assert_eq!(
        world.refused(&Caller::Anonymous, "cancelPublicTrip", call_off.clone()).await.0,
        "INVALID_TRANSITION"
    );
    let back = json!({"tripId": trip, "reason": "Ill"});
    world.act(&people::super_admin(), ("unassignDriver", "id"), back).await;
    let gone = world.act(&Caller::Anonymous, ("cancelPublicTrip", "status"), call_off).await;
    assert_eq!(gone["status"], "CANCELLED");
    let wrong = world.ok(&Caller::Anonymous, follow, json!({"t": "guess"})).await;
    assert_eq!(wrong["tripByTrackingToken"], Value::Null);
    let stored: i64 =
        world.count("SELECT count(*) FROM trip WHERE tracking_token_hash LIKE '%' || short_id || '%'").await;
    assert_eq!(stored, 0);
}

#[tokio::test]
async fn the_public_is_charged_what_the_map_says() {
    let world = World::new().await;
    let mut journey = world.journey();
    journey["dropPoint"] = json!({"lat": 28.5355, "lng": 77.3910});
    journey["distanceKm"] = json!(1);
    let booked = world
        .act(&Caller::Anonymous, ("bookPublicTrip", "trip { fare { quote { amountPaise } } }"), journey)
        .await;
    assert!(booked["trip"]["fare"]["quote"]["amountPaise"].as_i64().unwrap() > 100_000, "{booked}");
}

#[tokio::test]
async fn a_repeated_public_booking_renews_its_secrets_and_books_once() {
    let world = World::new().await;
    let mut journey = world.journey();
    journey["idempotencyKey"] = json!("tap");
    let fields = "trackingToken trip { shortId }";
    let one = world.act(&Caller::Anonymous, ("bookPublicTrip", fields), journey.clone()).await;
    let two = world.act(&Caller::Anonymous, ("bookPublicTrip", fields), journey).await;
    assert_eq!(one["trip"], two["trip"]);
    let follow = "query ($t: String!) { tripByTrackingToken(token: $t) { status } }";
    let old = world.ok(&Caller::Anonymous, follow, json!({"t": one["trackingToken"]})).await;
    let new = world.ok(&Caller::Anonymous, follow, json!({"t": two["trackingToken"]})).await;
    assert_eq!(
        (old["tripByTrackingToken"].is_null(), new["tripByTrackingToken"]["status"].as_str()),
        (true, Some("CREATED"))
    );
}

#[tokio::test]
async fn the_public_books_ten_times_an_hour_from_one_address() {
    let world = World::new().await;
    let book = json!({"query": operation("bookPublicTrip", "trackingToken"), "variables": {"input": world.journey()}});
    let mut codes = Vec::new();
    for _ in 0..11 {
        let answer = world.asked_from("203.0.113.7", &book).await;
        codes.push(answer["errors"][0]["extensions"]["code"].as_str().map(str::to_owned));
    }
    assert!(codes[..10].iter().all(Option::is_none), "{codes:?}");
    assert_eq!(codes[10].as_deref(), Some("RATE_LIMITED"));
    let neighbour = world.asked_from("203.0.113.8", &book).await;
    assert!(neighbour.get("errors").is_none(), "{neighbour}");
}

#[tokio::test]
async fn forged_identity_headers_are_answered_unauthenticated() {
    let world = World::new().await;
    let query = json!({"query": "query { trips { nodes { id } } }"});
    for (name, value) in
        [("x-dk-role", "SUPER_ADMIN"), ("x-dk-user-id", "1"), ("x-dk-principal", "not-signed")]
    {
        let answer = world.raw(&[(name, value)], &query).await;
        assert_eq!(answer["errors"][0]["extensions"]["code"], "UNAUTHENTICATED", "{name}");
    }
}
