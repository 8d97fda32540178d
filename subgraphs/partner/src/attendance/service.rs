//! What drivers do with their shifts: check in, take breaks, check out.

use kit::error::{Error, Result};
use kit::ids::{new_id, next_short_id};
use kit::outbox::{self, NewEvent};
use kit::{Clock, Paise};
use serde_json::json;
use sqlx::PgConnection;
use uuid::Uuid;

use super::graphql::{CheckInInput, CheckOutInput, EndBreakInput, StartBreakInput};
use super::{Attendance, AttendanceStatus, ShiftBreak, check_break, check_geofence, repository};
use crate::actor::Actor;
use crate::collection;
use crate::directory::service as directory;
use crate::driver::standing::{self, Because};
use crate::driver::{Driver, may_go_on_duty, repository as drivers};
use crate::input as check;
use crate::write::{Begun, Write};

/// One shift in the actor's scope. Errors: NOT_FOUND.
pub(crate) async fn get(by: &Actor<'_>, id: Uuid) -> Result<Attendance> {
    let found = repository::find_many(&by.app.pool, &by.scope(), &[id]).await?;
    found.into_iter().next().ok_or_else(|| Error::not_found("Attendance"))
}

/// Announces a shift, with where its driver belongs.
pub(crate) async fn announce(
    conn: &mut PgConnection,
    clock: &Clock,
    event_type: &'static str,
    driver: &Driver,
    shift: &Attendance,
) -> Result<()> {
    let payload = json!({
        "attendanceId": shift.id,
        "shortId": shift.short_id,
        "driverId": driver.id,
        "userId": driver.user_id,
        "fleetId": driver.fleet_id,
        "hubId": driver.hub_id,
        "status": shift.status,
        "checkInTime": shift.check_in_time,
        "checkOutTime": shift.check_out_time,
        "onBreak": driver.on_break,
    });
    let event = NewEvent {
        event_type,
        version: 1,
        aggregate_id: shift.id,
        aggregate_version: shift.version,
        payload,
    };
    outbox::record(conn, clock, event).await?;
    Ok(())
}

/// Opens a shift at the driver's hub.
pub(crate) async fn check_in(by: &Actor<'_>, input: CheckInInput) -> Result<Attendance> {
    check::coordinates(input.lat, input.lng)?;
    let selfie_url = check::url(&input.selfie_url, "selfieUrl")?;
    if input.odometer_start < 0 {
        return Err(Error::validation("odometerStart", "An odometer does not show less than zero"));
    }
    // Who got an answer to this key gets it again, wherever they are by now.
    let key = input.idempotency_key.as_deref();
    if let Some(known) = Write::answered(by, "checkIn", key, &input).await? {
        return get(by, known).await;
    }
    let user_id = by.viewer.user_id;
    let driver = drivers::find_by_user(&mut *by.app.pool.acquire().await?, &by.scope(), user_id)
        .await?
        .ok_or_else(|| Error::not_found("Driver profile"))?;
    may_go_on_duty(&driver)?;
    let hub = match driver.hub_id {
        Some(hub_id) => directory::hub(by.app, hub_id).await?,
        None => None,
    };
    let hub = hub.ok_or_else(|| Error::conflict("Your hub is not known any more; ask your fleet"))?;
    let distance_m = check_geofence(&hub, by.app.config.checkin_geofence_m, input.lat, input.lng)?;
    let mut write = match Write::begin(by, "checkIn", key, &input).await? {
        Begun::Repeated(id) => return get(by, id).await,
        Begun::Fresh(write) => write,
    };
    let driver = drivers::lock_own(write.conn(), user_id).await?;
    may_go_on_duty(&driver)?;
    if driver.hub_id != Some(hub.id) {
        return Err(Error::conflict("You were moved to another hub just now; check in there"));
    }
    let now = by.app.clock.now();
    let shift = Attendance {
        id: new_id(),
        short_id: next_short_id(write.conn(), "ATT", now).await?,
        driver_id: driver.id,
        hub_id: hub.id,
        status: AttendanceStatus::Pending,
        check_in_time: now,
        check_out_time: None,
        check_in_lat: input.lat,
        check_in_lng: input.lng,
        distance_m,
        selfie_url,
        odometer_start: input.odometer_start,
        odometer_end: None,
        odometer_image_url: None,
        cash_deposited_paise: 0,
        reviewed_by: None,
        reviewed_at: None,
        admin_remarks: None,
        version: 1,
    };
    repository::insert(write.conn(), &shift).await?;
    announce(write.conn(), &by.app.clock, "attendance.checked_in", &driver, &shift).await?;
    write.commit(shift.id).await?;
    Ok(shift)
}

