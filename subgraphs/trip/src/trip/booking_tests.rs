//! The booking rules one by one, at their boundaries and in their order.

use chrono::{DateTime, Utc};

use super::{JourneyInput, PassengerInput, book};
use crate::config::Config;
use crate::geo::Point;
use crate::trip::{BookingType, DistanceSource, PaymentMode, TripType};

/// 23:59 in India on 27 January.
const NOW: &str = "2026-01-27T18:29:00Z";

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn journey() -> JourneyInput {
    JourneyInput {
        trip_type: None,
        booking_type: None,
        origin_city: "Delhi".into(),
        destination_city: None,
        pickup_time: at("2026-01-29T06:00:00Z"),
        pickup_location: "IGI T3".into(),
        drop_location: "Cyber Hub".into(),
        pickup_point: None,
        drop_point: None,
        distance_km: Some(26.0),
        vehicle_sku: None,
        vehicle_class: None,
        passenger: None,
        payment_mode: None,
    }
}

/// Code and field of the refusal, or OK.
fn outcome(journey: &JourneyInput) -> (String, String) {
    match book(journey, at(NOW), &Config::default()) {
        Ok(_) => ("OK".into(), String::new()),
        Err(refusal) => (refusal.code().0.into(), refusal.field_name().unwrap_or_default().into()),
    }
}

fn refused(journey: &JourneyInput, code: &str, field: &str) {
    assert_eq!(outcome(journey), (code.to_owned(), field.to_owned()), "{journey:?}");
}

#[test]
fn defaults_fill_what_is_left_out() {
    let booking = book(&journey(), at(NOW), &Config::default()).expect("a booking");
    assert_eq!(booking.trip_type, TripType::Airport);
    assert_eq!(booking.booking_type, BookingType::Prebook);
    assert_eq!(booking.vehicle_sku, "TATA_TIGOR_EV");
    assert_eq!(booking.destination_city, "Unknown");
    assert_eq!(booking.payment_mode, PaymentMode::Cash);
    let instant = JourneyInput { booking_type: Some(BookingType::Instant), ..journey() };
    assert_eq!(
        book(&instant, at(NOW), &Config::default()).expect("a booking").trip_type,
        TripType::InterCity
    );
}

#[test]
fn addresses_are_required() {
    refused(&JourneyInput { pickup_location: "  ".into(), ..journey() }, "VALIDATION", "pickupLocation");
    refused(&JourneyInput { drop_location: String::new(), ..journey() }, "VALIDATION", "dropLocation");
}

#[test]
fn an_unknown_city_is_refused_and_an_alias_is_not() {
    refused(&JourneyInput { origin_city: "Jaipur".into(), ..journey() }, "VALIDATION", "originCity");
    refused(&JourneyInput { origin_city: "Bengaluru".into(), ..journey() }, "VALIDATION", "originCity");
    let booking =
        book(&JourneyInput { origin_city: "gurugram".into(), ..journey() }, at(NOW), &Config::default());
    assert_eq!(booking.expect("a booking").origin_city, "GURGAON");
}

#[test]
fn a_pickup_in_the_past_is_refused_before_anything_about_cities() {
    let past =
        JourneyInput { pickup_time: at("2026-01-27T18:28:59Z"), origin_city: "Atlantis".into(), ..journey() };
    refused(&past, "VALIDATION", "pickupTime");
}

#[test]
fn airport_trips_are_picked_up_from_four_the_next_morning() {
    let at_359 = JourneyInput { pickup_time: at("2026-01-27T22:29:00Z"), ..journey() };
    refused(&at_359, "TRIP_CONSTRAINT", "pickupTime");
    let at_400 = JourneyInput { pickup_time: at("2026-01-27T22:30:00Z"), ..journey() };
    assert_eq!(outcome(&at_400).0, "OK");
    let rental = JourneyInput { trip_type: Some(TripType::Rental), ..at_359 };
    refused(&rental, "TRIP_CONSTRAINT", "pickupTime");
}

