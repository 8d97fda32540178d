//! The roster: who may be paired, and that nobody is twice.

use futures_util::future::join_all;
use serde_json::json;

use crate::support::people::{
    self, FLEET_A, FLEET_B, HUB_A1, HUB_A2, driver_payload, id, uuid, vehicle_payload,
};
use crate::support::{World, event};

const FIELDS: &str =
    "id shortId status startTime endTime endReason version fleet { id } driver { id } vehicle { id }";

fn pair(driver: u128, vehicle: u128) -> serde_json::Value {
    json!({"driverId": id(driver), "vehicleId": id(vehicle)})
}

#[tokio::test]
async fn a_driver_and_a_vehicle_go_on_the_roster_and_come_off_it() {
    let world = World::new().await;
    world.driver(0x11).await;
    world.vehicle(0x21).await;
    let manager = people::manager(FLEET_A);
    let made = world.act(&manager, ("createAssignment", FIELDS), pair(0x11, 0x21)).await;
    assert_eq!(made["status"], "ACTIVE");
    assert_eq!(made["shortId"], "ASN20260127001");
    assert_eq!(made["fleet"]["id"], id(FLEET_A));
    world.pass(60);
    let input = json!({"assignmentId": made["id"], "reason": "End of shift"});
    let ended = world.act(&manager, ("endAssignment", FIELDS), input.clone()).await;
    assert_eq!((ended["status"].as_str(), ended["version"].as_i64()), (Some("ENDED"), Some(2)));
    assert_eq!(ended["endTime"], "2026-01-27T07:00:00+00:00");
    world.pass(60);
    let again = world.act(&manager, ("endAssignment", FIELDS), input).await;
    assert_eq!(again, ended, "a second end changes nothing");
    let types: Vec<String> = world.told().await.into_iter().map(|(event_type, _)| event_type).collect();
    assert_eq!(types, ["assignment.started", "assignment.ended"]);
    world.act(&manager, ("createAssignment", FIELDS), pair(0x11, 0x21)).await;
}

#[tokio::test]
async fn nobody_is_on_the_roster_twice() {
    let world = World::new().await;
    world.on_roster(0x11).await;
    world.driver(0x12).await;
    world.vehicle(0x22).await;
    let manager = people::manager(FLEET_A);
    let conflict = |field: &str| ("CONFLICT".to_owned(), field.to_owned());
    assert_eq!(world.refused(&manager, "createAssignment", pair(0x11, 0x22)).await, conflict("driverId"));
    assert_eq!(world.refused(&manager, "createAssignment", pair(0x12, 0x1011)).await, conflict("vehicleId"));
}

#[tokio::test]
async fn of_fifty_parallel_assignments_of_one_vehicle_one_is_active() {
    let world = World::new().await;
    world.vehicle(0x21).await;
    for number in 0..50 {
        world.driver(0x100 + number).await;
    }
    let manager = people::manager(FLEET_A);
    let query = "mutation ($input: CreateAssignmentInput!) { createAssignment(input: $input) { id } }";
    let answers = join_all(
        (0..50).map(|number| world.ask(&manager, query, json!({"input": pair(0x100 + number, 0x21)}))),
    )
    .await;
    let conflicts =
        answers.iter().filter(|answer| answer["errors"][0]["extensions"]["code"] == "CONFLICT").count();
    let made = answers.iter().filter(|answer| answer.get("errors").is_none()).count();
    assert_eq!((made, conflicts), (1, 49));
    assert_eq!(world.count("SELECT count(*) FROM assignment WHERE status = 'ACTIVE'").await, 1);
    assert_eq!(world.count("SELECT count(*) FROM outbox WHERE event_type = 'assignment.started'").await, 1);
}

#[tokio::test]
async fn only_those_who_may_work_together_are_paired() {
    let world = World::new().await;
    let manager = people::manager(FLEET_A);
    let constraint = |field: &str| ("TRIP_CONSTRAINT".to_owned(), field.to_owned());
    let validation = |field: &str| ("VALIDATION".to_owned(), field.to_owned());
    world.driver(0x11).await;
    world.vehicle(0x21).await;
    let mut pending = driver_payload(0x12, FLEET_A, Some(HUB_A1));
    pending["kycStatus"] = json!("PENDING");
    world.deliver(&event("driver.created", uuid(0x12), 1, pending)).await;
    assert_eq!(world.refused(&manager, "createAssignment", pair(0x12, 0x21)).await, constraint("driverId"));
    let mut suspended = driver_payload(0x13, FLEET_A, Some(HUB_A1));
    suspended["status"] = json!("SUSPENDED");
    world.deliver(&event("driver.created", uuid(0x13), 1, suspended)).await;
    assert_eq!(world.refused(&manager, "createAssignment", pair(0x13, 0x21)).await, constraint("driverId"));
    let mut expired = vehicle_payload(0x22, FLEET_A, Some(HUB_A1));
    expired["insuranceExpiry"] = json!("2026-01-26");
    world.deliver(&event("vehicle.created", uuid(0x22), 1, expired)).await;
    assert_eq!(world.refused(&manager, "createAssignment", pair(0x11, 0x22)).await, constraint("vehicleId"));
    world.vehicle_at(0x23, FLEET_A, Some(HUB_A2)).await;
    assert_eq!(world.refused(&manager, "createAssignment", pair(0x11, 0x23)).await, validation("vehicleId"));
    world.vehicle_at(0x24, FLEET_B, None).await;
    let super_admin = people::super_admin();
    assert_eq!(
        world.refused(&super_admin, "createAssignment", pair(0x11, 0x24)).await,
        validation("vehicleId")
    );
}

