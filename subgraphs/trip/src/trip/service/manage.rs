//! What administrators change about a trip that is booked: call it off, move it, correct its price.

use chrono::{DateTime, Utc};
use kit::error::{Error, Result};
use kit::idempotency::Attempt;
use kit::{Caller, Scope};
use serde_json::json;
use sqlx::PgConnection;
use uuid::Uuid;

use super::dispatch::{Target, judge};
use super::{Deed, lock, save};
use crate::access;
use crate::app::{App, Begun};
use crate::fare::{BookingBucket, Fare, quote};
use crate::id::Key;
use crate::input::required;
use crate::secret;
use crate::trip::Trip;
use crate::trip::booking::not_too_far;
use crate::trip::dispatch::{Busy, Obstacle, refuse_if_any};
use crate::trip::lifecycle::{Command, decide};
use crate::trip::repository::{self, dispatch as dispatches};
use kit::money::Paise;

/// Calls a trip off before anybody is on board.
///
/// # Errors
/// NOT_FOUND, INVALID_TRANSITION, VALIDATION without a reason, STALE_VERSION.
pub async fn cancel(
    app: &App,
    caller: &Caller,
    target: &Target,
    reason: &str,
    attempt: Attempt<'_>,
) -> Result<Uuid> {
    access::admin(caller)?;
    let scope = caller.scope();
    let deed = Deed::of(app, caller).because(&required("reason", reason)?);
    let mut change = match app.begin(attempt).await? {
        Begun::First(change) => change,
        Begun::Repeated(id) => return Ok(id),
    };
    let conn = change.conn();
    let trip = lock(conn, &scope, &target.trip, None, target.expected_version).await?;
    let id = call_off(conn, app, &trip, &deed, false).await?;
    change.finish(id).await
}

/// Calls a public booking off for whoever holds its tracking token, while it has no driver.
///
/// # Errors
/// NOT_FOUND for an unknown token, INVALID_TRANSITION once a driver has it.
pub async fn cancel_by_token(app: &App, token: &str, reason: &str, attempt: Attempt<'_>) -> Result<Uuid> {
    let reason = required("reason", reason)?;
    let deed = Deed { actor: None, at: app.clock.now(), reason: Some(reason), detail: None };
    let hash = secret::hash(token);
    let mut change = match app.begin(attempt).await? {
        Begun::First(change) => change,
        Begun::Repeated(id) => return Ok(id),
    };
    let conn = change.conn();
    let held = repository::find_by_token(conn, &hash).await?;
    let held = held.ok_or_else(|| Error::not_found("Trip").field("trackingToken"))?;
    let trip = lock(conn, &Scope::All, &Key::Id(held.id), None, None).await?;
    let id = call_off(conn, app, &trip, &deed, true).await?;
    change.finish(id).await
}

async fn call_off(
    conn: &mut PgConnection,
    app: &App,
    trip: &Trip,
    deed: &Deed,
    by_passenger: bool,
) -> Result<Uuid> {
    let step = decide(trip, Command::Cancel { by_passenger }, deed.at, &app.config)?;
    let after = Trip {
        cancelled_at: Some(deed.at),
        cancel_reason: deed.reason.clone(),
        cancelled_by: deed.actor,
        ..trip.clone()
    };
    Ok(save(conn, app, trip, after, (step, deed)).await?.id)
}

/// Moves a trip to another pickup time and prices it anew, as if it had been booked for that time. A driver who has it
/// keeps it when their other trips leave room.
///
/// # Errors
/// NOT_FOUND, INVALID_TRANSITION, TRIP_CONSTRAINT for too little lead or an engaged driver, STALE_VERSION.
pub async fn reschedule(
    app: &App,
    caller: &Caller,
    target: &Target,
    pickup: DateTime<Utc>,
    attempt: Attempt<'_>,
) -> Result<Uuid> {
    access::admin(caller)?;
    let scope = caller.scope();
    let deed = Deed::of(app, caller);
    not_too_far(pickup, deed.at)?;
    let mut change = match app.begin(attempt).await? {
        Begun::First(change) => change,
        Begun::Repeated(id) => return Ok(id),
    };
    let conn = change.conn();
    let trip = lock(conn, &scope, &target.trip, None, target.expected_version).await?;
    let step = decide(&trip, Command::Reschedule { pickup }, deed.at, &app.config)?;
    let mut after = Trip { pickup_time: pickup, ..trip.clone() };
    after.set_fare(requoted(&after)?);
    if let Some(driver) = trip.driver_id {
        keep_driver(conn, app, &after, driver).await?;
    }
    let detail = json!({
        "pickupTime": {"before": trip.pickup_time, "after": pickup},
        "fare": {"before": trip.current_fare(), "after": after.current_fare()},
    });
    let deed = deed.detailed(detail);
    let id = save(conn, app, &trip, after, (step, &deed)).await?.id;
    change.finish(id).await
}

