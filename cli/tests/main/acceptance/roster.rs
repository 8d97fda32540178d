//! Scenario 3: who comes first gets the vehicle, and the driver.

use chrono::Duration;
use drivers_klub::client::Failure;
use drivers_klub::story::{Driver, Fleet, booking, documents as doc, expect, text};
use futures_util::future::{join_all, try_join_all};
use serde_json::{Value, json};

use super::support::{Crew, Stage};

fn outcomes(answers: &[Value], field: &str) -> (usize, usize) {
    let done = answers.iter().filter(|answer| answer["data"][field]["id"].is_string()).count();
    let conflicts = answers.iter().filter(|answer| answer["errors"][0]["extensions"]["code"] == "CONFLICT");
    (done, conflicts.count())
}

async fn drivers(fleet: &Fleet, how_many: usize) -> Result<Vec<Driver>, Failure> {
    let mut drivers = Vec::new();
    while drivers.len() < how_many {
        let at_once = (how_many - drivers.len()).min(10);
        drivers.extend(
            try_join_all((0..at_once).map(|_| fleet.hire_a_driver("Vikram Singh", &fleet.hub))).await?,
        );
    }
    Ok(drivers)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn scenario_03_of_fifty_parallel_assignments_of_one_vehicle_one_is_active() -> Result<(), Failure> {
    let stage = Stage::open().await?;
    let fleet = stage.company.found_a_fleet("Green Wheels").await?;
    let vehicle = fleet.buy_a_cab(&fleet.hub).await?;
    let drivers = drivers(&fleet, 50).await?;
    let attempts = drivers.iter().map(|driver| {
        let input = json!({ "driverId": driver.id, "vehicleId": vehicle });
        fleet.manager.send(doc::CREATE_ASSIGNMENT, json!({ "input": input }))
    });
    let answers: Vec<Value> = join_all(attempts).await.into_iter().collect::<Result<_, _>>()?;
    expect("active and CONFLICT", outcomes(&answers, "createAssignment"), (1, 49))?;
    let active = "query($vehicle: ID!) { assignments(first: 100, filter: { vehicleId: $vehicle }) { nodes { status } } }";
    let active = fleet.manager.ask(active, json!({ "vehicle": vehicle })).await?;
    expect("what the roster shows", &active["assignments"]["nodes"], &json!([{ "status": "ACTIVE" }]))?;
    stage.close().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn scenario_03_of_two_dispatchers_one_gets_the_driver() -> Result<(), Failure> {
    let stage = Stage::open().await?;
    let Crew { fleet, driver, .. } = Crew::assemble(&stage.company, false).await?;
    let other = stage.company.hire(&stage.company.admin, "MANAGER", &fleet.id, &[]).await?.client;
    // Ten rounds, each with two trips at the same hour: the driver can have one of them.
    for round in 0..10 {
        let pickup = stage.clock.now() + Duration::hours(30 + 6 * round);
        let trips = [fleet.book(booking(pickup)).await?, fleet.book(booking(pickup)).await?];
        let input = |trip: &Value| json!({ "input": { "tripId": trip["id"], "driverId": driver.id } });
        let (one, two) = tokio::join!(
            fleet.manager.send(doc::ASSIGN_DRIVER, input(&trips[0])),
            other.send(doc::ASSIGN_DRIVER, input(&trips[1]))
        );
        let answers = [one?, two?];
        let done = answers.iter().filter(|answer| answer["data"]["assignDriver"]["id"].is_string()).count();
        let code = |answer: &Value| answer["errors"][0]["extensions"]["code"].as_str().map(str::to_owned);
        let codes: Vec<String> = answers.iter().filter_map(code).collect();
        expect(&format!("round {round}: {answers:?}"), (done, codes.len()), (1, 1))?;
        if codes[0] != "TRIP_CONSTRAINT" && codes[0] != "CONFLICT" {
            return Err(format!("the second dispatcher is told {}", codes[0]));
        }
        // The trip that got nobody makes room for the next round.
        let spare = trips.iter().zip(&answers).find(|(_, answer)| answer["errors"].is_array());
        let spare = text(spare.ok_or("nobody was refused")?.0, "/id")?;
        let cancel = "mutation($input: TripReasonInput!) { cancelTrip(input: $input) { status } }";
        fleet.manager.ask(cancel, json!({ "input": { "tripId": spare, "reason": "No driver" } })).await?;
    }
    stage.close().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn scenario_03_a_trip_is_dispatched_once_however_many_try() -> Result<(), Failure> {
    let stage = Stage::open().await?;
    let first = Crew::assemble(&stage.company, false).await?;
    let fleet = &first.fleet;
    let second = Crew::join(fleet, "Farhan Khan", false).await?;
    let trip = fleet.book(booking(stage.clock.now() + Duration::hours(30))).await?;
    let attempts = (0..10).map(|number| {
        let driver = if number % 2 == 0 { &first.driver } else { &second.driver };
        let input = json!({ "tripId": trip["id"], "driverId": driver.id });
        fleet.manager.send(doc::ASSIGN_DRIVER, json!({ "input": input }))
    });
    let answers: Vec<Value> = join_all(attempts).await.into_iter().collect::<Result<_, _>>()?;
    let done = answers.iter().filter(|answer| answer["data"]["assignDriver"]["id"].is_string()).count();
    expect(&format!("dispatched: {answers:?}"), done, 1)?;
    let history = "query($trip: ID!) { trip(id: $trip) { dispatchHistory { status } } }";
    let history = fleet.manager.ask(history, json!({ "trip": trip["id"] })).await?;
    expect("its history", &history["trip"]["dispatchHistory"], &json!([{ "status": "ASSIGNED" }]))?;
    stage.close().await
}
