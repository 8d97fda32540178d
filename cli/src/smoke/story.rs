//! The main job from the first fleet to the credited wallet, through the router only.

use chrono::{DateTime, Duration, Utc};
use kit::Clock;
use serde_json::{Value, json};
use uuid::Uuid;

use super::client::{Client, Events, Failure};
use super::documents as doc;
use crate::seed::people;
use crate::terminal::say;

/// The 26 km INTER_CITY trip booked more than a day ahead: 26 × ₹25 × 1.2 × 0.95, rounded to a rupee.
const QUOTE_PAISE: i64 = 74_100;

/// What a watcher of the trip sees, in this order.
const STATUSES: [&str; 6] = ["CREATED", "DRIVER_ASSIGNED", "STARTED", "ARRIVED", "ONBOARDED", "COMPLETED"];

/// Who and what the story has brought about.
pub(crate) struct World {
    /// Nobody in particular.
    pub(crate) anonymous: Client,
    /// The super admin of the demo data.
    pub(crate) admin: Client,
    /// The new fleet's manager.
    pub(crate) manager: Client,
    /// The new driver.
    pub(crate) driver: Client,
    /// The new driver's profile.
    pub(crate) driver_id: String,
    /// The new driver's name.
    pub(crate) driver_name: String,
    /// The new vehicle.
    pub(crate) vehicle_id: String,
    /// The trip.
    pub(crate) trip_id: String,
}

/// Ten digits in the range whose one-time code is fixed in demonstrations; new ones in each run.
pub(crate) fn demo_phone() -> String {
    let number = Uuid::new_v4().as_u128() % 90_000 + 10_000;
    format!("+9190000{number:05}")
}

/// Signs in with the fixed code.
pub(crate) async fn sign_in(anonymous: &Client, phone: &str) -> Result<Client, Failure> {
    anonymous.ask(doc::REQUEST_OTP, json!({ "phone": phone })).await?;
    let answer = anonymous.ask(doc::VERIFY_OTP, json!({ "phone": phone, "code": people::DEMO_CODE })).await?;
    let token = answer["verifyOtp"]["access"].as_str().ok_or("verifyOtp gave no access token")?;
    Ok(anonymous.with_token(token))
}

fn text(value: &Value, pointer: &str) -> Result<String, Failure> {
    let found = value.pointer(pointer).and_then(Value::as_str);
    found.map(str::to_owned).ok_or_else(|| format!("no {pointer} in {value}"))
}

/// Fails with a sentence when two things differ.
pub(crate) fn expect<T: PartialEq + std::fmt::Debug>(what: &str, got: T, wanted: T) -> Result<(), Failure> {
    if got == wanted { Ok(()) } else { Err(format!("{what}: expected {wanted:?}, got {got:?}")) }
}

