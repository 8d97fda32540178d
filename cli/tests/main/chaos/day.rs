//! A driver's day: one trip after the other, most of them to the end; and an office that changes this and that meanwhile.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use fastrand::Rng;
use kit::Clock;
use serde_json::{Value, json};
use tokio::sync::mpsc::UnboundedSender;

use super::world::{Crew, HUB, World, input, make};

/// How a trip goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Course {
    Whole,
    /// Made from the shift: started and completed, no more.
    Direct,
    NoShow,
    /// Cancelled after so many steps.
    Cancelled(u8),
}

impl Course {
    fn of(random: &mut Rng) -> Self {
        match random.u32(..12) {
            0 => Self::NoShow,
            1 => Self::Direct,
            2 | 3 => Self::Cancelled(random.u8(0..4)),
            _ => Self::Whole,
        }
    }
}

/// Drives until it is told that the day is over, and at least so many trips. Tells of each trip when it is booked.
pub(super) async fn drive_all_day(
    world: Arc<World>,
    crew: Crew,
    (mut random, trips): (Rng, usize),
    over: Arc<AtomicBool>,
    booked: UnboundedSender<String>,
) -> usize {
    let mut driven = 0;
    while driven < trips || !over.load(Ordering::SeqCst) {
        let course = Course::of(&mut random);
        drive(&world, &crew, course, &mut random, &booked).await;
        driven += 1;
        pause(&mut random).await;
    }
    driven
}

/// One trip from the booking to its end.
pub(super) async fn drive(
    world: &World,
    crew: &Crew,
    course: Course,
    random: &mut Rng,
    booked: &UnboundedSender<String>,
) {
    let trip = book(world, crew, course, random).await;
    let _ = booked.send(trip.clone());
    let after = |step: u8| course == Course::Cancelled(step);
    if after(0) {
        return cancel(world, &trip).await;
    }
    if course != Course::Direct {
        let dispatch = json!({ "tripId": trip, "driverId": crew.driver_id });
        make(&world.manager, "assignDriver", "AssignDriverInput", dispatch).await;
        pause(random).await;
    }
    if after(1) {
        return cancel(world, &trip).await;
    }
    step(crew, "startTrip", "StartTripInput", json!({ "tripId": trip })).await;
    report_places(crew, &trip, random).await;
    if after(2) {
        return cancel(world, &trip).await;
    }
    if course != Course::Direct {
        let at_pickup = json!({ "tripId": trip, "position": { "lat": HUB.0, "lng": HUB.1 } });
        step(crew, "markArrived", "MarkArrivedInput", at_pickup).await;
        pause(random).await;
        if after(3) {
            return cancel(world, &trip).await;
        }
        if course == Course::NoShow {
            let nobody = json!({ "tripId": trip, "reason": "Nobody came" });
            return step(crew, "markNoShow", "MarkNoShowInput", nobody).await;
        }
        step(crew, "onboardPassenger", "OnboardPassengerInput", json!({ "tripId": trip })).await;
        pause(random).await;
    }
    let toll = if random.bool() { 8_000 } else { 0 };
    step(crew, "completeTrip", "CompleteTripInput", json!({ "tripId": trip, "tollPaise": toll })).await;
    if random.u8(..6) == 0 {
        let more = json!({ "tripId": trip, "reason": "A receipt came late", "parkingPaise": random.i64(1..90) * 100 });
        make(&world.manager, "adjustFare", "AdjustFareInput", more).await;
    }
}

