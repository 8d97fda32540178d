//! What clients send about fleet managers.

use async_graphql::{ID, InputObject};
use serde::Serialize;

use super::ManagerStatus;

/// A manager to be named.
#[derive(Clone, Debug, InputObject, Serialize)]
pub struct CreateFleetManagerInput {
    /// The fleet; your own when left out.
    pub fleet_id: Option<ID>,
    /// The full name.
    pub name: String,
    /// Ten digits, or with a country code; no other serving manager may have it.
    pub mobile: String,
    /// Where a picture is, as https address.
    pub profile_picture: Option<String>,
    /// Anything worth remembering.
    pub remarks: Option<String>,
    /// Whether to make an account with the role MANAGER that signs in with this mobile. Left out, one is made when you
    /// may appoint managers: as super admin or fleet admin.
    pub with_login: Option<bool>,
    /// Repeating the call with the same key gives the same manager.
    pub idempotency_key: Option<String>,
}

/// A manager who leaves.
#[derive(Clone, Debug, InputObject, Serialize)]
pub struct DeactivateFleetManagerInput {
    /// Who.
    pub id: ID,
    /// Repeating the call with the same key changes nothing more.
    pub idempotency_key: Option<String>,
}

/// Which managers a list is about; what is left out means any.
#[derive(Clone, Debug, Default, InputObject)]
pub struct ManagerFilter {
    /// Of this status.
    pub status: Option<ManagerStatus>,
    /// Any part of a name or a phone, however that is typed; 2 to 100 characters.
    pub search: Option<String>,
}
