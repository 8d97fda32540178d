//! A scene for the tests: two fleets with hubs, managers and vehicles, put into the database as demo data is.

use fleet::demo::{
    DemoDriverVehicle, DemoFleet, DemoFleetManager, DemoHub, DemoHubManager, DemoVehicle, DemoWorld, insert,
};
use fleet::fleet::{FleetStatus, FleetType};
use fleet::hub::HubType;
use fleet::manager::ManagerStatus;
use fleet::vehicle::{FuelType, VehicleOwnership, VehicleStatus};

use super::World;
use super::people::*;

/// Vehicles of fleet A: at hub A1 (the one that [`DRIVER_A`] drives), at hub A2, at none.
pub(crate) const CAR_A1: u128 = 0xCA1;
pub(crate) const CAR_A2: u128 = 0xCA2;
pub(crate) const CAR_A: u128 = 0xCA3;
/// Of fleet B, at hub B1.
pub(crate) const CAR_B1: u128 = 0xCB1;
/// Of no fleet.
pub(crate) const CAR_FREE: u128 = 0xCF0;

pub(crate) const MANAGER_A: u128 = 0xE0A;
pub(crate) const MANAGER_B: u128 = 0xE0B;
pub(crate) const HUB_MANAGER_A: u128 = 0xF0A;
pub(crate) const HUB_MANAGER_B: u128 = 0xF0B;
/// Of fleet A, about to leave.
pub(crate) const HUB_MANAGER_GONE: u128 = 0xF0C;

/// Puts the scene into the database.
pub(crate) async fn set(world: &World) {
    put(world, &scene()).await;
}

/// The same with one vehicle only, that at hub A1.
pub(crate) async fn with_one_car(world: &World) {
    let mut scene = scene();
    scene.vehicles.truncate(1);
    put(world, &scene).await;
}

/// Puts any demo world into the database.
pub(crate) async fn put(world: &World, demo: &DemoWorld) {
    let mut conn = world.db.pool.acquire().await.unwrap();
    insert(&mut conn, demo).await.unwrap_or_else(|error| panic!("{}", error.log_line()));
}

fn scene() -> DemoWorld {
    DemoWorld {
        fleets: vec![fleet(FLEET_A, "Alpha Cabs", "DELHI"), fleet(FLEET_B, "Beta Cabs", "NOIDA")],
        fleet_managers: vec![manager_of(MANAGER_A, FLEET_A), manager_of(MANAGER_B, FLEET_B)],
        hub_managers: vec![
            hub_manager_of(HUB_MANAGER_A, FLEET_A),
            hub_manager_of(HUB_MANAGER_B, FLEET_B),
            hub_manager_of(HUB_MANAGER_GONE, FLEET_A),
        ],
        hubs: vec![
            hub(HUB_A1, FLEET_A, "IGI T3"),
            hub(HUB_A2, FLEET_A, "Cyber Hub"),
            hub(HUB_B1, FLEET_B, "Noida"),
        ],
        vehicles: vec![
            vehicle(CAR_A1, Some(FLEET_A), Some(HUB_A1)),
            vehicle(CAR_A2, Some(FLEET_A), Some(HUB_A2)),
            vehicle(CAR_A, Some(FLEET_A), None),
            vehicle(CAR_B1, Some(FLEET_B), Some(HUB_B1)),
            vehicle(CAR_FREE, None, None),
        ],
        driver_vehicles: vec![
            DemoDriverVehicle { driver_id: uuid(DRIVER_A), vehicle_id: uuid(CAR_A1), since: at(0) },
            DemoDriverVehicle { driver_id: uuid(DRIVER_B), vehicle_id: uuid(CAR_B1), since: at(0) },
        ],
    }
}

fn at(seconds: u128) -> chrono::DateTime<chrono::Utc> {
    chrono::DateTime::from_timestamp(1_767_225_600 + i64::try_from(seconds).unwrap(), 0).unwrap()
}

fn mobile(number: u128) -> String {
    format!("+9198200{number:05}")
}

pub(crate) fn fleet(number: u128, name: &str, city: &str) -> DemoFleet {
    DemoFleet {
        id: uuid(number),
        short_id: format!("FLT20260101{number:03}"),
        name: name.to_owned(),
        mobile: mobile(number),
        email: Some("office@example.in".to_owned()),
        city: city.to_owned(),
        fleet_type: FleetType::Company,
        gst_number: Some("07ABCDE1234F1Z5".to_owned()),
        pan_number: "ABCDE1234F".to_owned(),
        status: FleetStatus::Active,
        admin_name: None,
        admin_user_id: None,
        created_at: at(number),
    }
}

fn manager_of(number: u128, fleet: u128) -> DemoFleetManager {
    DemoFleetManager {
        id: uuid(number),
        short_id: format!("MGR20260101{number:03}"),
        fleet_id: uuid(fleet),
        name: "Meera Iyer".to_owned(),
        mobile: mobile(number),
        status: ManagerStatus::Active,
        user_id: Some(uuid(number + 0x1000)),
        created_at: at(number),
    }
}

fn hub_manager_of(number: u128, fleet: u128) -> DemoHubManager {
    DemoHubManager {
        id: uuid(number),
        short_id: format!("MGR20260102{number:03}"),
        fleet_id: uuid(fleet),
        name: "Hari Menon".to_owned(),
        mobile: mobile(number),
        city: "DELHI".to_owned(),
        status: ManagerStatus::Active,
        created_at: at(number),
    }
}

pub(crate) fn hub(number: u128, fleet: u128, name: &str) -> DemoHub {
    DemoHub {
        id: uuid(number),
        short_id: format!("HUB20260101{number:03}"),
        fleet_id: uuid(fleet),
        name: name.to_owned(),
        hub_type: HubType::Airport,
        address: "Delhi NCR".to_owned(),
        lat: 28.5562,
        lng: 77.1,
        geofence_radius_m: 300,
        hub_manager_id: None,
        created_at: at(number),
    }
}

pub(crate) fn vehicle(number: u128, fleet: Option<u128>, hub: Option<u128>) -> DemoVehicle {
    let far = "2030-01-01".parse().ok();
    DemoVehicle {
        id: uuid(number),
        short_id: format!("VEH20260101{number:05}"),
        fleet_id: fleet.map(uuid),
        hub_id: hub.map(uuid),
        number: format!("DL01AB{number:04}"),
        name: "Tata".to_owned(),
        model: "Tigor EV".to_owned(),
        color: Some("White".to_owned()),
        ownership: VehicleOwnership::Owned,
        fuel_type: FuelType::Electric,
        status: VehicleStatus::Active,
        rc_front_image: Some("rc-front.jpg".to_owned()),
        rc_back_image: Some("rc-back.jpg".to_owned()),
        permit_expiry: far,
        fitness_expiry: far,
        insurance_start: None,
        insurance_expiry: far,
        created_at: at(number),
    }
}