async fn book(world: &World, crew: &Crew, course: Course, random: &mut Rng) -> String {
    let mode = ["CASH", "PREPAID", "QR"][random.usize(..3)];
    let mut journey = json!({ "tripType": "INTER_CITY", "originCity": "New Delhi", "destinationCity": "Gurugram",
        "pickupLocation": "IGI Airport T3", "dropLocation": "Cyber Hub", "distanceKm": f64::from(random.u32(30..400)) / 10.0,
        "pickupPoint": { "lat": HUB.0, "lng": HUB.1 }, "dropPoint": { "lat": 28.495, "lng": 77.089 },
        "paymentMode": mode });
    if course == Course::Direct {
        journey["assignmentId"] = json!(crew.assignment_id);
        return make(&world.manager, "createTripFromAssignment", "CreateTripFromAssignmentInput", journey)
            .await;
    }
    journey["pickupTime"] = json!(Clock::system().now() + chrono::Duration::minutes(5));
    make(&world.manager, "createTrip", "CreateTripInput", journey).await
}

async fn cancel(world: &World, trip: &str) {
    let reason = json!({ "tripId": trip, "reason": "Plans changed" });
    make(&world.manager, "cancelTrip", "TripReasonInput", reason).await;
}

/// A step of the driver's.
async fn step(crew: &Crew, mutation: &str, kind: &str, fields: Value) {
    make(&crew.client, mutation, kind, fields).await;
}

async fn report_places(crew: &Crew, trip: &str, random: &mut Rng) {
    for _ in 0..random.u32(0..3) {
        let point = json!({ "lat": HUB.0 + random.f64() / 100.0, "lng": HUB.1 });
        let place = json!({ "tripId": trip, "point": point, "recordedAt": Clock::system().now() });
        step(crew, "reportLocation", "ReportLocationInput", place).await;
        pause(random).await;
    }
}

async fn pause(random: &mut Rng) {
    tokio::time::sleep(Duration::from_millis(random.u64(50..700))).await;
}

/// Changes what other subgraphs have copies of, until the day is over.
pub(super) async fn keep_office(world: Arc<World>, mut random: Rng, over: Arc<AtomicBool>) -> usize {
    let mut changes = 0;
    while !over.load(Ordering::SeqCst) {
        let crew = &world.crews[random.usize(..world.crews.len())];
        let number = random.u32(..1_000);
        match random.u32(..6) {
            0 => {
                let fields = json!({ "id": crew.vehicle_id, "color": format!("Shade {number}") });
                make(&world.manager, "updateVehicle", "UpdateVehicleInput", fields).await;
            }
            1 => {
                let fields = json!({ "id": crew.driver_id, "lastName": format!("Of {number}") });
                make(&world.manager, "updateDriver", "UpdateDriverInput", fields).await;
            }
            2 => {
                let fields = json!({ "id": world.hub_id, "geofenceRadiusM": 500 + 50 * random.u32(..20) });
                make(&world.manager, "updateHub", "UpdateHubInput", fields).await;
            }
            3 => {
                let fields = json!({ "id": world.fleet_id, "name": format!("Chaos Cabs {number}") });
                make(&world.admin, "updateFleet", "UpdateFleetInput", fields).await;
            }
            4 => hire_clerk(&world, 80_000 + changes).await,
            _ => {
                // The account is made by another service, and its owner is told when it is there: a saga.
                let account =
                    json!({ "name": "New Driver", "phone": format!("+9190000{:05}", 85_000 + changes) });
                let fields = json!({ "account": account, "hubId": world.hub_id });
                make(&world.manager, "createDriver", "CreateDriverInput", fields).await;
            }
        }
        changes += 1;
        pause(&mut random).await;
    }
    changes
}

/// A user who may sign in, and soon may not any more.
async fn hire_clerk(world: &World, number: usize) {
    let phone = format!("+9190000{number:05}");
    let clerk = json!({ "name": "Some Clerk", "phone": phone, "role": "OPERATIONS", "fleetId": world.fleet_id,
        "hubIds": [world.hub_id] });
    let id = make(&world.admin, "createUser", "CreateUserInput", clerk).await;
    let gone = "mutation($input: UpdateUserInput!) { updateUser(input: $input) { isActive } }";
    world.admin.ask(gone, input(json!({ "id": id, "isActive": false }))).await;
}
