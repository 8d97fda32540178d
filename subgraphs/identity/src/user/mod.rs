//! Users: people who may sign in, what they are, and how far they see.

pub mod graphql;
pub mod input;
pub mod repository;
pub mod role;
pub mod service;

use async_graphql::Enum;
use chrono::{DateTime, Utc};
use kit::{Caller, Code, Error, Result, Role};
use uuid::Uuid;

pub use role::UserRole;

use crate::session::ClientType;

/// The longest name that is kept.
const NAME_MAX: usize = 120;
/// The shortest text that a search takes, below which everything matches, and the longest.
const SEARCH: std::ops::RangeInclusive<usize> = 2..=100;

/// A person who may sign in.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct User {
    pub id: Uuid,
    pub short_id: String,
    pub name: String,
    /// E.164; one user per phone.
    pub phone: String,
    pub role: UserRole,
    pub is_active: bool,
    pub fleet_id: Option<Uuid>,
    pub hub_ids: Vec<Uuid>,
    /// The profile that the partner service keeps for a driver.
    pub driver_id: Option<Uuid>,
    pub version: i64,
    pub created_by: Option<Uuid>,
    pub updated_by: Option<Uuid>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

/// Whom a caller may see. Every read takes one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sight {
    /// Everybody.
    All,
    /// The users of one fleet.
    Fleet(Uuid),
    /// Only themselves.
    Own(Uuid),
    /// Nobody.
    Nothing,
}

impl Sight {
    /// What `caller` may see: administrators and operations their fleet, drivers themselves.
    pub fn of(caller: &Caller) -> Self {
        match caller {
            Caller::Anonymous => Self::Nothing,
            Caller::Service { .. } => Self::All,
            Caller::Viewer(viewer) => match (viewer.role, viewer.fleet_id) {
                (Role::SuperAdmin, _) => Self::All,
                (Role::FleetAdmin | Role::Manager | Role::Operations, Some(fleet)) => Self::Fleet(fleet),
                (Role::Driver, _) => Self::Own(viewer.user_id),
                _ => Self::Nothing,
            },
        }
    }

    /// True if `user` is in sight.
    pub fn reaches(self, user: &User) -> bool {
        match self {
            Self::All => true,
            Self::Fleet(fleet) => user.fleet_id == Some(fleet),
            Self::Own(id) => user.id == id,
            Self::Nothing => false,
        }
    }
}

/// How a list of users is ordered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Enum)]
pub enum UserOrder {
    /// The newest account first.
    #[default]
    NewestFirst,
    /// By name, A to Z.
    Name,
}

/// A name without surrounding blanks. Errors: VALIDATION on `field` when there is nothing to read in it, when it is longer
/// than 120 characters, or when it holds signs that steer a screen.
pub fn clean_name(field: &str, name: &str) -> Result<String> {
    let name = name.split_whitespace().collect::<Vec<_>>().join(" ");
    if !name.chars().any(char::is_alphanumeric) {
        return Err(Error::validation(field, "A name is needed"));
    }
    if name.chars().count() > NAME_MAX {
        return Err(Error::validation(field, "A name has at most 120 characters"));
    }
    if name.chars().any(char::is_control) {
        return Err(Error::validation(field, "A name has no control characters"));
    }
    Ok(name)
}

/// What a client searches for, if anything. A number is searched as it is kept, however it is typed: `98123 45678`.
/// Errors: VALIDATION on `filter.search`.
pub fn clean_search(text: Option<&str>) -> Result<Option<String>> {
    let Some(text) = text.map(str::trim).filter(|text| !text.is_empty()) else { return Ok(None) };
    let typed_number = text.chars().all(|sign| sign.is_ascii_digit() || " -+().".contains(sign));
    let kept = |sign: &char| !typed_number || sign.is_ascii_digit() || *sign == '+';
    let text: String = text.chars().filter(kept).collect();
    if SEARCH.contains(&text.chars().count()) && !text.chars().any(char::is_control) {
        return Ok(Some(text));
    }
    Err(Error::validation("filter.search", "Search for 2 to 100 characters"))
}

/// Whether a role has the fleet and hubs that it needs, and no more. Errors: VALIDATION on `fleetId` or `hubIds`.
pub fn check_scope(role: UserRole, fleet: Option<Uuid>, hubs: &[Uuid]) -> Result<()> {
    if role == UserRole::SuperAdmin && (fleet.is_some() || !hubs.is_empty()) {
        return Err(Error::validation("fleetId", "A super admin belongs to no fleet"));
    }
    if role.needs_fleet() && fleet.is_none() {
        return Err(Error::validation("fleetId", "This role needs a fleet"));
    }
    if role.needs_hubs() && hubs.is_empty() {
        return Err(Error::validation("hubIds", "Operations needs at least one hub"));
    }
    if !hubs.is_empty() && role != UserRole::Operations {
        return Err(Error::validation("hubIds", "Only operations is bound to hubs"));
    }
    Ok(())
}

/// Whether a user may hold a session of this kind. Errors: FORBIDDEN when deactivated, and for the driver app to anybody
/// else; SCOPE_NOT_SET when the account is incomplete.
pub fn may_sign_in(user: &User, client: ClientType) -> Result<()> {
    if !user.is_active {
        return Err(Error::forbidden("This account is deactivated; ask your administrator"));
    }
    if client == ClientType::App && user.role != UserRole::Driver {
        return Err(Error::forbidden("The app is for drivers; sign in on the web").field("clientType"));
    }
    let missing_fleet = user.role.needs_fleet() && user.fleet_id.is_none();
    if missing_fleet || (user.role.needs_hubs() && user.hub_ids.is_empty()) {
        return Err(Error::new(
            Code::SCOPE_NOT_SET,
            "No fleet or hub is assigned to this account yet; ask your administrator",
        ));
    }
    Ok(())
}
