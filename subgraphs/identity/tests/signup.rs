//! Drivers who sign up by themselves.

use kit::Caller;
use serde_json::{Value, json};

use crate::support::people::*;
use crate::support::{REQUEST_OTP, World, claims};

const ANYBODY: Caller = Caller::Anonymous;
const VERIFY: &str = "mutation ($phone: String!, $code: String!) {
    verifySignupOtp(input: { phone: $phone, code: $code }) { ticket expiresAt } }";
const SIGN_UP: &str = "mutation ($ticket: String!, $name: String!) {
    signUpDriver(input: { ticket: $ticket, name: $name }) { access refreshExpiresAt
        user { id name phone role fleetId } } }";

async fn ticket(world: &World, phone: &str) -> Value {
    world.ok(&ANYBODY, REQUEST_OTP, json!({ "phone": phone, "purpose": "SIGNUP" })).await;
    let code = world.code(phone).await.unwrap();
    let answer = world.ok(&ANYBODY, VERIFY, json!({ "phone": phone, "code": code })).await;
    assert_eq!(answer["verifySignupOtp"]["expiresAt"], "2026-01-27T06:10:00+00:00");
    answer["verifySignupOtp"]["ticket"].clone()
}

#[tokio::test]
async fn a_proved_phone_becomes_a_driver_of_the_app() {
    let world = World::new().await;
    let ticket = ticket(&world, "+919810000300").await;
    let answer = world.ok(&ANYBODY, SIGN_UP, json!({ "ticket": ticket, "name": "Ravi  Kumar" })).await;
    let payload = &answer["signUpDriver"];
    let user = &payload["user"];
    assert_eq!((&user["role"], &user["name"]), (&json!("DRIVER"), &json!("Ravi Kumar")));
    assert_eq!((&user["phone"], &user["fleetId"]), (&json!("+919810000300"), &Value::Null));
    assert_eq!(claims(&payload["access"])["clientType"], "app");
    assert_eq!(payload["refreshExpiresAt"], "2026-02-26T06:00:00+00:00");
    assert_eq!(world.recorded("user.created").await[0]["userId"], user["id"]);
}

#[tokio::test]
async fn a_ticket_works_once_for_ten_minutes() {
    let world = World::new().await;
    let used = ticket(&world, "+919810000301").await;
    world.ok(&ANYBODY, SIGN_UP, json!({ "ticket": used, "name": "Asha" })).await;
    let again = world.refused(&ANYBODY, SIGN_UP, json!({ "ticket": used, "name": "Asha" })).await;
    assert_eq!(again.at(), ("VALIDATION", "ticket"));
    let late = ticket(&world, "+919810000302").await;
    world.clock.advance(chrono::Duration::minutes(10));
    let refusal = world.refused(&ANYBODY, SIGN_UP, json!({ "ticket": late, "name": "Asha" })).await;
    assert_eq!(refusal.at(), ("VALIDATION", "ticket"));
    let made_up = world.refused(&ANYBODY, SIGN_UP, json!({ "ticket": "guess", "name": "Asha" })).await;
    assert_eq!(made_up.at(), ("VALIDATION", "ticket"));
    assert_eq!(world.count("SELECT count(*) FROM app_user").await, 1);
}

#[tokio::test]
async fn a_ticket_used_twice_at_once_makes_one_account() {
    let world = World::new().await;
    let ticket = ticket(&world, "+919810000303").await;
    let tries = (0..5).map(|_| world.ask(&ANYBODY, SIGN_UP, json!({ "ticket": ticket, "name": "Asha" })));
    let answers = futures_util::future::join_all(tries).await;
    assert_eq!(answers.iter().filter(|answer| answer.get("errors").is_none()).count(), 1);
    assert_eq!(world.count("SELECT count(*) FROM app_user").await, 1);
}

#[tokio::test]
async fn a_registered_phone_learns_so_only_after_it_was_proved() {
    let world = World::new().await;
    settle(&world, &[FREE_DRIVER]).await;
    let phone = phone(FREE_DRIVER);
    let variables = json!({ "phone": phone, "purpose": "SIGNUP" });
    let known = world.ok(&ANYBODY, REQUEST_OTP, variables).await;
    let variables = json!({ "phone": "+919810088888", "purpose": "SIGNUP" });
    assert_eq!(known, world.ok(&ANYBODY, REQUEST_OTP, variables).await);
    let code = world.code(&phone).await.unwrap();
    let refusal = world.refused(&ANYBODY, VERIFY, json!({ "phone": phone, "code": code })).await;
    assert_eq!(refusal.at(), ("CONFLICT", "phone"));
}

#[tokio::test]
async fn a_code_for_signing_in_does_not_sign_up() {
    let world = World::new().await;
    settle(&world, &[FREE_DRIVER]).await;
    let phone = phone(FREE_DRIVER);
    world.ok(&ANYBODY, REQUEST_OTP, json!({ "phone": phone })).await;
    let code = world.code(&phone).await.unwrap();
    let refusal = world.refused(&ANYBODY, VERIFY, json!({ "phone": phone, "code": code })).await;
    assert_eq!(refusal.code, "OTP_INVALID");
}

#[tokio::test]
async fn a_nameless_driver_is_refused_and_keeps_the_ticket() {
    let world = World::new().await;
    let ticket = ticket(&world, "+919810000304").await;
    let refusal = world.refused(&ANYBODY, SIGN_UP, json!({ "ticket": ticket, "name": "   " })).await;
    assert_eq!(refusal.at(), ("VALIDATION", "name"));
    world.ok(&ANYBODY, SIGN_UP, json!({ "ticket": ticket, "name": "Asha" })).await;
}
