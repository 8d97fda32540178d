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
