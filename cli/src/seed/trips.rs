//! The demo world's shifts and trips: a history of whole days, and an open day ahead.

use chrono::{DateTime, Datelike, Duration, NaiveTime, Utc};
use fastrand::Rng;
use trip::demo::{DemoAssignment, DemoDriverRef, DemoTrip, DemoVehicleRef, DemoWorld};
use trip::geo::Point;
use trip::trip::{PaymentMode, Provider, TripStatus, TripType};
use uuid::Uuid;

use super::people::{self, id, phone};
use super::places::{AIRPORT, FAR, Place, TOWN, road_km};
use super::world::{Counts, Driver, Fleet, Vehicle, World};
use crate::databases::Databases;

/// How many trips go to the databases at once.
const CHUNK: usize = 10_000;

/// Shifts and trips.
pub(crate) struct History {
    pub(crate) assignments: Vec<DemoAssignment>,
    pub(crate) trips: Vec<DemoTrip>,
}

/// A driver on shift.
struct Crew<'a> {
    fleet: &'a Fleet,
    driver: &'a Driver,
    vehicle: &'a Vehicle,
    assignment: Uuid,
}

/// Days of trips up to now, and tomorrow's bookings.
pub(crate) fn history(world: &World, counts: Counts, now: DateTime<Utc>) -> History {
    let mut rng = Rng::with_seed(world.seed ^ 0x7219);
    let crews: Vec<Crew<'_>> = world
        .fleets
        .iter()
        .flat_map(|fleet| fleet.pairs(world.today).map(move |(driver, vehicle)| (fleet, driver, vehicle)))
        .enumerate()
        .map(|(number, (fleet, driver, vehicle))| Crew {
            fleet,
            driver,
            vehicle,
            assignment: id(world.seed, "assignment", number),
        })
        .collect();
    let assignments = crews.iter().enumerate().map(|(number, crew)| shift(crew, number, world)).collect();
    let mut trips = Vec::new();
    for day in (1..=counts.days).rev() {
        let date = world.today - Duration::days(day);
        for number in 0..counts.trips_per_day {
            let crew = &crews[rng.usize(..crews.len())];
            trips.push(past_trip(&mut rng, crew, world, (date, number)));
        }
    }
    ahead(&mut rng, &crews, world, now, &mut trips);
    History { assignments, trips }
}

fn short_id(prefix: &str, date: chrono::NaiveDate, number: usize) -> String {
    format!("{prefix}{:04}{:02}{:02}{:03}", date.year(), date.month(), date.day(), number + 1)
}

fn shift(crew: &Crew<'_>, number: usize, world: &World) -> DemoAssignment {
    DemoAssignment {
        id: crew.assignment,
        short_id: short_id("ASN", kit::clock::ist_date(world.made_at), number),
        fleet_id: crew.fleet.id,
        driver_id: crew.driver.id,
        vehicle_id: crew.vehicle.id,
        start_time: world.made_at,
        end_time: None,
        created_by: Some(crew.fleet.admin.id),
    }
}

/// Peaks in the early morning and in the evening, a tenth at night; an hour and a minute of IST.
fn time_of_day(rng: &mut Rng) -> NaiveTime {
    let hour = match rng.u32(..100) {
        0..10 => [23, 0, 1, 2, 3][rng.usize(..5)],
        10..45 => rng.u32(4..8),
        45..85 => rng.u32(17..22),
        _ => rng.u32(8..17),
    };
    NaiveTime::from_hms_opt(hour, rng.u32(..12) * 5, 0).unwrap_or_default()
}

fn at_ist(date: chrono::NaiveDate, time: NaiveTime) -> DateTime<Utc> {
    date.and_time(time).and_utc() - Duration::minutes(330)
}

/// Where from, where to, how far, and what kind of trip that is.
fn journey(rng: &mut Rng) -> (TripType, Place, Place, f64) {
    let town = TOWN[rng.usize(..TOWN.len())];
    let airport = AIRPORT[rng.usize(..AIRPORT.len())];
    match rng.u32(..100) {
        0..33 => (TripType::Airport, town, airport, road_km(town, airport)),
        33..65 => (TripType::Airport, airport, town, road_km(airport, town)),
        65..70 => {
            let (far, km) = FAR[rng.usize(..FAR.len())];
            (TripType::InterCity, town, far, km)
        }
        70..85 => {
            let others: Vec<Place> = TOWN.into_iter().filter(|place| place.city != town.city).collect();
            let other = others[rng.usize(..others.len())];
            (TripType::InterCity, town, other, road_km(town, other))
        }
        _ => (TripType::Rental, town, town, 40.0 + f64::from(rng.u32(..41))),
    }
}

