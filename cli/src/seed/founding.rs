//! Founding the demo world. The same seed gives the same world.

use chrono::{DateTime, Datelike, Duration, NaiveDate, Utc};
use fastrand::Rng;

use super::people::{self, id, phone};
use super::places::{FLEET_CITIES, Place, TOWN};
use super::world::{Counts, Driver, Fleet, Hub, Person, Vehicle, World};
use crate::args::Size;

/// Gives out short ids and phones in order.
struct Registry {
    seed: u64,
    day: NaiveDate,
    today: NaiveDate,
    people: usize,
    drivers: usize,
    vehicles: usize,
    hubs: usize,
}

impl Registry {
    fn short(&self, prefix: &str, number: usize) -> String {
        let (year, month, day) = (self.day.year(), self.day.month(), self.day.day());
        format!("{prefix}{year:04}{month:02}{day:02}{:03}", number + 1)
    }

    fn person(&mut self, rng: &mut Rng, phone_number: usize) -> Person {
        let (first, last) = people::name(rng);
        let number = self.people;
        self.people += 1;
        Person {
            id: id(self.seed, "user", number),
            short_id: self.short("USR", number),
            first,
            last,
            phone: phone(phone_number),
        }
    }
}

/// Builds the world of a size as of an instant.
pub(crate) fn build(size: Size, seed: u64, now: DateTime<Utc>) -> World {
    let counts = Counts::of(size);
    let mut rng = Rng::with_seed(seed);
    let made_at = now - Duration::days(counts.days + 2);
    let mut registry = Registry {
        seed,
        day: kit::clock::ist_date(made_at),
        today: kit::clock::ist_date(now),
        people: 0,
        drivers: 0,
        vehicles: 0,
        hubs: 0,
    };
    let super_admins = (1..=2).map(|number| registry.person(&mut rng, number)).collect();
    let fleets = (0..counts.fleets).map(|number| fleet(&mut registry, &mut rng, counts, number)).collect();
    World { seed, counts, now, made_at, today: registry.today, super_admins, fleets }
}

fn city(rng: &mut Rng, number: usize, fleets: usize) -> &'static str {
    if number + 1 == fleets && fleets > FLEET_CITIES.len() {
        return "BANGALORE";
    }
    if let Some((city, _)) = FLEET_CITIES.get(number) {
        return city;
    }
    let all: u32 = FLEET_CITIES.iter().map(|(_, weight)| weight).sum();
    let mut draw = rng.u32(..all);
    for (city, weight) in FLEET_CITIES {
        if draw < weight {
            return city;
        }
        draw -= weight;
    }
    FLEET_CITIES[0].0
}

fn fleet(registry: &mut Registry, rng: &mut Rng, counts: Counts, number: usize) -> Fleet {
    let city = city(rng, number, counts.fleets);
    let names =
        ["Green Wheels", "Capital Cabs", "Yamuna Electric", "Aravalli Rides", "Metro EV", "Sunrise Mobility"];
    let name = match names.get(number) {
        Some(name) => (*name).to_owned(),
        None => format!("{} {}", names[number % names.len()], number / names.len() + 1),
    };
    let pan_number = format!("{}{:04}F", ["AAACD", "AABCG", "AACCY", "AAECM"][number % 4], 1_000 + number);
    let hubs: Vec<Hub> = (0..counts.hubs).map(|index| hub(registry, rng, city, index)).collect();
    let vehicles = (0..counts.vehicles).map(|index| vehicle(registry, rng, &hubs, index)).collect();
    // Phones of one fleet's office: ten after ten, twenty apart; drivers' follow from 100.
    let office =
        |index: usize| if number < 4 { 10 + number * 20 + index } else { 40_000 + number * 20 + index };
    let admin = registry.person(rng, office(0));
    let managers = (0..counts.managers).map(|index| registry.person(rng, office(1 + index * 2))).collect();
    let operations =
        (0..counts.operations).map(|index| registry.person(rng, office(2 + index * 2))).collect();
    let drivers = (0..counts.drivers).map(|index| driver(registry, rng, &hubs, index)).collect();
    Fleet {
        id: id(registry.seed, "fleet", number),
        short_id: registry.short("FLT", number),
        name,
        city,
        gst_number: format!("{}{pan_number}1Z5", state_code(city)),
        pan_number,
        company: rng.u32(..100) < 80 || number == 0,
        hubs,
        vehicles,
        drivers,
        admin,
        managers,
        operations,
    }
}

