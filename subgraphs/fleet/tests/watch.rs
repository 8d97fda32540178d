//! Live statuses: how things stand first, then every change once and in order, also after a reconnect; within reach only.

use std::time::Duration;

use axum::body::{Body, BodyDataStream};
use axum::http::Request;
use futures_util::StreamExt;
use kit::Caller;
use serde_json::{Value, json};
use testing::subgraph::PATIENCE;
use tower::ServiceExt;

use crate::support::people::*;
use crate::support::scene::{CAR_A, CAR_A1, CAR_A2, CAR_B1};
use crate::support::{World, scene};

const WATCH: &str =
    "subscription ($fleet: ID!, $after: String) { vehicleStatusChanged(fleetId: $fleet, after: $after) {
    vehicle { number } status previousStatus version cursor } }";
const STATUS: &str = "mutation ($id: ID!, $status: VehicleStatus!) { setVehicleStatus(input: { id: $id, status: $status }) { id } }";

/// One watcher: the updates of a subscription over server-sent events.
pub(crate) struct Watcher {
    body: BodyDataStream,
    text: String,
}

impl Watcher {
    pub(crate) async fn new(world: &World, caller: &Caller, fleet: u128, after: Value) -> Watcher {
        let body = json!({ "query": WATCH, "variables": { "fleet": id(fleet), "after": after } }).to_string();
        let mut request = Request::post("/graphql")
            .header("content-type", "application/json")
            .header("accept", "text/event-stream");
        if let Some(principal) = world.key.sign(caller, kit::Clock::system().now()).unwrap() {
            request = request.header("x-dk-principal", principal);
        }
        let request = request.body(Body::from(body)).unwrap();
        let response = world.routes().oneshot(request).await.unwrap();
        Watcher { body: response.into_body().into_data_stream(), text: String::new() }
    }

    /// The next result, which must come; None at the end.
    pub(crate) async fn next(&mut self) -> Option<Value> {
        tokio::time::timeout(PATIENCE, self.read()).await.expect("the subscription is silent")
    }

    /// The next result; None at the end, or when nothing comes for two seconds.
    pub(crate) async fn soon(&mut self) -> Option<Value> {
        tokio::time::timeout(Duration::from_secs(2), self.read()).await.ok().flatten()
    }

    async fn read(&mut self) -> Option<Value> {
        loop {
            if let Some(end) = self.text.find("\n\n") {
                let message: String = self.text.drain(..end + 2).collect();
                if message.contains("event: complete") {
                    return None;
                }
                if let Some(data) = message.lines().find_map(|line| line.strip_prefix("data: ")) {
                    return serde_json::from_str(data).ok();
                }
                continue;
            }
            let chunk = self.body.next().await?;
            self.text.push_str(std::str::from_utf8(&chunk.unwrap()).unwrap());
        }
    }

    async fn update(&mut self) -> Value {
        let result = self.next().await.expect("an update");
        assert!(result.get("errors").is_none(), "{result}");
        result["data"]["vehicleStatusChanged"].clone()
    }
}

async fn set(world: &World, car: u128, status: &str) {
    world.ok(&super_admin(), STATUS, json!({ "id": id(car), "status": status })).await;
}

fn step(update: &Value) -> (Value, Value, Value) {
    (update["previousStatus"].clone(), update["status"].clone(), update["version"].clone())
}

#[tokio::test]
async fn a_watcher_sees_how_things_stand_and_then_every_change_in_order() {
    let mut world = World::new().await;
    scene::set(&world).await;
    world.start();
    set(&world, CAR_A1, "MAINTENANCE").await;
    let mut watcher = Watcher::new(&world, &manager(FLEET_A), FLEET_A, Value::Null).await;
    let mut standing = Vec::new();
    for _ in 0..3 {
        let update = watcher.update().await;
        standing.push((update["vehicle"]["number"].clone(), update["status"].clone()));
        assert_eq!(update["previousStatus"], Value::Null);
    }
    assert_eq!(standing[0], (json!("DL01AB3233"), json!("MAINTENANCE")));
    assert_eq!(standing[1].1, "ACTIVE");
    set(&world, CAR_B1, "INACTIVE").await;
    for status in ["ACTIVE", "INACTIVE", "ACTIVE"] {
        set(&world, CAR_A1, status).await;
    }
    let mut steps = Vec::new();
    let mut cursor = Value::Null;
    for _ in 0..3 {
        let update = watcher.update().await;
        steps.push(step(&update));
        if steps.len() == 1 {
            cursor = update["cursor"].clone();
        }
    }
    let expected = [("MAINTENANCE", "ACTIVE", 3), ("ACTIVE", "INACTIVE", 4), ("INACTIVE", "ACTIVE", 5)];
    assert_eq!(steps, expected.map(|(from, to, version)| (json!(from), json!(to), json!(version))));

    let mut again = Watcher::new(&world, &manager(FLEET_A), FLEET_A, cursor).await;
    assert_eq!(step(&again.update().await), steps[1], "a reconnect goes on behind the cursor");
    assert_eq!(step(&again.update().await), steps[2]);
    set(&world, CAR_A2, "INACTIVE").await;
    assert_eq!(again.update().await["version"], 2);
}

#[tokio::test]
async fn operations_watch_their_hubs_and_strangers_nothing() {
    let mut world = World::new().await;
    scene::set(&world).await;
    world.start();
    let mut watcher = Watcher::new(&world, &operations(FLEET_A, &[HUB_A2]), FLEET_A, Value::Null).await;
    assert_eq!(watcher.update().await["vehicle"]["number"], "DL01AB3234");
    let mut stranger = Watcher::new(&world, &manager(FLEET_B), FLEET_A, Value::Null).await;
    for car in [CAR_A1, CAR_A, CAR_A2] {
        set(&world, car, "INACTIVE").await;
    }
    assert_eq!(watcher.update().await["vehicle"]["number"], "DL01AB3234");
    assert_eq!(stranger.soon().await, None);
}

#[tokio::test]
async fn drivers_and_nobody_do_not_watch() {
    let world = World::new().await;
    scene::set(&world).await;
    let mut driver = Watcher::new(&world, &driver(FLEET_A, HUB_A1, DRIVER_A), FLEET_A, Value::Null).await;
    let refused = driver.next().await.unwrap();
    assert_eq!(refused["errors"][0]["extensions"]["code"], "FORBIDDEN", "{refused}");
    let mut lost = Watcher::new(&world, &manager(FLEET_A), FLEET_A, json!("made up")).await;
    let refused = lost.next().await.unwrap();
    assert_eq!(refused["errors"][0]["extensions"]["code"], "VALIDATION", "{refused}");
}
