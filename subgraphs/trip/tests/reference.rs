//! Copies of drivers and vehicles: newer replaces older, the owner is asked when there is none, and who may not work loses
//! shift and trips.

use serde_json::{Value, json};
use testing::subgraph::contract::example;

use crate::support::people::{self, FLEET_A, FLEET_B, HUB_A1, driver_payload, id, uuid, vehicle_payload};
use crate::support::{World, event};

const DRIVER: u128 = 0x11;

fn named(name: &str) -> Value {
    let mut payload = driver_payload(DRIVER, FLEET_A, Some(HUB_A1));
    payload["name"] = json!(name);
    payload
}

async fn name_of(world: &World) -> String {
    sqlx::query_scalar("SELECT name FROM driver_ref").fetch_one(&world.db.pool).await.unwrap()
}

#[tokio::test]
async fn an_older_event_never_overwrites_a_newer_one() {
    let world = World::new().await;
    for (version, name) in [(1, "One"), (3, "Three"), (2, "Two"), (3, "Three again")] {
        world.deliver(&event("driver.updated", uuid(DRIVER), version, named(name))).await;
    }
    assert_eq!(name_of(&world).await, "Three");
}

#[tokio::test]
async fn an_event_that_comes_three_times_is_handled_once() {
    let world = World::new().await;
    let once = event("driver.updated", uuid(DRIVER), 1, named("Ravi"));
    for _ in 0..3 {
        world.deliver(&once).await;
    }
    assert_eq!(world.count("SELECT count(*) FROM inbox").await, 1);
}

#[tokio::test]
async fn an_unknown_version_goes_to_the_dead_letters() {
    let world = World::new().await;
    let mut strange = event("driver.updated", uuid(DRIVER), 1, named("Ravi"));
    strange.version = 2;
    world.deliver(&strange).await;
    assert_eq!(world.count("SELECT count(*) FROM driver_ref").await, 0);
    assert_eq!(world.count("SELECT count(*) FROM dead_letter").await, 1);
}

#[tokio::test]
async fn the_examples_of_the_owners_are_understood() {
    let world = World::new().await;
    for name in ["driver.created", "driver.updated", "driver.kyc_changed", "driver.status_changed"] {
        world.deliver(&example(name)).await;
    }
    assert_eq!(world.count("SELECT count(*) FROM driver_ref").await, 1);
    for name in ["vehicle.created", "vehicle.updated", "vehicle.status_changed"] {
        world.deliver(&example(name)).await;
    }
    assert_eq!(world.count("SELECT count(*) FROM vehicle_ref").await, 1);
    for name in ["attendance.checked_in", "attendance.approved", "attendance.checked_out"] {
        world.deliver(&example(name)).await;
    }
    for name in ["fleet.created", "fleet.updated", "fleet.deactivated"] {
        world.deliver(&example(name)).await;
    }
    assert_eq!(world.count("SELECT count(*) FROM fleet_ref WHERE status = 'INACTIVE'").await, 1);
    assert_eq!(world.count("SELECT count(*) FROM dead_letter").await, 0);
}

#[tokio::test]
async fn an_owner_is_asked_about_what_no_event_has_brought() {
    let world = World::new().await;
    world.neighbours.know(&driver_payload(DRIVER, FLEET_A, Some(HUB_A1)), 4);
    world.neighbours.know(&vehicle_payload(0x21, FLEET_A, Some(HUB_A1)), 2);
    let pair = json!({"driverId": id(DRIVER), "vehicleId": id(0x21)});
    world.act(&people::manager(FLEET_A), ("createAssignment", "id"), pair).await;
    assert_eq!(world.neighbours.asked(), 2);
    world.deliver(&event("driver.updated", uuid(DRIVER), 3, named("Older than the answer"))).await;
    assert_eq!(name_of(&world).await, "Driver 11");
    let nobody = json!({"driverId": id(0x99), "vehicleId": id(0x21)});
    let refused = world.refused(&people::manager(FLEET_A), "createAssignment", nobody).await;
    assert_eq!(refused, ("NOT_FOUND".to_owned(), "driverId".to_owned()));
}

#[tokio::test]
async fn a_refusal_that_rests_on_a_stale_copy_is_checked_with_the_owner() {
    let world = World::new().await;
    let mut pending = driver_payload(DRIVER, FLEET_A, Some(HUB_A1));
    pending["kycStatus"] = json!("PENDING");
    world.deliver(&event("driver.created", uuid(DRIVER), 1, pending)).await;
    world.vehicle(0x21).await;
    let pair = json!({"driverId": id(DRIVER), "vehicleId": id(0x21)});
    let manager = people::manager(FLEET_A);
    assert_eq!(world.refused(&manager, "createAssignment", pair.clone()).await.0, "TRIP_CONSTRAINT");
    // Approved a moment ago; the event is still on its way.
    world.neighbours.know(&driver_payload(DRIVER, FLEET_A, Some(HUB_A1)), 2);
    world.act(&manager, ("createAssignment", "id"), pair).await;
}

