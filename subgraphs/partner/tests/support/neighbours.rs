//! Stand-ins for identity and fleet: they answer `_entities` about the people of the tests, and count how often.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::Json;
use axum::routing::post;
use kit::peer::Directory;
use serde_json::{Value, json};
use uuid::Uuid;

use super::people;

/// The stand-ins.
#[derive(Clone, Default)]
pub(crate) struct Neighbours {
    asked: Arc<AtomicUsize>,
}

impl Neighbours {
    /// Registers the stand-ins.
    pub(crate) fn answering(directory: &Directory) -> Neighbours {
        let neighbours = Neighbours::default();
        for subgraph in ["identity", "fleet"] {
            let asked = neighbours.asked.clone();
            let answer = move |Json(body): Json<Value>| {
                asked.fetch_add(1, Ordering::Relaxed);
                async move { Json(json!({"data": {"_entities": entities(&body)}})) }
            };
            directory.in_process(subgraph, axum::Router::new().route("/graphql", post(answer)));
        }
        neighbours
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
