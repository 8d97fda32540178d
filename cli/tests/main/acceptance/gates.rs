//! Scenario 6: the gates of booking and driving open on the minute and on the metre.

use chrono::Duration;
use drivers_klub::client::Failure;
use drivers_klub::story::{AIRPORT, booking, documents as doc, expect, text};
use serde_json::{Value, json};

use super::support::{Crew, Stage, in_india, refused, status};

fn airport_trip(pickup: &str) -> Value {
    let mut trip = booking(in_india(pickup));
    trip["tripType"] = "AIRPORT".into();
    trip
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn scenario_06_an_airport_trip_is_booked_the_day_before_for_four_in_the_morning() -> Result<(), Failure>
{
    let stage = Stage::open().await?;
    let fleet = stage.company.found_a_fleet("Green Wheels").await?;
    // A minute before midnight in India it is still the 27th, and in UTC it is half past six in the evening.
    stage.at(in_india("2026-01-27 23:59"));
    let (code, field) =
        fleet.manager.refused(doc::CREATE_TRIP, json!({ "input": airport_trip("2026-01-28 03:59") })).await?;
    expect("03:59", (code.as_str(), field.as_deref()), ("TRIP_CONSTRAINT", Some("pickupTime")))?;
    let booked = fleet.book(airport_trip("2026-01-28 04:00")).await?;
    expect("04:00", text(&booked, "/status")?.as_str(), "CREATED")?;
    // A minute later the next calendar day is another one.
    stage.pass(1);
    refused(&fleet.manager, doc::CREATE_TRIP, airport_trip("2026-01-28 04:00"), "TRIP_CONSTRAINT").await?;
    fleet.book(airport_trip("2026-01-29 04:00")).await?;
    stage.close().await
}

/// Metres on a sphere of 6,371 km between two points of one meridian, as the rule has them.
fn metres(from: f64, to: f64) -> f64 {
    let half = ((to.to_radians() - from.to_radians()) / 2.0).sin();
    2.0 * 6_371_000.0 * half.abs().asin()
}

/// The latitude north of `from` that is so far away, to the last bit on this side.
fn north_of(from: f64, distance: f64) -> f64 {
    let mut latitude = from + distance / metres(0.0, 1.0);
    while metres(from, latitude) > distance {
        latitude = latitude.next_down();
    }
    while metres(from, latitude.next_up()) <= distance {
        latitude = latitude.next_up();
    }
    latitude
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn scenario_06_start_arrival_and_no_show_open_on_the_minute_and_on_the_metre() -> Result<(), Failure> {
    let stage = Stage::open().await?;
    let crew = Crew::assemble(&stage.company, true).await?;
    let pickup = in_india("2026-01-28 16:00");
    let trip = text(&crew.fleet.book(booking(pickup)).await?, "/id")?;
    crew.fleet.dispatch(&trip, &crew.driver).await?;
    let me = &crew.driver.client;
    let only = json!({ "tripId": trip });

    stage.at(pickup - Duration::minutes(151));
    refused(me, doc::START_TRIP, only.clone(), "TOO_EARLY_START").await?;
    stage.at(pickup - Duration::minutes(150));
    me.ask(doc::START_TRIP, json!({ "input": only })).await?;

    let at = |distance: f64| {
        let place = json!({ "lat": north_of(AIRPORT.0, distance), "lng": AIRPORT.1 });
        json!({ "tripId": trip, "position": place })
    };
    stage.at(pickup - Duration::minutes(31));
    refused(me, doc::MARK_ARRIVED, at(0.0), "TOO_EARLY_ARRIVE").await?;
    stage.at(pickup - Duration::minutes(30));
    refused(me, doc::MARK_ARRIVED, at(501.0), "GEOFENCE").await?;
    refused(me, doc::MARK_ARRIVED, at(500.001), "GEOFENCE").await?;
    me.ask(doc::MARK_ARRIVED, json!({ "input": at(500.0) })).await?;

    let no_show = "mutation($input: MarkNoShowInput!) { markNoShow(input: $input) { status } }";
    let nobody = json!({ "tripId": trip, "reason": "Nobody came" });
    stage.at(pickup + Duration::minutes(29));
    refused(me, no_show, nobody.clone(), "TOO_EARLY_NO_SHOW").await?;
    expect("a minute before", status(&stage.company, &trip).await?.as_str(), "ARRIVED")?;
    stage.at(pickup + Duration::minutes(30));
    let answer = me.ask(no_show, json!({ "input": nobody })).await?;
    expect("half an hour after pickup", text(&answer, "/markNoShow/status")?.as_str(), "NO_SHOW")?;
    stage.close().await
}
