//! Scenario 5: every fare, waiting and night vector of the tariff, and the worked total.

use chrono::Duration;
use drivers_klub::client::{Client, Failure};
use drivers_klub::story::{booking, documents as doc, eventually, expect, number, text};
use serde_json::{Value, json};

use super::support::{Crew, Stage, in_india};

const QUOTE: &str = "query($input: FareQuoteInput!) { fareQuote(input: $input) {
  billableKm bookingBucket vehicleClass fare { quote { amountPaise } night { amountPaise } airport { amountPaise } total { amountPaise } }
} }";

/// Less than a day, and more than a day, after business opens; both by daylight.
const SOON: &str = "2026-01-28 06:00";
const LATER: &str = "2026-01-29 12:00";

/// Kilometres, type, pickup, class; billable kilometres and rupees.
const VECTORS: [(f64, &str, &str, &str, i64, i64); 10] = [
    (3.0, "AIRPORT", SOON, "EV", 5, 125),
    (25.5, "INTER_CITY", SOON, "EV", 26, 780),
    (25.5, "INTER_CITY", LATER, "EV", 26, 741),
    (26.0, "AIRPORT", SOON, "EV", 26, 650),
    (40.0, "AIRPORT", LATER, "EV", 40, 950),
    (45.0, "AIRPORT", LATER, "EV", 45, 1_069),
    (5.0, "RENTAL", SOON, "NON_EV", 5, 151),
    (80.0, "RENTAL", LATER, "EV", 80, 2_090),
    (251.0, "INTER_CITY", LATER, "NON_EV", 251, 7_869),
    (13.0, "RENTAL", LATER, "NON_EV", 13, 374),
];

async fn quote(
    client: &Client,
    trip_type: &str,
    km: f64,
    pickup: &str,
    class: &str,
) -> Result<Value, Failure> {
    let input = json!({ "tripType": trip_type, "distanceKm": km, "pickupTime": in_india(pickup), "vehicleClass": class });
    Ok(client.ask(QUOTE, json!({ "input": input })).await?["fareQuote"].take())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn scenario_05_quotes_and_nights_are_those_of_the_tariff() -> Result<(), Failure> {
    let stage = Stage::open().await?;
    let anybody = &stage.company.anonymous;
    for (km, trip_type, pickup, class, billable, rupees) in VECTORS {
        let quoted = quote(anybody, trip_type, km, pickup, class).await?;
        let bucket = if pickup == SOON { "T_1" } else { "T_2" };
        let got = (
            text(&quoted, "/bookingBucket")?,
            number(&quoted, "/billableKm")?,
            number(&quoted, "/fare/quote/amountPaise")?,
        );
        expect(&format!("{km} km {trip_type} {class}"), got, (bucket.to_owned(), billable, rupees * 100))?;
    }
    // A quarter of the quote at night, ₹250 at least; by the clocks of India.
    for (time, km, night) in [
        ("22:59", 45.0, 0),
        ("23:00", 45.0, 26_725),
        ("04:59", 45.0, 26_725),
        ("05:00", 45.0, 0),
        ("23:30", 5.0, 25_000),
        ("00:00", 40.0, 25_000),
    ] {
        let quoted = quote(anybody, "AIRPORT", km, &format!("2026-01-29 {time}"), "EV").await?;
        expect(&format!("night at {time}"), number(&quoted, "/fare/night/amountPaise")?, night)?;
        expect("airport entry", number(&quoted, "/fare/airport/amountPaise")?, 27_000)?;
    }
    stage.close().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn scenario_05_waiting_costs_what_the_tariff_says() -> Result<(), Failure> {
    let stage = Stage::open().await?;
    let crew = Crew::assemble(&stage.company, true).await?;
    let create =
        "mutation($input: CreateTripFromAssignmentInput!) { createTripFromAssignment(input: $input) { id } }";
    let onboard = "mutation($input: OnboardPassengerInput!) {
      onboardPassenger(input: $input) { fare { waiting { amountPaise } } }
    }";
    for (seconds, rupees) in [
        (0, 0),
        (45 * 60, 0),
        (45 * 60 + 59, 0),
        (46 * 60, 100),
        (75 * 60, 100),
        (76 * 60, 200),
        (105 * 60, 200),
        (106 * 60, 300),
    ] {
        let input = json!({ "assignmentId": crew.assignment, "originCity": "DELHI", "pickupLocation": "IGI", "distanceKm": 5 });
        let made = crew.fleet.manager.ask(create, json!({ "input": input })).await?;
        let trip = json!({ "tripId": text(&made, "/createTripFromAssignment/id")? });
        for step in [doc::START_TRIP, doc::MARK_ARRIVED] {
            crew.driver.client.ask(step, json!({ "input": trip })).await?;
        }
        stage.clock.advance(Duration::seconds(seconds));
        let boarded = crew.driver.client.ask(onboard, json!({ "input": trip })).await?;
        let waiting = number(&boarded, "/onboardPassenger/fare/waiting/amountPaise")?;
        expect(&format!("waiting {seconds} s"), waiting, rupees * 100)?;
        crew.driver.client.ask(doc::COMPLETE_TRIP, json!({ "input": trip })).await?;
    }
    stage.close().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn scenario_05_the_worked_example_is_1786_rupees_25_and_the_credit_127438_paise() -> Result<(), Failure>
{
    let stage = Stage::open().await?;
    let crew = Crew::assemble(&stage.company, false).await?;
    let pickup = in_india("2026-01-28 23:30");
    let mut journey = booking(pickup);
    journey["tripType"] = "AIRPORT".into();
    journey["distanceKm"] = 45.into();
    let trip = text(&crew.fleet.book(journey).await?, "/id")?;
    crew.fleet.dispatch(&trip, &crew.driver).await?;
    stage.at(pickup);
    crew.fleet.put_on_duty(&crew.driver).await?;
    let only = json!({ "input": { "tripId": trip } });
    let there = json!({ "input": { "tripId": trip, "position": drivers_klub::story::point(drivers_klub::story::AIRPORT) } });
    crew.driver.client.ask(doc::START_TRIP, only.clone()).await?;
    crew.driver.client.ask(doc::MARK_ARRIVED, there).await?;
    stage.pass(60);
    crew.driver.client.ask(doc::ONBOARD, only).await?;
    stage.pass(75);
    let total = crew.driver.complete(&trip, json!({ "tollPaise": 8_000 })).await?;
    // 1069 + 100 + 267.25 + 270 + 80.
    expect("the total in paise", total, 178_625)?;
    let earned = "{ myWallet { earnings { amountPaise } } }";
    eventually("the credit of 127,438 paise", || async {
        let wallet = crew.driver.client.ask(earned, json!({})).await?;
        Ok(wallet["myWallet"]["earnings"]["amountPaise"] == 127_438)
    })
    .await?;
    stage.close().await
}
