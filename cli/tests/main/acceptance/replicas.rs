//! Scenario 8: a trip is watched at two routers while it is moved through two replicas of everything.

use chrono::Duration;
use drivers_klub::client::{Events, Failure};
use drivers_klub::story::{AIRPORT, booking, documents as doc, expect, point, text};
use serde_json::{Value, json};

use super::support::{Crew, Stage};

const STATUSES: [&str; 6] = ["CREATED", "DRIVER_ASSIGNED", "STARTED", "ARRIVED", "ONBOARDED", "COMPLETED"];

const WATCH: &str = "subscription($trip: ID!, $after: String) {
  tripStatusChanged(tripId: $trip, after: $after) { status version cursor driver { user { name } } trip { fleet { name } } }
}";

/// The change that comes next; the place to resume behind it.
async fn see(watcher: &mut Events, index: usize, driver: &str) -> Result<String, Failure> {
    let event = watcher.next().await?;
    let change = &event["data"]["tripStatusChanged"];
    let name = change["driver"]["user"]["name"].as_str();
    let seen = (change["status"].as_str(), change["version"].as_i64(), name);
    let version = i64::try_from(index).unwrap_or_default() + 1;
    let wanted = (Some(STATUSES[index]), Some(version), (index > 0).then_some(driver));
    expect(&format!("{}, {event}", watcher.transport), seen, wanted)?;
    expect("the fleet", &change["trip"]["fleet"]["name"], &json!("Green Wheels"))?;
    text(change, "/cursor")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn scenario_08_watchers_at_two_routers_see_every_status_in_order() -> Result<(), Failure> {
    let stage = Stage::open().await?;
    let crew = Crew::assemble(&stage.company, true).await?;
    let replica = stage.replica().await?;
    let there = |client: &drivers_klub::client::Client| client.at(&replica.url);
    let pickup = stage.clock.now() + Duration::hours(30);
    let id = text(&crew.fleet.book(booking(pickup)).await?, "/id")?;
    let trip = json!({ "trip": id });

    let manager = &crew.fleet.manager;
    let mut watchers = [
        manager.watch_websocket(WATCH, trip.clone()).await?,
        manager.watch_sse(WATCH, trip.clone()).await?,
        there(manager).watch_websocket(WATCH, trip.clone()).await?,
        there(&stage.company.admin).watch_sse(WATCH, trip.clone()).await?,
    ];
    let name = &crew.driver.name;
    for watcher in &mut watchers {
        see(watcher, 0, name).await?;
    }
    // Every step at the other router than the one before it.
    let (here, driver) = (json!({ "tripId": id }), &crew.driver.client);
    let assign = json!({ "tripId": id, "driverId": crew.driver.id });
    let arrived = json!({ "tripId": id, "position": point(AIRPORT) });
    let steps: [(drivers_klub::client::Client, &str, Value); 5] = [
        (there(manager), doc::ASSIGN_DRIVER, assign),
        (driver.clone(), doc::START_TRIP, here.clone()),
        (there(driver), doc::MARK_ARRIVED, arrived),
        (driver.clone(), doc::ONBOARD, here.clone()),
        (there(driver), doc::COMPLETE_TRIP, here),
    ];
    for (index, (client, step, input)) in steps.into_iter().enumerate() {
        if index == 1 {
            stage.at(pickup - Duration::minutes(20));
        }
        client.ask(step, json!({ "input": input })).await?;
    }
    let mut cursors = Vec::new();
    for watcher in &mut watchers {
        let mut of_watcher = Vec::new();
        for index in 1..STATUSES.len() {
            of_watcher.push(see(watcher, index, name).await?);
        }
        cursors.push(of_watcher);
    }
    for others in &cursors[1..] {
        expect("the places in the log", others, &cursors[0])?;
    }
    // Who lost the connection after STARTED goes on at the other replica, and misses nothing.
    let resume = json!({ "trip": id, "after": cursors[0][1] });
    let mut resumed = there(manager).watch_sse(WATCH, resume).await?;
    for index in 3..STATUSES.len() {
        see(&mut resumed, index, name).await?;
    }
    replica.stop().await;
    stage.close().await
}
