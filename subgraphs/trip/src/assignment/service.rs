//! What may happen to the roster: pair, end, swap, and end by itself when somebody may not work any more.

use kit::clock::ist_date;
use kit::error::{Error, Result};
use kit::idempotency::Attempt;
use kit::{Caller, Code, Scope, ids, outbox};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{Assignment, RosterStatus, events, pair, repository};
use crate::access;
use crate::app::{App, Begun};
use crate::codes::TRIP_CONSTRAINT;
use crate::id::Key;
use crate::input::optional;
use crate::reference::{self, AttendanceStatus, DriverRef, VehicleRef};
use crate::trip::repository::dispatch as dispatches;

const PREFIX: &str = "ASN";

/// Puts a driver and a vehicle on the roster together.
///
/// # Errors
/// NOT_FOUND, VALIDATION or TRIP_CONSTRAINT for a pair that may not be, CONFLICT when one of them has another.
pub async fn create(
    app: &App,
    caller: &Caller,
    (driver_id, vehicle_id): (Uuid, Uuid),
    attempt: Attempt<'_>,
) -> Result<Uuid> {
    access::admin(caller)?;
    known(app, caller, driver_id, vehicle_id).await?;
    let first = pair_up(app, caller, (driver_id, vehicle_id), attempt.clone()).await;
    match first {
        // The copies may be behind their owners: ask them before refusing.
        Err(refusal) if rests_on_copies(&refusal) => {
            if !reference::service::refresh(app, Some(driver_id), Some(vehicle_id)).await {
                return Err(refusal);
            }
            pair_up(app, caller, (driver_id, vehicle_id), attempt).await
        }
        answer => answer,
    }
}

fn rests_on_copies(refusal: &Error) -> bool {
    [TRIP_CONSTRAINT, Code::VALIDATION, Code::NOT_FOUND].contains(&refusal.code())
}

/// Makes sure that there are copies of both, and that their fleet is open.
async fn known(app: &App, caller: &Caller, driver_id: Uuid, vehicle_id: Uuid) -> Result<()> {
    let scope = caller.scope();
    let driver = reference::service::covered_driver(app, &scope, driver_id).await?;
    reference::service::covered_vehicle(app, &scope, vehicle_id).await?;
    match driver.fleet_id {
        Some(fleet) => reference::service::require_open_fleet(app, fleet, "driverId").await,
        None => Ok(()),
    }
}

/// Both, if both are in the scope.
fn covered(
    scope: &Scope,
    driver: Option<DriverRef>,
    vehicle: Option<VehicleRef>,
) -> Result<(DriverRef, VehicleRef)> {
    let driver = driver.filter(|driver| access::covers_driver(scope, driver));
    let driver = driver.ok_or_else(|| Error::not_found("Driver").field("driverId"))?;
    let vehicle = vehicle.filter(|vehicle| access::covers_vehicle(scope, vehicle));
    let vehicle = vehicle.ok_or_else(|| Error::not_found("Vehicle").field("vehicleId"))?;
    Ok((driver, vehicle))
}

async fn pair_up(app: &App, caller: &Caller, pair: (Uuid, Uuid), attempt: Attempt<'_>) -> Result<Uuid> {
    let mut change = match app.begin(attempt).await? {
        Begun::First(change) => change,
        Begun::Repeated(id) => return Ok(id),
    };
    let created = start(change.conn(), app, caller, pair).await?;
    change.finish(created.id).await
}

/// Pairs a driver with a vehicle in the transaction at hand. The driver's lock keeps a suspension out meanwhile.
async fn start(
    conn: &mut PgConnection,
    app: &App,
    caller: &Caller,
    (driver_id, vehicle_id): (Uuid, Uuid),
) -> Result<Assignment> {
    reference::repository::lock_driver(conn, driver_id).await?;
    let driver = reference::repository::drivers(conn, &[driver_id]).await?.remove(&driver_id);
    let vehicle = reference::repository::vehicles(conn, &[vehicle_id]).await?.remove(&vehicle_id);
    let (driver, vehicle) = covered(&caller.scope(), driver, vehicle)?;
    let now = app.clock.now();
    let fleet_id = pair(&driver, &vehicle, ist_date(now))?;
    let assignment = Assignment {
        id: ids::new_id(),
        short_id: ids::next_short_id(conn, PREFIX, now).await?,
        fleet_id,
        driver_id,
        vehicle_id,
        status: RosterStatus::Active,
        start_time: now,
        end_time: None,
        end_reason: None,
        created_by: caller.viewer().ok().map(|viewer| viewer.user_id),
        ended_by: None,
        version: 1,
        created_at: now,
        updated_at: now,
    };
    repository::insert(conn, &assignment).await?;
    outbox::record(conn, &app.clock, events::started(&assignment)?).await?;
    Ok(assignment)
}

/// Ends a shift. A second end changes nothing and answers with the same row.
///
/// # Errors
/// NOT_FOUND, TRIP_CONSTRAINT while a trip of the driver is under way.
pub async fn end(
    app: &App,
    caller: &Caller,
    key: &Key,
    reason: Option<&str>,
    attempt: Attempt<'_>,
) -> Result<Uuid> {
    access::admin(caller)?;
    let reason = optional("reason", reason)?;
    let mut change = match app.begin(attempt).await? {
        Begun::First(change) => change,
        Begun::Repeated(id) => return Ok(id),
    };
    let found = found(change.conn(), &caller.scope(), key).await?;
    finish(change.conn(), app, caller, &found, reason.as_deref()).await?;
    change.finish(found.id).await
}