/// A booking without a driver, as of `pickup`.
fn booking(
    rng: &mut Rng,
    number: (Uuid, String),
    fleet: Option<&Fleet>,
    pickup: DateTime<Utc>,
    world: &World,
) -> DemoTrip {
    let (trip_type, from, to, distance_km) = journey(rng);
    let early = rng.u32(..100) < 60;
    let lead = if early { Duration::hours(26) } else { Duration::hours(10) };
    let (first, last) = people::name(rng);
    let point = |place: Place| Point { lat: place.lat, lng: place.lng };
    DemoTrip {
        id: number.0,
        short_id: number.1,
        status: TripStatus::Created,
        trip_type,
        provider: Provider::Internal,
        fleet_id: fleet.map(|fleet| fleet.id),
        assignment_id: None,
        driver_id: None,
        vehicle_id: None,
        origin_city: from.city.to_owned(),
        destination_city: to.city.to_owned(),
        pickup_time: pickup,
        booked_at: pickup - lead,
        distance_km: distance_km.max(2.0),
        pickup_location: from.name.to_owned(),
        drop_location: to.name.to_owned(),
        pickup_point: Some(point(from)),
        drop_point: Some(point(to)),
        passenger: Some((format!("{first} {last}"), phone(90_000 + rng.usize(..9_000)))),
        payment_mode: [PaymentMode::Cash, PaymentMode::Prepaid, PaymentMode::Qr][rng.usize(..3)],
        toll_paise: if rng.u32(..100) < 20 { 8_000 } else { 0 },
        started_at: None,
        arrived_at: None,
        boarded_at: None,
        completed_at: None,
        ended_at: None,
        cancel_reason: None,
        created_by: Some(world.super_admins[0].id),
    }
}

fn with_crew(trip: DemoTrip, crew: &Crew<'_>) -> DemoTrip {
    DemoTrip {
        status: TripStatus::DriverAssigned,
        assignment_id: Some(crew.assignment),
        driver_id: Some(crew.driver.id),
        vehicle_id: Some(crew.vehicle.id),
        created_by: Some(crew.fleet.admin.id),
        ..trip
    }
}

fn past_trip(
    rng: &mut Rng,
    crew: &Crew<'_>,
    world: &World,
    (date, number): (chrono::NaiveDate, usize),
) -> DemoTrip {
    let pickup = at_ist(date, time_of_day(rng));
    let name = (id(world.seed, &format!("trip {date}"), number), short_id("TRP", date, number));
    let trip = booking(rng, name, Some(crew.fleet), pickup, world);
    let started = pickup - Duration::minutes(40);
    let arrived = pickup - Duration::minutes(i64::from(rng.u32(..20)));
    let boarded = pickup + Duration::minutes(i64::from(rng.u32(..60)));
    #[expect(clippy::cast_possible_truncation, reason = "minutes of a drive, a small number")]
    let minutes = (trip.distance_km * 2.0) as i64;
    match rng.u32(..100) {
        0..7 => DemoTrip {
            status: TripStatus::Cancelled,
            ended_at: Some(pickup - Duration::hours(2)),
            cancel_reason: Some("The passenger called it off".to_owned()),
            ..trip
        },
        7..10 => DemoTrip {
            status: TripStatus::NoShow,
            started_at: Some(started),
            arrived_at: Some(arrived),
            ended_at: Some(pickup + Duration::minutes(35)),
            ..with_crew(trip, crew)
        },
        10..12 => trip,
        _ => DemoTrip {
            status: TripStatus::Completed,
            started_at: Some(started),
            arrived_at: Some(arrived),
            boarded_at: Some(boarded),
            completed_at: Some(boarded + Duration::minutes(minutes)),
            ..with_crew(trip, crew)
        },
    }
}

