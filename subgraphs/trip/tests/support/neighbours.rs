//! Stand-ins for partner and fleet: they answer `_entities` with what a test told them, and count how often.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use axum::Json;
use axum::routing::post;
use kit::peer::Directory;
use serde_json::{Value, json};

/// The stand-ins.
#[derive(Clone, Default)]
pub(crate) struct Neighbours {
    asked: Arc<AtomicUsize>,
    known: Arc<Mutex<HashMap<String, Value>>>,
}

impl Neighbours {
    /// Registers the stand-ins.
    pub(crate) fn answering(directory: &Directory) -> Neighbours {
        let neighbours = Neighbours::default();
        for subgraph in ["partner", "fleet"] {
            let stand_in = neighbours.clone();
            let answer = move |Json(body): Json<Value>| {
                stand_in.asked.fetch_add(1, Ordering::Relaxed);
                let entities = stand_in.entities(&body);
                async move { Json(json!({"data": {"_entities": entities}})) }
            };
            directory.in_process(subgraph, axum::Router::new().route("/graphql", post(answer)));
        }
        neighbours
    }

    /// How many requests they have had.
    pub(crate) fn asked(&self) -> usize {
        self.asked.load(Ordering::Relaxed)
    }

    /// From now on they know this driver or vehicle, in this version.
    pub(crate) fn know(&self, payload: &Value, version: i64) {
        let mut entity = payload.clone();
        // A driver and a vehicle name their fleet too, so that comes last.
        let keys = ["driverId", "vehicleId", "fleetId"];
        let key = keys.into_iter().find(|key| payload.get(*key).is_some()).unwrap();
        let id = payload[key].as_str().unwrap().to_owned();
        entity["id"] = json!(id);
        entity["version"] = json!(version);
        entity.as_object_mut().unwrap().remove(key);
        self.known.lock().unwrap().insert(id, entity);
    }

    fn entities(&self, body: &Value) -> Vec<Option<Value>> {
        let wanted = body["variables"]["representations"].as_array().cloned().unwrap_or_default();
        let known = self.known.lock().unwrap();
        wanted.iter().map(|one| known.get(one["id"].as_str()?).cloned()).collect()
    }
}
