//! The transition table in full, and the boundary of every guard.

use chrono::{DateTime, TimeDelta, Utc};

use super::{Command, Readiness, decide, next};
use crate::config::Config;
use crate::geo::Point;
use crate::trip::lifecycle::Action;
use crate::trip::sample::{PICKUP, pickup_time, trip};
use crate::trip::{Trip, TripAssignmentStatus, TripStatus};

use TripStatus::{Arrived, Cancelled, Completed, Created, DriverAssigned, NoShow, Onboarded, Started};

fn code(trip: &Trip, command: Command, now: DateTime<Utc>) -> &'static str {
    decide(trip, command, now, &Config::default()).map_or_else(|refusal| refusal.code().0, |_| "OK")
}

/// Fit to set off.
const READY: Readiness = Readiness { on_duty: true, on_roster: true, under_way: false };

/// A point this many metres north of the pickup.
fn north(metres: f64) -> Option<Point> {
    Some(Point { lat: PICKUP.lat + (metres / 6_371_000.0).to_degrees(), lng: PICKUP.lng })
}

#[test]
fn only_the_published_transitions_exist() {
    let allowed = [
        (Action::Assign, Created, DriverAssigned),
        (Action::Reassign, DriverAssigned, DriverAssigned),
        (Action::Unassign, DriverAssigned, Created),
        (Action::Unassign, Started, Created),
        (Action::Unassign, Arrived, Created),
        (Action::Start, DriverAssigned, Started),
        (Action::Arrive, Started, Arrived),
        (Action::Onboard, Arrived, Onboarded),
        (Action::Complete, Onboarded, Completed),
        (Action::NoShow, Arrived, NoShow),
        (Action::Cancel, Created, Cancelled),
        (Action::Cancel, DriverAssigned, Cancelled),
        (Action::Cancel, Started, Cancelled),
        (Action::Cancel, Arrived, Cancelled),
        (Action::Reschedule, Created, Created),
        (Action::Reschedule, DriverAssigned, DriverAssigned),
    ];
    let actions = [
        Action::Assign,
        Action::Reassign,
        Action::Unassign,
        Action::Start,
        Action::Arrive,
        Action::Onboard,
        Action::Complete,
        Action::NoShow,
        Action::Cancel,
        Action::Reschedule,
    ];
    for action in actions {
        for from in TripStatus::ALL {
            let expected = allowed.iter().find(|(a, f, _)| *a == action && *f == from).map(|(_, _, to)| *to);
            assert_eq!(next(from, action, false), expected, "{action:?} from {from:?}");
        }
    }
}

#[test]
fn a_trip_from_an_assignment_may_skip_arrival_and_boarding() {
    assert_eq!(next(Started, Action::Complete, true), Some(Completed));
    assert_eq!(next(Started, Action::Complete, false), None);
    assert_eq!(next(DriverAssigned, Action::Complete, true), None);
}

#[test]
fn nothing_but_a_price_correction_follows_a_terminal_status() {
    for from in TripStatus::ALL.into_iter().filter(|status| status.is_terminal()) {
        let trip = trip(from);
        let commands =
            [Command::Assign, Command::Unassign, Command::Complete, Command::Cancel { by_passenger: false }];
        for command in commands {
            assert_eq!(
                code(&trip, command, pickup_time()),
                "INVALID_TRANSITION",
                "{command:?} from {from:?}"
            );
        }
    }
    assert_eq!(next(Completed, Action::AdjustFare, false), Some(Completed));
    assert_eq!(next(Cancelled, Action::AdjustFare, false), None);
}

#[test]
fn a_trip_starts_from_two_and_a_half_hours_before_pickup() {
    let start = Command::Start(READY);
    let trip = trip(DriverAssigned);
    assert_eq!(code(&trip, start, pickup_time() - TimeDelta::minutes(151)), "TOO_EARLY_START");
    assert_eq!(code(&trip, start, pickup_time() - TimeDelta::minutes(150)), "OK");
}

#[test]
fn a_driver_off_duty_starts_nothing_unless_check_in_is_switched_off() {
    let trip = trip(DriverAssigned);
    let off_duty = Command::Start(Readiness { on_duty: false, ..READY });
    assert_eq!(code(&trip, off_duty, pickup_time()), "TRIP_CONSTRAINT");
    assert_eq!(code(&trip, Command::Start(READY), pickup_time()), "OK");
    let rules = Config { require_check_in: false, ..Config::default() };
    assert!(decide(&trip, off_duty, pickup_time(), &rules).is_ok());
}

