//! Stand-ins for identity and fleet: they answer `_entities` about the people of the tests, and count how often.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use axum::Json;
use axum::routing::post;
use kit::peer::Directory;
use serde_json::{Value, json};
use tokio::sync::Notify;
use uuid::Uuid;

use super::people;

/// The stand-ins.
#[derive(Clone, Default)]
pub(crate) struct Neighbours {
    asked: Arc<AtomicUsize>,
    gate: Arc<Mutex<Option<Gate>>>,
}

/// Holds one answer back, as a slow network would.
#[derive(Clone, Default)]
pub(crate) struct Gate {
    thought: Arc<Notify>,
    open: Arc<Notify>,
}

impl Gate {
    /// Comes back when the neighbour has made up its answer.
    pub(crate) async fn thought(&self) {
        self.thought.notified().await;
    }

    /// Lets the answer through.
    pub(crate) fn open(&self) {
        self.open.notify_one();
    }
}

impl Neighbours {
    /// Registers the stand-ins.
    pub(crate) fn answering(directory: &Directory) -> Neighbours {
        let neighbours = Neighbours::default();
        for subgraph in ["identity", "fleet"] {
            let (asked, gate) = (neighbours.asked.clone(), neighbours.gate.clone());
            let answer = move |Json(body): Json<Value>| {
                asked.fetch_add(1, Ordering::Relaxed);
                let answer = json!({"data": {"_entities": entities(&body)}});
                let gate = gate.lock().unwrap().take();
                async move {
                    if let Some(gate) = gate {
                        gate.thought.notify_one();
                        gate.open.notified().await;
                    }
                    Json(answer)
                }
            };
            directory.in_process(subgraph, axum::Router::new().route("/graphql", post(answer)));
        }
        neighbours
    }

    /// Holds back the next answer.
    pub(crate) fn hold_next(&self) -> Gate {
        let gate = Gate::default();
        *self.gate.lock().unwrap() = Some(gate.clone());
        gate
    }

    /// How many requests they have had.
    pub(crate) fn asked(&self) -> usize {
        self.asked.load(Ordering::Relaxed)
    }
}

fn entities(body: &Value) -> Vec<Option<Value>> {
    let wanted = body["variables"]["representations"].as_array().cloned().unwrap_or_default();
    let answer = |representation: &Value| {
        let number = Uuid::try_parse(representation["id"].as_str()?).ok()?.as_u128();
        match representation["__typename"].as_str()? {
            "User" => people::user(number),
            "Fleet" => people::fleet(number),
            "Hub" => people::hub(number),
            "Vehicle" => people::vehicle(number),
            _ => None,
        }
    };
    wanted.iter().map(answer).collect()
}
