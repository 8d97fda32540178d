//! Batches of shifts and breaks.

use std::collections::HashMap;

use kit::error::Result;
use kit::loader::{Batch, Source};
use uuid::Uuid;

use super::{Attendance, ShiftBreak, repository};

/// A shift by id.
pub(crate) struct AttendanceById;

impl Batch for AttendanceById {
    type Key = Uuid;
    type Value = Attendance;

    async fn load(source: &Source, keys: &[Uuid]) -> Result<HashMap<Uuid, Attendance>> {
        let found = repository::find_many(&source.pool, &source.caller.scope(), keys).await?;
        Ok(found.into_iter().map(|shift| (shift.id, shift)).collect())
    }
}

/// The open shift of a driver.
pub(crate) struct OpenAttendance;

impl Batch for OpenAttendance {
    type Key = Uuid;
    type Value = Attendance;

    async fn load(source: &Source, keys: &[Uuid]) -> Result<HashMap<Uuid, Attendance>> {
        let found = repository::open_of(&source.pool, &source.caller.scope(), keys).await?;
        Ok(found.into_iter().map(|shift| (shift.driver_id, shift)).collect())
    }
}

/// The breaks of a shift that was loaded within the viewer's scope.
pub(crate) struct BreaksByAttendance;

impl Batch for BreaksByAttendance {
    type Key = Uuid;
    type Value = Vec<ShiftBreak>;

    async fn load(source: &Source, keys: &[Uuid]) -> Result<HashMap<Uuid, Vec<ShiftBreak>>> {
        let mut all: HashMap<Uuid, Vec<ShiftBreak>> = HashMap::new();
        for row in repository::breaks(&source.pool, keys).await? {
            all.entry(row.attendance_id).or_default().push(row);
        }
        Ok(all)
    }
}
