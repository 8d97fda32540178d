//! Scenario 9: a suspension takes the trips that wait, nothing else, and ends when it says.

use chrono::{DateTime, Duration, Utc};
use drivers_klub::client::Failure;
use drivers_klub::story::{Driver, booking, documents as doc, eventually, expect, text};
use serde_json::{Value, json};

use super::support::{Crew, Stage, refusal, status};

const PENALTY: &str =
    "mutation($input: CreatePenaltyInput!) { createPenalty(input: $input) { id type state } }";

const DRIVER_STATUS: &str = "query($id: ID!) { driver(id: $id) { status isAvailable } }";

async fn driver_is(stage: &Stage, driver: &Driver, wanted: &str) -> Result<(), Failure> {
    eventually(&format!("the driver's status {wanted}"), || async {
        let answer = stage.company.admin.ask(DRIVER_STATUS, json!({ "id": driver.id })).await?;
        Ok(answer["driver"]["status"] == wanted)
    })
    .await
}

async fn suspend(crew: &Crew, start: DateTime<Utc>, end: DateTime<Utc>) -> Result<(), Failure> {
    let penalty = json!({ "driverId": crew.driver.id, "type": "SUSPENSION", "reason": "Rude to a passenger",
        "category": "BEHAVIOR", "suspensionStart": start, "suspensionEnd": end });
    crew.fleet.manager.ask(PENALTY, json!({ "input": penalty })).await?;
    Ok(())
}

/// Trips that know the driver for active again pair them again.
async fn paired_again(crew: &Crew) -> Result<(), Failure> {
    eventually("a new shift", || async {
        let input = json!({ "input": { "driverId": crew.driver.id, "vehicleId": crew.vehicle } });
        let answer = crew.fleet.manager.send(doc::CREATE_ASSIGNMENT, input).await?;
        Ok(answer["data"]["createAssignment"]["id"].is_string())
    })
    .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn scenario_09_a_suspension_takes_only_the_trips_that_wait_and_ends_on_its_day() -> Result<(), Failure>
{
    let stage = Stage::with(|settings| settings.partner.partner_timer_seconds = 1).await?;
    let crew = Crew::assemble(&stage.company, true).await?;
    let other = Crew::join(&crew.fleet, "Farhan Khan", false).await?;
    let fleet = &crew.fleet;
    let soon = stage.clock.now() + Duration::hours(1);
    let book = async |pickup: DateTime<Utc>| text(&fleet.book(booking(pickup)).await?, "/id");

    // One under way, one waiting, one that was taken over by somebody else, one of somebody else.
    let started = book(soon).await?;
    fleet.dispatch(&started, &crew.driver).await?;
    crew.driver.client.ask(doc::START_TRIP, json!({ "input": { "tripId": started } })).await?;
    let waiting = book(soon + Duration::hours(20)).await?;
    fleet.dispatch(&waiting, &crew.driver).await?;
    let replaced = book(soon + Duration::hours(40)).await?;
    fleet.dispatch(&replaced, &crew.driver).await?;
    let reassign = "mutation($input: ReassignDriverInput!) { reassignDriver(input: $input) { id } }";
    let input = json!({ "tripId": replaced, "driverId": other.driver.id, "reason": "Nearer" });
    fleet.manager.ask(reassign, json!({ "input": input })).await?;
    let of_other = book(soon + Duration::hours(60)).await?;
    fleet.dispatch(&of_other, &other.driver).await?;

    let end = stage.clock.now() + Duration::days(2);
    suspend(&crew, stage.clock.now(), end).await?;
    driver_is(&stage, &crew.driver, "SUSPENDED").await?;
    eventually("the waiting trip loses its driver", || async {
        Ok(status(&stage.company, &waiting).await? == "CREATED")
    })
    .await?;
    let history = "query($trip: ID!) { trip(id: $trip) { status driver { id } dispatchHistory { status driver { id } } } }";
    let of = async |trip: &str| {
        Ok::<Value, Failure>(stage.company.admin.ask(history, json!({ "trip": trip })).await?["trip"].take())
    };
    expect("the one under way", text(&of(&started).await?, "/status")?.as_str(), "STARTED")?;
    let taken = of(&replaced).await?;
    expect(
        "the one of the successor",
        (&taken["status"], &taken["driver"]["id"]),
        (&json!("DRIVER_ASSIGNED"), &json!(other.driver.id)),
    )?;
    expect("the one of another", text(&of(&of_other).await?, "/status")?.as_str(), "DRIVER_ASSIGNED")?;
    expect(
        "the history of the waiting one",
        &of(&waiting).await?["dispatchHistory"],
        &json!([{ "status": "UNASSIGNED", "driver": { "id": crew.driver.id } }]),
    )?;
    let again =
        refusal(&fleet.manager, doc::ASSIGN_DRIVER, json!({ "tripId": waiting, "driverId": crew.driver.id }))
            .await?;
    expect("dispatch while suspended", again.as_str(), "TRIP_CONSTRAINT")?;

    // A minute before the end nothing has changed; with the end the driver is back.
    stage.at(end - Duration::minutes(1));
    tokio::time::sleep(std::time::Duration::from_secs(1)).await;
    driver_is(&stage, &crew.driver, "SUSPENDED").await?;
    stage.at(end);
    driver_is(&stage, &crew.driver, "ACTIVE").await?;
    stage.close().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn scenario_09_a_suspension_of_tomorrow_begins_tomorrow() -> Result<(), Failure> {
    let stage = Stage::with(|settings| settings.partner.partner_timer_seconds = 1).await?;
    let crew = Crew::assemble(&stage.company, false).await?;
    let trip = text(&crew.fleet.book(booking(stage.clock.now() + Duration::hours(40))).await?, "/id")?;
    crew.fleet.dispatch(&trip, &crew.driver).await?;
    let start = stage.clock.now() + Duration::days(1);
    suspend(&crew, start, start + Duration::days(1)).await?;
    stage.at(start - Duration::minutes(1));
    tokio::time::sleep(std::time::Duration::from_secs(1)).await;
    driver_is(&stage, &crew.driver, "ACTIVE").await?;
    expect("the trip until then", status(&stage.company, &trip).await?.as_str(), "DRIVER_ASSIGNED")?;
    stage.at(start);
    driver_is(&stage, &crew.driver, "SUSPENDED").await?;
    eventually("the trip loses its driver", || async {
        Ok(status(&stage.company, &trip).await? == "CREATED")
    })
    .await?;
    stage.at(start + Duration::days(1));
    driver_is(&stage, &crew.driver, "ACTIVE").await?;
    paired_again(&crew).await?;
    crew.fleet.dispatch(&trip, &crew.driver).await?;
    stage.close().await
}
