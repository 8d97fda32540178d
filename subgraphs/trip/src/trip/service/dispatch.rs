//! Giving trips to drivers: the preconditions are judged inside the transaction that gives, under the driver's lock.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use kit::error::{Error, Result};
use kit::idempotency::Attempt;
use kit::{Caller, Scope, ids};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{Deed, lock, save};
use crate::access;
use crate::app::{App, Begun};
use crate::assignment::{Assignment, repository as roster};
use crate::codes::TRIP_CONSTRAINT;
use crate::id::Key;
use crate::input::required;
use crate::reference::{self, DriverRef, VehicleRef};
use crate::trip::dispatch::{Busy, Candidate, Obstacle, obstacles, refuse_if_any};
use crate::trip::lifecycle::{Command, decide};
use crate::trip::repository::dispatch::{self as dispatches, Crew};
use crate::trip::{Trip, TripStatus};

/// The prefix of a dispatch record's short id.
const DISPATCH_PREFIX: &str = "TAS";

/// Which trip a dispatcher means, and the version that they saw.
#[derive(Clone, Debug)]
pub struct Target {
    pub trip: Key,
    pub expected_version: Option<i64>,
}

/// A driver as a dispatcher sees them: what they drive, and what speaks against them.
#[derive(Clone, Debug)]
pub struct Judged {
    pub driver: DriverRef,
    pub vehicle: Option<VehicleRef>,
    pub crew: Option<Crew>,
    pub obstacles: Vec<Obstacle>,
}

/// Gives a trip without driver to one.
///
/// # Errors
/// NOT_FOUND, INVALID_TRANSITION, TRIP_CONSTRAINT with the reasons, CONFLICT or STALE_VERSION for whoever comes second.
pub async fn assign(
    app: &App,
    caller: &Caller,
    target: &Target,
    driver_id: Uuid,
    attempt: Attempt<'_>,
) -> Result<Uuid> {
    hand_over(app, caller, target, driver_id, (Command::Assign, None), attempt).await
}

/// Takes a dispatched trip from its driver and gives it to another, in one step.
///
/// # Errors
/// As for [`assign`].
pub async fn reassign(
    app: &App,
    caller: &Caller,
    target: &Target,
    (driver_id, reason): (Uuid, &str),
    attempt: Attempt<'_>,
) -> Result<Uuid> {
    hand_over(app, caller, target, driver_id, (Command::Reassign, Some(reason)), attempt).await
}

/// Copies may be behind their owners: a refusal that rests on one is asked for again with the owner's word.
async fn hand_over(
    app: &App,
    caller: &Caller,
    target: &Target,
    driver_id: Uuid,
    (command, reason): (Command, Option<&str>),
    attempt: Attempt<'_>,
) -> Result<Uuid> {
    access::admin(caller)?;
    let scope = caller.scope();
    reference::service::covered_driver(app, &scope, driver_id).await?;
    let deed = Deed { reason: reason.map(str::to_owned), ..Deed::of(app, caller) };
    let first = transfer(app, &scope, target, driver_id, (command, &deed), attempt.clone()).await;
    match first {
        Err(refusal) if refusal.code() == TRIP_CONSTRAINT && refresh(app, driver_id).await? => {
            transfer(app, &scope, target, driver_id, (command, &deed), attempt).await
        }
        answer => answer,
    }
}

async fn transfer(
    app: &App,
    scope: &Scope,
    target: &Target,
    driver_id: Uuid,
    (command, deed): (Command, &Deed),
    attempt: Attempt<'_>,
) -> Result<Uuid> {
    let mut change = match app.begin(attempt).await? {
        Begun::First(change) => change,
        Begun::Repeated(id) => return Ok(id),
    };
    let conn = change.conn();
    let trip = lock(conn, scope, &target.trip, Some(driver_id), target.expected_version).await?;
    let step = decide(&trip, command, deed.at, &app.config)?;
    if trip.driver_id == Some(driver_id) {
        return Err(Error::conflict("This driver has the trip already").field("driverId"));
    }
    let judged = judge(conn, app, &trip, driver_id, None).await?;
    // The copy may have been renewed since the caller's scope was asked.
    if !access::covers_driver(scope, &judged.driver) {
        return Err(Error::not_found("Driver").field("driverId"));
    }
    refuse_if_any(&judged.obstacles)?;
    let crew = judged.crew.ok_or_else(|| Error::internal("a driver without obstacles has no crew"))?;
    let after = Trip {
        driver_id: Some(crew.driver_id),
        vehicle_id: Some(crew.vehicle_id),
        assignment_id: Some(crew.assignment_id),
        fleet_id: trip.fleet_id.or(judged.driver.fleet_id),
        ..trip.clone()
    };
    let after = save(conn, app, &trip, after, (step, deed)).await?;
    give(conn, app, &after, crew, (deed.actor, deed.at)).await?;
    change.finish(after.id).await
}

/// Asks the owners for the driver and for the vehicle that the driver has.
///
/// # Errors
/// INTERNAL when the database fails.
pub(super) async fn refresh(app: &App, driver_id: Uuid) -> Result<bool> {
    let mut conn = app.pool.acquire().await?;
    let drivers = [driver_id];
    let active = roster::active_by_drivers(&mut conn, &Scope::All, &drivers).await?;
    drop(conn);
    let vehicle = active.get(&driver_id).map(|active| active.vehicle_id);
    Ok(reference::service::refresh(app, Some(driver_id), vehicle).await)
}