/// The acting driver and their open shift, both locked. Errors: NOT_FOUND.
async fn lock_own_shift(write: &mut Write<'_>, by: &Actor<'_>) -> Result<(Driver, Attendance)> {
    let driver = drivers::lock_own(write.conn(), by.viewer.user_id).await?;
    let shift = repository::lock_open(write.conn(), driver.id).await?;
    Ok((driver, shift.ok_or_else(|| Error::not_found("Open shift"))?))
}

/// Sets whether a driver is on a break.
async fn set_on_break(
    conn: &mut PgConnection,
    clock: &Clock,
    driver: Driver,
    on_break: bool,
    by: Uuid,
) -> Result<Driver> {
    if driver.on_break == on_break {
        return Ok(driver);
    }
    let after = Driver { on_break, ..driver.clone() };
    standing::change(conn, clock, &driver, after, Because { by: Some(by), reason: None }).await
}

/// Ends a shift: closes an open break, and books the cash that was handed over.
pub(crate) async fn check_out(by: &Actor<'_>, input: CheckOutInput) -> Result<Attendance> {
    let cash = check::not_negative(input.cash_deposited_paise.unwrap_or(Paise(0)), "cashDepositedPaise")?;
    let image =
        input.odometer_image_url.as_deref().map(|url| check::url(url, "odometerImageUrl")).transpose()?;
    let mut write = match Write::begin(by, "checkOut", input.idempotency_key.as_deref(), &input).await? {
        Begun::Repeated(id) => return get(by, id).await,
        Begun::Fresh(write) => write,
    };
    let (driver, shift) = lock_own_shift(&mut write, by).await?;
    if driver.live_trip_id.is_some() {
        return Err(Error::conflict("You are on a trip; complete it before you check out"));
    }
    let now = by.app.clock.now();
    repository::close_break(write.conn(), shift.id, now).await?;
    let driver = set_on_break(write.conn(), &by.app.clock, driver, false, by.viewer.user_id).await?;
    let shift = Attendance {
        status: AttendanceStatus::CheckedOut,
        check_out_time: Some(now),
        odometer_end: Some(input.odometer_end),
        odometer_image_url: image,
        cash_deposited_paise: cash,
        ..shift
    };
    let shift = repository::save(write.conn(), &shift, now).await?;
    if cash > 0 {
        collection::service::take_cash(write.conn(), by.app, &driver, cash, by.viewer.user_id).await?;
    }
    announce(write.conn(), &by.app.clock, "attendance.checked_out", &driver, &shift).await?;
    write.commit(shift.id).await?;
    Ok(shift)
}

/// Begins a break.
pub(crate) async fn start_break(by: &Actor<'_>, input: StartBreakInput) -> Result<Attendance> {
    let mut write = match Write::begin(by, "startBreak", input.idempotency_key.as_deref(), &input).await? {
        Begun::Repeated(id) => return get(by, id).await,
        Begun::Fresh(write) => write,
    };
    let (driver, shift) = lock_own_shift(&mut write, by).await?;
    check_break(shift.status)?;
    let now = by.app.clock.now();
    let row = ShiftBreak {
        id: new_id(),
        short_id: next_short_id(write.conn(), "BRK", now).await?,
        attendance_id: shift.id,
        start_time: now,
        end_time: None,
    };
    repository::open_break(write.conn(), &row).await?;
    let driver = set_on_break(write.conn(), &by.app.clock, driver, true, by.viewer.user_id).await?;
    let shift = repository::save(write.conn(), &shift, now).await?;
    announce(write.conn(), &by.app.clock, "attendance.break_started", &driver, &shift).await?;
    write.commit(shift.id).await?;
    Ok(shift)
}

/// Ends the break.
pub(crate) async fn end_break(by: &Actor<'_>, input: EndBreakInput) -> Result<Attendance> {
    let mut write = match Write::begin(by, "endBreak", input.idempotency_key.as_deref(), &input).await? {
        Begun::Repeated(id) => return get(by, id).await,
        Begun::Fresh(write) => write,
    };
    let (driver, shift) = lock_own_shift(&mut write, by).await?;
    let now = by.app.clock.now();
    if !repository::close_break(write.conn(), shift.id, now).await? {
        return Err(Error::not_found("Open break"));
    }
    let driver = set_on_break(write.conn(), &by.app.clock, driver, false, by.viewer.user_id).await?;
    let shift = repository::save(write.conn(), &shift, now).await?;
    announce(write.conn(), &by.app.clock, "attendance.break_ended", &driver, &shift).await?;
    write.commit(shift.id).await?;
    Ok(shift)
}
