//! What partner knows of users, fleets and hubs: copies fed by their owners' events, asked for when not there yet.

pub(crate) mod repository;
pub(crate) mod resync;
pub(crate) mod service;

use chrono::{DateTime, Utc};
use kit::error::Result;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use sqlx::PgConnection;
use uuid::Uuid;

/// Something of which partner keeps a copy: whose it is, and what is asked of it when its owner is asked.
pub(crate) trait Copied: DeserializeOwned + Send + Sync {
    /// The subgraph that owns it.
    const OWNER: &'static str;
    /// Its type there.
    const TYPE: &'static str;
    /// The fields of a copy; `version` is one of them.
    const FIELDS: &'static str;

    /// Keeps this copy unless a newer one is known. One of the same version is written over: it says the same, unless it was
    /// damaged here.
    fn keep(&self, conn: &mut PgConnection, at: DateTime<Utc>) -> impl Future<Output = Result<()>> + Send;
}

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
    /// The owner's; an event has it in its envelope.
    #[serde(default)]
    pub(crate) version: i64,
}

/// A fleet as its owner tells.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, sqlx::FromRow)]
#[serde(rename_all = "camelCase")]
pub(crate) struct FleetRef {
    #[serde(alias = "fleetId")]
    pub(crate) id: Uuid,
    pub(crate) name: String,
    pub(crate) status: String,
    /// The owner's; an event has it in its envelope.
    #[serde(default)]
    pub(crate) version: i64,
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
    /// The owner's; an event has it in its envelope.
    #[serde(default)]
    pub(crate) version: i64,
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
