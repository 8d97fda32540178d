//! Users: who may add, change, move and dismiss whom.

use kit::Caller;
use serde_json::{Value, json};

use crate::support::people::*;
use crate::support::{World, event};

const CREATE: &str = "mutation ($input: CreateUserInput!) {
    createUser(input: $input) { id shortId name phone role isActive fleetId hubIds referralCode version } }";

fn person(phone: &str, role: &str) -> Value {
    json!({ "name": "  Nitin   Verma ", "phone": phone, "role": role })
}

#[tokio::test]
async fn a_fleet_admin_adds_a_manager_to_the_own_fleet() {
    let world = World::new().await;
    settle(&world, &[ADMIN_A]).await;
    let data = world.ok(&caller(ADMIN_A), CREATE, json!({ "input": person("98100-00200", "MANAGER") })).await;
    let user = &data["createUser"];
    assert_eq!(user["shortId"], "USR20260127001");
    assert_eq!(user["name"], "Nitin Verma");
    assert_eq!(user["phone"], "+919810000200");
    assert_eq!(user["fleetId"], id(FLEET_A));
    assert_eq!((&user["isActive"], &user["version"]), (&json!(true), &json!(1)));
    let events = world.recorded("user.created").await;
    assert_eq!(events.len(), 1);
    assert_eq!(events[0]["userId"], user["id"]);
    assert_eq!(events[0]["fleetId"], id(FLEET_A));
}