#[tokio::test]
async fn a_suspension_takes_the_shift_and_only_the_trips_that_wait() {
    let world = World::new().await;
    world.on_roster(DRIVER).await;
    let started = world.dispatched(DRIVER).await;
    world.pass(24 * 60);
    world.drive(DRIVER, "startTrip", &started).await;
    let waiting = world.dispatched(DRIVER).await;
    let mut replaced = world.journey();
    replaced["pickupTime"] = json!(world.clock.now() + chrono::TimeDelta::hours(40));
    let replaced = world.booked_by(&people::manager(FLEET_A), replaced).await;
    world.assign(&replaced, DRIVER).await;
    world.on_roster(0x12).await;
    let other = json!({"tripId": replaced, "driverId": id(0x12), "reason": "Nearer"});
    world.act(&people::manager(FLEET_A), ("reassignDriver", "id"), other).await;
    let mut suspended = driver_payload(DRIVER, FLEET_A, Some(HUB_A1));
    suspended["status"] = json!("SUSPENDED");
    world.deliver(&event("driver.status_changed", uuid(DRIVER), 2, suspended)).await;
    let query =
        "query ($id: ID!) { trip(id: $id) { status driver { id } dispatchHistory { status reason } } }";
    let status = async |id: &str| {
        world.ok(&people::manager(FLEET_A), query, json!({"id": id})).await["trip"]["status"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    assert_eq!(status(&started).await, "STARTED");
    assert_eq!(status(&waiting).await, "CREATED");
    assert_eq!(status(&replaced).await, "DRIVER_ASSIGNED");
    assert_eq!(world.count("SELECT count(*) FROM assignment WHERE status = 'ACTIVE'").await, 1);
    // Who is back gets a new shift.
    world.deliver(&event("driver.status_changed", uuid(DRIVER), 3, named("Back"))).await;
    let pair = json!({"driverId": id(DRIVER), "vehicleId": id(DRIVER + 0x1000)});
    world.act(&people::manager(FLEET_A), ("createAssignment", "id"), pair).await;
}

#[tokio::test]
async fn a_vehicle_in_maintenance_leaves_the_roster() {
    let world = World::new().await;
    world.on_roster(DRIVER).await;
    let mut resting = vehicle_payload(DRIVER + 0x1000, FLEET_A, Some(HUB_A1));
    resting["status"] = json!("MAINTENANCE");
    world.deliver(&event("vehicle.status_changed", uuid(DRIVER + 0x1000), 2, resting)).await;
    assert_eq!(world.count("SELECT count(*) FROM assignment WHERE status = 'ACTIVE'").await, 0);
}

fn attendance(status: &str, on_break: bool) -> Value {
    json!({
        "attendanceId": id(0x71), "driverId": id(DRIVER), "userId": id(people::user_of(DRIVER)), "fleetId": id(FLEET_A),
        "hubId": id(HUB_A1), "status": status, "checkInTime": "2026-01-27T03:00:00Z",
        "checkOutTime": if status == "CHECKED_OUT" { json!("2026-01-27T12:00:00Z") } else { Value::Null },
        "onBreak": on_break,
    })
}

#[tokio::test]
async fn a_trip_starts_on_duty_only() {
    let world = World::new().await;
    world.on_roster_off_duty(DRIVER).await;
    let trip = world.dispatched(DRIVER).await;
    world.pass(24 * 60);
    let start = json!({"tripId": trip});
    let me = people::driver(DRIVER);
    let hear = async |event_type: &str, version: i64, payload: Value| {
        world.deliver(&event(event_type, uuid(0x71), version, payload)).await;
    };
    assert_eq!(world.refused(&me, "startTrip", start.clone()).await.0, "TRIP_CONSTRAINT");
    hear("attendance.checked_in", 1, attendance("PENDING", false)).await;
    assert_eq!(world.refused(&me, "startTrip", start.clone()).await.0, "TRIP_CONSTRAINT");
    hear("attendance.break_started", 3, attendance("APPROVED", true)).await;
    hear("attendance.approved", 2, attendance("APPROVED", false)).await;
    assert_eq!(world.refused(&me, "startTrip", start).await.0, "TRIP_CONSTRAINT", "still on the break");
    hear("attendance.break_ended", 4, attendance("APPROVED", false)).await;
    assert_eq!(world.drive(DRIVER, "startTrip", &trip).await["status"], "STARTED");
}

#[tokio::test]
async fn a_check_in_whose_event_is_on_the_way_counts() {
    let world = World::new().await;
    world.on_roster_off_duty(DRIVER).await;
    let trip = world.dispatched(DRIVER).await;
    world.pass(24 * 60);
    let mut driver = driver_payload(DRIVER, FLEET_A, Some(HUB_A1));
    let shift = |breaks: Value| json!({"id": id(0x71), "status": "APPROVED", "checkInTime": "2026-01-27T03:00:00Z", "version": 4, "breaks": breaks});
    driver["openAttendance"] = shift(json!([{"endTime": null}]));
    world.neighbours.know(&driver, 1);
    let start = json!({"tripId": trip});
    let me = people::driver(DRIVER);
    assert_eq!(world.refused(&me, "startTrip", start).await.0, "TRIP_CONSTRAINT", "on a break");
    driver["openAttendance"] = shift(json!([{"endTime": "2026-01-27T05:00:00Z"}]));
    driver["openAttendance"]["version"] = json!(5);
    world.neighbours.know(&driver, 1);
    assert_eq!(world.drive(DRIVER, "startTrip", &trip).await["status"], "STARTED");
}

#[tokio::test]
async fn a_driver_starts_without_a_check_in_where_none_is_asked_for() {
    let world = World::with(trip::Config { require_check_in: false, ..trip::Config::default() }).await;
    world.on_roster_off_duty(DRIVER).await;
    let trip = world.dispatched(DRIVER).await;
    world.pass(24 * 60);
    assert_eq!(world.drive(DRIVER, "startTrip", &trip).await["status"], "STARTED");
}

#[tokio::test]
async fn checking_out_ends_the_shift() {
    let world = World::new().await;
    world.on_roster_off_duty(DRIVER).await;
    world.deliver(&event("attendance.checked_out", uuid(0x71), 5, attendance("CHECKED_OUT", false))).await;
    assert_eq!(world.count("SELECT count(*) FROM assignment WHERE status = 'ACTIVE'").await, 0);
    assert_eq!(world.count("SELECT count(*) FROM assignment WHERE end_reason = 'Checked out'").await, 1);
}

#[tokio::test]
async fn a_closed_fleet_gets_no_new_trips_and_shifts() {
    let world = World::new().await;
    world.on_roster(DRIVER).await;
    let open = world.dispatched(DRIVER).await;
    let closed = json!({"fleetId": id(FLEET_A), "status": "INACTIVE"});
    world.neighbours.know(&closed, 2);
    world.deliver(&event("fleet.deactivated", uuid(FLEET_A), 2, closed)).await;
    let manager = people::manager(FLEET_A);
    let constraint = |field: &str| ("TRIP_CONSTRAINT".to_owned(), field.to_owned());
    assert_eq!(world.refused(&manager, "createTrip", world.journey()).await, constraint("fleetId"));
    world.driver(0x12).await;
    world.vehicle(0x22).await;
    let pair = json!({"driverId": id(0x12), "vehicleId": id(0x22)});
    assert_eq!(world.refused(&manager, "createAssignment", pair).await, constraint("driverId"));
    world.pass(24 * 60);
    assert_eq!(world.drive(DRIVER, "startTrip", &open).await["status"], "STARTED", "what is booked goes on");
    // Open again; the event is still on its way.
    world.neighbours.know(&json!({"fleetId": id(FLEET_A), "status": "ACTIVE"}), 3);
    world.booked().await;
    let mut nowhere = world.journey();
    nowhere["fleetId"] = json!(id(0x77));
    let unknown = world.refused(&people::super_admin(), "createTrip", nowhere).await;
    assert_eq!(unknown, ("NOT_FOUND".to_owned(), "fleetId".to_owned()));
}

#[tokio::test]
async fn copies_that_are_wrong_are_repaired_from_their_owners() {
    let world = World::new().await;
    world.on_roster(DRIVER).await;
    let damage =
        "UPDATE driver_ref SET status = 'SUSPENDED', name = 'Wrong'; UPDATE vehicle_ref SET number = 'Wrong'";
    sqlx::raw_sql(damage).execute(&world.db.pool).await.unwrap();
    world.neighbours.know(&driver_payload(DRIVER, FLEET_A, Some(HUB_A1)), 1);
    world.neighbours.know(&vehicle_payload(DRIVER + 0x1000, FLEET_A, Some(HUB_A1)), 1);
    assert_eq!(world.resync().await, 2);
    assert_eq!(name_of(&world).await, "Driver 11");
    // What is newer here than the owner's answer stays.
    world.deliver(&event("driver.updated", uuid(DRIVER), 2, named("Newer"))).await;
    world.resync().await;
    assert_eq!(name_of(&world).await, "Newer");
}

#[tokio::test]
async fn a_driver_who_leaves_the_fleet_leaves_its_roster_and_trips() {
    let world = World::new().await;
    world.on_roster(DRIVER).await;
    world.dispatched(DRIVER).await;
    let elsewhere = driver_payload(DRIVER, FLEET_B, None);
    world.deliver(&event("driver.updated", uuid(DRIVER), 2, elsewhere)).await;
    assert_eq!(world.count("SELECT count(*) FROM assignment WHERE status = 'ACTIVE'").await, 0);
    assert_eq!(
        world.count("SELECT count(*) FROM trip WHERE status = 'CREATED' AND driver_id IS NULL").await,
        1
    );
}

#[tokio::test]
async fn a_driver_who_moved_here_a_moment_ago_is_found() {
    let world = World::new().await;
    world.driver_at(DRIVER, FLEET_B, None).await;
    world.vehicle(0x21).await;
    let pair = json!({"driverId": id(DRIVER), "vehicleId": id(0x21)});
    let manager = people::manager(FLEET_A);
    let refused = world.refused(&manager, "createAssignment", pair.clone()).await;
    assert_eq!(refused, ("NOT_FOUND".to_owned(), "driverId".to_owned()));
    world.neighbours.know(&driver_payload(DRIVER, FLEET_A, Some(HUB_A1)), 2);
    world.act(&manager, ("createAssignment", "id"), pair).await;
}

#[tokio::test]
async fn repaired_copies_have_the_consequences_that_their_events_would_have_had() {
    let world = World::new().await;
    world.on_roster(DRIVER).await;
    world.on_roster(0x12).await;
    world.dispatched(DRIVER).await;
    // The events of both were lost.
    let mut suspended = driver_payload(DRIVER, FLEET_A, Some(HUB_A1));
    suspended["status"] = json!("SUSPENDED");
    world.neighbours.know(&suspended, 2);
    let mut resting = vehicle_payload(0x1012, FLEET_A, Some(HUB_A1));
    resting["status"] = json!("MAINTENANCE");
    world.neighbours.know(&resting, 2);
    world.resync().await;
    assert_eq!(world.count("SELECT count(*) FROM assignment WHERE status = 'ACTIVE'").await, 0);
    assert_eq!(world.count("SELECT count(*) FROM trip WHERE status = 'CREATED'").await, 1);
    let told =
        "SELECT count(*) FROM outbox WHERE event_type IN ('assignment.ended', 'trip.driver_unassigned')";
    assert_eq!(world.count(told).await, 3);
    // The events come after all: nothing happens twice.
    world.deliver(&event("driver.status_changed", uuid(DRIVER), 2, suspended)).await;
    assert_eq!(world.count(told).await, 3);
}

#[tokio::test]
async fn a_driver_who_leaves_the_fleet_off_the_roster_leaves_its_trips_too() {
    let world = World::new().await;
    let shift = world.on_roster(DRIVER).await;
    world.dispatched(DRIVER).await;
    let end = json!({"assignmentId": shift});
    world.act(&people::manager(FLEET_A), ("endAssignment", "id"), end).await;
    world.deliver(&event("driver.updated", uuid(DRIVER), 2, driver_payload(DRIVER, FLEET_B, None))).await;
    assert_eq!(world.count("SELECT count(*) FROM trip WHERE driver_id IS NULL").await, 1);
}

#[tokio::test]
async fn who_checks_out_on_the_way_leaves_the_roster_with_the_trip() {
    let world = World::new().await;
    world.on_roster_off_duty(DRIVER).await;
    let trip = world.dispatched(DRIVER).await;
    world.deliver(&event("attendance.approved", uuid(0x71), 2, attendance("APPROVED", false))).await;
    world.pass(26 * 60);
    world.drive(DRIVER, "startTrip", &trip).await;
    let mut left = attendance("CHECKED_OUT", false);
    left["checkOutTime"] = json!(world.clock.now());
    world.deliver(&event("attendance.checked_out", uuid(0x71), 5, left)).await;
    assert_eq!(world.count("SELECT count(*) FROM assignment WHERE status = 'ACTIVE'").await, 1);
    for step in ["markArrived", "onboardPassenger", "completeTrip"] {
        world.drive(DRIVER, step, &trip).await;
    }
    assert_eq!(world.count("SELECT count(*) FROM assignment WHERE end_reason = 'Checked out'").await, 1);
}

#[tokio::test]
async fn yesterdays_check_out_that_comes_late_does_not_end_todays_shift() {
    let world = World::new().await;
    world.on_roster_off_duty(DRIVER).await;
    let mut yesterdays = attendance("CHECKED_OUT", false);
    yesterdays["checkInTime"] = json!("2026-01-26T03:00:00Z");
    yesterdays["checkOutTime"] = json!("2026-01-26T12:00:00Z");
    world.deliver(&event("attendance.checked_out", uuid(0x71), 5, yesterdays)).await;
    assert_eq!(world.count("SELECT count(*) FROM assignment WHERE status = 'ACTIVE'").await, 1);
}
