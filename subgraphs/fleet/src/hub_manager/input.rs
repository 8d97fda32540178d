//! What clients send about hub managers.

use async_graphql::{ID, InputObject};
use serde::Serialize;

/// A hub manager to be named.
#[derive(Clone, Debug, InputObject, Serialize)]
pub struct CreateHubManagerInput {
    /// The fleet; your own when left out.
    pub fleet_id: Option<ID>,
    /// The full name.
    pub name: String,
    /// Ten digits, or with a country code; no other serving hub manager may have it.
    pub mobile: String,
    /// Where the manager works; the city of the fleet when left out.
    pub city: Option<String>,
    /// Where a picture is.
    pub profile_picture: Option<String>,
    /// Anything worth remembering.
    pub remarks: Option<String>,
    /// The account of the manager, if they have one.
    pub user_id: Option<ID>,
    /// Repeating the call with the same key gives the same manager.
    pub idempotency_key: Option<String>,
}

/// Changes to a hub manager's entry; what is left out stays.
#[derive(Clone, Debug, InputObject, Serialize)]
pub struct UpdateHubManagerInput {
    /// Who.
    pub id: ID,
    /// The new name.
    pub name: Option<String>,
    /// The new mobile; no other serving hub manager may have it.
    pub mobile: Option<String>,
    /// Where the manager works.
    pub city: Option<String>,
    /// Where a picture is.
    pub profile_picture: Option<String>,
    /// Anything worth remembering.
    pub remarks: Option<String>,
    /// The account of the manager.
    pub user_id: Option<ID>,
    /// The version you read; when it has changed since, the answer is STALE_VERSION.
    pub expected_version: Option<i64>,
    /// Repeating the call with the same key changes nothing more.
    pub idempotency_key: Option<String>,
}

/// A hub manager who leaves.
#[derive(Clone, Debug, InputObject, Serialize)]
pub struct DeactivateHubManagerInput {
    /// Who.
    pub id: ID,
    /// Repeating the call with the same key changes nothing more.
    pub idempotency_key: Option<String>,
}
