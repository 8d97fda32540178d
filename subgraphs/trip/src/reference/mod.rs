//! Local copies of drivers, vehicles, fleets and attendance, which other subgraphs own. Written only by their events, or by the
//! owner's answer when an event has not come yet.

pub mod consequence;
pub mod events;
pub mod repository;
pub mod service;

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Whether a driver may work.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, sqlx::Type)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[sqlx(type_name = "text", rename_all = "SCREAMING_SNAKE_CASE")]
pub enum DriverStatus {
    Active,
    Inactive,
    Suspended,
    Blacklisted,
}

/// Whether a driver's papers were accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, sqlx::Type)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[sqlx(type_name = "text", rename_all = "SCREAMING_SNAKE_CASE")]
pub enum KycStatus {
    Pending,
    Approved,
    Rejected,
}

/// Whether a vehicle may be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, sqlx::Type)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[sqlx(type_name = "text", rename_all = "SCREAMING_SNAKE_CASE")]
pub enum VehicleStatus {
    Active,
    Inactive,
    Maintenance,
}

/// Where a check-in stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, sqlx::Type)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[sqlx(type_name = "text", rename_all = "SCREAMING_SNAKE_CASE")]
pub enum AttendanceStatus {
    Pending,
    Approved,
    Rejected,
    CheckedOut,
}

/// What trips need to know of a driver. Reads both the owner's event payload and its entity.
#[derive(Clone, Debug, PartialEq, Deserialize, sqlx::FromRow)]
#[serde(rename_all = "camelCase")]
pub struct DriverRef {
    #[serde(alias = "driverId")]
    pub id: Uuid,
    pub user_id: Uuid,
    #[serde(default)]
    pub fleet_id: Option<Uuid>,
    #[serde(default)]
    pub hub_id: Option<Uuid>,
    pub name: String,
    pub status: DriverStatus,
    pub kyc_status: KycStatus,
    pub is_available: bool,
    /// An administrator switched the driver off, whatever trips and breaks say.
    #[serde(default)]
    pub is_forced_unavailable: bool,
    #[serde(default)]
    pub payment_model: Option<String>,
    /// The owner's row version; in an event it is the aggregate's.
    #[serde(default)]
    pub version: i64,
}

impl DriverRef {
    /// The driver lost the right to work: roster and live trips must end.
    #[must_use]
    pub fn is_barred(&self) -> bool {
        self.status != DriverStatus::Active
    }
}

/// What trips need to know of a vehicle.
#[derive(Clone, Debug, PartialEq, sqlx::FromRow)]
pub struct VehicleRef {
    pub id: Uuid,
    pub fleet_id: Option<Uuid>,
    pub hub_id: Option<Uuid>,
    pub number: String,
    pub status: VehicleStatus,
    pub fuel_type: String,
    /// The last day on which permit, fitness and insurance are all valid; None when one is missing.
    pub docs_valid_until: Option<NaiveDate>,
    pub version: i64,
}

impl VehicleRef {
    /// Permit, fitness and insurance all hold on that day.
    #[must_use]
    pub fn documents_valid_on(&self, day: NaiveDate) -> bool {
        self.docs_valid_until.is_some_and(|until| day <= until)
    }
}

/// A vehicle as its owner tells it.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct VehicleSnapshot {
    #[serde(alias = "vehicleId")]
    pub id: Uuid,
    #[serde(default)]
    pub fleet_id: Option<Uuid>,
    #[serde(default)]
    pub hub_id: Option<Uuid>,
    pub number: String,
    pub status: VehicleStatus,
    pub fuel_type: String,
    #[serde(default)]
    pub permit_expiry: Option<NaiveDate>,
    #[serde(default)]
    pub fitness_expiry: Option<NaiveDate>,
    #[serde(default)]
    pub insurance_expiry: Option<NaiveDate>,
    #[serde(default)]
    pub version: i64,
}

impl From<VehicleSnapshot> for VehicleRef {
    fn from(told: VehicleSnapshot) -> Self {
        let earliest = [told.permit_expiry, told.fitness_expiry, told.insurance_expiry];
        let docs_valid_until = earliest.into_iter().collect::<Option<Vec<_>>>();
        Self {
            id: told.id,
            fleet_id: told.fleet_id,
            hub_id: told.hub_id,
            number: told.number,
            status: told.status,
            fuel_type: told.fuel_type,
            docs_valid_until: docs_valid_until.and_then(|days| days.into_iter().min()),
            version: told.version,
        }
    }
}

/// What trips need to know of a fleet.
#[derive(Clone, Debug, PartialEq, Deserialize, sqlx::FromRow)]
#[serde(rename_all = "camelCase")]
pub struct FleetRef {
    #[serde(alias = "fleetId")]
    pub id: Uuid,
    /// As the owner spells it; INACTIVE is the one that matters here.
    pub status: String,
    #[serde(default)]
    pub version: i64,
}

impl FleetRef {
    /// The fleet was deactivated: no new trips, no new shifts.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.status == "INACTIVE"
    }
}

/// One check-in of a driver.
#[derive(Clone, Debug, PartialEq, Deserialize, sqlx::FromRow)]
#[serde(rename_all = "camelCase")]
pub struct AttendanceRef {
    #[serde(alias = "attendanceId")]
    pub id: Uuid,
    pub driver_id: Uuid,
    pub status: AttendanceStatus,
    pub check_in_time: DateTime<Utc>,
    #[serde(default)]
    pub check_out_time: Option<DateTime<Utc>>,
    #[serde(default)]
    pub on_break: bool,
    #[serde(default)]
    pub version: i64,
}

impl AttendanceRef {
    /// Checked in, approved, not checked out and not on a break.
    #[must_use]
    pub fn on_duty(&self) -> bool {
        self.status == AttendanceStatus::Approved && self.check_out_time.is_none() && !self.on_break
    }
}
