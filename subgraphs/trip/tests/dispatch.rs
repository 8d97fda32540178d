//! Giving trips to drivers: who may be sent, who is first, and what becomes of those who are replaced.

use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::support::World;
use crate::support::day::TRIP;
use crate::support::event;
use crate::support::people::{self, FLEET_A, FLEET_B, HUB_A1, HUB_A2, HUB_B1, driver_payload, id, uuid};

fn pair(code: &str, field: &str) -> (String, String) {
    (code.to_owned(), field.to_owned())
}

async fn reasons(world: &World, trip: &str, driver: u128) -> Value {
    let query = "mutation ($input: AssignDriverInput!) { assignDriver(input: $input) { id } }";
    let input = json!({"input": {"tripId": trip, "driverId": id(driver)}});
    let answer = world.ask(&people::super_admin(), query, input).await;
    answer["errors"][0]["extensions"]["details"]["reasons"].clone()
}

#[tokio::test]
async fn a_refusal_says_everything_that_speaks_against_a_driver() {
    let world = World::new().await;
    let trip = world.booked().await;
    let mut unfit = driver_payload(0x11, FLEET_A, Some(HUB_A1));
    unfit["kycStatus"] = json!("REJECTED");
    unfit["isForcedUnavailable"] = json!(true);
    world.deliver(&event("driver.created", uuid(0x11), 1, unfit)).await;
    let expected = json!(["KYC_NOT_APPROVED", "DRIVER_UNAVAILABLE", "NO_ROSTER_ASSIGNMENT"]);
    assert_eq!(reasons(&world, &trip, 0x11).await, expected);
    world.on_roster_at(0x12, FLEET_B, Some(HUB_B1)).await;
    assert_eq!(reasons(&world, &trip, 0x12).await, json!(["OTHER_FLEET"]));
}

#[tokio::test]
async fn of_two_dispatchers_with_one_driver_one_wins() {
    let world = World::new().await;
    world.on_roster(0x11).await;
    let (one, two) = (world.booked().await, world.booked().await);
    let manager = people::manager(FLEET_A);
    let query = "mutation ($input: AssignDriverInput!) { assignDriver(input: $input) { id } }";
    let given =
        |trip: &str| world.ask(&manager, query, json!({"input": {"tripId": trip, "driverId": id(0x11)}}));
    let answers = join_all([given(&one), given(&two), given(&one), given(&two)]).await;
    let won = answers.iter().filter(|answer| answer.get("errors").is_none()).count();
    assert_eq!(won, 1, "{answers:?}");
    assert_eq!(world.count("SELECT count(*) FROM trip_assignment WHERE status = 'ASSIGNED'").await, 1);
    assert_eq!(world.count("SELECT count(*) FROM trip WHERE status = 'DRIVER_ASSIGNED'").await, 1);
}

#[tokio::test]
async fn of_two_dispatchers_with_one_trip_one_wins() {
    let world = World::new().await;
    let drivers: Vec<u128> = (0x11..0x19).collect();
    for driver in &drivers {
        world.on_roster(*driver).await;
    }
    let trip = world.booked().await;
    let manager = people::manager(FLEET_A);
    let query = "mutation ($input: AssignDriverInput!) { assignDriver(input: $input) { id } }";
    let answers = join_all(drivers.iter().map(|driver| {
        world.ask(&manager, query, json!({"input": {"tripId": trip, "driverId": id(*driver)}}))
    }))
    .await;
    let codes: Vec<&str> =
        answers.iter().filter_map(|answer| answer["errors"][0]["extensions"]["code"].as_str()).collect();
    let lost = |code: &&&str| ["INVALID_TRANSITION", "STALE_VERSION"].contains(*code);
    assert_eq!(codes.iter().filter(lost).count(), 7, "{answers:?}");
    assert_eq!(world.count("SELECT count(*) FROM trip_assignment").await, 1);
}

#[tokio::test]
async fn a_replaced_driver_cannot_run_the_trip() {
    let world = World::new().await;
    world.on_roster(0x11).await;
    world.on_roster(0x12).await;
    let trip = world.dispatched(0x11).await;
    let manager = people::manager(FLEET_A);
    let input = json!({"tripId": trip, "driverId": id(0x12), "reason": "Nearer"});
    let given = world.act(&manager, ("reassignDriver", TRIP), input.clone()).await;
    assert_eq!((given["driver"]["id"].clone(), given["version"].clone()), (json!(id(0x12)), json!(3)));
    assert_eq!(world.refused(&manager, "reassignDriver", input).await, pair("CONFLICT", "driverId"));
    world.pass(24 * 60);
    let start = json!({"tripId": trip});
    assert_eq!(world.refused(&people::driver(0x11), "startTrip", start).await.0, "NOT_FOUND");
    world.drive(0x12, "startTrip", &trip).await;
    let (event_type, payload) =
        world.told().await.into_iter().rfind(|(name, _)| name == "trip.driver_assigned").unwrap();
    assert_eq!(
        (event_type.as_str(), payload["previousDriverId"].clone()),
        ("trip.driver_assigned", json!(id(0x11)))
    );
    let query = "query ($id: ID!) { trip(id: $id) { dispatchHistory { status driver { id } reason } } }";
    let found = world.ok(&manager, query, json!({"id": trip})).await;
    let expected = json!([
        {"status": "UNASSIGNED", "driver": {"id": id(0x11)}, "reason": "Nearer"},
        {"status": "ASSIGNED", "driver": {"id": id(0x12)}, "reason": null},
    ]);
    assert_eq!(found["trip"]["dispatchHistory"], expected);
}

