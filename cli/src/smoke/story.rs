//! The main job from the first fleet to the end of a trip, told step by step on the terminal.

use chrono::{DateTime, Duration, Utc};
use kit::Clock;
use serde_json::json;

use crate::client::{Events, Failure};
use crate::story::{self, Company, Driver, Fleet, documents as doc, expect, number, text};
use crate::terminal::say;

/// The 26 km INTER_CITY trip booked more than a day ahead: 26 × ₹25 × 1.2 × 0.95, rounded to a rupee.
const QUOTE_PAISE: i64 = 74_100;

/// What a watcher of the trip sees, in this order.
const STATUSES: [&str; 6] = ["CREATED", "DRIVER_ASSIGNED", "STARTED", "ARRIVED", "ONBOARDED", "COMPLETED"];

/// Who and what the story has brought about.
pub(crate) struct World {
    /// Who may do everything, and nobody in particular.
    pub(crate) company: Company,
    /// The new fleet.
    pub(crate) fleet: Fleet,
    /// The new driver.
    pub(crate) driver: Driver,
    /// The new vehicle.
    pub(crate) vehicle_id: String,
    /// The trip.
    pub(crate) trip_id: String,
}

/// Creates a fleet with its manager, a hub and a vehicle, and hires a driver.
pub(crate) async fn found_a_fleet(url: &str) -> Result<World, Failure> {
    let company = Company::at(url).await?;
    let fleet = company.found_a_fleet("Smoke Cabs").await?;
    let record = json!({ "name": "Suman Gill", "mobile": story::new_phone(), "fleetId": fleet.id });
    fleet.manager.ask(doc::CREATE_MANAGER, json!({ "input": record })).await?;
    say("  ✓ a fleet, its manager, a hub");
    let vehicle_id = fleet.buy_a_cab(&fleet.hub).await?;
    let driver = fleet.hire_a_driver("Vikram Singh", &fleet.hub).await?;
    say("  ✓ a vehicle, a driver with approved KYC");
    Ok(World { company, fleet, driver, vehicle_id, trip_id: String::new() })
}

/// The roster entry and the booking.
pub(crate) async fn assign_and_book(world: &mut World, pickup: DateTime<Utc>) -> Result<(), Failure> {
    world.fleet.pair(&world.driver, &world.vehicle_id).await?;
    let trip = world.fleet.book(story::booking(pickup)).await?;
    expect("the quote in paise", number(&trip, "/fare/quote/amountPaise")?, QUOTE_PAISE)?;
    world.trip_id = text(&trip, "/id")?;
    say("  ✓ a shift, and a trip booked at ₹741");
    Ok(())
}

/// Dispatch, check-in and the drive, watched over WebSocket and SSE; gives the total in paise.
pub(crate) async fn drive_while_watched(
    world: &World,
    clock: &Clock,
    pickup: DateTime<Utc>,
) -> Result<i64, Failure> {
    let World { company, fleet, driver, trip_id, .. } = world;
    let trip = json!({ "trip": trip_id });
    let mut websocket = fleet.manager.watch_websocket(doc::WATCH_TRIP, trip.clone()).await?;
    let mut sse = company.admin.watch_sse(doc::WATCH_TRIP, trip).await?;
    for watcher in [&mut websocket, &mut sse] {
        see(watcher, STATUSES[0], None).await?;
    }
    fleet.dispatch(trip_id, driver).await?;
    clock.advance(pickup - clock.now() - Duration::minutes(20));
    fleet.put_on_duty(driver).await?;
    say("  ✓ the driver checked in at the hub, the manager approved");
    driver.pick_up_at_the_airport(trip_id).await?;
    let total = driver.complete(trip_id, json!({})).await?;
    for watcher in [&mut websocket, &mut sse] {
        for status in &STATUSES[1..] {
            see(watcher, status, Some(&driver.name)).await?;
        }
        say(format_args!(
            "  ✓ {}: CREATED … COMPLETED in order, each with the driver's name",
            watcher.transport
        ));
    }
    Ok(total)
}

async fn see(watcher: &mut Events, status: &str, driver: Option<&str>) -> Result<(), Failure> {
    let event = watcher.next().await?;
    let change = &event["data"]["tripStatusChanged"];
    let seen = (change["status"].as_str(), change["driver"]["user"]["name"].as_str());
    expect(&format!("{}, an event", watcher.transport), seen, (Some(status), driver))
        .map_err(|failure| format!("{failure}; the whole event: {event}"))
}
