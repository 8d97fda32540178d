//! Who may see and do what: the scope of the caller against fleets, hubs and persons, as values and as SQL conditions.

use kit::error::{Error, Result};
use kit::{Caller, Role, Scope, Viewer};
use sqlx::{Postgres, QueryBuilder};
use uuid::Uuid;

use crate::reference::{DriverRef, VehicleRef};

/// Everybody who runs a fleet.
pub const ADMINS: [Role; 4] = [Role::SuperAdmin, Role::FleetAdmin, Role::Manager, Role::Operations];

/// The signed-in administrator.
///
/// # Errors
/// UNAUTHENTICATED, or FORBIDDEN for a driver, or SCOPE_NOT_SET when the account has no fleet or hubs.
pub fn admin(caller: &Caller) -> Result<&Viewer> {
    let viewer = caller.viewer()?;
    viewer.require(&ADMINS)?;
    let unscoped = match caller.scope() {
        Scope::Nothing => true,
        Scope::Hubs { hubs, .. } => hubs.is_empty(),
        _ => false,
    };
    if unscoped {
        let code = kit::Code::SCOPE_NOT_SET;
        return Err(Error::new(code, "Your account has no fleet or hub yet; ask an administrator"));
    }
    Ok(viewer)
}

/// Anybody of the company: an administrator with a scope, or a driver, who sees their own.
///
/// # Errors
/// UNAUTHENTICATED, or SCOPE_NOT_SET when an administrator's account has no fleet or hubs.
pub fn member(caller: &Caller) -> Result<&Viewer> {
    let viewer = caller.viewer()?;
    if viewer.role == Role::Driver { Ok(viewer) } else { admin(caller) }
}

/// The signed-in driver.
///
/// # Errors
/// UNAUTHENTICATED, or FORBIDDEN for anybody else.
pub fn driver(caller: &Caller) -> Result<&Viewer> {
    let viewer = caller.viewer()?;
    viewer.require(&[Role::Driver])?;
    Ok(viewer)
}

/// Whether a driver is within the scope.
#[must_use]
pub fn covers_driver(scope: &Scope, driver: &DriverRef) -> bool {
    match scope {
        Scope::Own(user) => driver.user_id == *user,
        _ => covers_place(scope, driver.fleet_id, driver.hub_id),
    }
}

/// Whether a vehicle is within the scope.
#[must_use]
pub fn covers_vehicle(scope: &Scope, vehicle: &VehicleRef) -> bool {
    covers_place(scope, vehicle.fleet_id, vehicle.hub_id)
}

/// Whether a fleet as a whole is within the scope: its name and its numbers, not every row in it.
#[must_use]
pub fn covers_fleet(scope: &Scope, fleet_id: Uuid) -> bool {
    match scope {
        Scope::All => true,
        Scope::Fleet(own) | Scope::Hubs { fleet: own, .. } => *own == fleet_id,
        Scope::Own(_) | Scope::Nothing => false,
    }
}

fn covers_place(scope: &Scope, fleet_id: Option<Uuid>, hub_id: Option<Uuid>) -> bool {
    match scope {
        Scope::All => true,
        Scope::Fleet(own) => fleet_id == Some(*own),
        Scope::Hubs { fleet, hubs } => {
            fleet_id == Some(*fleet) && hub_id.is_some_and(|hub| hubs.contains(&hub))
        }
        Scope::Own(_) | Scope::Nothing => false,
    }
}

/// Appends the condition that restricts `trip` rows to the scope. An operator sees a trip by its driver's hub, or by
/// its fleet while it has no driver; a driver sees the trips that are, or at their end were, theirs.
pub fn trips(sql: &mut QueryBuilder<Postgres>, scope: &Scope) {
    match scope {
        Scope::All => sql.push("true"),
        Scope::Fleet(fleet) => sql.push("trip.fleet_id = ").push_bind(*fleet),
        // Not even what nobody drives yet.
        Scope::Hubs { hubs, .. } if hubs.is_empty() => sql.push("false"),
        Scope::Hubs { fleet, hubs } => sql
            .push("trip.fleet_id = ")
            .push_bind(*fleet)
            .push(" AND (trip.driver_id IS NULL OR trip.driver_id IN (SELECT id FROM driver_ref WHERE hub_id = ANY(")
            .push_bind(hubs.clone())
            .push(")))"),
        Scope::Own(user) => sql
            .push("trip.driver_id IN (SELECT id FROM driver_ref WHERE user_id = ")
            .push_bind(*user)
            .push(")"),
        Scope::Nothing => sql.push("false"),
    };
}

/// Appends the condition that restricts `assignment` rows to the scope: an operator's by the driver's hub.
pub fn assignments(sql: &mut QueryBuilder<Postgres>, scope: &Scope) {
    match scope {
        Scope::All => sql.push("true"),
        Scope::Fleet(fleet) => sql.push("assignment.fleet_id = ").push_bind(*fleet),
        Scope::Hubs { fleet, hubs } => sql
            .push("assignment.fleet_id = ")
            .push_bind(*fleet)
            .push(" AND assignment.driver_id IN (SELECT id FROM driver_ref WHERE hub_id = ANY(")
            .push_bind(hubs.clone())
            .push("))"),
        Scope::Own(user) => sql
            .push("assignment.driver_id IN (SELECT id FROM driver_ref WHERE user_id = ")
            .push_bind(*user)
            .push(")"),
        Scope::Nothing => sql.push("false"),
    };
}

/// Appends the condition that restricts `driver_ref` rows to the scope.
pub fn drivers(sql: &mut QueryBuilder<Postgres>, scope: &Scope) {
    match scope {
        Scope::All => sql.push("true"),
        Scope::Fleet(fleet) => sql.push("driver_ref.fleet_id = ").push_bind(*fleet),
        Scope::Hubs { fleet, hubs } => sql
            .push("driver_ref.fleet_id = ")
            .push_bind(*fleet)
            .push(" AND driver_ref.hub_id = ANY(")
            .push_bind(hubs.clone())
            .push(")"),
        Scope::Own(user) => sql.push("driver_ref.user_id = ").push_bind(*user),
        Scope::Nothing => sql.push("false"),
    };
}

/// Appends the condition that restricts `vehicle_ref` rows to the scope. Drivers see none this way.
pub fn vehicles(sql: &mut QueryBuilder<Postgres>, scope: &Scope) {
    match scope {
        Scope::All => sql.push("true"),
        Scope::Fleet(fleet) => sql.push("vehicle_ref.fleet_id = ").push_bind(*fleet),
        Scope::Hubs { fleet, hubs } => sql
            .push("vehicle_ref.fleet_id = ")
            .push_bind(*fleet)
            .push(" AND vehicle_ref.hub_id = ANY(")
            .push_bind(hubs.clone())
            .push(")"),
        Scope::Own(_) | Scope::Nothing => sql.push("false"),
    };
}
