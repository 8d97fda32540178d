//! Shifts: check-in at the hub, breaks, check-out, and their review.

pub(crate) mod graphql;
pub(crate) mod loader;
pub(crate) mod repository;
pub(crate) mod review;
pub(crate) mod service;
pub(crate) mod subscription;

use async_graphql::Enum;
use chrono::{DateTime, Utc};
use kit::error::{Code, Error, Result};
use uuid::Uuid;

use crate::directory::HubRef;

/// Too far from where one should be.
pub(crate) const GEOFENCE: Code = Code("GEOFENCE");

/// How far a shift has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum, sqlx::Type, serde::Serialize, serde::Deserialize)]
#[sqlx(type_name = "text", rename_all = "SCREAMING_SNAKE_CASE")]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(crate) enum AttendanceStatus {
    /// Checked in; waits for an administrator.
    Pending,
    /// Checked in and accepted.
    Approved,
    /// Refused; the shift is over.
    Rejected,
    /// Over.
    CheckedOut,
}

impl AttendanceStatus {
    /// The database's and the wire's spelling.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            AttendanceStatus::Pending => "PENDING",
            AttendanceStatus::Approved => "APPROVED",
            AttendanceStatus::Rejected => "REJECTED",
            AttendanceStatus::CheckedOut => "CHECKED_OUT",
        }
    }
}

/// A shift of a driver.
#[derive(Debug, Clone, sqlx::FromRow)]
pub(crate) struct Attendance {
    pub(crate) id: Uuid,
    pub(crate) short_id: String,
    pub(crate) driver_id: Uuid,
    pub(crate) hub_id: Uuid,
    pub(crate) status: AttendanceStatus,
    pub(crate) check_in_time: DateTime<Utc>,
    pub(crate) check_out_time: Option<DateTime<Utc>>,
    pub(crate) check_in_lat: f64,
    pub(crate) check_in_lng: f64,
    pub(crate) distance_m: f64,
    pub(crate) selfie_url: String,
    pub(crate) odometer_start: i32,
    pub(crate) odometer_end: Option<i32>,
    pub(crate) odometer_image_url: Option<String>,
    pub(crate) cash_deposited_paise: i64,
    pub(crate) reviewed_by: Option<Uuid>,
    pub(crate) reviewed_at: Option<DateTime<Utc>>,
    pub(crate) admin_remarks: Option<String>,
    pub(crate) version: i64,
}

/// A break in a shift.
#[derive(Debug, Clone, sqlx::FromRow)]
pub(crate) struct ShiftBreak {
    pub(crate) id: Uuid,
    pub(crate) short_id: String,
    pub(crate) attendance_id: Uuid,
    pub(crate) start_time: DateTime<Utc>,
    pub(crate) end_time: Option<DateTime<Utc>>,
}

impl Attendance {
    /// Kilometres driven, once both readings are there.
    pub(crate) fn total_km(&self) -> Option<i32> {
        self.odometer_end.map(|end| end - self.odometer_start)
    }
}

/// Metres between driver and hub, if that is near enough. Errors: GEOFENCE, with both distances.
pub(crate) fn check_geofence(hub: &HubRef, default_radius_m: u32, lat: f64, lng: f64) -> Result<f64> {
    let radius = hub.geofence_radius_m.map_or(f64::from(default_radius_m), f64::from);
    let distance = hub.distance_m(lat, lng);
    if distance <= radius {
        return Ok(distance);
    }
    let (distance, radius) = (distance.ceil(), radius.round());
    Err(Error::new(GEOFENCE, format!("You are {distance} m from your hub; check in within {radius} m"))
        .with("distanceM", distance)
        .with("radiusM", radius))
}

/// Reviews are made once, on shifts that wait for one.
pub(crate) fn check_review(status: AttendanceStatus, to: AttendanceStatus) -> Result<()> {
    if status == AttendanceStatus::Pending {
        return Ok(());
    }
    Err(Error::new(Code::INVALID_TRANSITION, format!("{} may not become {}", status.as_str(), to.as_str()))
        .with("from", status.as_str())
        .with("to", to.as_str()))
}

/// A break needs a shift that was accepted.
pub(crate) fn check_break(status: AttendanceStatus) -> Result<()> {
    if status == AttendanceStatus::Approved {
        return Ok(());
    }
    Err(Error::new(Code::INVALID_TRANSITION, "Breaks begin after your check-in is approved")
        .with("from", status.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_geofence_includes_its_edge() {
        let hub = HubRef {
            id: Uuid::nil(),
            fleet_id: Uuid::nil(),
            lat: 0.0,
            lng: 0.0,
            geofence_radius_m: Some(500),
            version: 1,
        };
        let north = |metres: f64| (metres / 6_371_000.0).to_degrees();
        assert!(check_geofence(&hub, 100, north(499.999), 0.0).is_ok());
        let error = check_geofence(&hub, 100, north(501.0), 0.0).unwrap_err();
        assert_eq!((error.code(), error.detail("distanceM")), (GEOFENCE, Some(&serde_json::json!(501.0))));
        let silent = HubRef { geofence_radius_m: None, ..hub };
        assert!(check_geofence(&silent, 100, north(101.0), 0.0).is_err());
        assert!(check_geofence(&silent, 600, north(501.0), 0.0).is_ok());
    }

    #[test]
    fn reviews_and_breaks_need_their_status() {
        use AttendanceStatus::{Approved, CheckedOut, Pending, Rejected};
        for status in [Approved, Rejected, CheckedOut] {
            assert_eq!(check_review(status, Approved).unwrap_err().code(), Code::INVALID_TRANSITION);
        }
        assert!(check_review(Pending, Rejected).is_ok() && check_break(Approved).is_ok());
        assert!(check_break(Pending).is_err() && check_break(CheckedOut).is_err());
    }
}