/// Judges one driver for a trip. Without an `assignment` at hand the driver's ACTIVE one is locked and used.
pub(super) async fn judge(
    conn: &mut PgConnection,
    app: &App,
    trip: &Trip,
    driver_id: Uuid,
    assignment: Option<&Assignment>,
) -> Result<Judged> {
    let driver = reference::repository::drivers(conn, &[driver_id]).await?.remove(&driver_id);
    let driver = driver.ok_or_else(|| Error::not_found("Driver").field("driverId"))?;
    let active = match assignment {
        Some(given) => Some(given.clone()),
        None => roster::active_of_driver(conn, driver_id).await?,
    };
    let active = active.filter(|shift| is_of_fleet(shift, &driver));
    let mut vehicle = None;
    if let Some(active) = &active {
        let ids = [active.vehicle_id];
        vehicle = reference::repository::vehicles(conn, &ids).await?.remove(&active.vehicle_id);
    }
    let promises = dispatches::promises(conn, &[driver_id], trip.pickup_time).await?.remove(&driver_id);
    let promises = promises.unwrap_or_default();
    let candidate = Candidate { driver: &driver, vehicle: vehicle.as_ref(), promises: &promises };
    let obstacles = obstacles(trip, candidate, app.clock.now(), &app.config);
    Ok(Judged { crew: active.as_ref().map(Crew::of), driver, vehicle, obstacles })
}

/// A shift in a fleet that the driver has left ends as soon as its event is here; until then nothing is given to it.
fn is_of_fleet(shift: &Assignment, driver: &DriverRef) -> bool {
    driver.fleet_id == Some(shift.fleet_id)
}

/// Records that a trip was given to a crew.
pub(super) async fn give(
    conn: &mut PgConnection,
    app: &App,
    trip: &Trip,
    crew: Crew,
    (by, at): (Option<Uuid>, DateTime<Utc>),
) -> Result<()> {
    let short_id = ids::next_short_id(conn, DISPATCH_PREFIX, at).await?;
    let busy = Busy::scheduled(trip.pickup_time, trip.distance_km, &app.config);
    dispatches::insert(conn, (ids::new_id(), &short_id), trip.id, crew, busy, (by, at)).await
}

/// Takes a trip from its driver, before anybody is on board.
///
/// # Errors
/// NOT_FOUND, INVALID_TRANSITION, VALIDATION without a reason, STALE_VERSION.
pub async fn unassign(
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
    let id = take_back(conn, app, &trip, &deed).await?.id;
    change.finish(id).await
}

/// Takes a locked trip from its driver.
pub(crate) async fn take_back(conn: &mut PgConnection, app: &App, trip: &Trip, deed: &Deed) -> Result<Trip> {
    let step = decide(trip, Command::Unassign, deed.at, &app.config)?;
    let after = Trip {
        driver_id: None,
        vehicle_id: None,
        assignment_id: None,
        started_at: None,
        arrived_at: None,
        last_lat: None,
        last_lng: None,
        last_location_at: None,
        ..trip.clone()
    };
    save(conn, app, trip, after, (step, deed)).await
}

/// Every driver of the caller's scope who could be meant for a trip, with what speaks against each; the fit ones first.
///
/// # Errors
/// NOT_FOUND for the trip, INVALID_TRANSITION when it needs no driver.
pub async fn candidates(app: &App, caller: &Caller, trip: &Key, limit: i64) -> Result<Vec<Judged>> {
    access::admin(caller)?;
    let scope = caller.scope();
    let trip = super::find(app, &scope, trip).await?;
    if !matches!(trip.status, TripStatus::Created | TripStatus::DriverAssigned) {
        let message = format!("A trip that is {} needs no driver", trip.status.as_str());
        return Err(Error::new(kit::Code::INVALID_TRANSITION, message).with("status", trip.status.as_str()));
    }
    let mut conn = app.pool.acquire().await?;
    let drivers = reference::repository::drivers_of_fleet(&mut conn, &scope, trip.fleet_id, limit).await?;
    let ids: Vec<Uuid> = drivers.iter().map(|driver| driver.id).collect();
    let active = roster::active_by_drivers(&mut conn, &Scope::All, &ids).await?;
    let vehicle_ids: Vec<Uuid> = active.values().map(|active| active.vehicle_id).collect();
    let vehicles = reference::repository::vehicles(&mut conn, &vehicle_ids).await?;
    let promises = dispatches::promises(&mut conn, &ids, trip.pickup_time).await?;
    let mut judged: Vec<Judged> = drivers
        .into_iter()
        .map(|driver| judge_known(app, &trip, driver, &active, &vehicles, &promises))
        .collect();
    judged.sort_by_key(|one| one.obstacles.len());
    Ok(judged)
}

fn judge_known(
    app: &App,
    trip: &Trip,
    driver: DriverRef,
    active: &HashMap<Uuid, Assignment>,
    vehicles: &HashMap<Uuid, VehicleRef>,
    promises: &HashMap<Uuid, Vec<crate::trip::dispatch::Promise>>,
) -> Judged {
    let crew = active.get(&driver.id).filter(|shift| is_of_fleet(shift, &driver)).map(Crew::of);
    let vehicle = crew.and_then(|crew| vehicles.get(&crew.vehicle_id)).cloned();
    let promises = promises.get(&driver.id).map_or(&[][..], Vec::as_slice);
    let candidate = Candidate { driver: &driver, vehicle: vehicle.as_ref(), promises };
    let obstacles = obstacles(trip, candidate, app.clock.now(), &app.config);
    Judged { driver, vehicle, crew, obstacles }
}
