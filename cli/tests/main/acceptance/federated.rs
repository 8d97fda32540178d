//! Scenario 7: one query over four subgraphs, and no more requests than there are types and hops.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use chrono::Duration;
use drivers_klub::client::Failure;
use drivers_klub::story::{booking, expect, text};
use router::observe::{Observation, Observer};
use serde_json::{Value, json};

use super::support::{Crew, Stage};

const QUERY: &str = "{ trips(first: 50, filter: { status: [DRIVER_ASSIGNED] }) {
  nodes { shortId driver { user { name } } vehicle { number } fleet { name } }
} }";

/// What was asked of whom, and how often.
type Requests = Arc<Mutex<BTreeMap<String, usize>>>;

fn observer(requests: &Requests) -> Observer {
    let requests = Arc::clone(requests);
    Observer::new(move |observation| {
        if let Observation::Fetch(fetch) = observation {
            let what = if fetch.entities.is_empty() { "roots".to_owned() } else { fetch.entities.join(" ") };
            *requests.lock().unwrap().entry(format!("{}: {what}", fetch.subgraph)).or_default() += 1;
        }
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn scenario_07_trips_with_drivers_vehicles_and_fleets_cost_one_request_per_type_and_hop()
-> Result<(), Failure> {
    let requests = Requests::default();
    let stage = Stage::with(|settings| settings.router.observer = Some(observer(&requests))).await?;
    let mut expected = BTreeMap::new();
    for name in ["Green Wheels", "Blue Wheels"] {
        let fleet = stage.company.found_a_fleet(name).await?;
        for driver in ["Farhan Khan", "Neha Gupta", "Zoya Das"] {
            let crew = Crew::join(&fleet, driver, false).await?;
            for day in 1..=4 {
                let trip = fleet.book(booking(stage.clock.now() + Duration::days(day))).await?;
                fleet.dispatch(&text(&trip, "/id")?, &crew.driver).await?;
                *expected.entry((driver, name)).or_insert(0) += 1;
            }
        }
    }
    requests.lock().unwrap().clear();
    let answer = stage.company.admin.ask(QUERY, json!({})).await?;
    let asked = requests.lock().unwrap().clone();
    let wanted =
        [("trip: roots", 1), ("partner: Driver", 1), ("fleet: Vehicle Fleet", 1), ("identity: User", 1)];
    let total: usize = asked.values().sum();
    expect(&format!("requests {asked:?}"), total, wanted.len())?;
    for (what, times) in wanted {
        // Which of two types comes first in one request is the planner's business.
        let turned = what.replace("Vehicle Fleet", "Fleet Vehicle");
        let got = asked.get(what).or_else(|| asked.get(&turned)).copied();
        expect(&format!("{what} among {asked:?}"), got, Some(times))?;
    }
    let nodes = answer.pointer("/trips/nodes").and_then(Value::as_array).ok_or("no trips")?;
    expect("the number of trips", nodes.len(), 24)?;
    let mut got = BTreeMap::new();
    for node in nodes {
        let name = |pointer| node.pointer(pointer).and_then(Value::as_str);
        let (Some(driver), Some(fleet), Some(number)) =
            (name("/driver/user/name"), name("/fleet/name"), name("/vehicle/number"))
        else {
            return Err(format!("a part is missing: {node}"));
        };
        if !number.starts_with("DL") {
            return Err(format!("a strange registration: {node}"));
        }
        *got.entry((driver, fleet)).or_insert(0) += 1;
    }
    expect("trips by driver and fleet", got, expected)?;
    stage.close().await
}
