//! Hubs: where vehicles stand and drivers check in, with the circle that counts as being there.

pub mod graphql;
pub mod input;
pub mod repository;
pub mod service;

use chrono::{DateTime, Utc};
use kit::{Error, Result};
use uuid::Uuid;

use crate::words::words;

words! {
    /// What kind of place a hub is.
    HubType {
        /// At an airport.
        Airport = "AIRPORT",
        /// At an office.
        Office = "OFFICE",
        /// A yard.
        Yard = "YARD",
    }
}

/// The radius of a hub's circle when nobody chooses one, in metres.
pub const DEFAULT_RADIUS_M: i32 = 500;
const RADIUS_STEP_M: i32 = 50;
const RADIUS_MAX_M: i32 = 2000;

/// A hub.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Hub {
    pub id: Uuid,
    pub short_id: String,
    pub fleet_id: Uuid,
    pub name: String,
    pub hub_type: HubType,
    pub address: String,
    pub lat: f64,
    pub lng: f64,
    /// Metres around the point within which a driver is at the hub.
    pub geofence_radius_m: i32,
    pub hub_manager_id: Option<Uuid>,
    pub version: i64,
    pub created_by: Option<Uuid>,
    pub updated_by: Option<Uuid>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

/// A radius of 50 to 2000 metres in steps of 50. Errors: VALIDATION on `geofenceRadiusM`.
pub fn check_radius(metres: i32) -> Result<i32> {
    if (RADIUS_STEP_M..=RADIUS_MAX_M).contains(&metres) && metres % RADIUS_STEP_M == 0 {
        return Ok(metres);
    }
    Err(Error::validation("geofenceRadiusM", "50 to 2000 metres, in steps of 50"))
}

/// A point on earth; zero is as good as any other number. Errors: VALIDATION on `location.lat` or `location.lng`.
pub fn check_point(lat: f64, lng: f64) -> Result<()> {
    if !(-90.0..=90.0).contains(&lat) {
        return Err(Error::validation("location.lat", "A latitude is between -90 and 90"));
    }
    if !(-180.0..=180.0).contains(&lng) {
        return Err(Error::validation("location.lng", "A longitude is between -180 and 180"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_radius_goes_from_fifty_to_two_thousand_by_fifty() {
        for good in [50, 500, 2000] {
            assert!(check_radius(good).is_ok(), "{good}");
        }
        for bad in [0, 49, 75, 2050, -50] {
            assert_eq!(check_radius(bad).unwrap_err().field_name(), Some("geofenceRadiusM"), "{bad}");
        }
    }

    #[test]
    fn a_point_lies_on_earth_and_zero_is_one() {
        assert!(check_point(0.0, 0.0).is_ok() && check_point(-90.0, 180.0).is_ok());
        assert_eq!(check_point(90.1, 0.0).unwrap_err().field_name(), Some("location.lat"));
        assert_eq!(check_point(28.5, f64::NAN).unwrap_err().field_name(), Some("location.lng"));
    }
}