/// Tries until it holds: what events bring about takes a moment.
pub(crate) async fn eventually<F, Fut>(what: &str, mut attempt: F) -> Result<(), Failure>
where
    F: FnMut() -> Fut,
    Fut: Future<Output = Result<bool, Failure>>,
{
    for _ in 0..200 {
        if attempt().await? {
            return Ok(());
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    Err(format!("{what}: not within 10 s"))
}

/// Creates a fleet with its manager and a vehicle, a driver user and the driver, and approves the KYC.
pub(crate) async fn found_a_fleet(url: &str) -> Result<World, Failure> {
    let anonymous = Client::anonymous(url);
    let admin = sign_in(&anonymous, people::SUPER_ADMIN_PHONE).await?;
    let fleet = json!({ "name": "Smoke Cabs", "mobile": demo_phone(), "city": "DELHI", "fleetType": "COMPANY",
        "panNumber": "ABCDE1234F", "adminName": "Meera Nair" });
    let fleet_id = text(&admin.ask(doc::CREATE_FLEET, json!({ "input": fleet })).await?, "/createFleet/id")?;
    let manager_phone = demo_phone();
    let manager =
        json!({ "name": "Ravi Kumar", "phone": manager_phone, "role": "MANAGER", "fleetId": fleet_id });
    admin.ask(doc::CREATE_USER, json!({ "input": manager })).await?;
    let manager = sign_in(&anonymous, &manager_phone).await?;
    let record = json!({ "name": "Suman Gill", "mobile": demo_phone(), "fleetId": fleet_id });
    manager.ask(doc::CREATE_MANAGER, json!({ "input": record })).await?;
    say("  ✓ a fleet, its manager");

    let vehicle_id = create_vehicle(&manager).await?;
    let (driver, driver_id, driver_name) = hire_a_driver(&anonymous, &manager).await?;
    say("  ✓ a vehicle, a driver with approved KYC");
    let trip_id = String::new();
    Ok(World { anonymous, admin, manager, driver, driver_id, driver_name, vehicle_id, trip_id })
}

async fn create_vehicle(manager: &Client) -> Result<String, Failure> {
    let number = format!("DL01SM{:04}", Uuid::new_v4().as_u128() % 10_000);
    let vehicle = json!({ "number": number, "name": "Tata", "model": "Tigor EV", "color": "White", "ownership": "OWNED",
        "fuelType": "ELECTRIC", "documents": { "permitExpiry": "2034-01-01", "fitnessExpiry": "2034-01-01",
        "insuranceExpiry": "2034-01-01" } });
    let answer = manager.ask(doc::CREATE_VEHICLE, json!({ "input": vehicle })).await?;
    expect("the vehicle's fleet", text(&answer, "/createVehicle/fleet/name")?.as_str(), "Smoke Cabs")?;
    text(&answer, "/createVehicle/id")
}

async fn hire_a_driver(anonymous: &Client, manager: &Client) -> Result<(Client, String, String), Failure> {
    let (phone, name) = (demo_phone(), "Vikram Singh".to_owned());
    let user = json!({ "name": name, "phone": phone, "role": "DRIVER" });
    let user_id = text(&manager.ask(doc::CREATE_USER, json!({ "input": user })).await?, "/createUser/id")?;
    let driver = manager.ask(doc::CREATE_DRIVER, json!({ "input": { "userId": user_id } })).await?;
    let driver_id = text(&driver, "/createDriver/id")?;
    expect("the driver's user", text(&driver, "/createDriver/user/name")?, name.clone())?;
    for kind in ["LICENSE_FRONT", "LICENSE_BACK", "AADHAAR_FRONT", "AADHAAR_BACK", "PAN_CARD", "LIVE_PHOTO"] {
        let document = json!({ "driverId": driver_id, "kind": kind, "url": format!("https://files.example/{kind}.jpg") });
        manager.ask(doc::SUBMIT_DOCUMENT, json!({ "input": document })).await?;
    }
    let approved = manager.ask(doc::APPROVE_KYC, json!({ "input": { "driverId": driver_id } })).await?;
    expect("KYC", text(&approved, "/approveKyc/kycStatus")?.as_str(), "APPROVED")?;
    Ok((sign_in(anonymous, &phone).await?, driver_id, name))
}

/// The roster entry and the booking.
pub(crate) async fn assign_and_book(world: &mut World, pickup: DateTime<Utc>) -> Result<(), Failure> {
    let roster = json!({ "input": { "driverId": world.driver_id, "vehicleId": world.vehicle_id } });
    let assignment = world.manager.ask(doc::CREATE_ASSIGNMENT, roster).await?;
    let name = text(&assignment, "/createAssignment/driver/user/name")?;
    expect("the assignment's driver", name, world.driver_name.clone())?;
    let answer = world.manager.ask(doc::CREATE_TRIP, json!({ "input": booking(pickup) })).await?;
    let quote = answer.pointer("/createTrip/fare/quote/amountPaise").and_then(Value::as_i64);
    expect("the quote in paise", quote, Some(QUOTE_PAISE))?;
    world.trip_id = text(&answer, "/createTrip/id")?;
    say("  ✓ a shift, and a trip booked at ₹741");
    Ok(())
}

/// 26 km from Delhi to Gurgaon, 25.5 by the map.
pub(crate) fn booking(pickup: DateTime<Utc>) -> Value {
    json!({ "tripType": "INTER_CITY", "originCity": "New Delhi", "destinationCity": "Gurugram", "pickupTime": pickup,
        "pickupLocation": "IGI Airport T3", "dropLocation": "Cyber Hub", "distanceKm": 25.5,
        "pickupPoint": { "lat": 28.5562, "lng": 77.1 }, "dropPoint": { "lat": 28.495, "lng": 77.089 },
        "passenger": { "name": "Anita Desai", "phone": demo_phone() }, "paymentMode": "PREPAID" })
}

/// Dispatch and the drive, watched over WebSocket and SSE.
pub(crate) async fn drive_while_watched(
    world: &World,
    clock: &Clock,
    pickup: DateTime<Utc>,
) -> Result<i64, Failure> {
    let trip = json!({ "trip": world.trip_id });
    let mut websocket = world.manager.watch_websocket(doc::WATCH_TRIP, trip.clone()).await?;
    let mut sse = world.admin.watch_sse(doc::WATCH_TRIP, trip).await?;
    for watcher in [&mut websocket, &mut sse] {
        see(watcher, STATUSES[0], None).await?;
    }
    let dispatch = json!({ "input": { "tripId": world.trip_id, "driverId": world.driver_id } });
    world.manager.ask(doc::ASSIGN_DRIVER, dispatch).await?;
    clock.advance(pickup - clock.now() - Duration::minutes(20));
    let here = json!({ "input": { "tripId": world.trip_id } });
    let at_pickup =
        json!({ "input": { "tripId": world.trip_id, "position": { "lat": 28.5562, "lng": 77.1 } } });
    world.driver.ask(doc::START_TRIP, here.clone()).await?;
    world.driver.ask(doc::MARK_ARRIVED, at_pickup).await?;
    world.driver.ask(doc::ONBOARD, here.clone()).await?;
    let completed = world.driver.ask(doc::COMPLETE_TRIP, here).await?;
    for watcher in [&mut websocket, &mut sse] {
        for status in &STATUSES[1..] {
            see(watcher, status, Some(&world.driver_name)).await?;
        }
        say(format_args!(
            "  ✓ {}: CREATED … COMPLETED in order, each with the driver's name",
            watcher.transport
        ));
    }
    let total = completed.pointer("/completeTrip/fare/total/amountPaise").and_then(Value::as_i64);
    total.ok_or_else(|| format!("no total in {completed}"))
}

async fn see(watcher: &mut Events, status: &str, driver: Option<&str>) -> Result<(), Failure> {
    let event = watcher.next().await?;
    let change = &event["data"]["tripStatusChanged"];
    let seen = (change["status"].as_str(), change["driver"]["user"]["name"].as_str());
    expect(&format!("{}, an event", watcher.transport), seen, (Some(status), driver))
        .map_err(|failure| format!("{failure}; the whole event: {event}"))
}
