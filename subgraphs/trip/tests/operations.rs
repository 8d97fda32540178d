//! The dashboard and the roster of a day.

use serde_json::{Value, json};

use crate::support::people::{self, FLEET_A, HUB_A1, HUB_A2, id, uuid};
use crate::support::{World, event};

const SUMMARY: &str = "query ($fleet: ID, $date: NaiveDate) { operationsSummary(fleetId: $fleet, date: $date) { date \
    stats { tripsToday activeNow unassigned completedToday cancelledToday noShowToday revenueToday { amountPaise } } \
    unassignedTrips { id } upcomingTrips { id } } }";

#[tokio::test]
async fn the_dashboard_counts_an_indian_day() {
    let world = World::new().await;
    world.on_roster(0x11).await;
    let done = world.dispatched(0x11).await;
    world.pass(26 * 60);
    for step in ["startTrip", "markArrived", "onboardPassenger", "completeTrip"] {
        world.drive(0x11, step, &done).await;
    }
    let manager = people::manager(FLEET_A);
    let gone = world.booked().await;
    world.act(&manager, ("cancelTrip", "id"), json!({"tripId": gone, "reason": "r"})).await;
    let mut soon = world.journey();
    soon["pickupTime"] = json!(world.clock.now() + chrono::TimeDelta::hours(5));
    let soon = world.booked_by(&manager, soon).await;
    let found = world.ok(&manager, SUMMARY, json!({"fleet": id(FLEET_A)})).await;
    let expected = json!({
        "date": "2026-01-28",
        "stats": {
            "tripsToday": 2, "activeNow": 1, "unassigned": 1, "completedToday": 1, "cancelledToday": 0, "noShowToday": 0,
            "revenueToday": {"amountPaise": 74_100},
        },
        "unassignedTrips": [{"id": soon}],
        "upcomingTrips": [{"id": soon}],
    });
    assert_eq!(found["operationsSummary"], expected);
    let yesterday = world.ok(&manager, SUMMARY, json!({"date": "2026-01-27"})).await;
    assert_eq!(yesterday["operationsSummary"]["stats"]["revenueToday"]["amountPaise"], 0);
    let elsewhere = world.ok(&people::operations(FLEET_A, &[HUB_A2]), SUMMARY, json!({})).await;
    assert_eq!(elsewhere["operationsSummary"]["stats"]["completedToday"], 0);
}

#[tokio::test]
async fn the_roster_shows_drivers_vehicles_and_check_ins() {
    let world = World::new().await;
    world.on_roster_off_duty(0x11).await;
    world.driver(0x12).await;
    world.vehicle(0x22).await;
    let check_in = json!({
        "attendanceId": id(0x71), "driverId": id(0x11), "status": "APPROVED", "checkInTime": "2026-01-27T03:00:00Z",
        "checkOutTime": Value::Null, "onBreak": false,
    });
    world.deliver(&event("attendance.approved", uuid(0x71), 2, check_in)).await;
    let query = "query ($fleet: ID!, $date: NaiveDate) { roster(fleetId: $fleet, date: $date) { date freeVehicles { id } \
        entries { driver { id } name assignments { vehicle { id } status } attendance { status onBreak } } } }";
    let operator = people::operations(FLEET_A, &[HUB_A1]);
    let found = world.ok(&operator, query, json!({"fleet": id(FLEET_A)})).await;
    let expected = json!({
        "date": "2026-01-27",
        "freeVehicles": [{"id": id(0x22)}],
        "entries": [
            {
                "driver": {"id": id(0x11)}, "name": "Driver 11",
                "assignments": [{"vehicle": {"id": id(0x1011)}, "status": "ACTIVE"}],
                "attendance": {"status": "APPROVED", "onBreak": false},
            },
            {"driver": {"id": id(0x12)}, "name": "Driver 12", "assignments": [], "attendance": null},
        ],
    });
    assert_eq!(found["roster"], expected);
    let before = world.ok(&operator, query, json!({"fleet": id(FLEET_A), "date": "2026-01-26"})).await;
    assert_eq!(before["roster"]["entries"][0]["assignments"], json!([]));
}

#[tokio::test]
async fn who_checked_in_before_midnight_is_on_the_roster_after_it() {
    let world = World::new().await;
    world.driver(0x11).await;
    let hear = async |status: &str, version: i64, left: Value| {
        let check_in = json!({
            "attendanceId": id(0x71), "driverId": id(0x11), "status": status, "checkInTime": "2026-01-26T16:30:00Z",
            "checkOutTime": left, "onBreak": false,
        });
        world.deliver(&event("attendance.approved", uuid(0x71), version, check_in)).await;
    };
    let query = "query ($fleet: ID!, $date: NaiveDate!) { roster(fleetId: $fleet, date: $date) \
        { entries { attendance { status } } } }";
    let on = async |date: &str| {
        let variables = json!({"fleet": id(FLEET_A), "date": date});
        let found = world.ok(&people::manager(FLEET_A), query, variables).await;
        found["roster"]["entries"][0]["attendance"]["status"].clone()
    };
    // From 22:00 on the 26th to 06:00 on the 27th, in India.
    hear("APPROVED", 2, Value::Null).await;
    assert_eq!(on("2026-01-25").await, Value::Null);
    assert_eq!(on("2026-01-26").await, "APPROVED");
    assert_eq!(on("2026-01-27").await, "APPROVED");
    hear("CHECKED_OUT", 3, json!("2026-01-27T00:30:00Z")).await;
    assert_eq!(on("2026-01-27").await, "CHECKED_OUT");
    assert_eq!(on("2026-01-28").await, Value::Null);
}
