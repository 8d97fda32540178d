//! The demo world as rows: each database gets its own, and its own copies of what it knows of others.

use std::collections::HashSet;

use chrono::{DateTime, Days, Utc};
use serde_json::json;
use uuid::Uuid;

use super::people::id;
use super::world::{Driver, Fleet, Person, Vehicle, World};

fn full_name(person: &Person) -> String {
    format!("{} {}", person.first, person.last)
}

/// Everybody who can sign in, with what the databases want to know of them.
struct Login<'a> {
    person: &'a Person,
    role: identity::user::UserRole,
    fleet: Option<&'a Fleet>,
    driver: Option<&'a Driver>,
    hub: Option<Uuid>,
}

fn logins(world: &World) -> Vec<Login<'_>> {
    use identity::user::UserRole;
    let mut logins: Vec<Login<'_>> = world
        .super_admins
        .iter()
        .map(|person| Login { person, role: UserRole::SuperAdmin, fleet: None, driver: None, hub: None })
        .collect();
    for fleet in &world.fleets {
        let of = |person, role, hub| Login { person, role, fleet: Some(fleet), driver: None, hub };
        logins.push(of(&fleet.admin, UserRole::FleetAdmin, None));
        logins.extend(fleet.managers.iter().map(|person| of(person, UserRole::Manager, None)));
        let hubs = fleet.hubs.iter().cycle();
        logins.extend(
            fleet
                .operations
                .iter()
                .zip(hubs)
                .map(|(person, hub)| of(person, UserRole::Operations, Some(hub.id))),
        );
        logins.extend(fleet.drivers.iter().map(|driver| Login {
            driver: Some(driver),
            ..of(&driver.user, UserRole::Driver, Some(driver.hub_id))
        }));
    }
    logins
}

/// Users of the identity database.
pub(crate) fn users(world: &World) -> Vec<identity::demo::DemoUser> {
    logins(world)
        .into_iter()
        .map(|login| identity::demo::DemoUser {
            id: login.person.id,
            short_id: login.person.short_id.clone(),
            name: full_name(login.person),
            phone: login.person.phone.clone(),
            role: login.role,
            is_active: true,
            fleet_id: login.fleet.map(|fleet| fleet.id),
            hub_ids: login.hub.into_iter().collect(),
            driver_id: login.driver.map(|driver| driver.id),
            created_at: world.made_at,
        })
        .collect()
}

/// Fleets, their managers, hubs and vehicles.
pub(crate) fn fleet_world(world: &World) -> fleet::demo::DemoWorld {
    let mut rows = fleet::demo::DemoWorld::default();
    for fleet in &world.fleets {
        fleet_rows(&mut rows, fleet, world);
    }
    rows
}

fn fleet_rows(rows: &mut fleet::demo::DemoWorld, fleet: &Fleet, world: &World) {
    let created_at = world.made_at;
    rows.fleets.push(fleet::demo::DemoFleet {
        id: fleet.id,
        short_id: fleet.short_id.clone(),
        name: fleet.name.clone(),
        mobile: fleet.admin.phone.clone(),
        email: None,
        city: fleet.city.to_owned(),
        fleet_type: if fleet.company {
            fleet::fleet::FleetType::Company
        } else {
            fleet::fleet::FleetType::Individual
        },
        gst_number: Some(fleet.gst_number.clone()),
        pan_number: fleet.pan_number.clone(),
        status: fleet::fleet::FleetStatus::Active,
        admin_name: Some(full_name(&fleet.admin)),
        admin_user_id: Some(fleet.admin.id),
        created_at,
    });
    rows.fleet_managers.extend(fleet.managers.iter().map(|person| fleet::demo::DemoFleetManager {
        id: id(
            world.seed,
            &format!("manager of {}", fleet.short_id),
            fleet.managers.iter().position(|other| other.id == person.id).unwrap_or(0),
        ),
        short_id: person.short_id.replace("USR", "MGR"),
        fleet_id: fleet.id,
        name: full_name(person),
        mobile: person.phone.clone(),
        status: fleet::manager::ManagerStatus::Active,
        user_id: Some(person.id),
        created_at,
    }));
    rows.hubs.extend(fleet.hubs.iter().map(|hub| fleet::demo::DemoHub {
        id: hub.id,
        short_id: hub.short_id.clone(),
        fleet_id: fleet.id,
        name: hub.name.clone(),
        hub_type: hub.kind,
        address: format!("{}, {}", hub.place.name, fleet.city),
        lat: hub.place.lat,
        lng: hub.place.lng,
        geofence_radius_m: 500,
        hub_manager_id: Some(hub.manager.id),
        created_at,
    }));
    rows.hub_managers.extend(fleet.hubs.iter().map(|hub| fleet::demo::DemoHubManager {
        id: hub.manager.id,
        short_id: hub.manager.short_id.clone(),
        fleet_id: fleet.id,
        name: full_name(&hub.manager),
        mobile: hub.manager.phone.clone(),
        city: fleet.city.to_owned(),
        status: fleet::manager::ManagerStatus::Active,
        created_at,
    }));
    rows.vehicles.extend(fleet.vehicles.iter().map(|vehicle| vehicle_row(fleet, vehicle, world)));
    rows.driver_vehicles.extend(fleet.pairs(world.today).into_iter().map(|(driver, vehicle)| {
        fleet::demo::DemoDriverVehicle {
            driver_id: fleet.drivers[driver].id,
            vehicle_id: fleet.vehicles[vehicle].id,
            since: created_at,
        }
    }));
}

