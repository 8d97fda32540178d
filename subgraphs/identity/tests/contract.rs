//! What crosses the process boundary: the SDL file and the example events match the code, and the neighbours' examples
//! are understood.

use kit::Caller;
use serde_json::json;
use testing::subgraph::contract::{example, examples_match, matches_file};

use crate::support::people::*;
use crate::support::{NOW, REQUEST_OTP, World, event};

/// Every event that identity publishes.
const PUBLISHED: [&str; 5] =
    ["otp.requested", "user.created", "user.deactivated", "user.refused", "user.updated"];

#[test]
fn the_sdl_file_is_what_the_code_says() {
    matches_file("schema/identity.graphql", &identity::sdl());
}

#[tokio::test]
async fn the_example_events_are_what_is_recorded() {
    let world = World::new().await;
    settle(&world, &[SUPER]).await;
    let create = "mutation ($input: CreateUserInput!) { createUser(input: $input) { id } }";
    let input = json!({ "name": "Omar Sheikh", "phone": "98100 00200", "role": "OPERATIONS", "fleetId": id(FLEET_A), "hubIds": [id(HUB_A1)] });
    let created = world.ok(&caller(SUPER), create, json!({ "input": input })).await;
    let user = &created["createUser"]["id"];
    let rename = "mutation ($id: ID!) { updateUser(input: { id: $id, name: \"Omar F. Sheikh\" }) { id } }";
    world.ok(&caller(SUPER), rename, json!({ "id": user })).await;
    world.sign_in("+919810000200").await;
    let off = "mutation ($id: ID!) { deactivateUser(input: { id: $id }) { id } }";
    world.ok(&caller(SUPER), off, json!({ "id": user })).await;
    world.ok(&Caller::Anonymous, REQUEST_OTP, json!({ "phone": "9810000201" })).await;
    let taken = json!({ "fleetId": id(FLEET_B), "account": {
        "source": { "kind": "fleet", "id": id(FLEET_B) }, "name": "Bina Shah", "phone": "+919810000200", "role": "FLEET_ADMIN" } });
    world.deliver(&event("fleet.created", uuid(FLEET_B), 1, taken)).await;
    examples_match(&world.db.pool, ("identity", NOW.parse().unwrap()), &PUBLISHED, &[]).await;
}

#[tokio::test]
async fn the_neighbours_examples_are_understood() {
    let world = World::new().await;
    settle(&world, &[SUPER, FREE_DRIVER]).await;
    for event_type in [
        "fleet.created",
        "fleet_manager.created",
        "fleet_manager.deactivated",
        "account.requested",
        "driver_rights.settled",
        "manager_rights.settled",
    ] {
        world.deliver(&example(event_type)).await;
    }
    let mut driver = example("driver.created");
    driver.payload["userId"] = json!(id(FREE_DRIVER));
    world.deliver(&driver).await;
    assert_eq!(world.count("SELECT count(*) FROM dead_letter").await, 0);
    assert_eq!(world.count("SELECT count(*) FROM app_user WHERE role = 'FLEET_ADMIN'").await, 1);
    assert_eq!(world.count("SELECT count(*) FROM app_user WHERE role = 'MANAGER'").await, 1);
    assert_eq!(world.count("SELECT count(*) FROM app_user WHERE role = 'DRIVER'").await, 2);
    assert_eq!(world.count("SELECT count(*) FROM app_user WHERE driver_id IS NOT NULL").await, 1);
}
