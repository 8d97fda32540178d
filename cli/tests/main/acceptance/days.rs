//! Scenario 4: two working days from the first fleet to the wallet, which is credited once however often it is told.

use chrono::Duration;
use drivers_klub::client::{Client, Failure};
use drivers_klub::story::{booking, documents as doc, eventually, expect, number, text};
use kit::outbox;
use serde_json::{Value, json};
use uuid::Uuid;

use super::support::{Crew, Stage, opening, status};

const CREATE_FROM_ASSIGNMENT: &str = "mutation($input: CreateTripFromAssignmentInput!) {
  createTripFromAssignment(input: $input) { id status fare { total { amountPaise } } driver { id } vehicle { id } fleet { id } }
}";

const END_ASSIGNMENT: &str =
    "mutation($input: EndAssignmentInput!) { endAssignment(input: $input) { status endTime } }";

const MY_WALLET: &str = "{ myWallet {
  earnings { amountPaise } cashHeld { amountPaise } netPayable { amountPaise } version
} }";

const LEDGER: &str = "query($driver: ID!) {
  ledger(filter: { driverId: $driver, type: [TRIP_PAYMENT] }) { nodes { tripId amount { amountPaise } } }
}";

/// Earnings, cash held and what is due, in paise.
async fn wallet(driver: &Client) -> Result<(i64, i64, i64), Failure> {
    let wallet = driver.ask(MY_WALLET, json!({})).await?;
    let paise = |part: &str| number(&wallet, &format!("/myWallet/{part}/amountPaise"));
    Ok((paise("earnings")?, paise("cashHeld")?, paise("netPayable")?))
}

/// The wallet comes to this, and stays there when the event is delivered three more times.
async fn credited_exactly_once(
    stage: &Stage,
    crew: &Crew,
    trip: &str,
    wanted: (i64, i64, i64),
) -> Result<(), Failure> {
    let driver = &crew.driver.client;
    eventually("the wallet's credit", || async { Ok(wallet(driver).await? == wanted) }).await?;
    let id: Uuid = trip.parse().map_err(|_| format!("{trip} is no UUID"))?;
    let event = outbox::find(&stage.databases.trip, "trip", "trip.completed", id).await;
    let event = event.map_err(|error| error.log_line())?.ok_or("trip.completed is not in the outbox")?;
    let before = driver.ask(MY_WALLET, json!({})).await?;
    for _ in 0..3 {
        stage.federation.bus.publish(&event).await.map_err(|error| error.log_line())?;
    }
    tokio::time::sleep(std::time::Duration::from_millis(500)).await;
    expect("the wallet after three more deliveries", &driver.ask(MY_WALLET, json!({})).await?, &before)?;
    let ledger = stage.company.admin.ask(LEDGER, json!({ "driver": crew.driver.id })).await?;
    let payments = ledger.pointer("/ledger/nodes").and_then(Value::as_array).ok_or("no ledger")?;
    let of_the_trip = payments.iter().filter(|payment| payment["tripId"] == trip).count();
    expect("payments of the trip in the ledger", of_the_trip, 1)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn scenario_04_the_day_of_the_plan() -> Result<(), Failure> {
    let stage = Stage::open().await?;
    // Morning: fleet, driver user, driver profile, vehicle, assignment.
    let crew = Crew::assemble(&stage.company, true).await?;
    let (fleet, driver) = (&crew.fleet, &crew.driver);
    let input = json!({ "assignmentId": crew.assignment, "originCity": "NOIDA", "pickupLocation": "Sector 62", "distanceKm": 12 });
    let answer = fleet.manager.ask(CREATE_FROM_ASSIGNMENT, json!({ "input": input })).await?;
    let made = &answer["createTripFromAssignment"];
    expect("a trip from the assignment", text(made, "/status")?.as_str(), "DRIVER_ASSIGNED")?;
    for (part, id) in [("driver", &driver.id), ("vehicle", &crew.vehicle), ("fleet", &fleet.id)] {
        expect(part, text(made, &format!("/{part}/id"))?, id.clone())?;
    }
    // The driver starts and completes.
    let trip = text(made, "/id")?;
    driver.client.ask(doc::START_TRIP, json!({ "input": { "tripId": trip } })).await?;
    stage.pass(40);
    // 12 km × ₹25 × 1.2 for INTER_CITY.
    expect("the fare", driver.complete(&trip, json!({})).await?, 36_000)?;
    // The passenger paid cash: 70 % are the driver's, all of it is in the driver's pocket.
    credited_exactly_once(&stage, &crew, &trip, (25_200, 36_000, -10_800)).await?;
    // Evening: the end of the assignment frees both.
    let end = json!({ "input": { "assignmentId": crew.assignment } });
    let ended = fleet.manager.ask(END_ASSIGNMENT, end.clone()).await?;
    expect("the shift", text(&ended, "/endAssignment/status")?.as_str(), "ENDED")?;
    stage.pass(5);
    let again = fleet.manager.ask(END_ASSIGNMENT, end).await?;
    expect("a second end changes nothing", &again, &ended)?;
    let free = "query($id: ID!, $vehicle: ID!) {
      driver(id: $id) { activeAssignment { id } } vehicle(id: $vehicle) { activeAssignment { id } }
    }";
    let free = fleet.manager.ask(free, json!({ "id": driver.id, "vehicle": crew.vehicle })).await?;
    let nothing = json!({ "driver": { "activeAssignment": null }, "vehicle": { "activeAssignment": null } });
    expect("both are free", &free, &nothing)?;
    fleet.pair(driver, &crew.vehicle).await?;
    stage.close().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn scenario_04_the_day_of_booking_and_dispatch() -> Result<(), Failure> {
    let stage = Stage::open().await?;
    let crew = Crew::assemble(&stage.company, false).await?;
    let pickup = opening() + Duration::hours(30);
    let booked = crew.fleet.book(booking(pickup)).await?;
    let trip = text(&booked, "/id")?;
    expect("the quote", number(&booked, "/fare/quote/amountPaise")?, 74_100)?;
    expect("booked", status(&stage.company, &trip).await?.as_str(), "CREATED")?;
    crew.fleet.dispatch(&trip, &crew.driver).await?;
    stage.at(pickup - Duration::minutes(20));
    crew.fleet.put_on_duty(&crew.driver).await?;
    crew.driver.pick_up_at_the_airport(&trip).await?;
    stage.pass(50);
    let total = crew.driver.complete(&trip, json!({ "tollPaise": 12_000, "parkingPaise": 3_000 })).await?;
    expect("the total", total, 89_100)?;
    // 70 % of ₹741 are 51,870 paise; what was paid on the way is passed through. Prepaid: no cash.
    credited_exactly_once(&stage, &crew, &trip, (66_870, 0, 66_870)).await?;
    // The driver is free for the next one.
    let next = crew.fleet.book(booking(pickup + Duration::hours(26))).await?;
    crew.fleet.dispatch(&text(&next, "/id")?, &crew.driver).await?;
    stage.close().await
}
