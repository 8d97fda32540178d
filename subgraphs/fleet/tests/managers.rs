//! Fleet managers: named with or without a login, let go, followed when their account ends.

use serde_json::{Value, json};

use crate::support::people::*;
use crate::support::scene::MANAGER_A;
use crate::support::{World, event, scene};

const CREATE: &str = "mutation ($input: CreateFleetManagerInput!) { createFleetManager(input: $input) {
    id shortId name mobile city status loginState user { id } fleet { id } } }";
const LET_GO: &str = "mutation ($id: ID!) { deactivateFleetManager(input: { id: $id }) { status version } }";
const READ: &str =
    "query ($fleet: ID) { fleetManagers(fleetId: $fleet) { nodes { id status loginState user { id } } } }";

fn input() -> Value {
    json!({ "name": "Nisha Jain", "mobile": "98300 00001" })
}

fn with(mut input: Value, field: &str, value: Value) -> Value {
    input[field] = value;
    input
}

#[tokio::test]
async fn a_fleet_admin_names_a_manager_whose_login_is_made_by_events() {
    let world = World::new().await;
    scene::set(&world).await;
    let data = world.ok(&fleet_admin(FLEET_A), CREATE, json!({ "input": input() })).await;
    let manager = data["createFleetManager"].clone();
    assert_eq!((&manager["shortId"], &manager["city"]), (&json!("MGR20260127001"), &json!("DELHI")));
    assert_eq!((&manager["loginState"], &manager["user"]), (&json!("PENDING"), &Value::Null));
    let account = world.recorded("fleet_manager.created").await[0]["account"].clone();
    assert_eq!((&account["role"], &account["phone"]), (&json!("MANAGER"), &json!("+919830000001")));
    let made = json!({ "userId": id(0x88), "source": account["source"] });
    world.deliver(&event("user.created", uuid(0x88), 1, made)).await;
    let data = world.ok(&fleet_admin(FLEET_A), READ, json!({})).await;
    let found =
        data["fleetManagers"]["nodes"].as_array().unwrap().iter().find(|node| node["id"] == manager["id"]);
    assert_eq!(found.unwrap()["user"]["id"], id(0x88));
    assert_eq!(found.unwrap()["loginState"], "READY");
}

#[tokio::test]
async fn a_refused_login_is_seen() {
    let world = World::new().await;
    scene::set(&world).await;
    let data = world
        .ok(&super_admin(), CREATE, json!({ "input": with(input(), "fleetId", json!(id(FLEET_A))) }))
        .await;
    let manager = &data["createFleetManager"]["id"];
    let refused = json!({ "source": { "kind": "fleet_manager", "id": manager }, "reason": "PHONE_TAKEN" });
    world.deliver(&event("user.refused", uuid(0x1), 1, refused)).await;
    assert_eq!(world.count("SELECT count(*) FROM fleet_manager WHERE login_state = 'REFUSED'").await, 1);
}

#[tokio::test]
async fn a_manager_names_another_without_a_login() {
    let world = World::new().await;
    scene::set(&world).await;
    let with_login = json!({ "input": with(input(), "withLogin", json!(true)) });
    let refused = world.refused(&manager(FLEET_A), CREATE, with_login).await;
    assert_eq!(refused, ("FORBIDDEN".into(), "withLogin".into()));
    let data = world.ok(&manager(FLEET_A), CREATE, json!({ "input": input() })).await;
    assert_eq!(data["createFleetManager"]["loginState"], "NONE");
    assert_eq!(world.recorded("fleet_manager.created").await[0]["account"], Value::Null);
}

#[tokio::test]
async fn a_number_belongs_to_one_serving_manager() {
    let world = World::new().await;
    scene::set(&world).await;
    let data = world.ok(&fleet_admin(FLEET_A), CREATE, json!({ "input": input() })).await;
    let twice = world.refused(&fleet_admin(FLEET_B), CREATE, json!({ "input": input() })).await;
    assert_eq!(twice, ("CONFLICT".into(), "mobile".into()));
    let gone =
        world.ok(&fleet_admin(FLEET_A), LET_GO, json!({ "id": data["createFleetManager"]["id"] })).await;
    assert_eq!(gone["deactivateFleetManager"], json!({ "status": "INACTIVE", "version": 2 }));
    world.ok(&fleet_admin(FLEET_B), CREATE, json!({ "input": input() })).await;
}

#[tokio::test]
async fn letting_a_manager_go_ends_the_login_only_from_above() {
    let world = World::new().await;
    scene::set(&world).await;
    world.ok(&manager(FLEET_A), LET_GO, json!({ "id": id(MANAGER_A) })).await;
    world.ok(&fleet_admin(FLEET_B), LET_GO, json!({ "id": id(scene::MANAGER_B) })).await;
    world.ok(&fleet_admin(FLEET_B), LET_GO, json!({ "id": id(scene::MANAGER_B) })).await;
    let events = world.recorded("fleet_manager.deactivated").await;
    assert_eq!(events.len(), 2, "letting go twice tells once");
    assert_eq!((&events[0]["endLogin"], &events[1]["endLogin"]), (&json!(false), &json!(true)));
}

#[tokio::test]
async fn a_login_that_is_made_after_its_manager_was_let_go_is_ended_at_once() {
    let world = World::new().await;
    scene::set(&world).await;
    for (by, mobile, user, ends) in [
        (fleet_admin(FLEET_A), "98300 00001", 0x88, true),
        // Who may not appoint managers does not end their logins either.
        (manager(FLEET_A), "98300 00002", 0x89, false),
    ] {
        let named = with(input(), "mobile", json!(mobile));
        let data = world.ok(&fleet_admin(FLEET_A), CREATE, json!({ "input": named })).await;
        let leaving = &data["createFleetManager"]["id"];
        let account = world.recorded("fleet_manager.created").await.pop().unwrap()["account"].clone();
        world.ok(&by, LET_GO, json!({ "id": leaving })).await;
        let before = world.recorded("fleet_manager.deactivated").await;
        assert_eq!(before.last().unwrap()["userId"], Value::Null, "nobody knows whom to switch off yet");
        let made = json!({ "userId": id(user), "source": account["source"] });
        for _ in 0..2 {
            world.deliver(&event("user.created", uuid(user), 1, made.clone())).await;
        }
        let told = world.recorded("fleet_manager.deactivated").await;
        assert_eq!(told.len(), before.len() + usize::from(ends));
        let last = told.last().unwrap();
        let named = if ends { json!(id(user)) } else { Value::Null };
        assert_eq!((&last["endLogin"], &last["userId"]), (&json!(ends), &named));
        assert_eq!(&last["fleetManagerId"], leaving);
    }
    assert_eq!(world.count("SELECT count(*) FROM saga WHERE state <> 'COMPLETED'").await, 0);
}

#[tokio::test]
async fn a_manager_whose_account_ends_no_longer_serves() {
    let world = World::new().await;
    scene::set(&world).await;
    let ended =
        event("user.deactivated", uuid(MANAGER_A + 0x1000), 2, json!({ "userId": id(MANAGER_A + 0x1000) }));
    for _ in 0..2 {
        world.deliver(&ended).await;
    }
    assert_eq!(world.count("SELECT count(*) FROM fleet_manager WHERE status = 'INACTIVE'").await, 1);
    let data = world.ok(&manager(FLEET_A), READ, json!({ "fleet": id(FLEET_A) })).await;
    assert_eq!(data["fleetManagers"]["nodes"][0]["status"], "INACTIVE");
}
