//! Who is in the tests: two fleets, their hubs, and a user of every role in each.

use identity::demo::{DemoUser, insert_users};
use identity::user::UserRole;
use kit::{Caller, Role, Viewer};
use uuid::Uuid;

use super::World;

pub(crate) const FLEET_A: u128 = 0xA0;
pub(crate) const FLEET_B: u128 = 0xB0;
pub(crate) const CLOSED_FLEET: u128 = 0xC0;
pub(crate) const HUB_A1: u128 = 0xA1;
pub(crate) const HUB_A2: u128 = 0xA2;
pub(crate) const HUB_B1: u128 = 0xB1;
/// Of fleet A; see `neighbours`.
pub(crate) const WARY_HUB: u128 = 0xA9;

pub(crate) const SUPER: u128 = 0x10;
pub(crate) const ADMIN_A: u128 = 0x11;
pub(crate) const MANAGER_A: u128 = 0x12;
pub(crate) const OPERATIONS_A1: u128 = 0x13;
pub(crate) const DRIVER_A: u128 = 0x14;
pub(crate) const ADMIN_B: u128 = 0x21;
pub(crate) const MANAGER_B: u128 = 0x22;
pub(crate) const OPERATIONS_B1: u128 = 0x23;
pub(crate) const DRIVER_B: u128 = 0x24;
/// Drives for nobody yet.
pub(crate) const FREE_DRIVER: u128 = 0x31;

pub(crate) const EVERYBODY: [u128; 10] = [
    SUPER,
    ADMIN_A,
    MANAGER_A,
    OPERATIONS_A1,
    DRIVER_A,
    ADMIN_B,
    MANAGER_B,
    OPERATIONS_B1,
    DRIVER_B,
    FREE_DRIVER,
];

pub(crate) fn uuid(number: u128) -> Uuid {
    Uuid::from_u128(number)
}

pub(crate) fn id(number: u128) -> String {
    uuid(number).to_string()
}

/// The phone of a person of the tests; not one of the demo range.
pub(crate) fn phone(number: u128) -> String {
    format!("+9198100{number:05}")
}

struct Place {
    name: &'static str,
    role: UserRole,
    fleet: Option<u128>,
    hubs: &'static [u128],
}

fn place(number: u128) -> Place {
    let of = |name, role, fleet, hubs| Place { name, role, fleet, hubs };
    match number {
        SUPER => of("Sunita Rao", UserRole::SuperAdmin, None, &[]),
        ADMIN_A => of("Arjun Mehta", UserRole::FleetAdmin, Some(FLEET_A), &[]),
        MANAGER_A => of("Meera Iyer", UserRole::Manager, Some(FLEET_A), &[]),
        OPERATIONS_A1 => of("Omar Sheikh", UserRole::Operations, Some(FLEET_A), &[HUB_A1]),
        DRIVER_A => of("Ravi Kumar", UserRole::Driver, Some(FLEET_A), &[HUB_A1]),
        ADMIN_B => of("Bina Shah", UserRole::FleetAdmin, Some(FLEET_B), &[]),
        MANAGER_B => of("Manoj Das", UserRole::Manager, Some(FLEET_B), &[]),
        OPERATIONS_B1 => of("Ojas Nair", UserRole::Operations, Some(FLEET_B), &[HUB_B1]),
        DRIVER_B => of("Deepak Roy", UserRole::Driver, Some(FLEET_B), &[HUB_B1]),
        _ => of("Farid Khan", UserRole::Driver, None, &[]),
    }
}

/// A person as the router would vouch for them.
pub(crate) fn caller(number: u128) -> Caller {
    let Place { role, fleet, hubs, .. } = place(number);
    let role = role.as_str().parse::<Role>().unwrap();
    Caller::Viewer(Viewer {
        user_id: uuid(number),
        role,
        fleet_id: fleet.map(uuid),
        hub_ids: hubs.iter().copied().map(uuid).collect(),
        session_id: None,
        driver_id: None,
    })
}

/// Puts people into the database.
pub(crate) async fn settle(world: &World, people: &[u128]) {
    let rows: Vec<DemoUser> = people.iter().map(|number| row(*number)).collect();
    let mut conn = world.db.pool.acquire().await.unwrap();
    let new = insert_users(&mut conn, &rows).await.unwrap_or_else(|error| panic!("{}", error.log_line()));
    assert_eq!(new, people.len() as u64);
}

fn row(number: u128) -> DemoUser {
    let Place { name, role, fleet, hubs } = place(number);
    DemoUser {
        id: uuid(number),
        short_id: format!("USR20260101{number:03}"),
        name: name.to_owned(),
        phone: phone(number),
        role,
        is_active: true,
        fleet_id: fleet.map(uuid),
        hub_ids: hubs.iter().copied().map(uuid).collect(),
        driver_id: None,
        created_at: chrono::DateTime::from_timestamp(1_767_225_600 + i64::try_from(number).unwrap(), 0)
            .unwrap(),
    }
}
