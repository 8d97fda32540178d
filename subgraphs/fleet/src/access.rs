//! How far a caller sees and reaches in this service. Every read takes a [`Reach`].

use kit::{Caller, Error, Result, Role, Viewer};
use sqlx::{Postgres, QueryBuilder};
use uuid::Uuid;

/// Which rows a caller may see.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reach {
    /// Everything.
    All,
    /// One fleet.
    Fleet(Uuid),
    /// Some hubs of one fleet.
    Hubs { fleet: Uuid, hubs: Vec<Uuid> },
    /// What a driver needs for the work: the own fleet and hub, the vehicles of the own shifts.
    Driver { fleet: Option<Uuid>, hubs: Vec<Uuid>, driver: Option<Uuid> },
    /// Nothing.
    Nothing,
}

/// What kind of row is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A fleet; its own id counts.
    Fleet,
    /// A hub.
    Hub,
    /// A fleet manager or hub manager, whom only administrators see.
    Manager,
    /// A vehicle.
    Vehicle,
}

impl Reach {
    /// What `caller` may see. A role whose fleet is missing sees nothing.
    pub fn of(caller: &Caller) -> Self {
        let viewer = match caller {
            Caller::Anonymous => return Self::Nothing,
            Caller::Service { .. } => return Self::All,
            Caller::Viewer(viewer) => viewer,
        };
        let hubs = viewer.hub_ids.clone();
        match (viewer.role, viewer.fleet_id) {
            (Role::SuperAdmin, _) => Self::All,
            (Role::FleetAdmin | Role::Manager, Some(fleet)) => Self::Fleet(fleet),
            (Role::Operations, Some(fleet)) => Self::Hubs { fleet, hubs },
            (Role::Driver, fleet) => Self::Driver { fleet, hubs, driver: viewer.driver_id },
            (_, None) => Self::Nothing,
        }
    }

    /// Adds the condition to a query over rows of this kind.
    pub fn push(&self, query: &mut QueryBuilder<Postgres>, kind: Kind) {
        let (fleet, hub) = match kind {
            Kind::Fleet => ("id", None),
            Kind::Hub => ("fleet_id", Some("id")),
            Kind::Manager => ("fleet_id", None),
            Kind::Vehicle => ("fleet_id", Some("hub_id")),
        };
        let unseen = kind == Kind::Manager;
        match self {
            Self::All => {}
            Self::Fleet(id) => {
                query.push(" AND ").push(fleet).push(" = ").push_bind(*id);
            }
            Self::Hubs { fleet: id, hubs } if !unseen => {
                query.push(" AND ").push(fleet).push(" = ").push_bind(*id);
                if let Some(hub) = hub {
                    query.push(" AND ").push(hub).push(" = ANY(").push_bind(hubs.clone()).push(")");
                }
            }
            Self::Driver { driver, .. } if kind == Kind::Vehicle => {
                query
                    .push(" AND id IN (SELECT vehicle_id FROM driver_vehicle WHERE driver_id = ")
                    .push_bind(*driver)
                    .push(")");
            }
            Self::Driver { hubs, .. } if kind == Kind::Hub => {
                query.push(" AND id = ANY(").push_bind(hubs.clone()).push(")");
            }
            Self::Driver { fleet: own, .. } if kind == Kind::Fleet => {
                query.push(" AND id = ").push_bind(*own);
            }
            Self::Hubs { .. } | Self::Driver { .. } | Self::Nothing => {
                query.push(" AND false");
            }
        }
    }
}

/// Who runs a fleet: all but operations and drivers.
pub const RUNNERS: [Role; 3] = [Role::SuperAdmin, Role::FleetAdmin, Role::Manager];
/// Everybody with a desk.
pub const STAFF: [Role; 4] = [Role::SuperAdmin, Role::FleetAdmin, Role::Manager, Role::Operations];