fn vehicle_row(fleet: &Fleet, vehicle: &Vehicle, world: &World) -> fleet::demo::DemoVehicle {
    fleet::demo::DemoVehicle {
        id: vehicle.id,
        short_id: vehicle.short_id.clone(),
        fleet_id: Some(fleet.id),
        hub_id: Some(vehicle.hub_id),
        number: vehicle.number.clone(),
        name: brand(vehicle.model).to_owned(),
        model: vehicle.model.to_owned(),
        color: Some("White".to_owned()),
        ownership: fleet::vehicle::VehicleOwnership::Owned,
        fuel_type: vehicle.fuel,
        status: vehicle.status,
        rc_front_image: Some(format!("https://files.example/{}/rc-front.jpg", vehicle.number)),
        rc_back_image: Some(format!("https://files.example/{}/rc-back.jpg", vehicle.number)),
        permit_expiry: world.today.checked_add_days(Days::new(8 * 365)),
        fitness_expiry: Some(vehicle.expires),
        insurance_start: world.today.checked_sub_days(Days::new(100)),
        insurance_expiry: world.today.checked_add_days(Days::new(265)),
        created_at: world.made_at,
    }
}

fn brand(model: &str) -> &'static str {
    match model {
        "Tigor EV" => "Tata",
        "Innova Crysta" => "Toyota",
        _ => "Maruti",
    }
}

/// What partner knows of others.
pub(crate) struct Neighbours {
    pub(crate) users: Vec<partner::demo::DemoUser>,
    pub(crate) fleets: Vec<partner::demo::DemoFleet>,
    pub(crate) hubs: Vec<partner::demo::DemoHub>,
}

/// Partner's copies of users, fleets and hubs.
pub(crate) fn neighbours(world: &World) -> Neighbours {
    let users = logins(world).into_iter().map(|login| partner::demo::DemoUser {
        id: login.person.id,
        role: json!(login.role).as_str().unwrap_or_default().to_owned(),
        name: full_name(login.person),
        phone: login.person.phone.clone(),
        fleet_id: login.fleet.map(|fleet| fleet.id),
        is_active: true,
    });
    let fleets = world.fleets.iter().map(|fleet| partner::demo::DemoFleet {
        id: fleet.id,
        name: fleet.name.clone(),
        status: "ACTIVE".to_owned(),
    });
    let hubs = world.fleets.iter().flat_map(|fleet| fleet.hubs.iter().map(move |hub| (fleet, hub)));
    let hubs = hubs.map(|(fleet, hub)| partner::demo::DemoHub {
        id: hub.id,
        fleet_id: fleet.id,
        lat: hub.place.lat,
        lng: hub.place.lng,
        geofence_radius_m: 500,
    });
    Neighbours { users: users.collect(), fleets: fleets.collect(), hubs: hubs.collect() }
}

