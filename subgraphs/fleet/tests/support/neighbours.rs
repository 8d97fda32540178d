//! A stand-in for the identity service: it answers `_entities` about the users of the tests.

use axum::Json;
use axum::routing::post;
use kit::peer::Directory;
use serde_json::{Value, json};

use super::people::{FLEET_A, FLEET_B, id};

/// Users of fleet A, active and deactivated, and one of fleet B.
pub(crate) const USER_A: u128 = 0x77;
pub(crate) const USER_A_OFF: u128 = 0x78;
pub(crate) const USER_B: u128 = 0x79;

/// Registers the stand-in.
pub(crate) fn answering(directory: &Directory) {
    let answer =
        |Json(body): Json<Value>| async move { Json(json!({ "data": { "_entities": entities(&body) } })) };
    directory.in_process("identity", axum::Router::new().route("/graphql", post(answer)));
}

fn entities(body: &Value) -> Vec<Option<Value>> {
    let wanted = body["variables"]["representations"].as_array().cloned().unwrap_or_default();
    wanted.iter().map(user).collect()
}

fn user(representation: &Value) -> Option<Value> {
    let people = [(USER_A, FLEET_A, true), (USER_A_OFF, FLEET_A, false), (USER_B, FLEET_B, true)];
    let found = people.into_iter().find(|(user, ..)| representation["id"] == id(*user));
    found.map(|(_, fleet, active)| json!({ "fleetId": id(fleet), "isActive": active }))
}
