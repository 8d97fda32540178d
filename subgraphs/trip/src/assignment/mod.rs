//! The daily roster: which driver has which vehicle, and who may be paired.

pub mod events;
pub mod graphql;
pub mod repository;
pub mod service;

use async_graphql::Enum;
use chrono::{DateTime, NaiveDate, Utc};
use kit::error::{Error, Result};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::codes::TRIP_CONSTRAINT;
use crate::reference::{DriverRef, DriverStatus, KycStatus, VehicleRef, VehicleStatus};

/// Whether a pairing holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Enum, Serialize, Deserialize, sqlx::Type)]
#[graphql(rename_items = "SCREAMING_SNAKE_CASE")]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[sqlx(type_name = "text", rename_all = "SCREAMING_SNAKE_CASE")]
pub enum RosterStatus {
    /// The driver has the vehicle.
    Active,
    /// The shift is over.
    Ended,
}

impl RosterStatus {
    /// The name in the database, in events and in GraphQL.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "ACTIVE",
            Self::Ended => "ENDED",
        }
    }
}

/// A driver with a vehicle, from one time to another: one row.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Assignment {
    pub id: Uuid,
    pub short_id: String,
    pub fleet_id: Uuid,
    pub driver_id: Uuid,
    pub vehicle_id: Uuid,
    pub status: RosterStatus,
    pub start_time: DateTime<Utc>,
    pub end_time: Option<DateTime<Utc>>,
    pub end_reason: Option<String>,
    pub created_by: Option<Uuid>,
    pub ended_by: Option<Uuid>,
    pub version: i64,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

/// Whether this driver may take this vehicle on `day`, and for which fleet.
///
/// # Errors
/// VALIDATION when they do not belong together, TRIP_CONSTRAINT when one of them may not work; both name the field.
pub fn pair(driver: &DriverRef, vehicle: &VehicleRef, day: NaiveDate) -> Result<Uuid> {
    let Some(fleet) = driver.fleet_id else {
        return Err(Error::validation("driverId", "This driver has not joined a fleet"));
    };
    if vehicle.fleet_id != Some(fleet) {
        return Err(Error::validation("vehicleId", "The vehicle belongs to another fleet than the driver"));
    }
    if let (Some(home), Some(yard)) = (driver.hub_id, vehicle.hub_id)
        && home != yard
    {
        return Err(Error::validation("vehicleId", "The vehicle stands at another hub than the driver's"));
    }
    let refuse = |field: &str, reason: &str, message: &str| {
        Err(Error::new(TRIP_CONSTRAINT, message).field(field).with("reasons", [reason]))
    };
    if driver.status != DriverStatus::Active {
        return refuse("driverId", "DRIVER_NOT_ACTIVE", "This driver is not active");
    }
    if driver.kyc_status != KycStatus::Approved {
        return refuse("driverId", "KYC_NOT_APPROVED", "This driver's KYC is not approved");
    }
    if vehicle.status != VehicleStatus::Active {
        return refuse("vehicleId", "VEHICLE_NOT_ACTIVE", "This vehicle is not active");
    }
    if !vehicle.documents_valid_on(day) {
        let message = "Permit, fitness or insurance of this vehicle is missing or expired";
        return refuse("vehicleId", "VEHICLE_DOCUMENTS", message);
    }
    Ok(fleet)
}
