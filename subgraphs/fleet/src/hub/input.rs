//! What clients send about hubs.

use async_graphql::{ID, InputObject};
use serde::Serialize;

use super::HubType;

/// A point on earth.
#[derive(Clone, Copy, Debug, InputObject, Serialize)]
pub struct HubLocationInput {
    /// Degrees north.
    pub lat: f64,
    /// Degrees east.
    pub lng: f64,
}

/// A hub to be opened.
#[derive(Clone, Debug, InputObject, Serialize)]
pub struct CreateHubInput {
    /// The fleet; your own when left out.
    pub fleet_id: Option<ID>,
    /// What it is called; no other hub of the fleet is.
    pub name: String,
    /// What kind of place it is.
    pub hub_type: HubType,
    /// The postal address.
    pub address: String,
    /// Its centre.
    pub location: HubLocationInput,
    /// Metres around the centre within which a driver is at the hub: 50 to 2000, in steps of 50; 500 when left out.
    pub geofence_radius_m: Option<i32>,
    /// Repeating the call with the same key gives the same hub.
    pub idempotency_key: Option<String>,
}

/// Changes to a hub; what is left out stays.
#[derive(Clone, Debug, InputObject, Serialize)]
pub struct UpdateHubInput {
    /// Which.
    pub id: ID,
    /// The new name.
    pub name: Option<String>,
    /// What kind of place it is.
    pub hub_type: Option<HubType>,
    /// The postal address.
    pub address: Option<String>,
    /// The new centre.
    pub location: Option<HubLocationInput>,
    /// The new radius in metres: 50 to 2000, in steps of 50.
    pub geofence_radius_m: Option<i32>,
    /// The version you read; when it has changed since, the answer is STALE_VERSION.
    pub expected_version: Option<i64>,
    /// Repeating the call with the same key changes nothing more.
    pub idempotency_key: Option<String>,
}

/// Who manages a hub from now on.
#[derive(Clone, Debug, InputObject, Serialize)]
pub struct AssignHubManagerInput {
    /// Which hub.
    pub hub_id: ID,
    /// A manager of the same fleet who manages no other hub; nobody when left out.
    pub hub_manager_id: Option<ID>,
    /// Repeating the call with the same key changes nothing more.
    pub idempotency_key: Option<String>,
}
