//! Subscribers that are disconnected again and again, and go on from their cursor at whichever router and replica answers.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::task::JoinHandle;

use super::client::{Client, Events, Transport};

/// How long a stream may be silent before its client, who can't know why, comes again.
const SILENCE: Duration = Duration::from_secs(8);

/// What is followed: the root field, and the operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Topic {
    Trip,
    FleetTrips,
    Assigned,
    Wallet,
    Location,
}

impl Topic {
    fn root(self) -> &'static str {
        match self {
            Topic::Trip => "tripStatusChanged",
            Topic::FleetTrips => "fleetTrips",
            Topic::Assigned => "myTripAssigned",
            Topic::Wallet => "myWalletChanged",
            Topic::Location => "tripLocation",
        }
    }

    fn operation(self) -> &'static str {
        match self {
            Topic::Trip => {
                "subscription($id: ID!, $after: String) { tripStatusChanged(tripId: $id, after: $after) {
                   cursor tripId version status driver { user { name } } } }"
            }
            Topic::FleetTrips => {
                "subscription($id: ID!, $after: String) { fleetTrips(fleetId: $id, after: $after) {
                   cursor tripId version status vehicle { number } } }"
            }
            Topic::Assigned => {
                "subscription($after: String) { myTripAssigned(after: $after) {
                   cursor tripId version status trip { fleet { name } } } }"
            }
            Topic::Wallet => {
                "subscription($after: String) { myWalletChanged(after: $after) {
                   cursor version earnings { amountPaise } cashHeld { amountPaise } } }"
            }
            Topic::Location => {
                "subscription($id: ID!, $after: String) { tripLocation(tripId: $id, after: $after) {
                   cursor tripId recordedAt point { lat lng } } }"
            }
        }
    }
}

/// Somebody who watches.
pub(super) struct Watcher {
    pub(super) topic: Topic,
    /// The trip, the fleet or the driver that it is about.
    pub(super) about: String,
    seen: Arc<Mutex<Vec<Value>>>,
    task: JoinHandle<()>,
}

impl Watcher {
    pub(super) fn start(client: Client, topic: Topic, about: &str) -> Self {
        let seen: Arc<Mutex<Vec<Value>>> = Arc::default();
        let task = tokio::spawn(follow(client, topic, about.to_owned(), seen.clone()));
        Self { topic, about: about.to_owned(), seen, task }
    }

    /// What it has been told, in its order.
    pub(super) fn seen(&self) -> Vec<Value> {
        self.seen.lock().unwrap().clone()
    }
}

impl Drop for Watcher {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn follow(client: Client, topic: Topic, about: String, seen: Arc<Mutex<Vec<Value>>>) {
    let mut random = fastrand::Rng::new();
    let mut cursor = Value::Null;
    loop {
        let over = if random.bool() { Transport::WebSocket } else { Transport::Sse };
        let variables = json!({ "id": about, "after": cursor });
        let opened = tokio::time::timeout(SILENCE, client.watch(over, topic.operation(), &variables)).await;
        if let Ok(Ok(mut events)) = opened {
            for _ in 0..random.usize(1..25) {
                let Some(change) = next(&mut events, topic).await else { break };
                cursor = change["cursor"].clone();
                seen.lock().unwrap().push(change);
            }
        }
        tokio::time::sleep(Duration::from_millis(random.u64(0..300))).await;
    }
}

/// The next change that came whole. One that came with errors, because a subgraph was away, is asked for again.
async fn next(events: &mut Events, topic: Topic) -> Option<Value> {
    let event = tokio::time::timeout(SILENCE, events.next()).await.ok()??;
    let change = &event["data"][topic.root()];
    let whole = event.get("errors").is_none() && change["cursor"].is_string() && knows_the_driver(change);
    whole.then(|| change.clone())
}

/// Whoever has the trip has a name, which the router fetches from two other subgraphs.
fn knows_the_driver(change: &Value) -> bool {
    change["driver"].is_null() || change["driver"]["user"]["name"].is_string()
}
