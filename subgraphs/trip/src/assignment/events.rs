//! What the world hears about the roster.

use chrono::{DateTime, Utc};
use kit::error::Result;
use kit::outbox::NewEvent;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Assignment, RosterStatus};

/// The payload of `assignment.started` and `assignment.ended`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Snapshot {
    pub assignment_id: Uuid,
    pub short_id: String,
    pub fleet_id: Uuid,
    pub driver_id: Uuid,
    pub vehicle_id: Uuid,
    pub status: RosterStatus,
    pub start_time: DateTime<Utc>,
    pub end_time: Option<DateTime<Utc>>,
    pub reason: Option<String>,
}

/// A shift began.
///
/// # Errors
/// INTERNAL when it cannot be written as JSON.
pub fn started(assignment: &Assignment) -> Result<NewEvent> {
    event("assignment.started", assignment)
}

/// A shift ended.
///
/// # Errors
/// INTERNAL when it cannot be written as JSON.
pub fn ended(assignment: &Assignment) -> Result<NewEvent> {
    event("assignment.ended", assignment)
}

fn event(event_type: &'static str, row: &Assignment) -> Result<NewEvent> {
    let payload = Snapshot {
        assignment_id: row.id,
        short_id: row.short_id.clone(),
        fleet_id: row.fleet_id,
        driver_id: row.driver_id,
        vehicle_id: row.vehicle_id,
        status: row.status,
        start_time: row.start_time,
        end_time: row.end_time,
        reason: row.end_reason.clone(),
    };
    Ok(NewEvent {
        event_type,
        version: 1,
        aggregate_id: row.id,
        aggregate_version: row.version,
        payload: serde_json::to_value(payload)?,
    })
}
