//! What partner knows of users, fleets and hubs: copies fed by their owners' events, asked for when not there yet.

pub(crate) mod repository;
pub(crate) mod resync;
pub(crate) mod service;

use serde::Deserialize;
use uuid::Uuid;

/// A user as identity tells, in an event or as an entity.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, sqlx::FromRow)]
#[serde(rename_all = "camelCase")]
pub(crate) struct UserRef {
    #[serde(alias = "userId")]
    pub(crate) id: Uuid,
    pub(crate) role: String,
    pub(crate) name: String,
    pub(crate) phone: String,
    #[serde(default)]
    pub(crate) fleet_id: Option<Uuid>,
    pub(crate) is_active: bool,
}

/// A fleet as its owner tells.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, sqlx::FromRow)]
#[serde(rename_all = "camelCase")]
pub(crate) struct FleetRef {
    #[serde(alias = "fleetId")]
    pub(crate) id: Uuid,
    pub(crate) name: String,
    pub(crate) status: String,
}

/// A hub as its owner tells.
#[derive(Debug, Clone, PartialEq, Deserialize, sqlx::FromRow)]
#[serde(rename_all = "camelCase")]
pub(crate) struct HubRef {
    #[serde(alias = "hubId")]
    pub(crate) id: Uuid,
    pub(crate) fleet_id: Uuid,
    pub(crate) lat: f64,
    pub(crate) lng: f64,
    #[serde(rename = "geofenceRadiusM", default = "unknown_radius")]
    pub(crate) geofence_radius_m: Option<i32>,
}

fn unknown_radius() -> Option<i32> {
    None
}

impl HubRef {
    /// Metres between the hub and a place.
    pub(crate) fn distance_m(&self, lat: f64, lng: f64) -> f64 {
        haversine_m((self.lat, self.lng), (lat, lng))
    }
}

/// Great-circle distance in metres on a sphere of 6,371,000 m.
pub(crate) fn haversine_m(from: (f64, f64), to: (f64, f64)) -> f64 {
    let (lat1, lat2) = (from.0.to_radians(), to.0.to_radians());
    let half_lat = (lat2 - lat1) / 2.0;
    let half_lng = (to.1 - from.1).to_radians() / 2.0;
    let a = half_lat.sin().powi(2) + lat1.cos() * lat2.cos() * half_lng.sin().powi(2);
    2.0 * 6_371_000.0 * a.sqrt().min(1.0).asin()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terminal_three_is_almost_seven_kilometres_from_cyber_hub_as_the_crow_flies() {
        let metres = haversine_m((28.5562, 77.1000), (28.4950, 77.0890));
        assert!((6_800.0..7_000.0).contains(&metres), "{metres}");
        assert_eq!(haversine_m((0.0, 0.0), (0.0, 0.0)), 0.0);
    }

    #[test]
    fn a_degree_of_latitude_is_111_195_metres() {
        assert!((haversine_m((28.0, 77.0), (29.0, 77.0)) - 111_194.93).abs() < 0.01);
    }
}
