//! Accounts that the fleet service asks for: made, recognised or refused, and ended again.

use serde_json::{Value, json};

use crate::support::people::*;
use crate::support::{World, event};

fn asked(kind: &str, source: u128, phone: &str, role: &str) -> Value {
    json!({ "fleetId": id(FLEET_A), "account": {
        "source": { "kind": kind, "id": id(source) }, "name": "Arjun Mehta", "phone": phone, "role": role,
        "requestedBy": id(SUPER) } })
}

async fn user_of(world: &World, phone: &str) -> Option<(String, Option<uuid::Uuid>)> {
    sqlx::query_as("SELECT role, fleet_id FROM app_user WHERE phone = $1")
        .bind(phone)
        .fetch_optional(&world.db.pool)
        .await
        .unwrap()
}

#[tokio::test]
async fn the_administrator_of_a_new_fleet_gets_an_account_once() {
    let world = World::new().await;
    let created =
        event("fleet.created", uuid(FLEET_A), 1, asked("fleet", FLEET_A, "+919810000400", "FLEET_ADMIN"));
    for _ in 0..3 {
        world.deliver(&created).await;
    }
    assert_eq!(user_of(&world, "+919810000400").await, Some(("FLEET_ADMIN".into(), Some(uuid(FLEET_A)))));
    let events = world.recorded("user.created").await;
    assert_eq!(events.len(), 1);
    assert_eq!(events[0]["source"], json!({ "kind": "fleet", "id": id(FLEET_A) }));
    world.sign_in("+919810000400").await;
}

#[tokio::test]
async fn a_phone_of_somebody_else_is_refused_and_the_one_who_asked_is_told() {
    let world = World::new().await;
    settle(&world, &[MANAGER_B]).await;
    let phone = phone(MANAGER_B);
    world
        .deliver(&event("fleet.created", uuid(FLEET_A), 1, asked("fleet", FLEET_A, &phone, "FLEET_ADMIN")))
        .await;
    assert_eq!(user_of(&world, &phone).await, Some(("MANAGER".into(), Some(uuid(FLEET_B)))));
    let refused = world.recorded("user.refused").await;
    assert_eq!(
        refused[0],
        json!({ "source": { "kind": "fleet", "id": id(FLEET_A) }, "reason": "PHONE_TAKEN" })
    );
}

#[tokio::test]
async fn an_account_that_fits_already_counts_as_made() {
    let world = World::new().await;
    settle(&world, &[MANAGER_A]).await;
    let wanted = asked("fleet_manager", 0xE1, &phone(MANAGER_A), "MANAGER");
    world.deliver(&event("fleet_manager.created", uuid(0xE1), 1, wanted)).await;
    assert_eq!(world.recorded("user.created").await[0]["userId"], id(MANAGER_A));
    assert_eq!(world.count("SELECT count(*) FROM app_user").await, 1);
}

#[tokio::test]
async fn no_event_appoints_a_super_admin() {
    let world = World::new().await;
    let wanted = asked("fleet", FLEET_A, "+919810000401", "SUPER_ADMIN");
    world.deliver(&event("fleet.created", uuid(FLEET_A), 1, wanted)).await;
    assert_eq!(user_of(&world, "+919810000401").await, None);
    assert_eq!(world.recorded("user.refused").await[0]["reason"], "ROLE_NOT_APPOINTED");
}

#[tokio::test]
async fn the_login_of_a_manager_ends_with_the_office_if_it_is_to() {
    let world = World::new().await;
    settle(&world, &[MANAGER_A, MANAGER_B]).await;
    let left = |user: u128, end_login: bool| json!({ "fleetManagerId": id(0xE1), "fleetId": id(FLEET_A), "userId": id(user), "endLogin": end_login });
    for (user, end_login, active) in [(MANAGER_A, false, 2), (MANAGER_B, true, 2), (MANAGER_A, true, 1)] {
        world.deliver(&event("fleet_manager.deactivated", uuid(0xE1), 2, left(user, end_login))).await;
        assert_eq!(world.count("SELECT count(*) FROM app_user WHERE is_active").await, active);
    }
    assert_eq!(world.recorded("user.deactivated").await[0]["userId"], id(MANAGER_A));
    assert_eq!(world.count("SELECT count(*) FROM dead_letter").await, 0);
}