/// The booked fare at the trip's pickup time.
fn requoted(trip: &Trip) -> Result<Fare> {
    let bucket = BookingBucket::of(trip.booked_at, trip.pickup_time);
    Fare::booked(
        trip.trip_type,
        quote(trip.billable_km, trip.trip_type, bucket, trip.vehicle_class),
        trip.pickup_time,
    )
}

/// What depends on the time, again: the slot rules for the driver who has the trip, the vehicle's papers on the new day.
/// What else might speak against them is not asked: they have it.
async fn keep_driver(conn: &mut PgConnection, app: &App, moved: &Trip, driver: Uuid) -> Result<()> {
    let judged = judge(conn, app, moved, driver, None).await?;
    let of_time =
        [Obstacle::TripOverlap, Obstacle::AirportGap, Obstacle::RentalDay, Obstacle::VehicleDocuments];
    let clashes: Vec<_> = judged.obstacles.into_iter().filter(|one| of_time.contains(one)).collect();
    refuse_if_any(&clashes)?;
    dispatches::move_busy(conn, moved.id, Busy::scheduled(moved.pickup_time, moved.distance_km, &app.config))
        .await
}

/// Parts of a fare that an administrator sets; the others stay. Paise.
#[derive(Clone, Copy, Debug, Default)]
pub struct Correction {
    pub quote: Option<Paise>,
    pub waiting: Option<Paise>,
    pub night: Option<Paise>,
    pub airport: Option<Paise>,
    pub toll: Option<Paise>,
    pub parking: Option<Paise>,
    pub state_tax: Option<Paise>,
}

impl Correction {
    fn apply(self, fare: Fare) -> Result<Fare> {
        let parts =
            [self.quote, self.waiting, self.night, self.airport, self.toll, self.parking, self.state_tax];
        if parts.iter().all(Option::is_none) {
            return Err(Error::validation("input", "Say which part of the fare changes"));
        }
        Fare {
            quote: self.quote.unwrap_or(fare.quote),
            waiting: self.waiting.unwrap_or(fare.waiting),
            night: self.night.unwrap_or(fare.night),
            airport: self.airport.unwrap_or(fare.airport),
            toll: self.toll.unwrap_or(fare.toll),
            parking: self.parking.unwrap_or(fare.parking),
            state_tax: self.state_tax.unwrap_or(fare.state_tax),
            total: fare.total,
        }
        .summed()
    }
}

/// Corrects the fare with a reason; what it was, who changed it and why stays in the trip's history.
///
/// # Errors
/// NOT_FOUND, INVALID_TRANSITION, VALIDATION, STALE_VERSION.
pub async fn adjust_fare(
    app: &App,
    caller: &Caller,
    target: &Target,
    (correction, reason): (Correction, &str),
    attempt: Attempt<'_>,
) -> Result<Uuid> {
    access::admin(caller)?;
    let scope = caller.scope();
    let deed = Deed::of(app, caller).because(&required("reason", reason)?);
    let mut change = match app.begin(attempt).await? {
        Begun::First(change) => change,
        Begun::Repeated(id) => return Ok(id),
    };
    let conn = change.conn();
    let trip = lock(conn, &scope, &target.trip, None, target.expected_version).await?;
    let step = decide(&trip, Command::AdjustFare, deed.at, &app.config)?;
    let mut after = trip.clone();
    after.set_fare(correction.apply(trip.current_fare())?);
    let deed = deed.detailed(json!({"before": trip.current_fare(), "after": after.current_fare()}));
    let id = save(conn, app, &trip, after, (step, &deed)).await?.id;
    change.finish(id).await
}

/// Takes the trips from a driver that they have not started and may not drive any more.
///
/// # Errors
/// INTERNAL when the database fails.
pub async fn take_from(
    conn: &mut PgConnection,
    app: &App,
    driver: Uuid,
    concerns: impl Fn(&Trip) -> bool,
    reason: &str,
) -> Result<()> {
    let deed = Deed { actor: None, at: app.clock.now(), reason: Some(reason.to_owned()), detail: None };
    let waiting = dispatches::undone_of_driver(conn, driver).await?;
    for trip in waiting.iter().filter(|trip| concerns(trip)) {
        super::dispatch::take_back(conn, app, trip, &deed).await?;
    }
    Ok(())
}