#[test]
fn two_minutes_past_midnight_the_next_morning_is_a_day_later() {
    let now = at("2026-01-27T18:32:00Z"); // 00:02 IST on the 28th
    let same_morning = JourneyInput { pickup_time: at("2026-01-27T22:30:00Z"), ..journey() };
    assert!(book(&same_morning, now, &Config::default()).is_err());
    let next_morning = JourneyInput { pickup_time: at("2026-01-28T22:30:00Z"), ..journey() };
    assert!(book(&next_morning, now, &Config::default()).is_ok());
}

#[test]
fn airport_and_rental_are_never_instant() {
    let instant = JourneyInput { booking_type: Some(BookingType::Instant), ..journey() };
    for trip_type in [TripType::Airport, TripType::Rental] {
        refused(
            &JourneyInput { trip_type: Some(trip_type), ..instant.clone() },
            "TRIP_CONSTRAINT",
            "bookingType",
        );
    }
}

#[test]
fn inter_city_needs_no_lead() {
    let soon = JourneyInput {
        trip_type: Some(TripType::InterCity),
        pickup_time: at("2026-01-27T18:30:00Z"),
        ..journey()
    };
    assert_eq!(outcome(&soon).0, "OK");
}

#[test]
fn an_electric_vehicle_goes_250_kilometres_between_cities() {
    let far = |km| JourneyInput { trip_type: Some(TripType::InterCity), distance_km: Some(km), ..journey() };
    assert_eq!(outcome(&far(250.0)).0, "OK");
    refused(&far(250.1), "TRIP_CONSTRAINT", "distanceKm");
    assert_eq!(outcome(&JourneyInput { trip_type: Some(TripType::Airport), ..far(251.0) }).0, "OK");
}

#[test]
fn only_known_kinds_of_vehicle_are_booked() {
    let sedan = JourneyInput { vehicle_sku: Some("DNA_SEDAN_EV".into()), ..journey() };
    refused(&sedan, "VALIDATION", "vehicleSku");
}

#[test]
fn the_distance_is_given_or_estimated() {
    let points = JourneyInput {
        distance_km: None,
        pickup_point: Some(Point { lat: 28.5562, lng: 77.1 }),
        drop_point: Some(Point { lat: 28.5355, lng: 77.391 }),
        ..journey()
    };
    let booking = book(&points, at(NOW), &Config::default()).expect("a booking");
    assert_eq!(booking.price.distance_source, DistanceSource::Estimated);
    assert!((35.0..45.0).contains(&booking.price.distance_km), "{}", booking.price.distance_km);
    refused(&JourneyInput { distance_km: None, ..journey() }, "VALIDATION", "distanceKm");
    refused(&JourneyInput { distance_km: Some(-1.0), ..journey() }, "VALIDATION", "distanceKm");
    refused(&JourneyInput { distance_km: Some(f64::NAN), ..journey() }, "VALIDATION", "distanceKm");
}

#[test]
fn a_passenger_has_a_name_and_a_phone() {
    let with = |name: &str, phone: &str| JourneyInput {
        passenger: Some(PassengerInput { name: name.into(), phone: phone.into() }),
        ..journey()
    };
    refused(&with("", "9000000001"), "VALIDATION", "passenger.name");
    refused(&with("Asha", "123"), "VALIDATION", "passenger.phone");
    let booking = book(&with(" Asha ", "90000 00001"), at(NOW), &Config::default()).expect("a booking");
    let passenger = booking.passenger.expect("a passenger");
    assert_eq!((passenger.name.as_str(), passenger.phone.as_str()), ("Asha", "+919000000001"));
}

#[test]
fn a_day_ahead_26_kilometres_between_cities_cost_741() {
    let trip = JourneyInput { trip_type: Some(TripType::InterCity), ..journey() };
    let booking = book(&trip, at(NOW), &Config::default()).expect("a booking");
    assert_eq!(booking.price.fare.quote.0, 74_100);
}
