//! Vehicles: what drives, where it stands, whether it may.

pub mod at_hub;
pub mod document;
pub mod graphql;
pub mod input;
pub mod offer;
pub mod repository;
pub mod service;
pub mod subscription;

use chrono::{DateTime, Utc};
use kit::{Code, Error, Result};
use uuid::Uuid;

use crate::words::words;

pub use document::Papers;

words! {
    /// Who the vehicle belongs to.
    VehicleOwnership {
        /// The fleet, or the independent driver.
        Owned = "OWNED",
        /// Somebody who leases it out.
        Leased = "LEASED",
    }
}

words! {
    /// What drives it.
    FuelType {
        /// Petrol.
        Petrol = "PETROL",
        /// Diesel.
        Diesel = "DIESEL",
        /// Compressed natural gas.
        Cng = "CNG",
        /// A battery.
        Electric = "ELECTRIC",
    }
}

words! {
    /// Whether it may be used.
    VehicleStatus {
        /// It may.
        Active = "ACTIVE",
        /// It is out of service.
        Inactive = "INACTIVE",
        /// It is in the workshop.
        Maintenance = "MAINTENANCE",
    }
}

/// A vehicle.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Vehicle {
    pub id: Uuid,
    pub short_id: String,
    pub fleet_id: Option<Uuid>,
    pub hub_id: Option<Uuid>,
    /// The registration, capitals and digits only; one vehicle per number.
    pub number: String,
    pub name: String,
    pub model: String,
    pub color: Option<String>,
    pub ownership: VehicleOwnership,
    pub fuel_type: FuelType,
    pub status: VehicleStatus,
    pub owner_name: Option<String>,
    pub chassis_number: Option<String>,
    pub vin_number: Option<String>,
    #[sqlx(flatten)]
    pub papers: Papers,
    pub version: i64,
    pub created_by: Option<Uuid>,
    pub updated_by: Option<Uuid>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

/// Whether a vehicle may go from one status to another. Errors: INVALID_TRANSITION when it would leave the road in the
/// middle of a trip.
pub fn may_become(from: VehicleStatus, to: VehicleStatus, on_trip: bool) -> Result<()> {
    if from == VehicleStatus::Active && to != VehicleStatus::Active && on_trip {
        return Err(Error::new(Code::INVALID_TRANSITION, "This vehicle is on a trip")
            .with("from", from.as_str())
            .with("to", to.as_str()));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_vehicle_leaves_the_road_only_between_trips() {
        use VehicleStatus::{Active, Inactive, Maintenance};
        for to in [Inactive, Maintenance] {
            assert_eq!(may_become(Active, to, true).unwrap_err().code(), Code::INVALID_TRANSITION);
            assert!(may_become(Active, to, false).is_ok());
            assert!(may_become(to, Active, true).is_ok());
        }
        assert!(may_become(Active, Active, true).is_ok());
    }
}
