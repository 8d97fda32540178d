//! The life of a trip: one table of what may follow what, and the guard of each step. Pure: a trip, a command and the
//! time go in, the step to take or the refusal comes out.

use async_graphql::Enum;
use chrono::{DateTime, TimeDelta, Utc};
use kit::error::{Code, Error, Result};

use super::{Trip, TripAssignmentStatus, TripStatus};
use crate::codes::{
    GEOFENCE, OTP_INVALID, TOO_EARLY_ARRIVE, TOO_EARLY_NO_SHOW, TOO_EARLY_START, TRIP_CONSTRAINT,
};
use crate::config::Config;
use crate::geo::Point;

use TripStatus::{Arrived, Cancelled, Completed, Created, DriverAssigned, NoShow, Onboarded, Started};

/// Everything that can be done to a trip.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Enum, sqlx::Type)]
#[graphql(name = "TripAction", rename_items = "SCREAMING_SNAKE_CASE")]
#[sqlx(type_name = "text", rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Action {
    /// Booked.
    Create,
    /// Created with the driver and vehicle of a roster assignment.
    CreateFromAssignment,
    /// Given to a driver.
    Assign,
    /// Taken from one driver and given to another.
    Reassign,
    /// Taken from its driver.
    Unassign,
    /// The driver left for the pickup.
    Start,
    /// The driver is there.
    Arrive,
    /// The passenger is on board.
    Onboard,
    /// Done.
    Complete,
    /// The passenger did not come.
    NoShow,
    /// Called off.
    Cancel,
    /// Moved to another pickup time.
    Reschedule,
    /// The fare was corrected by an administrator.
    AdjustFare,
}

/// An action with what its guard needs to know.
#[derive(Clone, Copy, Debug)]
pub enum Command {
    Assign,
    Reassign,
    Unassign,
    Start(Readiness),
    /// Where the driver is.
    Arrive {
        position: Option<Point>,
    },
    /// Whether the passenger's boarding code was given; ignored by trips without one.
    Onboard {
        code_matches: bool,
    },
    Complete,
    NoShow,
    /// Whether it is the passenger who cancels, with the tracking token.
    Cancel {
        by_passenger: bool,
    },
    Reschedule {
        pickup: DateTime<Utc>,
    },
    AdjustFare,
}

/// What a driver who sets off must be.
#[derive(Clone, Copy, Debug)]
pub struct Readiness {
    /// Checked in, approved and not on a break.
    pub on_duty: bool,
    /// With a vehicle on the roster.
    pub on_roster: bool,
    /// On the way with another trip.
    pub under_way: bool,
}

impl Command {
    const fn action(self) -> Action {
        match self {
            Self::Assign => Action::Assign,
            Self::Reassign => Action::Reassign,
            Self::Unassign => Action::Unassign,
            Self::Start(_) => Action::Start,
            Self::Arrive { .. } => Action::Arrive,
            Self::Onboard { .. } => Action::Onboard,
            Self::Complete => Action::Complete,
            Self::NoShow => Action::NoShow,
            Self::Cancel { .. } => Action::Cancel,
            Self::Reschedule { .. } => Action::Reschedule,
            Self::AdjustFare => Action::AdjustFare,
        }
    }
}

/// A step that may be taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Transition {
    pub action: Action,
    pub from: TripStatus,
    pub to: TripStatus,
    /// What becomes of the live dispatch record, when the step ends it.
    pub ends_dispatch: Option<TripAssignmentStatus>,
}

/// Decides whether `command` may be carried out on `trip` at `now`, and what the trip becomes.
///
/// # Errors
/// INVALID_TRANSITION when the status does not allow the action, else the code of the guard that refused.
pub fn decide(trip: &Trip, command: Command, now: DateTime<Utc>, rules: &Config) -> Result<Transition> {
    let action = command.action();
    let to = next(trip.status, action, trip.from_assignment).ok_or_else(|| invalid(trip.status, action))?;
    match command {
        Command::Start(readiness) => may_start(trip, readiness, now, rules)?,
        Command::Arrive { position } => may_arrive(trip, position, now, rules)?,
        Command::Onboard { code_matches } => may_board(trip, code_matches)?,
        Command::NoShow => may_give_up(trip, now, rules)?,
        Command::Cancel { by_passenger } => may_cancel(trip, by_passenger)?,
        Command::Reschedule { pickup } => may_move(pickup, now, rules)?,
        _ => {}
    }
    Ok(Transition { action, from: trip.status, to, ends_dispatch: ends_dispatch(action) })
}

/// The table: what a trip in `from` becomes by `action`, or nothing when that is not allowed.
fn next(from: TripStatus, action: Action, from_assignment: bool) -> Option<TripStatus> {
    match (action, from) {
        (Action::Assign, Created) | (Action::Reassign, DriverAssigned) => Some(DriverAssigned),
        (Action::Unassign, DriverAssigned | Started | Arrived) => Some(Created),
        (Action::Start, DriverAssigned) => Some(Started),
        (Action::Arrive, Started) => Some(Arrived),
        (Action::Onboard, Arrived) => Some(Onboarded),
        (Action::Complete, Onboarded) => Some(Completed),
        // The two-step day: a trip made from an assignment has no arrival and no boarding.
        (Action::Complete, Started) if from_assignment => Some(Completed),
        (Action::NoShow, Arrived) => Some(NoShow),
        (Action::Cancel, Created | DriverAssigned | Started | Arrived) => Some(Cancelled),
        (Action::Reschedule, Created | DriverAssigned) => Some(from),
        (Action::AdjustFare, _) if !matches!(from, Cancelled | TripStatus::CancelledByPartner | NoShow) => {
            Some(from)
        }
        _ => None,
    }
}

