//! A stand-in for the fleet service: it answers `_entities` about the fleets and hubs of the tests.

use axum::Json;
use axum::routing::post;
use kit::peer::Directory;
use serde_json::{Value, json};
use uuid::Uuid;

use super::people::{CLOSED_FLEET, FLEET_A, FLEET_B, HUB_A1, HUB_A2, HUB_B1, id};

/// Registers the stand-in.
pub(crate) fn answering(directory: &Directory) {
    let answer =
        |Json(body): Json<Value>| async move { Json(json!({ "data": { "_entities": entities(&body) } })) };
    directory.in_process("fleet", axum::Router::new().route("/graphql", post(answer)));
}

fn entities(body: &Value) -> Vec<Option<Value>> {
    let wanted = body["variables"]["representations"].as_array().cloned().unwrap_or_default();
    wanted.iter().map(entity).collect()
}

fn entity(representation: &Value) -> Option<Value> {
    let number = Uuid::try_parse(representation["id"].as_str()?).ok()?.as_u128();
    match (representation["__typename"].as_str()?, number) {
        ("Fleet", FLEET_A | FLEET_B) => Some(json!({ "status": "ACTIVE" })),
        ("Fleet", CLOSED_FLEET) => Some(json!({ "status": "INACTIVE" })),
        ("Hub", HUB_A1 | HUB_A2) => Some(json!({ "fleetId": id(FLEET_A) })),
        ("Hub", HUB_B1) => Some(json!({ "fleetId": id(FLEET_B) })),
        _ => None,
    }
}