/// The first two digits of a GST number.
fn state_code(city: &str) -> &'static str {
    match city {
        "GURGAON" | "FARIDABAD" => "06",
        "NOIDA" | "GHAZIABAD" => "09",
        "BANGALORE" => "29",
        _ => "07",
    }
}

fn hub(registry: &mut Registry, rng: &mut Rng, city: &str, index: usize) -> Hub {
    use fleet::hub::HubType::{Airport, Office, Yard};
    let near: Vec<Place> = TOWN.iter().copied().filter(|place| place.city == city).collect();
    let mut place = *near.get(index % near.len().max(1)).unwrap_or(&TOWN[index % TOWN.len()]);
    // At most two kilometres off.
    place.lat += (rng.f64() - 0.5) * 0.02;
    place.lng += (rng.f64() - 0.5) * 0.02;
    let number = registry.hubs;
    registry.hubs += 1;
    let (first, last) = people::name(rng);
    Hub {
        id: id(registry.seed, "hub", number),
        short_id: registry.short("HUB", number),
        name: format!("{} hub {}", place.name, index + 1),
        kind: [Yard, Airport, Office][index % 3],
        place,
        manager: Person {
            id: id(registry.seed, "hub manager", number),
            short_id: registry.short("MGR", 10_000 + number),
            first,
            last,
            phone: phone(60_000 + number),
        },
    }
}

fn vehicle(registry: &mut Registry, rng: &mut Rng, hubs: &[Hub], index: usize) -> Vehicle {
    use fleet::vehicle::FuelType::{Cng, Diesel, Electric};
    use fleet::vehicle::VehicleStatus::{Active, Inactive, Maintenance};
    let number = registry.vehicles;
    registry.vehicles += 1;
    let (model, fuel) = match rng.u32(..100) {
        _ if index == 0 => ("Tigor EV", Electric),
        0..80 => ("Tigor EV", Electric),
        80..88 => ("Swift Dzire", Cng),
        88..95 => ("Ertiga", Cng),
        _ => ("Innova Crysta", Diesel),
    };
    let days_left = match rng.u32(..100) {
        _ if index == 0 => 400,
        // So that the smallest fleet has one of each.
        _ if index == 4 => 20,
        _ if index == 5 => -10,
        0..2 => -10,
        2..7 => 20,
        _ => 120 + i64::from(rng.u32(..240)),
    };
    let letters = [
        b'A' + u8::try_from(number / 10_000 % 26).unwrap_or(0),
        b'B' + u8::try_from(number % 7).unwrap_or(0),
    ];
    let region = ["DL01", "HR26", "UP16"][number % 3];
    Vehicle {
        id: id(registry.seed, "vehicle", number),
        short_id: registry.short("VEH", number),
        hub_id: hubs[index % hubs.len()].id,
        number: format!(
            "{region}{}{}{:04}",
            char::from(letters[0]),
            char::from(letters[1]),
            1_000 + number % 9_000
        ),
        model,
        fuel,
        status: match rng.u32(..100) {
            _ if index == 0 => Active,
            0..92 => Active,
            92..96 => Maintenance,
            _ => Inactive,
        },
        expires: registry.today + Duration::days(days_left),
    }
}

fn driver(registry: &mut Registry, rng: &mut Rng, hubs: &[Hub], index: usize) -> Driver {
    use partner::demo::{DriverStatus, KycStatus, PaymentModel};
    let number = registry.drivers;
    registry.drivers += 1;
    let first = index == 0;
    let kyc = match rng.u32(..100) {
        _ if first => KycStatus::Approved,
        0..85 => KycStatus::Approved,
        85..95 => KycStatus::Pending,
        _ => KycStatus::Rejected,
    };
    let status = match rng.u32(..200) {
        _ if first => DriverStatus::Active,
        0..3 => DriverStatus::Suspended,
        3..6 => DriverStatus::Inactive,
        _ => DriverStatus::Active,
    };
    let kyc_submitted = kyc != KycStatus::Pending || rng.u32(..100) < 60;
    let user = registry.person(rng, 100 + number);
    Driver {
        id: id(registry.seed, "driver", number),
        short_id: registry.short("DRV", number),
        user,
        hub_id: hubs[index % hubs.len()].id,
        kyc,
        kyc_submitted,
        status,
        payment: if rng.u32(..100) < 60 { PaymentModel::Rental } else { PaymentModel::Payout },
    }
}
