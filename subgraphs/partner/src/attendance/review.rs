//! What administrators do with shifts: accept or refuse them, once.

use kit::error::{Error, Result};
use uuid::Uuid;

use super::graphql::{ApproveAttendanceInput, RejectAttendanceInput};
use super::service::{announce, get};
use super::{Attendance, AttendanceStatus, check_review, repository};
use crate::actor::Actor;
use crate::driver::{Driver, repository as drivers};
use crate::input as check;
use crate::write::{Begun, Write};

/// Accepts a check-in.
pub(crate) async fn approve(by: &Actor<'_>, input: ApproveAttendanceInput) -> Result<Attendance> {
    let id = check::required_id(&input.id, "id")?;
    let mut write =
        match Write::begin(by, "approveAttendance", input.idempotency_key.as_deref(), &input).await? {
            Begun::Repeated(id) => return get(by, id).await,
            Begun::Fresh(write) => write,
        };
    let (driver, shift) = lock_shift(&mut write, by, id).await?;
    check_review(shift.status, AttendanceStatus::Approved)?;
    let remarks = check::optional_text(input.remarks.as_deref(), "remarks", 500)?;
    let shift = Attendance { status: AttendanceStatus::Approved, admin_remarks: remarks, ..shift };
    finish(by, write, &driver, shift, "attendance.approved").await
}

/// Refuses a check-in; the shift is over.
pub(crate) async fn reject(by: &Actor<'_>, input: RejectAttendanceInput) -> Result<Attendance> {
    let id = check::required_id(&input.id, "id")?;
    let remarks = check::optional_text(input.remarks.as_deref(), "remarks", 500)?;
    let remarks = remarks.unwrap_or_else(|| "Rejected".to_owned());
    let mut write =
        match Write::begin(by, "rejectAttendance", input.idempotency_key.as_deref(), &input).await? {
            Begun::Repeated(id) => return get(by, id).await,
            Begun::Fresh(write) => write,
        };
    let (driver, shift) = lock_shift(&mut write, by, id).await?;
    check_review(shift.status, AttendanceStatus::Rejected)?;
    let shift = Attendance {
        status: AttendanceStatus::Rejected,
        admin_remarks: Some(remarks),
        check_out_time: Some(by.app.clock.now()),
        ..shift
    };
    finish(by, write, &driver, shift, "attendance.rejected").await
}

/// Driver, then shift, both locked: the same order in which a check-out locks them. Errors: NOT_FOUND.
async fn lock_shift(write: &mut Write<'_>, by: &Actor<'_>, id: Uuid) -> Result<(Driver, Attendance)> {
    let found = repository::find_many(write.conn(), &by.scope(), &[id]).await?;
    let driver_id = found.first().ok_or_else(|| Error::not_found("Attendance"))?.driver_id;
    let driver = drivers::lock(write.conn(), &by.scope(), driver_id).await?;
    Ok((driver, repository::lock(write.conn(), &by.scope(), id).await?))
}

async fn finish(
    by: &Actor<'_>,
    mut write: Write<'_>,
    driver: &Driver,
    shift: Attendance,
    event_type: &'static str,
) -> Result<Attendance> {
    let now = by.app.clock.now();
    let shift = Attendance { reviewed_by: Some(by.viewer.user_id), reviewed_at: Some(now), ..shift };
    let shift = repository::save(write.conn(), &shift, now).await?;
    announce(write.conn(), &by.app.clock, event_type, driver, &shift).await?;
    write.commit(shift.id).await?;
    Ok(shift)
}
