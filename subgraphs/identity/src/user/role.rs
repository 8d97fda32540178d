//! Ranks: who stands above whom, what each needs to see anything, and whom they may appoint.

use async_graphql::Enum;
use kit::Role;
use serde::{Deserialize, Serialize};

/// What a person is to the company.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Enum, Serialize, Deserialize, sqlx::Type)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[sqlx(type_name = "text", rename_all = "SCREAMING_SNAKE_CASE")]
pub enum UserRole {
    /// Sees and does everything.
    SuperAdmin,
    /// Runs one fleet and appoints its managers.
    FleetAdmin,
    /// Runs the daily business of one fleet.
    Manager,
    /// Dispatches for some hubs of one fleet.
    Operations,
    /// Drives.
    Driver,
}

/// Every role, highest first.
pub const ROLES: [UserRole; 5] =
    [UserRole::SuperAdmin, UserRole::FleetAdmin, UserRole::Manager, UserRole::Operations, UserRole::Driver];

impl UserRole {
    /// The word in the database, in tokens and in events.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::SuperAdmin => "SUPER_ADMIN",
            Self::FleetAdmin => "FLEET_ADMIN",
            Self::Manager => "MANAGER",
            Self::Operations => "OPERATIONS",
            Self::Driver => "DRIVER",
        }
    }

    fn rank(self) -> u8 {
        match self {
            Self::SuperAdmin => 4,
            Self::FleetAdmin => 3,
            Self::Manager => 2,
            Self::Operations => 1,
            Self::Driver => 0,
        }
    }

    /// True if this role may appoint, change or dismiss somebody of `other`: nobody touches their own rank or
    /// above, except that a super admin stands over everybody.
    pub fn governs(self, other: Self) -> bool {
        match self {
            Self::SuperAdmin => true,
            Self::FleetAdmin | Self::Manager => other.rank() < self.rank(),
            Self::Operations | Self::Driver => false,
        }
    }

    /// True if this role sees nothing without a fleet.
    pub fn needs_fleet(self) -> bool {
        matches!(self, Self::FleetAdmin | Self::Manager | Self::Operations)
    }

    /// True if this role sees nothing without hubs.
    pub fn needs_hubs(self) -> bool {
        self == Self::Operations
    }
}

impl From<Role> for UserRole {
    fn from(role: Role) -> Self {
        match role {
            Role::SuperAdmin => Self::SuperAdmin,
            Role::FleetAdmin => Self::FleetAdmin,
            Role::Manager => Self::Manager,
            Role::Operations => Self::Operations,
            Role::Driver => Self::Driver,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lattice_is_the_table_of_the_specification() {
        use UserRole::{Driver, FleetAdmin, Manager, Operations, SuperAdmin};
        let appointed = |by: UserRole| ROLES.into_iter().filter(|role| by.governs(*role)).collect::<Vec<_>>();
        assert_eq!(appointed(SuperAdmin), ROLES);
        assert_eq!(appointed(FleetAdmin), [Manager, Operations, Driver]);
        assert_eq!(appointed(Manager), [Operations, Driver]);
        assert_eq!(appointed(Operations), []);
        assert_eq!(appointed(Driver), []);
    }

    #[test]
    fn a_role_is_spelled_the_same_everywhere() {
        for role in ROLES {
            assert_eq!(serde_json::to_value(role).unwrap(), role.as_str());
            let graphql = async_graphql::InputType::to_value(&role);
            assert_eq!(graphql.to_string(), role.as_str());
        }
    }
}
