//! Every published fare vector, and the whole table against the formula in floating point.

use chrono::{DateTime, Utc};

use super::{
    BookingBucket, Extras, Fare, VehicleClass, billable_km, is_night, night_surcharge, quote, waited_minutes,
    waiting_charge,
};
use crate::trip::TripType;
use kit::money::Paise;

use BookingBucket::{T1, T2};
use TripType::{Airport, InterCity, Rental};
use VehicleClass::{Ev, NonEv};

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

#[test]
fn quotes_match_the_published_vectors() {
    let vectors = [
        (3.0, Airport, T1, Ev, 125),
        (25.5, InterCity, T1, Ev, 780),
        (25.5, InterCity, T2, Ev, 741),
        (26.0, Airport, T1, Ev, 650),
        (40.0, Airport, T2, Ev, 950),
        (45.0, Airport, T2, Ev, 1069),
        (5.0, Rental, T1, NonEv, 151),
        (80.0, Rental, T2, Ev, 2090),
        (251.0, InterCity, T2, NonEv, 7869),
        (13.0, Rental, T2, NonEv, 374),
    ];
    for (km, trip_type, bucket, class, rupees) in vectors {
        assert_eq!(
            quote(billable_km(km), trip_type, bucket, class),
            rupees * 100,
            "{km} km {trip_type:?} {bucket:?} {class:?}"
        );
    }
}

#[test]
fn quotes_equal_the_floating_point_formula_in_all_7152_cases() {
    let mut cases = 0;
    for km in 5..=600_i64 {
        for (trip_type, trip) in [(Airport, 1.0), (Rental, 1.1), (InterCity, 1.2)] {
            for (bucket, booking) in [(T1, 1.0), (T2, 0.95)] {
                for (class, vehicle) in [(Ev, 1.0), (NonEv, 1.1)] {
                    let float =
                        (f64::from(i32::try_from(km).unwrap()) * 25.0 * trip * booking * vehicle).round();
                    let exact = quote(km, trip_type, bucket, class);
                    assert_eq!(exact % 100, 0, "a quote is whole rupees");
                    assert_eq!((exact / 100).to_string(), format!("{float:.0}"), "{km} km {trip_type:?}");
                    cases += 1;
                }
            }
        }
    }
    assert_eq!(cases, 7_152);
}

#[test]
fn kilometres_are_billed_from_five_and_every_started_one() {
    for (km, billed) in [(0.0, 5), (3.0, 5), (5.0, 5), (5.01, 6), (25.5, 26), (26.0, 26), (250.1, 251)] {
        assert_eq!(billable_km(km), billed, "{km}");
    }
}

#[test]
fn waiting_is_free_for_45_minutes_then_every_started_half_hour() {
    for (minutes, rupees) in [(0, 0), (45, 0), (46, 100), (75, 100), (76, 200), (105, 200), (106, 300)] {
        assert_eq!(waiting_charge(minutes), rupees * 100, "{minutes} min");
    }
}

#[test]
fn waiting_counts_full_minutes_and_needs_both_timestamps() {
    let arrived = at("2026-01-27T18:00:00Z");
    assert_eq!(waited_minutes(Some(arrived), Some(at("2026-01-27T18:45:59Z"))), Some(45));
    assert_eq!(waited_minutes(Some(arrived), None), None);
    assert_eq!(waited_minutes(None, Some(arrived)), None);
}

#[test]
fn night_is_from_23_to_5_in_india() {
    // 23:00 IST is 17:30 UTC.
    for (instant, night) in [
        ("2026-01-27T17:29:59Z", false),
        ("2026-01-27T17:30:00Z", true),
        ("2026-01-27T23:29:59Z", true),
        ("2026-01-27T23:30:00Z", false),
    ] {
        assert_eq!(is_night(at(instant)), night, "{instant}");
    }
    assert_eq!(night_surcharge(106_900), 26_725);
    assert_eq!(night_surcharge(99_900), 25_000);
}

#[test]
fn the_advance_bucket_starts_at_exactly_24_hours() {
    let pickup = at("2026-01-28T18:00:00Z");
    assert_eq!(BookingBucket::of(at("2026-01-27T18:00:00Z"), pickup), T2);
    assert_eq!(BookingBucket::of(at("2026-01-27T18:00:01Z"), pickup), T1);
}

#[test]
fn the_worked_example_totals_1786_rupees_25() {
    let pickup = at("2026-01-27T18:00:00Z"); // 23:30 IST
    let quoted = quote(billable_km(45.0), Airport, T2, Ev);
    let extras = Extras { toll: Some(Paise(8_000)), ..Extras::default() };
    let fare = Fare::booked(Airport, quoted, pickup).and_then(|fare| fare.waited(Some(60)));
    let fare = fare.and_then(|fare| fare.with_extras(extras)).expect("a fare");
    assert_eq!(fare.quote.0, 106_900);
    assert_eq!(fare.waiting.0, 10_000);
    assert_eq!(fare.night.0, 26_725);
    assert_eq!(fare.airport.0, 27_000);
    assert_eq!(fare.total.0, 178_625);
}

#[test]
fn an_extra_that_cannot_be_is_refused_by_name() {
    let fare = Fare::booked(Airport, 10_000, at("2026-01-27T12:00:00Z")).expect("a fare");
    let parking = |paise| fare.with_extras(Extras { parking: Some(Paise(paise)), ..Extras::default() });
    for paise in [-1, 1_000_001, i64::MAX, i64::MIN] {
        let refused = parking(paise).unwrap_err();
        assert_eq!((refused.code().0, refused.field_name()), ("VALIDATION", Some("parkingPaise")), "{paise}");
    }
    assert_eq!(parking(1_000_000).expect("a fare").total.0, 10_000 + 27_000 + 1_000_000);
}

#[test]
fn what_was_corrected_before_stays_unless_the_driver_says_otherwise() {
    let fare = Fare::booked(Airport, 10_000, at("2026-01-27T12:00:00Z")).expect("a fare");
    let corrected = Fare { toll: Paise(500), parking: Paise(700), ..fare };
    let extras = Extras { toll: Some(Paise(900)), ..Extras::default() };
    let fare = corrected.with_extras(extras).expect("a fare");
    assert_eq!((fare.toll, fare.parking), (Paise(900), Paise(700)));
}

#[test]
fn a_sku_with_ev_in_its_name_is_electric() {
    assert_eq!(VehicleClass::of_sku("TATA_TIGOR_EV"), Ev);
    assert_eq!(VehicleClass::of_sku("SWIFT_DZIRE"), NonEv);
}
