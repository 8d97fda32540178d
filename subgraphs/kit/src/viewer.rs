//! Who calls, with which role, and which rows they may see: the one file of kit that knows the roles.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use async_graphql::{Context, Enum};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::error::{Error, Result};

/// The role of a user.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Enum)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Role {
    /// Drives: sees what is their own.
    Driver,
    /// Works at some hubs of a fleet.
    Operations,
    /// Manages a fleet's daily work.
    Manager,
    /// Runs one fleet.
    FleetAdmin,
    /// Runs the platform.
    SuperAdmin,
}

impl Role {
    /// As stored and as clients read it: `FLEET_ADMIN`.
    pub fn as_str(self) -> &'static str {
        match self {
            Role::SuperAdmin => "SUPER_ADMIN",
            Role::FleetAdmin => "FLEET_ADMIN",
            Role::Manager => "MANAGER",
            Role::Operations => "OPERATIONS",
            Role::Driver => "DRIVER",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Role {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        [Role::SuperAdmin, Role::FleetAdmin, Role::Manager, Role::Operations, Role::Driver]
            .into_iter()
            .find(|role| role.as_str() == text)
            .ok_or_else(|| Error::validation("role", format!("There is no role {text}")))
    }
}

/// A signed-in user, as the router vouches for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Viewer {
    /// The user.
    pub user_id: Uuid,
    /// What they are.
    pub role: Role,
    /// The fleet they belong to; none for SUPER_ADMIN and for a driver who has not joined one.
    pub fleet_id: Option<Uuid>,
    /// The hubs that OPERATIONS works at.
    pub hub_ids: Vec<Uuid>,
    /// The session that the token belongs to.
    pub session_id: Option<Uuid>,
    /// The driver record of a DRIVER.
    pub driver_id: Option<Uuid>,
}

impl Viewer {
    /// FORBIDDEN unless the viewer has one of these roles.
    pub fn require(&self, roles: &[Role]) -> Result<()> {
        if roles.contains(&self.role) {
            return Ok(());
        }
        Err(Error::forbidden(format!("{} may not do this", self.role)))
    }
}

/// Whoever sent the request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Caller {
    /// Nobody is signed in.
    Anonymous,
    /// A user.
    Viewer(Viewer),
    /// Another subgraph, or the router itself.
    Service {
        /// Its name, as in the supergraph.
        name: String,
    },
}

/// Which rows a caller may see. Every repository function that reads takes one, so that forgetting it does not compile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Everything.
    All,
    /// One fleet.
    Fleet(Uuid),
    /// Some hubs of one fleet.
    Hubs {
        /// The fleet.
        fleet: Uuid,
        /// The hubs in it.
        hubs: Vec<Uuid>,
    },
    /// What belongs to one user.
    Own(Uuid),
    /// Nothing at all.
    Nothing,
}

impl Caller {
    /// What this caller may see. A role whose fleet or hubs are missing sees nothing.
    pub fn scope(&self) -> Scope {
        let viewer = match self {
            Caller::Service { .. } => return Scope::All,
            Caller::Anonymous => return Scope::Nothing,
            Caller::Viewer(viewer) => viewer,
        };
        match (viewer.role, viewer.fleet_id) {
            (Role::SuperAdmin, _) => Scope::All,
            (Role::FleetAdmin | Role::Manager, Some(fleet)) => Scope::Fleet(fleet),
            (Role::Operations, Some(fleet)) => Scope::Hubs { fleet, hubs: viewer.hub_ids.clone() },
            (Role::Driver, _) => Scope::Own(viewer.user_id),
            (_, None) => Scope::Nothing,
        }
    }

    /// The signed-in user, or UNAUTHENTICATED.
    pub fn viewer(&self) -> Result<&Viewer> {
        match self {
            Caller::Viewer(viewer) => Ok(viewer),
            Caller::Anonymous | Caller::Service { .. } => Err(Error::unauthenticated()),
        }
    }

    /// True for another subgraph or the router.
    pub fn is_service(&self) -> bool {
        matches!(self, Caller::Service { .. })
    }

    /// Who acted, for rows that keep it: the user, or the nil UUID for a service and for nobody.
    pub fn actor_id(&self) -> Uuid {
        match self {
            Caller::Viewer(viewer) => viewer.user_id,
            Caller::Anonymous | Caller::Service { .. } => Uuid::nil(),
        }
    }
}

static ANONYMOUS: Caller = Caller::Anonymous;

/// Who sent the request that is being resolved; Anonymous if nobody said.
pub fn caller<'a>(ctx: &Context<'a>) -> &'a Caller {
    ctx.data_opt::<Caller>().unwrap_or(&ANONYMOUS)
}

/// The signed-in user of the request that is being resolved, or UNAUTHENTICATED.
pub fn viewer<'a>(ctx: &Context<'a>) -> Result<&'a Viewer> {
    caller(ctx).viewer()
}

/// Where the client is, for limits on callers that nobody knows yet.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ClientAddress(pub(crate) Option<IpAddr>);

/// The client's address, as the router passes it on; None if nobody said.
pub fn client_address(ctx: &Context<'_>) -> Option<IpAddr> {
    ctx.data_opt::<ClientAddress>().and_then(|address| address.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn viewer(role: Role, fleet_id: Option<Uuid>) -> Caller {
        let hub_ids = vec![Uuid::from_u128(7)];
        Caller::Viewer(Viewer {
            user_id: Uuid::from_u128(1),
            role,
            fleet_id,
            hub_ids,
            session_id: None,
            driver_id: None,
        })
    }

    #[test]
    fn each_role_sees_its_own_part() {
        let fleet = Uuid::from_u128(2);
        assert_eq!(viewer(Role::SuperAdmin, None).scope(), Scope::All);
        assert_eq!(viewer(Role::FleetAdmin, Some(fleet)).scope(), Scope::Fleet(fleet));
        assert_eq!(viewer(Role::Manager, None).scope(), Scope::Nothing);
        let hubs = Scope::Hubs { fleet, hubs: vec![Uuid::from_u128(7)] };
        assert_eq!(viewer(Role::Operations, Some(fleet)).scope(), hubs);
        assert_eq!(viewer(Role::Driver, Some(fleet)).scope(), Scope::Own(Uuid::from_u128(1)));
        assert_eq!(Caller::Anonymous.scope(), Scope::Nothing);
    }

    #[test]
    fn roles_are_ordered_by_rank_and_survive_their_text() {
        assert!(Role::SuperAdmin > Role::FleetAdmin && Role::Operations > Role::Driver);
        for role in [Role::SuperAdmin, Role::FleetAdmin, Role::Manager, Role::Operations, Role::Driver] {
            assert_eq!(role.as_str().parse::<Role>().unwrap(), role);
        }
        assert!("ROOT".parse::<Role>().is_err());
    }
}
