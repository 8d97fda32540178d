//! Each obstacle alone, and none of them.

use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

use super::{Candidate, Obstacle, Promise, obstacles, refuse_if_any};
use crate::config::Config;
use crate::reference::{DriverRef, DriverStatus, KycStatus, VehicleRef, VehicleStatus};
use crate::trip::sample::{pickup_time, trip};
use crate::trip::{Trip, TripStatus, TripType};

const FLEET: Uuid = Uuid::from_u128(1);

fn driver() -> DriverRef {
    DriverRef {
        id: Uuid::from_u128(2),
        user_id: Uuid::from_u128(3),
        fleet_id: Some(FLEET),
        hub_id: None,
        name: "Ravi Kumar".into(),
        status: DriverStatus::Active,
        kyc_status: KycStatus::Approved,
        is_available: true,
        is_forced_unavailable: false,
        payment_model: None,
        version: 1,
    }
}

fn vehicle() -> VehicleRef {
    VehicleRef {
        id: Uuid::from_u128(4),
        fleet_id: Some(FLEET),
        hub_id: None,
        number: "DL01AB1234".into(),
        status: VehicleStatus::Active,
        fuel_type: "ELECTRIC".into(),
        docs_valid_until: pickup_time().date_naive().into(),
        version: 1,
    }
}

fn other(trip_type: TripType, status: TripStatus, pickup: DateTime<Utc>) -> Promise {
    let (trip_id, driver_id) = (Uuid::from_u128(9), Uuid::from_u128(2));
    Promise { trip_id, driver_id, status, trip_type, pickup_time: pickup, distance_km: 10.0 }
}

fn against(
    trip: &Trip,
    driver: &DriverRef,
    vehicle: Option<&VehicleRef>,
    promises: &[Promise],
) -> Vec<Obstacle> {
    let now = pickup_time() - TimeDelta::hours(5);
    obstacles(trip, Candidate { driver, vehicle, promises }, now, &Config::default())
}

#[test]
fn a_fit_driver_with_a_fit_vehicle_may_go() {
    let found = against(&trip(TripStatus::Created), &driver(), Some(&vehicle()), &[]);
    assert_eq!(found, []);
    assert!(refuse_if_any(&found).is_ok());
}

#[test]
fn every_fault_of_a_driver_is_named() {
    let created = trip(TripStatus::Created);
    let cases = [
        (DriverRef { status: DriverStatus::Suspended, ..driver() }, Obstacle::DriverNotActive),
        (DriverRef { kyc_status: KycStatus::Pending, ..driver() }, Obstacle::KycNotApproved),
        (DriverRef { is_forced_unavailable: true, ..driver() }, Obstacle::DriverUnavailable),
    ];
    for (driver, obstacle) in cases {
        assert_eq!(against(&created, &driver, Some(&vehicle()), &[]), [obstacle]);
    }
    let foreign = Trip { fleet_id: Some(Uuid::from_u128(77)), ..created };
    assert_eq!(against(&foreign, &driver(), Some(&vehicle()), &[]), [Obstacle::OtherFleet]);
}

#[test]
fn every_fault_of_a_vehicle_is_named() {
    let created = trip(TripStatus::Created);
    assert_eq!(against(&created, &driver(), None, &[]), [Obstacle::NoRosterAssignment]);
    let resting = VehicleRef { status: VehicleStatus::Maintenance, ..vehicle() };
    assert_eq!(against(&created, &driver(), Some(&resting), &[]), [Obstacle::VehicleNotActive]);
    let yesterday = pickup_time().date_naive().pred_opt();
    for docs_valid_until in [yesterday, None] {
        let expired = VehicleRef { docs_valid_until, ..vehicle() };
        assert_eq!(against(&created, &driver(), Some(&expired), &[]), [Obstacle::VehicleDocuments]);
    }
}

#[test]
fn two_airport_trips_lie_an_hour_apart() {
    let created = trip(TripStatus::Created);
    let at = |minutes| {
        other(TripType::Airport, TripStatus::DriverAssigned, pickup_time() - TimeDelta::minutes(minutes))
    };
    assert_eq!(against(&created, &driver(), Some(&vehicle()), &[at(59)]), [Obstacle::AirportGap]);
    assert_eq!(against(&created, &driver(), Some(&vehicle()), &[at(60)]), []);
}

#[test]
fn a_rental_takes_the_whole_indian_day() {
    let created = trip(TripStatus::Created);
    // 06:00 UTC is 11:30 in India; twelve hours later is 23:30 of the same day, thirteen hours the next.
    let rental =
        |hours| other(TripType::Rental, TripStatus::DriverAssigned, pickup_time() + TimeDelta::hours(hours));
    assert_eq!(against(&created, &driver(), Some(&vehicle()), &[rental(12)]), [Obstacle::RentalDay]);
    assert_eq!(against(&created, &driver(), Some(&vehicle()), &[rental(13)]), []);
}

#[test]
fn trips_that_overlap_in_time_are_refused_and_finished_ones_are_not_in_the_way() {
    let created = Trip { trip_type: TripType::InterCity, ..trip(TripStatus::Created) };
    // 26 km take 52 minutes.
    let at =
        |minutes, status| other(TripType::InterCity, status, pickup_time() + TimeDelta::minutes(minutes));
    let assigned = at(51, TripStatus::DriverAssigned);
    assert_eq!(against(&created, &driver(), Some(&vehicle()), &[assigned]), [Obstacle::TripOverlap]);
    let later = at(52, TripStatus::DriverAssigned);
    assert_eq!(against(&created, &driver(), Some(&vehicle()), &[later]), []);
    let done = at(10, TripStatus::Completed);
    assert_eq!(against(&created, &driver(), Some(&vehicle()), &[done]), []);
}

#[test]
fn a_trip_that_runs_late_is_in_the_way_until_it_ends() {
    let created = Trip { trip_type: TripType::InterCity, ..trip(TripStatus::Created) };
    let late = other(TripType::InterCity, TripStatus::Onboarded, pickup_time() - TimeDelta::hours(4));
    let now = pickup_time() + TimeDelta::minutes(1);
    let candidate = Candidate { driver: &driver(), vehicle: Some(&vehicle()), promises: &[late] };
    assert_eq!(obstacles(&created, candidate, now, &Config::default()), [Obstacle::TripOverlap]);
}

#[test]
fn a_refusal_names_the_field_and_lists_the_reasons() {
    let refusal = refuse_if_any(&[Obstacle::KycNotApproved, Obstacle::NoRosterAssignment]).unwrap_err();
    assert_eq!(refusal.code().0, "TRIP_CONSTRAINT");
    assert_eq!(refusal.field_name(), Some("driverId"));
    let reasons = refusal.detail("reasons").cloned();
    assert_eq!(reasons, Some(serde_json::json!(["KYC_NOT_APPROVED", "NO_ROSTER_ASSIGNMENT"])));
}