async fn found(conn: &mut PgConnection, scope: &Scope, key: &Key) -> Result<Assignment> {
    let found = repository::find(conn, scope, key).await?;
    found.ok_or_else(|| Error::not_found("Assignment").field("assignmentId"))
}

async fn finish(
    conn: &mut PgConnection,
    app: &App,
    caller: &Caller,
    assignment: &Assignment,
    reason: Option<&str>,
) -> Result<()> {
    reference::repository::lock_driver(conn, assignment.driver_id).await?;
    let locked = repository::lock(conn, assignment.id).await?;
    if locked.is_none_or(|row| row.status == RosterStatus::Ended) {
        return Ok(());
    }
    if dispatches::is_under_way(conn, assignment.driver_id).await? {
        let message = "A trip of this driver is under way; the shift ends after it";
        return Err(Error::new(TRIP_CONSTRAINT, message)
            .field("assignmentId")
            .with("reasons", ["TRIP_UNDER_WAY"]));
    }
    let by = caller.viewer().ok().map(|viewer| viewer.user_id);
    close(conn, app, assignment.id, by, reason).await
}

async fn close(
    conn: &mut PgConnection,
    app: &App,
    id: Uuid,
    by: Option<Uuid>,
    reason: Option<&str>,
) -> Result<()> {
    if let Some(ended) = repository::end(conn, id, app.clock.now(), by, reason).await? {
        outbox::record(conn, &app.clock, events::ended(&ended)?).await?;
    }
    Ok(())
}

/// Ends the driver's shift with one vehicle and begins one with another, in one step.
///
/// # Errors
/// As for [`end`] and [`create`]; INVALID_TRANSITION when the shift has ended.
pub async fn swap_vehicle(
    app: &App,
    caller: &Caller,
    key: &Key,
    vehicle_id: Uuid,
    attempt: Attempt<'_>,
) -> Result<Uuid> {
    access::admin(caller)?;
    reference::service::covered_vehicle(app, &caller.scope(), vehicle_id).await?;
    let old = found(&mut *app.pool.acquire().await?, &caller.scope(), key).await?;
    match swap(app, caller, &old, vehicle_id, attempt.clone()).await {
        Err(refusal) if rests_on_copies(&refusal) => {
            if !reference::service::refresh(app, Some(old.driver_id), Some(vehicle_id)).await {
                return Err(refusal);
            }
            swap(app, caller, &old, vehicle_id, attempt).await
        }
        answer => answer,
    }
}

async fn swap(
    app: &App,
    caller: &Caller,
    old: &Assignment,
    vehicle_id: Uuid,
    attempt: Attempt<'_>,
) -> Result<Uuid> {
    let mut change = match app.begin(attempt).await? {
        Begun::First(change) => change,
        Begun::Repeated(id) => return Ok(id),
    };
    reference::repository::lock_driver(change.conn(), old.driver_id).await?;
    let locked = repository::lock(change.conn(), old.id).await?;
    if locked.is_none_or(|row| row.status == RosterStatus::Ended) {
        return Err(Error::new(Code::INVALID_TRANSITION, "This assignment has ended").field("assignmentId"));
    }
    if old.vehicle_id == vehicle_id {
        return Err(Error::conflict("The driver has this vehicle already").field("vehicleId"));
    }
    finish(change.conn(), app, caller, old, Some("Vehicle swapped")).await?;
    let new = start(change.conn(), app, caller, (old.driver_id, vehicle_id)).await?;
    change.finish(new.id).await
}

/// Ends the driver's shift whatever they are doing: they may not work any more.
///
/// # Errors
/// INTERNAL when the database fails.
pub async fn end_of_driver(conn: &mut PgConnection, app: &App, driver_id: Uuid, reason: &str) -> Result<()> {
    match repository::active_of_driver(conn, driver_id).await? {
        Some(active) => close(conn, app, active.id, None, Some(reason)).await,
        None => Ok(()),
    }
}

/// Ends the driver's shift when they checked out after it had begun and nothing is under way.
///
/// # Errors
/// INTERNAL when the database fails.
pub async fn end_if_checked_out(conn: &mut PgConnection, app: &App, driver_id: Uuid) -> Result<()> {
    if !app.config.end_shift_at_check_out {
        return Ok(());
    }
    let newest = reference::repository::attendance(conn, &[driver_id]).await?.remove(&driver_id);
    let Some(left) = newest.filter(|check_in| check_in.status == AttendanceStatus::CheckedOut) else {
        return Ok(());
    };
    let Some(shift) = repository::active_of_driver(conn, driver_id).await? else { return Ok(()) };
    // News may be old: who got a vehicle after they had left is back.
    let is_back = left.check_out_time.is_some_and(|left_at| left_at < shift.start_time);
    if is_back || dispatches::is_under_way(conn, driver_id).await? {
        return Ok(());
    }
    close(conn, app, shift.id, None, Some("Checked out")).await
}

/// Ends the shift that a vehicle is on: it may not be used any more.
///
/// # Errors
/// INTERNAL when the database fails.
pub async fn end_of_vehicle(
    conn: &mut PgConnection,
    app: &App,
    vehicle_id: Uuid,
    reason: &str,
) -> Result<()> {
    match repository::active_of_vehicle(conn, vehicle_id).await? {
        Some(active) => close(conn, app, active.id, None, Some(reason)).await,
        None => Ok(()),
    }
}