/// The fleet that a caller may put something into: any for a super admin, who must name it, else their own.
/// Errors: VALIDATION or FORBIDDEN on `fleetId`.
pub fn fleet_for(by: &Viewer, asked: Option<Uuid>) -> Result<Uuid> {
    match (by.role, asked, by.fleet_id) {
        (Role::SuperAdmin, Some(asked), _) => Ok(asked),
        (Role::SuperAdmin, None, _) => Err(Error::validation("fleetId", "Which fleet?")),
        (_, None, Some(own)) => Ok(own),
        (_, Some(asked), Some(own)) if asked == own => Ok(own),
        _ => Err(Error::forbidden("You may do this in your own fleet only").field("fleetId")),
    }
}

/// Whether a caller may put something at a hub (or at none) of a fleet that is theirs: operations only at their hubs.
/// Errors: FORBIDDEN on `hubId`.
pub fn may_place(by: &Viewer, hub: Option<Uuid>) -> Result<()> {
    if by.role != Role::Operations || hub.is_some_and(|hub| by.hub_ids.contains(&hub)) {
        return Ok(());
    }
    Err(Error::forbidden("You may do this at your own hubs only").field("hubId"))
}

/// True for those who may read tax numbers and private contacts.
pub fn reads_private(caller: &Caller) -> bool {
    match caller {
        Caller::Anonymous => false,
        Caller::Service { .. } => true,
        Caller::Viewer(viewer) => RUNNERS.contains(&viewer.role),
    }
}

/// True for those who may read a business contact.
pub fn reads_contacts(caller: &Caller) -> bool {
    match caller {
        Caller::Anonymous => false,
        Caller::Service { .. } => true,
        Caller::Viewer(viewer) => STAFF.contains(&viewer.role),
    }
}

/// The last four signs, the rest hidden.
pub fn masked(text: &str) -> String {
    let hidden = text.chars().count().saturating_sub(4);
    text.chars().enumerate().map(|(at, sign)| if at < hidden { '•' } else { sign }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn viewer(role: Role, fleet_id: Option<Uuid>, hub_ids: Vec<Uuid>) -> Viewer {
        Viewer { user_id: Uuid::from_u128(1), role, fleet_id, hub_ids, session_id: None, driver_id: None }
    }

    #[test]
    fn each_role_reaches_its_own_part() {
        let (fleet, hub) = (Uuid::from_u128(2), Uuid::from_u128(3));
        let reach = |role, fleet| Reach::of(&Caller::Viewer(viewer(role, fleet, vec![hub])));
        assert_eq!(reach(Role::SuperAdmin, None), Reach::All);
        assert_eq!(reach(Role::Manager, Some(fleet)), Reach::Fleet(fleet));
        assert_eq!(reach(Role::FleetAdmin, None), Reach::Nothing);
        assert_eq!(reach(Role::Operations, Some(fleet)), Reach::Hubs { fleet, hubs: vec![hub] });
        let driver = Reach::Driver { fleet: None, hubs: vec![hub], driver: None };
        assert_eq!(reach(Role::Driver, None), driver);
        assert_eq!(Reach::of(&Caller::Anonymous), Reach::Nothing);
    }

    #[test]
    fn something_is_put_only_where_one_belongs() {
        let (own, other) = (Uuid::from_u128(2), Uuid::from_u128(4));
        let manager = viewer(Role::Manager, Some(own), Vec::new());
        assert_eq!(fleet_for(&manager, None).map_err(|e| e.log_line()), Ok(own));
        assert_eq!(fleet_for(&manager, Some(other)).unwrap_err().field_name(), Some("fleetId"));
        let admin = viewer(Role::SuperAdmin, None, Vec::new());
        assert!(fleet_for(&admin, None).is_err() && fleet_for(&admin, Some(other)).is_ok());
        let operations = viewer(Role::Operations, Some(own), vec![Uuid::from_u128(3)]);
        assert!(may_place(&operations, Some(Uuid::from_u128(3))).is_ok());
        assert!(may_place(&operations, Some(other)).is_err() && may_place(&operations, None).is_err());
        assert!(may_place(&manager, None).is_ok());
    }

    #[test]
    fn a_masked_number_shows_its_end() {
        assert_eq!(masked("ABCDE1234F"), "••••••234F");
        assert_eq!(masked("abc"), "abc");
    }
}
