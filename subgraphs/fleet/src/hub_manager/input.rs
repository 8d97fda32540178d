//! What clients send about hub managers.

use async_graphql::{ID, InputObject, MaybeUndefined};
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
    /// Where a picture is, as https address.
    pub profile_picture: Option<String>,
    /// Anything worth remembering.
    pub remarks: Option<String>,
    /// The account of the manager, if they have one: an active user of that fleet.
    pub user_id: Option<ID>,
    /// Repeating the call with the same key gives the same manager.
    pub idempotency_key: Option<String>,
}

/// Changes to a hub manager's entry; what is left out stays, and null empties what may be empty.
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
    /// Where a picture is, as https address; none when null.
    #[serde(skip_serializing_if = "MaybeUndefined::is_undefined")]
    pub profile_picture: MaybeUndefined<String>,
    /// Anything worth remembering; nothing when null.
    #[serde(skip_serializing_if = "MaybeUndefined::is_undefined")]
    pub remarks: MaybeUndefined<String>,
    /// The account of the manager, an active user of the fleet; none when null.
    #[serde(skip_serializing_if = "MaybeUndefined::is_undefined")]
    pub user_id: MaybeUndefined<ID>,
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
