//! Who is in the tests: two fleets, their hubs, and a user of every role.

use kit::{Caller, Role, Viewer};
use serde_json::{Value, json};
use uuid::Uuid;

pub(crate) const FLEET_A: u128 = 0xA0;
pub(crate) const FLEET_B: u128 = 0xB0;
pub(crate) const CLOSED_FLEET: u128 = 0xC0;
pub(crate) const HUB_A1: u128 = 0xA1;
pub(crate) const HUB_A2: u128 = 0xA2;
pub(crate) const HUB_B1: u128 = 0xB1;

/// Users who drive: 0x101 to 0x1FF, free of any fleet. 0x201 belongs to fleet B.
pub(crate) const RAVI: u128 = 0x101;
pub(crate) const ASHA: u128 = 0x102;
pub(crate) const IMRAN: u128 = 0x103;
pub(crate) const OF_FLEET_B: u128 = 0x201;
/// A manager, who does not drive.
pub(crate) const NOT_A_DRIVER: u128 = 0x301;
/// Drives, but was deactivated.
pub(crate) const DEACTIVATED: u128 = 0x302;

/// Hub A1: IGI T3.
pub(crate) const A1_PLACE: (f64, f64) = (28.5562, 77.1000);

pub(crate) fn id(number: u128) -> String {
    uuid(number).to_string()
}

pub(crate) fn uuid(number: u128) -> Uuid {
    Uuid::from_u128(number)
}

fn viewer(user: u128, role: Role, fleet: Option<u128>, hubs: &[u128]) -> Caller {
    Caller::Viewer(Viewer {
        user_id: uuid(user),
        role,
        fleet_id: fleet.map(uuid),
        hub_ids: hubs.iter().copied().map(uuid).collect(),
        session_id: None,
        driver_id: None,
    })
}

pub(crate) fn super_admin() -> Caller {
    viewer(0x1, Role::SuperAdmin, None, &[])
}

pub(crate) fn fleet_admin(fleet: u128) -> Caller {
    viewer(0x2, Role::FleetAdmin, Some(fleet), &[])
}

pub(crate) fn manager(fleet: u128) -> Caller {
    viewer(0x3, Role::Manager, Some(fleet), &[])
}

pub(crate) fn operations(fleet: u128, hubs: &[u128]) -> Caller {
    viewer(0x4, Role::Operations, Some(fleet), hubs)
}

pub(crate) fn the_driver(user: u128) -> Caller {
    viewer(user, Role::Driver, None, &[])
}

pub(crate) fn service() -> Caller {
    Caller::Service { name: "trip".into() }
}

/// What identity tells of a user.
pub(crate) fn user(number: u128) -> Option<Value> {
    let (role, fleet, active) = match number {
        0x101..=0x1FF => ("DRIVER", None, true),
        OF_FLEET_B => ("DRIVER", Some(id(FLEET_B)), true),
        NOT_A_DRIVER => ("MANAGER", Some(id(FLEET_A)), true),
        DEACTIVATED => ("DRIVER", None, false),
        _ => return None,
    };
    let name = match number {
        RAVI => "Ravi Kumar".to_owned(),
        ASHA => "Asha".to_owned(),
        IMRAN => "Imran Ali Khan".to_owned(),
        _ => format!("Driver {number:x}"),
    };
    Some(json!({
        "__typename": "User", "id": id(number), "name": name, "phone": format!("+9190000{number:05}"), "role": role,
        "isActive": active, "fleetId": fleet, "version": 1,
    }))
}

/// Vehicles: 0x51 is fleet A's, 0x5F nobody's.
pub(crate) const FLEET_VEHICLE: u128 = 0x51;
pub(crate) const OWN_VEHICLE: u128 = 0x5F;

/// What the fleet subgraph tells of a vehicle.
pub(crate) fn vehicle(number: u128) -> Option<Value> {
    let fleet = match number {
        FLEET_VEHICLE => Some(id(FLEET_A)),
        OWN_VEHICLE => None,
        _ => return None,
    };
    Some(json!({"__typename": "Vehicle", "id": id(number), "fleetId": fleet}))
}

/// What the fleet subgraph tells of a fleet.
pub(crate) fn fleet(number: u128) -> Option<Value> {
    let (name, status) = match number {
        FLEET_A => ("Alpha Cabs", "ACTIVE"),
        FLEET_B => ("Beta Cabs", "ACTIVE"),
        CLOSED_FLEET => ("Closed Cabs", "INACTIVE"),
        _ => return None,
    };
    Some(json!({"__typename": "Fleet", "id": id(number), "name": name, "status": status, "version": 1}))
}

/// What the fleet subgraph tells of a hub.
pub(crate) fn hub(number: u128) -> Option<Value> {
    let (fleet, (lat, lng), radius) = match number {
        HUB_A1 => (FLEET_A, A1_PLACE, Some(300)),
        HUB_A2 => (FLEET_A, (28.4950, 77.0890), None),
        HUB_B1 => (FLEET_B, (28.6270, 77.3650), Some(500)),
        _ => return None,
    };
    Some(json!({
        "__typename": "Hub", "id": id(number), "fleetId": id(fleet), "lat": lat, "lng": lng, "geofenceRadiusM": radius,
        "version": 1,
    }))
}
