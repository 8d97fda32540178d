//! What clients send about users.

use async_graphql::{ID, InputObject};
use serde::Serialize;

use super::UserRole;

/// A person to be added.
#[derive(Clone, Debug, InputObject, Serialize)]
pub struct CreateUserInput {
    /// The full name, at most 120 characters.
    pub name: String,
    /// Ten digits, or with a country code; nobody else may have it.
    pub phone: String,
    /// A role below your own; a super admin gives any.
    pub role: UserRole,
    /// The fleet; your own when left out. Fleet admins, managers and operations need one.
    pub fleet_id: Option<ID>,
    /// The hubs of an operations user: 1 to 50 of that fleet.
    pub hub_ids: Option<Vec<ID>>,
    /// Repeating the call with the same key gives the same user.
    pub idempotency_key: Option<String>,
}

/// Changes to a person; what is left out stays.
#[derive(Clone, Debug, InputObject, Serialize)]
pub struct UpdateUserInput {
    /// Who.
    pub id: ID,
    /// The new name. Drivers may change this one thing of themselves.
    pub name: Option<String>,
    /// The new phone.
    pub phone: Option<String>,
    /// The new role. The person signs in again to use it.
    pub role: Option<UserRole>,
    /// The fleet that goes with `role`; the present one when left out. `setUserScope` moves somebody who keeps their role.
    pub fleet_id: Option<ID>,
    /// The hubs that go with `role`, 50 at most.
    pub hub_ids: Option<Vec<ID>>,
    /// False ends all sessions of the person at once.
    pub is_active: Option<bool>,
    /// The version you read; when it has changed since, the answer is STALE_VERSION.
    pub expected_version: Option<i64>,
    /// Repeating the call with the same key changes nothing more.
    pub idempotency_key: Option<String>,
}

/// Where a person works from now on.
#[derive(Clone, Debug, InputObject, Serialize)]
pub struct SetUserScopeInput {
    /// Who.
    pub user_id: ID,
    /// The fleet; none for people who belong to none.
    pub fleet_id: Option<ID>,
    /// The hubs of an operations user, 1 to 50.
    pub hub_ids: Option<Vec<ID>>,
    /// The version you read; when it has changed since, the answer is STALE_VERSION.
    pub expected_version: Option<i64>,
    /// Repeating the call with the same key changes nothing more.
    pub idempotency_key: Option<String>,
}

/// A person to switch off or on.
#[derive(Clone, Debug, InputObject, Serialize)]
pub struct UserStateInput {
    /// Who.
    pub id: ID,
    /// Repeating the call with the same key changes nothing more.
    pub idempotency_key: Option<String>,
}

/// Which people a list is about; what is left out means any.
#[derive(Clone, Debug, Default, InputObject)]
pub struct UserFilter {
    /// Of this role.
    pub role: Option<UserRole>,
    /// Of this fleet.
    pub fleet_id: Option<ID>,
    /// Of this hub.
    pub hub_id: Option<ID>,
    /// Active, or deactivated.
    pub is_active: Option<bool>,
    /// Any part of a name, a short id or a phone, however that is typed; 2 to 100 characters.
    pub search: Option<String>,
}