#[tokio::test]
async fn a_trip_is_taken_back_until_boarding_and_can_be_given_again() {
    let world = World::new().await;
    world.on_roster(0x11).await;
    let trip = world.dispatched(0x11).await;
    let manager = people::manager(FLEET_A);
    let back = json!({"tripId": trip, "reason": "Flat tyre"});
    assert_eq!(
        world.refused(&manager, "unassignDriver", json!({"tripId": trip, "reason": " "})).await,
        pair("VALIDATION", "reason")
    );
    world.pass(26 * 60);
    world.drive(0x11, "startTrip", &trip).await;
    world.drive(0x11, "markArrived", &trip).await;
    let free = world
        .act(&manager, ("unassignDriver", "status driver { id } startedAt arrivedAt"), back.clone())
        .await;
    assert_eq!(free, json!({"status": "CREATED", "driver": null, "startedAt": null, "arrivedAt": null}));
    world.assign(&trip, 0x11).await;
    world.drive(0x11, "startTrip", &trip).await;
    world.drive(0x11, "markArrived", &trip).await;
    world.drive(0x11, "onboardPassenger", &trip).await;
    assert_eq!(world.refused(&manager, "unassignDriver", back).await.0, "INVALID_TRANSITION");
}

#[tokio::test]
async fn an_operator_sends_drivers_of_their_hubs_only() {
    let world = World::new().await;
    world.on_roster(0x11).await;
    world.on_roster_at(0x12, FLEET_A, Some(HUB_A2)).await;
    let trip = world.booked().await;
    let here = people::operations(FLEET_A, &[HUB_A1]);
    let give = |driver| json!({"tripId": trip, "driverId": id(driver)});
    assert_eq!(world.refused(&here, "assignDriver", give(0x12)).await, pair("NOT_FOUND", "driverId"));
    world.act(&here, ("assignDriver", "id"), give(0x11)).await;
    let elsewhere = people::operations(FLEET_A, &[HUB_A2]);
    let cancel = json!({"tripId": trip, "reason": "No"});
    assert_eq!(world.refused(&elsewhere, "cancelTrip", cancel).await.0, "NOT_FOUND");
}

#[tokio::test]
async fn a_stale_version_is_refused() {
    let world = World::new().await;
    world.on_roster(0x11).await;
    let trip = world.dispatched(0x11).await;
    let stale = json!({"tripId": trip, "reason": "No", "expectedVersion": 1});
    assert_eq!(world.refused(&people::manager(FLEET_A), "cancelTrip", stale).await.0, "STALE_VERSION");
}

#[tokio::test]
async fn candidates_come_fit_ones_first_with_what_speaks_against_the_others() {
    let world = World::new().await;
    world.on_roster(0x12).await;
    world.driver(0x11).await;
    world.on_roster_at(0x13, FLEET_B, Some(HUB_B1)).await;
    let trip = world.booked().await;
    let query = "query ($id: ID!, $fit: Boolean) { dispatchCandidates(tripId: $id, onlyFit: $fit) \
        { driver { id } vehicleNumber isFit obstacles } }";
    let found = world.ok(&people::manager(FLEET_A), query, json!({"id": trip})).await;
    let expected = json!([
        {"driver": {"id": id(0x12)}, "vehicleNumber": "DL01AB1012", "isFit": true, "obstacles": []},
        {"driver": {"id": id(0x11)}, "vehicleNumber": null, "isFit": false, "obstacles": ["NO_ROSTER_ASSIGNMENT"]},
    ]);
    assert_eq!(found["dispatchCandidates"], expected);
    let fit = world.ok(&people::manager(FLEET_A), query, json!({"id": trip, "fit": true})).await;
    assert_eq!(fit["dispatchCandidates"].as_array().unwrap().len(), 1);
    let elsewhere = people::operations(FLEET_A, &[HUB_A2]);
    let none = world.ok(&elsewhere, query, json!({"id": trip})).await;
    assert_eq!(none["dispatchCandidates"], json!([]));
}

#[tokio::test]
async fn a_trip_of_the_pool_takes_the_fleet_of_its_driver() {
    let world = World::new().await;
    world.on_roster(0x11).await;
    let pool = world.booked_by(&people::super_admin(), world.journey()).await;
    let query = "query ($id: ID!) { trip(id: $id) { fleet { id } } }";
    let unseen = world.ok(&people::manager(FLEET_A), query, json!({"id": pool})).await;
    assert_eq!(unseen["trip"], Value::Null);
    let give = json!({"tripId": pool, "driverId": id(0x11)});
    let given = world.act(&people::super_admin(), ("assignDriver", TRIP), give).await;
    assert_eq!(given["fleet"]["id"], id(FLEET_A));
    let seen = world.ok(&people::manager(FLEET_A), query, json!({"id": pool})).await;
    assert_eq!(seen["trip"]["fleet"]["id"], id(FLEET_A));
}
