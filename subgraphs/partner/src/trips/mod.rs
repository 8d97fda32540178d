//! What partner knows of the work itself: which trip a driver is on, which vehicle they have today.

pub(crate) mod repository;
pub(crate) mod service;

use serde::Deserialize;
use uuid::Uuid;

/// What partner reads of any trip.* event.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TripRef {
    pub(crate) trip_id: Uuid,
    #[serde(default)]
    pub(crate) driver_id: Option<Uuid>,
    pub(crate) status: String,
}

impl TripRef {
    /// Whether the driver is busy with it: from setting out until the passenger is dropped.
    pub(crate) fn is_live(&self) -> bool {
        matches!(self.status.as_str(), "STARTED" | "ARRIVED" | "ONBOARDED")
    }
}

/// What partner reads of assignment.started and assignment.ended.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AssignmentRef {
    pub(crate) assignment_id: Uuid,
    pub(crate) driver_id: Uuid,
    pub(crate) vehicle_id: Uuid,
    pub(crate) status: String,
}