/// Tomorrow and the day after: some trips with a driver, some that wait for one.
fn ahead(rng: &mut Rng, crews: &[Crew<'_>], world: &World, now: DateTime<Utc>, trips: &mut Vec<DemoTrip>) {
    let yesterday = kit::clock::ist_date(now) - Duration::days(1);
    let serials =
        trips.iter().filter(|trip| trip.short_id.starts_with(&short_id("TRP", yesterday, 0)[..11])).count();
    for (number, crew) in crews.iter().enumerate() {
        for (nth, hours) in [(0, 6), (1, 30)] {
            let pickup = now + Duration::hours(hours) + Duration::minutes(i64::from(rng.u32(..8)) * 15);
            let serial = number * 2 + nth;
            let name = (id(world.seed, "trip ahead", serial), short_id("TRP", yesterday, serials + serial));
            let trip = booking(rng, name, Some(crew.fleet), pickup, world);
            let booked_at = trip.booked_at.min(now - Duration::hours(2));
            let trip = DemoTrip { booked_at, ..trip };
            trips.push(if nth == 0 { with_crew(trip, crew) } else { trip });
        }
    }
}

/// Trip's database and partner's ledger.
pub(crate) async fn write(
    databases: &Databases,
    world: &World,
    history: &History,
    progress: &impl Fn(&str),
) -> Result<(), String> {
    let failed = |error: kit::Error| format!("demo data: {}", error.log_line());
    let mut conn = databases.trip.acquire().await.map_err(|error| error.to_string())?;
    let mut rows = references(world);
    rows.assignments.clone_from(&history.assignments);
    trip::demo::insert(&mut conn, &rows).await.map_err(failed)?;
    let mut ledger = databases.partner.acquire().await.map_err(|error| error.to_string())?;
    let mut booked = 0;
    for (number, chunk) in history.trips.chunks(CHUNK).enumerate() {
        if number > 0 {
            progress(&format!("{} of {} trips", number * CHUNK, history.trips.len()));
        }
        let rows = DemoWorld { trips: chunk.to_vec(), ..DemoWorld::default() };
        trip::demo::insert(&mut conn, &rows).await.map_err(failed)?;
        let credits = credits(world, chunk, booked).map_err(failed)?;
        booked += credits.len();
        partner::demo::insert_trips(&mut ledger, &credits).await.map_err(failed)?;
    }
    Ok(())
}

/// Trip's copies of drivers and vehicles.
fn references(world: &World) -> DemoWorld {
    let mut rows = DemoWorld::default();
    for fleet in &world.fleets {
        rows.drivers.extend(fleet.drivers.iter().map(|driver| driver_ref(fleet, driver)));
        rows.vehicles.extend(fleet.vehicles.iter().map(|vehicle| vehicle_ref(fleet, vehicle)));
    }
    rows
}

fn driver_ref(fleet: &Fleet, driver: &Driver) -> DemoDriverRef {
    use partner::demo::{DriverStatus, KycStatus, PaymentModel};
    let active = driver.status == DriverStatus::Active;
    DemoDriverRef {
        id: driver.id,
        user_id: driver.user.id,
        fleet_id: Some(fleet.id),
        hub_id: Some(driver.hub_id),
        name: format!("{} {}", driver.user.first, driver.user.last),
        status: if active { trip::demo::DriverStatus::Active } else { trip::demo::DriverStatus::Inactive },
        kyc_status: match driver.kyc {
            KycStatus::Approved => trip::demo::KycStatus::Approved,
            KycStatus::Pending => trip::demo::KycStatus::Pending,
            KycStatus::Rejected => trip::demo::KycStatus::Rejected,
        },
        is_available: active,
        payment_model: Some(
            if driver.payment == PaymentModel::Rental { "RENTAL" } else { "PAYOUT" }.to_owned(),
        ),
    }
}

fn vehicle_ref(fleet: &Fleet, vehicle: &Vehicle) -> DemoVehicleRef {
    DemoVehicleRef {
        id: vehicle.id,
        fleet_id: Some(fleet.id),
        hub_id: Some(vehicle.hub_id),
        number: vehicle.number.clone(),
        status: if vehicle.active {
            trip::demo::VehicleStatus::Active
        } else {
            trip::demo::VehicleStatus::Inactive
        },
        fuel_type: serde_json::json!(vehicle.fuel).as_str().unwrap_or_default().to_owned(),
        docs_valid_until: Some(vehicle.expires),
    }
}

/// What completed trips bring their drivers.
fn credits(
    world: &World,
    trips: &[DemoTrip],
    booked: usize,
) -> Result<Vec<partner::demo::DemoTrip>, kit::Error> {
    let drivers: std::collections::HashMap<Uuid, &Driver> =
        world.fleets.iter().flat_map(|fleet| &fleet.drivers).map(|driver| (driver.id, driver)).collect();
    let mut credits = Vec::new();
    for trip in trips {
        let driver = trip.driver_id.and_then(|id| drivers.get(&id));
        let (Some(driver), Some(completed_at)) = (driver, trip.completed_at) else { continue };
        let fare = trip::demo::price(trip)?;
        credits.push(partner::demo::DemoTrip {
            trip_id: trip.id,
            transaction_short_id: short_id(
                "TXN",
                kit::clock::ist_date(world.made_at),
                booked + credits.len(),
            ),
            driver_id: driver.id,
            payment_model: driver.payment,
            total_paise: fare.total.0,
            pass_through_paise: fare.toll.0 + fare.parking.0 + fare.state_tax.0,
            cash: trip.payment_mode == PaymentMode::Cash,
            completed_at,
        });
    }
    Ok(credits)
}