const fn ends_dispatch(action: Action) -> Option<TripAssignmentStatus> {
    match action {
        Action::Reassign | Action::Unassign => Some(TripAssignmentStatus::Unassigned),
        Action::Complete => Some(TripAssignmentStatus::Completed),
        Action::NoShow | Action::Cancel => Some(TripAssignmentStatus::Cancelled),
        _ => None,
    }
}

fn invalid(from: TripStatus, action: Action) -> Error {
    let verb = match action {
        Action::Create | Action::CreateFromAssignment => "created",
        Action::Assign => "given to a driver",
        Action::Reassign => "given to another driver",
        Action::Unassign => "taken from its driver",
        Action::Start => "started",
        Action::Arrive => "marked as arrived",
        Action::Onboard => "boarded",
        Action::Complete => "completed",
        Action::NoShow => "marked as a no-show",
        Action::Cancel => "cancelled",
        Action::Reschedule => "rescheduled",
        Action::AdjustFare => "repriced",
    };
    Error::new(Code::INVALID_TRANSITION, format!("A trip that is {} cannot be {verb}", from.as_str()))
        .with("status", from.as_str())
}

fn may_start(trip: &Trip, driver: Readiness, now: DateTime<Utc>, rules: &Config) -> Result<()> {
    let opens = trip.pickup_time - TimeDelta::minutes(rules.start_window_min);
    if now < opens {
        return Err(Error::new(TOO_EARLY_START, "It is too early to start this trip").with("opensAt", opens));
    }
    let not_yet = |reason: &str, message: &str| {
        Err(Error::new(TRIP_CONSTRAINT, message).field("tripId").with("reasons", [reason]))
    };
    if driver.under_way {
        return not_yet("TRIP_UNDER_WAY", "Bring the trip that you are on to its end first");
    }
    if rules.require_check_in && !driver.on_duty {
        return not_yet("NOT_ON_DUTY", "Check in first; a trip cannot be started off duty or on a break");
    }
    if !driver.on_roster {
        return not_yet(
            "NO_ROSTER_ASSIGNMENT",
            "You have no vehicle on the roster; ask your dispatcher for one",
        );
    }
    Ok(())
}

fn may_arrive(trip: &Trip, position: Option<Point>, now: DateTime<Utc>, rules: &Config) -> Result<()> {
    let opens = trip.pickup_time - TimeDelta::minutes(rules.arrive_early_min);
    if now < opens {
        return Err(
            Error::new(TOO_EARLY_ARRIVE, "It is too early to be at the pickup").with("opensAt", opens)
        );
    }
    let Some(pickup) = trip.pickup() else { return Ok(()) };
    let position = position.ok_or_else(|| {
        Error::validation("position", "Say where you are: this pickup has a place on the map")
    })?;
    let metres = position.metres_to(pickup);
    #[expect(clippy::cast_precision_loss, reason = "a few hundred metres")]
    let limit = rules.arrive_geofence_m as f64;
    if metres > limit {
        let message = format!("You are {metres:.0} m from the pickup; arrive within {limit:.0} m of it");
        return Err(Error::new(GEOFENCE, message).field("position").with("distanceM", metres.round()));
    }
    Ok(())
}

fn may_board(trip: &Trip, code_matches: bool) -> Result<()> {
    if trip.boarding_otp_hash.is_some() && !code_matches {
        return Err(Error::new(OTP_INVALID, "This is not the passenger's boarding code").field("otp"));
    }
    Ok(())
}

fn may_give_up(trip: &Trip, now: DateTime<Utc>, rules: &Config) -> Result<()> {
    let opens = trip.pickup_time + TimeDelta::minutes(rules.no_show_wait_min);
    if now < opens {
        return Err(
            Error::new(TOO_EARLY_NO_SHOW, "The passenger still has time to come").with("opensAt", opens)
        );
    }
    Ok(())
}

fn may_cancel(trip: &Trip, by_passenger: bool) -> Result<()> {
    if by_passenger && trip.status != Created {
        return Err(invalid(trip.status, Action::Cancel));
    }
    Ok(())
}

fn may_move(pickup: DateTime<Utc>, now: DateTime<Utc>, rules: &Config) -> Result<()> {
    if pickup < now + TimeDelta::minutes(rules.reschedule_lead_min) {
        let message =
            format!("The new pickup must be at least {} minutes from now", rules.reschedule_lead_min);
        return Err(Error::new(TRIP_CONSTRAINT, message).field("pickupTime"));
    }
    Ok(())
}

#[cfg(test)]
#[path = "lifecycle_tests.rs"]
mod tests;