/// Drivers.
pub(crate) fn drivers(world: &World) -> Vec<partner::demo::DemoDriver> {
    let pairs = world.fleets.iter().flat_map(|fleet| fleet.drivers.iter().map(move |driver| (fleet, driver)));
    pairs.map(|(fleet, driver)| driver_row(fleet, driver, world.made_at)).collect()
}

/// Trip's copies of fleets, drivers and vehicles; whoever is on a trip or a break is not available.
pub(crate) fn references(world: &World, busy: &HashSet<Uuid>) -> trip::demo::DemoWorld {
    let mut rows = trip::demo::DemoWorld::default();
    for fleet in &world.fleets {
        rows.fleets.push(trip::demo::DemoFleetRef { id: fleet.id, status: "ACTIVE".to_owned() });
        rows.drivers.extend(fleet.drivers.iter().map(|driver| driver_ref(fleet, driver, busy)));
        rows.vehicles.extend(fleet.vehicles.iter().map(|vehicle| vehicle_ref(fleet, vehicle)));
    }
    rows
}

fn driver_ref(fleet: &Fleet, driver: &Driver, busy: &HashSet<Uuid>) -> trip::demo::DemoDriverRef {
    use partner::demo::{DriverStatus, KycStatus, PaymentModel};
    use trip::demo::DriverStatus as Known;
    trip::demo::DemoDriverRef {
        id: driver.id,
        user_id: driver.user.id,
        fleet_id: Some(fleet.id),
        hub_id: Some(driver.hub_id),
        name: full_name(&driver.user),
        status: match driver.status {
            DriverStatus::Active => Known::Active,
            DriverStatus::Inactive => Known::Inactive,
            DriverStatus::Suspended => Known::Suspended,
            DriverStatus::Blacklisted => Known::Blacklisted,
        },
        kyc_status: match driver.kyc {
            KycStatus::Approved => trip::demo::KycStatus::Approved,
            KycStatus::Pending => trip::demo::KycStatus::Pending,
            KycStatus::Rejected => trip::demo::KycStatus::Rejected,
        },
        is_available: driver.status == DriverStatus::Active && !busy.contains(&driver.id),
        payment_model: Some(
            if driver.payment == PaymentModel::Rental { "RENTAL" } else { "PAYOUT" }.to_owned(),
        ),
    }
}

fn vehicle_ref(fleet: &Fleet, vehicle: &Vehicle) -> trip::demo::DemoVehicleRef {
    use fleet::vehicle::VehicleStatus;
    trip::demo::DemoVehicleRef {
        id: vehicle.id,
        fleet_id: Some(fleet.id),
        hub_id: Some(vehicle.hub_id),
        number: vehicle.number.clone(),
        status: match vehicle.status {
            VehicleStatus::Active => trip::demo::VehicleStatus::Active,
            VehicleStatus::Inactive => trip::demo::VehicleStatus::Inactive,
            VehicleStatus::Maintenance => trip::demo::VehicleStatus::Maintenance,
        },
        fuel_type: json!(vehicle.fuel).as_str().unwrap_or_default().to_owned(),
        docs_valid_until: Some(vehicle.expires),
    }
}

fn driver_row(fleet: &Fleet, driver: &Driver, created_at: DateTime<Utc>) -> partner::demo::DemoDriver {
    // Digits of the id stand in for the numbers of papers: stable, and nobody's.
    let digits = |length: usize, first: &str| {
        let all: String = driver.id.as_u128().to_string();
        format!("{first}{}", &all[all.len() - (length - first.len())..])
    };
    partner::demo::DemoDriver {
        id: driver.id,
        short_id: driver.short_id.clone(),
        user_id: driver.user.id,
        fleet_id: fleet.id,
        hub_id: Some(driver.hub_id),
        first_name: driver.user.first.to_owned(),
        last_name: driver.user.last.to_owned(),
        mobile: driver.user.phone.clone(),
        city: fleet.city.to_owned(),
        kyc_status: driver.kyc,
        kyc_submitted: driver.kyc_submitted,
        status: driver.status,
        payment_model: driver.payment,
        aadhaar_number: digits(12, "9"),
        pan_number: format!("ABCPD{}K", digits(4, "")),
        licence_number: format!("DL01{}", digits(11, "2")),
        bank_account: digits(12, "5"),
        bank_ifsc: "HDFC0001234".to_owned(),
        created_at,
    }
}
