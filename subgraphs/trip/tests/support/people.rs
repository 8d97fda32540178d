//! Who is in the tests: two fleets, their hubs, drivers, vehicles, and a user of every role.

use kit::{Caller, Role, Viewer};
use serde_json::{Value, json};
use uuid::Uuid;

pub(crate) const FLEET_A: u128 = 0xA0;
pub(crate) const FLEET_B: u128 = 0xB0;
pub(crate) const HUB_A1: u128 = 0xA1;
pub(crate) const HUB_A2: u128 = 0xA2;
pub(crate) const HUB_B1: u128 = 0xB1;

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

/// The signed-in driver with this number.
pub(crate) fn driver(number: u128) -> Caller {
    viewer(user_of(number), Role::Driver, None, &[])
}

pub(crate) fn service() -> Caller {
    Caller::Service { name: "partner".into() }
}

/// The user that a driver is.
pub(crate) fn user_of(driver: u128) -> u128 {
    driver + 0x10_0000
}

/// A driver as partner tells of one: active, approved, of this fleet and hub.
pub(crate) fn driver_payload(number: u128, fleet: u128, hub: Option<u128>) -> Value {
    json!({
        "driverId": id(number), "userId": id(user_of(number)), "fleetId": id(fleet), "hubId": hub.map(id),
        "name": format!("Driver {number:x}"), "status": "ACTIVE", "kycStatus": "APPROVED", "isAvailable": true,
        "isForcedUnavailable": false, "paymentModel": null,
    })
}

/// A vehicle as fleet tells of one: active, electric, with papers until the end of 2026.
pub(crate) fn vehicle_payload(number: u128, fleet: u128, hub: Option<u128>) -> Value {
    json!({
        "vehicleId": id(number), "fleetId": id(fleet), "hubId": hub.map(id), "number": format!("DL01AB{number:04X}"),
        "status": "ACTIVE", "fuelType": "ELECTRIC", "permitExpiry": "2033-01-01", "fitnessExpiry": "2026-12-31",
        "insuranceExpiry": "2026-12-31",
    })
}