#[test]
fn a_driver_without_a_vehicle_or_with_another_trip_under_way_starts_nothing() {
    let trip = trip(DriverAssigned);
    for driver in [Readiness { on_roster: false, ..READY }, Readiness { under_way: true, ..READY }] {
        assert_eq!(code(&trip, Command::Start(driver), pickup_time()), "TRIP_CONSTRAINT");
    }
}

#[test]
fn arrival_counts_within_500_metres_and_from_30_minutes_before() {
    let trip = trip(Started);
    let now = pickup_time();
    assert_eq!(code(&trip, Command::Arrive { position: north(501.0) }, now), "GEOFENCE");
    assert_eq!(code(&trip, Command::Arrive { position: north(499.999) }, now), "OK");
    assert_eq!(code(&trip, Command::Arrive { position: None }, now), "VALIDATION");
    let at_pickup = Command::Arrive { position: Some(PICKUP) };
    assert_eq!(code(&trip, at_pickup, now - TimeDelta::minutes(31)), "TOO_EARLY_ARRIVE");
    assert_eq!(code(&trip, at_pickup, now - TimeDelta::minutes(30)), "OK");
    // Late is fine: nobody is stranded because of traffic.
    assert_eq!(code(&trip, at_pickup, now + TimeDelta::hours(3)), "OK");
}

#[test]
fn a_pickup_without_coordinates_has_no_geofence() {
    let trip = Trip { pickup_lat: None, ..trip(Started) };
    assert_eq!(code(&trip, Command::Arrive { position: None }, pickup_time()), "OK");
}

#[test]
fn boarding_needs_the_code_only_when_the_trip_has_one() {
    let board = Command::Onboard { code_matches: false };
    assert_eq!(code(&trip(Arrived), board, pickup_time()), "OK");
    let trip = Trip { boarding_otp_hash: Some("hash".into()), ..trip(Arrived) };
    assert_eq!(code(&trip, board, pickup_time()), "OTP_INVALID");
    assert_eq!(code(&trip, Command::Onboard { code_matches: true }, pickup_time()), "OK");
}

#[test]
fn a_no_show_takes_half_an_hour() {
    let trip = trip(Arrived);
    assert_eq!(code(&trip, Command::NoShow, pickup_time() + TimeDelta::minutes(29)), "TOO_EARLY_NO_SHOW");
    assert_eq!(code(&trip, Command::NoShow, pickup_time() + TimeDelta::minutes(30)), "OK");
}

#[test]
fn a_passenger_cancels_only_before_dispatch() {
    let cancel = Command::Cancel { by_passenger: true };
    assert_eq!(code(&trip(Created), cancel, pickup_time()), "OK");
    assert_eq!(code(&trip(DriverAssigned), cancel, pickup_time()), "INVALID_TRANSITION");
}

#[test]
fn a_trip_moves_to_an_hour_from_now_at_the_earliest() {
    let now = pickup_time();
    let at = |minutes| Command::Reschedule { pickup: now + TimeDelta::minutes(minutes) };
    assert_eq!(code(&trip(Created), at(59), now), "TRIP_CONSTRAINT");
    assert_eq!(code(&trip(Created), at(60), now), "OK");
    assert_eq!(code(&trip(Completed), at(60), now), "INVALID_TRANSITION");
}

#[test]
fn what_ends_a_trip_ends_its_dispatch() {
    let rules = Config::default();
    let ended = |status, command| {
        decide(&trip(status), command, pickup_time() + TimeDelta::hours(1), &rules)
            .map(|step| step.ends_dispatch)
    };
    assert_eq!(ended(Onboarded, Command::Complete).unwrap(), Some(TripAssignmentStatus::Completed));
    assert_eq!(ended(Arrived, Command::NoShow).unwrap(), Some(TripAssignmentStatus::Cancelled));
    assert_eq!(
        ended(Started, Command::Cancel { by_passenger: false }).unwrap(),
        Some(TripAssignmentStatus::Cancelled)
    );
    assert_eq!(ended(Started, Command::Unassign).unwrap(), Some(TripAssignmentStatus::Unassigned));
    assert_eq!(ended(DriverAssigned, Command::Start(READY)).unwrap(), None);
}
