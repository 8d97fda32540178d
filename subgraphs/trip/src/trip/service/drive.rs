//! What the driver does: start, arrive, board, complete, or give up on a passenger who does not come.

use chrono::TimeDelta;
use kit::error::{Error, Result};
use kit::idempotency::Attempt;
use kit::{Caller, Scope};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{Deed, lock, save};
use crate::access;
use crate::app::{App, Begun};
use crate::assignment::{Assignment, repository as roster};
use crate::codes::{OTP_ATTEMPTS_EXCEEDED, OTP_INVALID};
use crate::fare::{self, Extras};
use crate::geo::Point;
use crate::id::Key;
use crate::input::required;
use crate::reference;
use crate::secret;
use crate::trip::lifecycle::{Command, Readiness, decide};
use crate::trip::repository::{self, dispatch as dispatches};
use crate::trip::{Trip, TripStatus};

/// Wrong boarding codes that are taken in a row …
const CODE_TRIES: i32 = 5;
/// … before none is taken for this long.
const CODE_BLOCK: TimeDelta = TimeDelta::minutes(10);

/// What a driver reports.
#[derive(Clone, Debug, PartialEq)]
pub enum Report {
    /// Leaving for the pickup.
    Start,
    /// At the pickup.
    Arrive { position: Option<Point> },
    /// The passenger is on board and told this code.
    Onboard { otp: Option<String> },
    /// Done, with what was paid on the way.
    Complete { extras: Extras },
    /// The passenger did not come.
    NoShow { reason: String },
}

/// Carries out what a driver reports about their own live trip.
///
/// # Errors
/// NOT_FOUND for a trip that is not theirs, INVALID_TRANSITION, and the code of the guard that refused.
pub async fn report(
    app: &App,
    caller: &Caller,
    trip: &Key,
    report: Report,
    attempt: Attempt<'_>,
) -> Result<Uuid> {
    access::driver(caller)?;
    let scope = caller.scope();
    let mut deed = Deed::of(app, caller);
    if let Report::NoShow { reason } = &report {
        deed = deed.because(&required("reason", reason)?);
    }
    if let Report::Onboard { otp } = &report {
        guard_code(app, &scope, trip, otp.as_deref()).await?;
    }
    if report == Report::Start && app.config.require_check_in {
        look_for_duty(app, &scope, trip).await?;
    }
    let mut change = match app.begin(attempt).await? {
        Begun::First(change) => change,
        Begun::Repeated(id) => return Ok(id),
    };
    let conn = change.conn();
    let trip = lock(conn, &scope, trip, None, None).await?;
    let driver = trip.driver_id.ok_or_else(|| Error::not_found("Trip").field("tripId"))?;
    // Read for a start only, and locked against ending.
    let shift = if report == Report::Start { roster::active_of_driver(conn, driver).await? } else { None };
    let command = command(conn, (&trip, driver), &report, shift.as_ref()).await?;
    let step = decide(&trip, command, deed.at, &app.config)?;
    let mut after = carried_out(&trip, &report, &deed)?;
    if let Some(shift) = shift {
        // The vehicle may have been swapped since the dispatch: the trip is driven with the one of the driver's shift.
        (after.vehicle_id, after.assignment_id) = (Some(shift.vehicle_id), Some(shift.id));
    }
    let saved = save(conn, app, &trip, after, (step, &deed)).await?;
    change.finish(saved.id).await
}

/// Counts wrong boarding codes, in a transaction of its own, because the refusal undoes the other one. Only a trip that
/// waits for its passenger counts; about any other the table of transitions has the word.
async fn guard_code(app: &App, scope: &Scope, key: &Key, code: Option<&str>) -> Result<()> {
    let mut tx = app.pool.begin().await?;
    let Some(trip) = repository::lock(&mut tx, scope, key).await? else { return Ok(()) };
    let Some(stored) = trip.boarding_otp_hash.as_deref().filter(|_| trip.status == TripStatus::Arrived)
    else {
        return Ok(());
    };
    let now = app.clock.now();
    if let Some(until) = trip.boarding_blocked_until.filter(|until| now < *until) {
        let message = "Too many wrong codes; ask the passenger again and try later";
        return Err(Error::new(OTP_ATTEMPTS_EXCEEDED, message).field("otp").with("retryAt", until));
    }
    if code.is_some_and(|code| !secret::code_matches(trip.id, stored, code)) {
        repository::note_wrong_code(&mut tx, trip.id, (CODE_TRIES, now + CODE_BLOCK)).await?;
        tx.commit().await?;
        return Err(Error::new(OTP_INVALID, "This is not the passenger's boarding code").field("otp"));
    }
    Ok(())
}

/// Has the check-in asked for where it is kept, if none is known here that counts: its event may still be on the way.
async fn look_for_duty(app: &App, scope: &Scope, key: &Key) -> Result<()> {
    let mut conn = app.pool.acquire().await?;
    let trip = repository::find(&mut conn, scope, key).await?;
    let Some(driver) = trip.and_then(|trip| trip.driver_id) else { return Ok(()) };
    if !reference::service::on_duty(&mut conn, driver).await? {
        drop(conn);
        reference::service::refresh_duty(app, driver).await;
    }
    Ok(())
}

async fn command(
    conn: &mut PgConnection,
    (trip, driver): (&Trip, Uuid),
    report: &Report,
    shift: Option<&Assignment>,
) -> Result<Command> {
    Ok(match report {
        Report::Start => Command::Start(Readiness {
            on_duty: reference::service::on_duty(conn, driver).await?,
            on_roster: shift.is_some_and(|shift| Some(shift.fleet_id) == trip.fleet_id),
            // This trip is not under way, or it could not be started.
            under_way: dispatches::is_under_way(conn, driver).await?,
        }),
        Report::Arrive { position } => {
            let position = position.map(|point| point.checked("position")).transpose()?;
            Command::Arrive { position }
        }
        Report::Onboard { otp } => {
            let stored = trip.boarding_otp_hash.as_deref();
            let code_matches = stored
                .zip(otp.as_deref())
                .is_some_and(|(stored, code)| secret::code_matches(trip.id, stored, code));
            Command::Onboard { code_matches }
        }
        Report::Complete { .. } => Command::Complete,
        Report::NoShow { .. } => Command::NoShow,
    })
}

/// The trip with the stamps of the report, and with its final fare when it is complete.
fn carried_out(trip: &Trip, report: &Report, deed: &Deed) -> Result<Trip> {
    let mut after = trip.clone();
    match report {
        Report::Start => after.started_at = Some(deed.at),
        Report::Arrive { .. } => after.arrived_at = Some(deed.at),
        Report::Onboard { .. } => {
            after.boarded_at = Some(deed.at);
            let waited = fare::waited_minutes(after.arrived_at, after.boarded_at);
            after.set_fare(trip.current_fare().waited(waited)?);
        }
        Report::Complete { extras } => {
            after.completed_at = Some(deed.at);
            after.set_fare(trip.current_fare().with_extras(*extras)?);
        }
        Report::NoShow { reason } => after.cancel_reason = Some(reason.trim().to_owned()),
    }
    Ok(after)
}
