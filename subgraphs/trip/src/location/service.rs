//! What may happen to positions: drivers report them on the way, and they are forgotten after a while.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use kit::error::{Error, Result};
use kit::idempotency::Attempt;
use kit::outbox::NewEvent;
use kit::scheduler::Timer;
use kit::{Caller, Code, ids, outbox};
use uuid::Uuid;

use super::repository;
use crate::access;
use crate::app::{App, Begun};
use crate::geo::Point;
use crate::id::Key;
use crate::trip;
use crate::trip::events::{Located, VERSION};

/// A phone's clock may be ahead by this much.
const CLOCK_SKEW: TimeDelta = TimeDelta::minutes(2);

/// Where a driver's phone says that it was, and when; now when it does not say.
#[derive(Clone, Copy, Debug)]
pub struct Sighting {
    pub point: Point,
    pub recorded_at: Option<DateTime<Utc>>,
}

/// Keeps where the driver is and tells whoever follows the trip. A position that comes late is stored, but does not
/// move the trip back.
///
/// # Errors
/// NOT_FOUND for a trip that is not theirs, INVALID_TRANSITION unless it is under way, VALIDATION.
pub async fn report(
    app: &App,
    caller: &Caller,
    key: &Key,
    seen: Sighting,
    attempt: Attempt<'_>,
) -> Result<Uuid> {
    access::driver(caller)?;
    let point = seen.point.checked("point")?;
    let now = app.clock.now();
    let at = seen.recorded_at.unwrap_or(now);
    if at > now + CLOCK_SKEW {
        return Err(Error::validation("recordedAt", "This is in the future"));
    }
    if at < now - TimeDelta::hours(app.config.location_retention_h) {
        return Err(Error::validation("recordedAt", "Positions as old as this are not kept"));
    }
    let mut change = match app.begin(attempt).await? {
        Begun::First(change) => change,
        Begun::Repeated(id) => return Ok(id),
    };
    let conn = change.conn();
    let trip = trip::repository::lock(conn, &caller.scope(), key).await?;
    let trip = trip.ok_or_else(|| Error::not_found("Trip").field("tripId"))?;
    let driver = trip.driver_id.filter(|_| trip.is_under_way());
    let Some(driver_id) = driver else {
        let message = format!("A trip that is {} has no position", trip.status.as_str());
        return Err(Error::new(Code::INVALID_TRANSITION, message).with("status", trip.status.as_str()));
    };
    repository::insert(conn, ids::new_id(), (trip.id, driver_id), point, at).await?;
    if trip::repository::set_location(conn, trip.id, point, at).await? {
        let located = Located {
            trip_id: trip.id,
            fleet_id: trip.fleet_id,
            driver_id,
            vehicle_id: trip.vehicle_id,
            lat: point.lat,
            lng: point.lng,
            recorded_at: at,
        };
        let event = NewEvent {
            event_type: "trip.location",
            version: VERSION,
            aggregate_id: trip.id,
            aggregate_version: trip.version,
            payload: serde_json::to_value(located)?,
        };
        outbox::record(conn, &app.clock, event).await?;
    }
    change.finish(trip.id).await
}

/// Forgets old positions once an hour.
#[must_use]
pub fn pruning(app: &App) -> Timer {
    let (pool, keep) = (app.pool.clone(), TimeDelta::hours(app.config.location_retention_h));
    Timer::new("trip-location-retention", Duration::from_secs(3_600), &app.pool, &app.clock, move |tick| {
        let pool = pool.clone();
        async move {
            let mut conn = pool.acquire().await?;
            repository::prune(&mut conn, tick.until - keep).await.map(|_| ())
        }
    })
}