/// A driver whom the partner service wants an account for.
fn driver(source: u128, request: u128, phone: &str) -> Value {
    json!({ "fleetId": id(FLEET_A), "account": {
        "source": { "kind": "driver", "id": id(source), "request": id(request) }, "userId": id(source + 1),
        "name": "Farid Khan", "phone": phone, "role": "DRIVER", "requestedBy": id(OPERATIONS_A1) } })
}

async fn asked_for(world: &World, wanted: Value) {
    world.deliver(&event("account.requested", uuid(0xD0), 1, wanted)).await;
}

#[tokio::test]
async fn a_driver_gets_the_account_that_was_chosen_however_often_it_is_asked_for() {
    let world = World::new().await;
    for _ in 0..3 {
        // Each is an event of its own, as a step that is repeated.
        asked_for(&world, driver(0xD0, 0x5A, "98100 00600")).await;
    }
    assert_eq!(user_of(&world, "+919810000600").await, Some(("DRIVER".into(), Some(uuid(FLEET_A)))));
    assert_eq!(world.count("SELECT count(*) FROM app_user").await, 1);
    let answers = world.recorded("user.created").await;
    assert_eq!(answers.len(), 3, "each request is answered");
    for answer in answers {
        assert_eq!(answer["userId"], id(0xD1));
        assert_eq!(answer["source"], json!({ "kind": "driver", "id": id(0xD0), "request": id(0x5A) }));
    }
    world.sign_in("+919810000600").await;
    let elsewhere = "UPDATE app_user SET phone = '+919810000601'";
    sqlx::query(elsewhere).execute(&world.db.pool).await.unwrap();
    asked_for(&world, driver(0xD0, 0x5A, "98100 00600")).await;
    assert_eq!(world.count("SELECT count(*) FROM app_user").await, 1, "a new phone is no new person");
}

#[tokio::test]
async fn whoever_drives_for_nobody_yet_is_taken_on_and_nobody_else_is() {
    let world = World::new().await;
    settle(&world, &[FREE_DRIVER, DRIVER_B, MANAGER_A]).await;
    asked_for(&world, driver(0xD0, 0x5A, &phone(FREE_DRIVER))).await;
    assert_eq!(world.recorded("user.created").await[0]["userId"], id(FREE_DRIVER));
    for taken in [DRIVER_B, MANAGER_A] {
        asked_for(&world, driver(0xE0, 0x5B, &phone(taken))).await;
    }
    let off = "UPDATE app_user SET is_active = false WHERE id = $1";
    sqlx::query(off).bind(uuid(FREE_DRIVER)).execute(&world.db.pool).await.unwrap();
    asked_for(&world, driver(0xE0, 0x5B, &phone(FREE_DRIVER))).await;
    asked_for(&world, driver(0xE0, 0x5B, "12")).await;
    let mut nameless = driver(0xE0, 0x5B, "98100 00602");
    nameless["account"]["name"] = json!("  ");
    asked_for(&world, nameless).await;
    let mut lifted = driver(0xE0, 0x5B, "98100 00602");
    lifted["account"]["role"] = json!("MANAGER");
    asked_for(&world, lifted).await;
    let refused = world.recorded("user.refused").await;
    let reasons: Vec<&str> = refused.iter().map(|answer| answer["reason"].as_str().unwrap()).collect();
    let (taken, phone, name, role) =
        ("PHONE_TAKEN", "PHONE_NOT_ACCEPTED", "NAME_NOT_ACCEPTED", "ROLE_NOT_APPOINTED");
    assert_eq!(reasons, [taken, taken, taken, phone, name, role]);
    assert!(refused.iter().all(|answer| answer["source"]["request"] == id(0x5B)));
    assert_eq!(world.count("SELECT count(*) FROM app_user").await, 3);
    assert_eq!(world.count("SELECT count(*) FROM dead_letter").await, 0);
}