#[tokio::test]
async fn an_operator_pairs_within_their_hubs() {
    let world = World::new().await;
    world.driver(0x11).await;
    world.vehicle_at(0x21, FLEET_A, None).await;
    world.vehicle(0x22).await;
    let not_found = |field: &str| ("NOT_FOUND".to_owned(), field.to_owned());
    let elsewhere = people::operations(FLEET_A, &[HUB_A2]);
    assert_eq!(world.refused(&elsewhere, "createAssignment", pair(0x11, 0x22)).await, not_found("driverId"));
    let here = people::operations(FLEET_A, &[HUB_A1]);
    assert_eq!(world.refused(&here, "createAssignment", pair(0x11, 0x21)).await, not_found("vehicleId"));
    world.act(&here, ("createAssignment", FIELDS), pair(0x11, 0x22)).await;
}

#[tokio::test]
async fn swapping_a_vehicle_ends_one_shift_and_begins_another() {
    let world = World::new().await;
    let old = world.on_roster(0x11).await;
    world.vehicle(0x21).await;
    let input = json!({"assignmentId": old, "vehicleId": id(0x21)});
    let new = world.act(&people::manager(FLEET_A), ("swapVehicle", FIELDS), input).await;
    assert_eq!(new["vehicle"]["id"], id(0x21));
    assert_eq!(world.count("SELECT count(*) FROM assignment WHERE status = 'ACTIVE'").await, 1);
    assert_eq!(world.count("SELECT count(*) FROM assignment WHERE end_reason = 'Vehicle swapped'").await, 1);
}

#[tokio::test]
async fn a_trip_is_driven_with_the_vehicle_of_the_shift() {
    let world = World::new().await;
    let old = world.on_roster(0x11).await;
    let trip = world.dispatched(0x11).await;
    world.vehicle(0x21).await;
    let input = json!({"assignmentId": old, "vehicleId": id(0x21)});
    let new = world.act(&people::manager(FLEET_A), ("swapVehicle", FIELDS), input).await;
    world.pass(24 * 60);
    let started = world.drive(0x11, "startTrip", &trip).await;
    assert_eq!(started["vehicle"]["id"], id(0x21));
    assert_eq!(started["assignment"]["id"], new["id"]);
}

#[tokio::test]
async fn a_shift_does_not_end_while_a_trip_is_under_way() {
    let world = World::new().await;
    let shift = world.on_roster(0x11).await;
    let trip = world.dispatched(0x11).await;
    world.pass(24 * 60);
    world.drive(0x11, "startTrip", &trip).await;
    let end = world.refused(&people::manager(FLEET_A), "endAssignment", json!({"assignmentId": shift})).await;
    assert_eq!(end, ("TRIP_CONSTRAINT".to_owned(), "assignmentId".to_owned()));
}

#[tokio::test]
async fn ending_what_has_ended_changes_nothing_whatever_the_driver_does_now() {
    let world = World::new().await;
    let old = world.on_roster(0x11).await;
    let manager = people::manager(FLEET_A);
    let end = json!({"assignmentId": old});
    let ended = world.act(&manager, ("endAssignment", FIELDS), end.clone()).await;
    world.act(&manager, ("createAssignment", "id"), pair(0x11, 0x1011)).await;
    let trip = world.dispatched(0x11).await;
    world.pass(24 * 60);
    world.drive(0x11, "startTrip", &trip).await;
    assert_eq!(world.act(&manager, ("endAssignment", FIELDS), end).await, ended);
}

#[tokio::test]
async fn a_vehicle_whose_new_papers_are_on_the_way_is_swapped_in() {
    let world = World::new().await;
    let old = world.on_roster(0x11).await;
    let mut expired = vehicle_payload(0x21, FLEET_A, Some(HUB_A1));
    expired["insuranceExpiry"] = json!("2026-01-26");
    world.deliver(&event("vehicle.created", uuid(0x21), 1, expired)).await;
    let manager = people::manager(FLEET_A);
    let swap = json!({"assignmentId": old, "vehicleId": id(0x21)});
    let refused = world.refused(&manager, "swapVehicle", swap.clone()).await;
    assert_eq!(refused, ("TRIP_CONSTRAINT".to_owned(), "vehicleId".to_owned()));
    world.neighbours.know(&vehicle_payload(0x21, FLEET_A, Some(HUB_A1)), 2);
    let new = world.act(&manager, ("swapVehicle", FIELDS), swap).await;
    assert_eq!(new["vehicle"]["id"], id(0x21));
}

#[tokio::test]
async fn a_trip_is_made_from_a_shift_whose_drivers_news_is_on_the_way() {
    let world = World::new().await;
    let shift = world.on_roster(0x11).await;
    let mut off = driver_payload(0x11, FLEET_A, Some(HUB_A1));
    off["isForcedUnavailable"] = json!(true);
    world.deliver(&event("driver.updated", uuid(0x11), 2, off)).await;
    let manager = people::manager(FLEET_A);
    let input = json!({"assignmentId": shift, "originCity": "NOIDA", "pickupLocation": "Sector 62", "distanceKm": 12});
    let refused = world.refused(&manager, "createTripFromAssignment", input.clone()).await;
    assert_eq!(refused, ("TRIP_CONSTRAINT".to_owned(), "driverId".to_owned()));
    world.neighbours.know(&driver_payload(0x11, FLEET_A, Some(HUB_A1)), 3);
    world.act(&manager, ("createTripFromAssignment", "id"), input).await;
}
