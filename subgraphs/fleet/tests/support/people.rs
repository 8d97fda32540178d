//! Who asks in the tests: a caller of every role, in two fleets.

use kit::{Caller, Role, Viewer};
use uuid::Uuid;

pub(crate) const FLEET_A: u128 = 0xA0;
pub(crate) const FLEET_B: u128 = 0xB0;
pub(crate) const HUB_A1: u128 = 0xA1;
pub(crate) const HUB_A2: u128 = 0xA2;
pub(crate) const HUB_B1: u128 = 0xB1;

/// The driver profile of [`driver`] in each fleet.
pub(crate) const DRIVER_A: u128 = 0xD0A;
pub(crate) const DRIVER_B: u128 = 0xD0B;

pub(crate) fn uuid(number: u128) -> Uuid {
    Uuid::from_u128(number)
}

pub(crate) fn id(number: u128) -> String {
    uuid(number).to_string()
}

fn viewer(user: u128, role: Role, fleet: Option<u128>, hubs: &[u128], driver: Option<u128>) -> Caller {
    Caller::Viewer(Viewer {
        user_id: uuid(user),
        role,
        fleet_id: fleet.map(uuid),
        hub_ids: hubs.iter().copied().map(uuid).collect(),
        session_id: None,
        driver_id: driver.map(uuid),
    })
}

pub(crate) fn super_admin() -> Caller {
    viewer(0x10, Role::SuperAdmin, None, &[], None)
}

pub(crate) fn fleet_admin(fleet: u128) -> Caller {
    viewer(0x11, Role::FleetAdmin, Some(fleet), &[], None)
}

pub(crate) fn manager(fleet: u128) -> Caller {
    viewer(0x12, Role::Manager, Some(fleet), &[], None)
}

pub(crate) fn operations(fleet: u128, hubs: &[u128]) -> Caller {
    viewer(0x13, Role::Operations, Some(fleet), hubs, None)
}

pub(crate) fn driver(fleet: u128, hub: u128, driver: u128) -> Caller {
    viewer(0x14, Role::Driver, Some(fleet), &[hub], Some(driver))
}

pub(crate) fn service() -> Caller {
    Caller::Service { name: "trip".into() }
}
