//! One-time passwords: what signs in, what does not, and how often one may try.

use axum::body::Body;
use axum::http::Request;
use http_body_util::BodyExt;
use kit::Caller;
use serde_json::{Value, json};
use tower::ServiceExt;

use crate::support::people::*;
use crate::support::{REQUEST_OTP, Refusal, VERIFY_OTP, World, claims, config};

const ANYBODY: Caller = Caller::Anonymous;

async fn request(world: &World, phone: &str) -> Value {
    world.ok(&ANYBODY, REQUEST_OTP, json!({ "phone": phone })).await["requestOtp"].clone()
}

async fn request_refused(world: &World, phone: &str) -> Refusal {
    world.refused(&ANYBODY, REQUEST_OTP, json!({ "phone": phone })).await
}

async fn wrong(world: &World, phone: &str, code: &str) -> Refusal {
    world.refused(&ANYBODY, VERIFY_OTP, json!({ "phone": phone, "code": code })).await
}

/// A code that is not the one that was sent.
fn other_than(code: &str) -> &'static str {
    if code == "111111" { "222222" } else { "111111" }
}

#[tokio::test]
async fn the_code_that_was_sent_signs_in_with_role_and_scope() {
    let world = World::new().await;
    settle(&world, &[OPERATIONS_A1]).await;
    let receipt = request(&world, "98100-00019").await;
    assert_eq!(receipt["resendAfterSeconds"], 30);
    assert_eq!(receipt["expiresAt"], "2026-01-27T06:05:00+00:00");
    let code = world.code(&phone(OPERATIONS_A1)).await.unwrap();
    let answer = world
        .ok(&ANYBODY, VERIFY_OTP, json!({ "phone": " 098100 00019 ", "code": format!(" {code}") }))
        .await;
    let payload = &answer["verifyOtp"];
    assert_eq!(payload["user"]["id"], id(OPERATIONS_A1));
    assert_eq!(payload["expiresAt"], "2026-01-27T06:15:00+00:00");
    assert_eq!(payload["refreshExpiresAt"], "2026-01-28T06:00:00+00:00");
    let claims = claims(&payload["access"]);
    assert_eq!(claims["sub"], id(OPERATIONS_A1));
    assert_eq!((&claims["role"], &claims["fleetId"]), (&json!("OPERATIONS"), &json!(id(FLEET_A))));
    assert_eq!((&claims["hubIds"], &claims["clientType"]), (&json!([id(HUB_A1)]), &json!("web")));
    assert_eq!((&claims["iss"], &claims["aud"]), (&json!("drivers-klub"), &json!("drivers-klub-api")));
    assert_eq!(claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap(), 15 * 60);
    assert!(claims["sid"].is_string() && claims["jti"].is_string() && claims.get("phone").is_none());
}

#[tokio::test]
async fn neither_the_code_nor_the_refresh_token_is_kept_or_published_in_clear() {
    let world = World::new().await;
    settle(&world, &[ADMIN_A]).await;
    request(&world, &phone(ADMIN_A)).await;
    let code = world.code(&phone(ADMIN_A)).await.unwrap();
    let kept: Vec<u8> =
        sqlx::query_scalar("SELECT code_hmac FROM otp").fetch_one(&world.db.pool).await.unwrap();
    assert_eq!(kept.len(), 32);
    assert!(!kept.windows(6).any(|window| window == code.as_bytes()));
    let events = world.recorded("otp.requested").await;
    assert_eq!(events[0]["phone"], "••••••0017");
    assert!(!events[0].to_string().contains(&code));
    let answer = world.ok(&ANYBODY, VERIFY_OTP, json!({ "phone": phone(ADMIN_A), "code": code })).await;
    let refresh = answer["verifyOtp"]["refresh"].as_str().unwrap();
    let hash: Vec<u8> =
        sqlx::query_scalar("SELECT token_hash FROM refresh_token").fetch_one(&world.db.pool).await.unwrap();
    assert_eq!(hash, identity::secret::token_digest(refresh));
}

#[tokio::test]
async fn the_fourth_answer_to_a_code_is_refused_even_if_it_is_right() {
    let world = World::new().await;
    settle(&world, &[ADMIN_A]).await;
    request(&world, &phone(ADMIN_A)).await;
    let code = world.code(&phone(ADMIN_A)).await.unwrap();
    for left in [2, 1, 0] {
        let refusal = wrong(&world, &phone(ADMIN_A), other_than(&code)).await;
        assert_eq!(refusal.at(), ("OTP_INVALID", "code"));
        assert_eq!(refusal.details["attemptsLeft"], left);
    }
    assert_eq!(wrong(&world, &phone(ADMIN_A), &code).await.code, "OTP_ATTEMPTS_EXCEEDED");
}

#[tokio::test]
async fn parallel_guesses_share_the_three_attempts() {
    let world = World::new().await;
    settle(&world, &[ADMIN_A]).await;
    request(&world, &phone(ADMIN_A)).await;
    let code = world.code(&phone(ADMIN_A)).await.unwrap();
    let phone = phone(ADMIN_A);
    let guesses = (0..12).map(|_| wrong(&world, &phone, other_than(&code)));
    let refusals = futures_util::future::join_all(guesses).await;
    let invalid = refusals.iter().filter(|refusal| refusal.code == "OTP_INVALID").count();
    let exceeded = refusals.iter().filter(|refusal| refusal.code == "OTP_ATTEMPTS_EXCEEDED").count();
    assert_eq!((invalid, exceeded), (3, 9));
}

#[tokio::test]
async fn a_code_works_once_within_five_minutes_and_only_the_newest() {
    let world = World::new().await;
    settle(&world, &[ADMIN_A, MANAGER_A]).await;
    request(&world, &phone(ADMIN_A)).await;
    let code = world.code(&phone(ADMIN_A)).await.unwrap();
    world.ok(&ANYBODY, VERIFY_OTP, json!({ "phone": phone(ADMIN_A), "code": code })).await;
    assert_eq!(wrong(&world, &phone(ADMIN_A), &code).await.code, "OTP_INVALID");

    request(&world, &phone(MANAGER_A)).await;
    let first = world.code(&phone(MANAGER_A)).await.unwrap();
    world.clock.advance(chrono::Duration::seconds(30));
    let mut second = first.clone();
    while second == first {
        world.clock.advance(chrono::Duration::seconds(30));
        request(&world, &phone(MANAGER_A)).await;
        tokio::task::yield_now().await;
        second = world.code(&phone(MANAGER_A)).await.unwrap();
    }
    assert_eq!(wrong(&world, &phone(MANAGER_A), &first).await.code, "OTP_INVALID");
    world.clock.advance(chrono::Duration::minutes(5));
    assert_eq!(wrong(&world, &phone(MANAGER_A), &second).await.code, "OTP_EXPIRED");
}

#[tokio::test]
async fn a_phone_nobody_registered_is_answered_like_any_other() {
    let world = World::new().await;
    settle(&world, &[ADMIN_A]).await;
    let (known, unknown) = (phone(ADMIN_A), "+919810099999");
    assert_eq!(request(&world, &known).await, request(&world, unknown).await);
    assert_eq!(request_refused(&world, &known).await, request_refused(&world, unknown).await);
    assert_eq!(wrong(&world, &known, "12345").await, wrong(&world, unknown, "12345").await);
    assert!(world.code(&known).await.is_some());
    assert!(world.code(unknown).await.is_none(), "nothing is sent to a phone that nobody registered");
}

#[tokio::test]
async fn a_phone_gets_a_code_every_thirty_seconds_and_five_an_hour() {
    let world = World::new().await;
    settle(&world, &[ADMIN_A]).await;
    let phone = phone(ADMIN_A);
    request(&world, &phone).await;
    world.clock.advance(chrono::Duration::seconds(29));
    let refusal = request_refused(&world, &phone).await;
    assert_eq!((refusal.code.as_str(), &refusal.details["retryAfterSeconds"]), ("RATE_LIMITED", &json!(1)));
    for _ in 0..4 {
        world.clock.advance(chrono::Duration::minutes(1));
        request(&world, &phone).await;
    }
    world.clock.advance(chrono::Duration::minutes(1));
    let refusal = request_refused(&world, &phone).await;
    let left = 60 * 60 - 5 * 60 - 29;
    assert_eq!(
        (refusal.code.as_str(), &refusal.details["retryAfterSeconds"]),
        ("RATE_LIMITED", &json!(left))
    );
    world.clock.advance(chrono::Duration::seconds(left - 1));
    assert_eq!(request_refused(&world, &phone).await.details["retryAfterSeconds"], 1);
    world.clock.advance(chrono::Duration::seconds(1));
    request(&world, &phone).await;
}

#[tokio::test]
async fn parallel_requests_for_one_phone_send_one_code() {
    let world = World::new().await;
    settle(&world, &[ADMIN_A]).await;
    let phone = phone(ADMIN_A);
    let asks = (0..8).map(|_| world.ask(&ANYBODY, REQUEST_OTP, json!({ "phone": phone })));
    let answers = futures_util::future::join_all(asks).await;
    assert_eq!(answers.iter().filter(|answer| answer.get("errors").is_none()).count(), 1);
    assert_eq!(world.count("SELECT count(*) FROM otp").await, 1);
}

async fn request_from(world: &World, address: &str, phone: &str) -> Value {
    let body = json!({ "query": REQUEST_OTP, "variables": { "phone": phone } }).to_string();
    let request = Request::post("/graphql")
        .header("content-type", "application/json")
        .header("x-forwarded-for", address)
        .body(Body::from(body))
        .unwrap();
    let response = world.routes().oneshot(request).await.unwrap();
    serde_json::from_slice(&response.into_body().collect().await.unwrap().to_bytes()).unwrap()
}

#[tokio::test]
async fn an_address_asks_for_twenty_codes_an_hour() {
    let world = World::new().await;
    for number in 0..20 {
        let answer = request_from(&world, "203.0.113.9", &format!("98100{number:05}")).await;
        assert!(answer.get("errors").is_none(), "{answer}");
    }
    let refused = request_from(&world, "203.0.113.9", "9810055555").await;
    assert_eq!(refused["errors"][0]["extensions"]["code"], "RATE_LIMITED");
    let elsewhere = request_from(&world, "203.0.113.10", "9810055555").await;
    assert!(elsewhere.get("errors").is_none(), "{elsewhere}");
    world.clock.advance(chrono::Duration::minutes(61));
    let later = request_from(&world, "203.0.113.9", "9810055556").await;
    assert!(later.get("errors").is_none(), "{later}");
}

#[tokio::test]
async fn the_addresses_of_one_ipv6_network_share_what_one_may_ask_for() {
    let world = World::new().await;
    for number in 0..20 {
        let answer =
            request_from(&world, &format!("2001:db8:0:1::{number:x}"), &format!("98100{number:05}")).await;
        assert!(answer.get("errors").is_none(), "{answer}");
    }
    let refused = request_from(&world, "2001:db8:0:1:ffff::1", "9810055555").await;
    assert_eq!(refused["errors"][0]["extensions"]["code"], "RATE_LIMITED");
    let elsewhere = request_from(&world, "2001:db8:0:2::1", "9810055555").await;
    assert!(elsewhere.get("errors").is_none(), "{elsewhere}");
}

#[tokio::test]
async fn five_wrong_answers_in_a_row_lock_the_phone_for_a_quarter_of_an_hour() {
    let world = World::new().await;
    settle(&world, &[ADMIN_A]).await;
    let phone = phone(ADMIN_A);
    let mut code = String::new();
    for answers in [3, 2] {
        request(&world, &phone).await;
        code = world.code(&phone).await.unwrap();
        for _ in 0..answers {
            assert_eq!(wrong(&world, &phone, other_than(&code)).await.code, "OTP_INVALID");
        }
        world.clock.advance(chrono::Duration::seconds(31));
    }
    let refusal = wrong(&world, &phone, &code).await;
    assert_eq!(refusal.code, "RATE_LIMITED");
    assert_eq!(refusal.details["retryAfterSeconds"], 15 * 60 - 31);
    assert_eq!(request_refused(&world, &phone).await.code, "RATE_LIMITED");
    world.clock.advance(chrono::Duration::minutes(15));
    request(&world, &phone).await;
    let code = world.code(&phone).await.unwrap();
    world.ok(&ANYBODY, VERIFY_OTP, json!({ "phone": phone, "code": code })).await;
    assert_eq!(world.count("SELECT count(*) FROM phone_lock").await, 0);
}

#[tokio::test]
async fn the_fixed_code_needs_the_flag_and_a_demo_phone() {
    let demo_user = "+919000000001";
    let settle_demo = |world: World| async move {
        settle(&world, &[SUPER, ADMIN_A]).await;
        let sql = "UPDATE app_user SET phone = $1 WHERE id = $2";
        sqlx::query(sql).bind(demo_user).bind(uuid(SUPER)).execute(&world.db.pool).await.unwrap();
        world
    };
    let plain = settle_demo(World::new().await).await;
    request(&plain, demo_user).await;
    if plain.code(demo_user).await.unwrap() != "000000" {
        assert_eq!(wrong(&plain, demo_user, "000000").await.code, "OTP_INVALID");
    }
    let demo = settle_demo(World::with(identity::Config { demo_otp: true, ..config() }).await).await;
    for _ in 0..3 {
        // Nothing is sent to demo phones, so nothing limits how often they ask.
        request(&demo, demo_user).await;
        demo.ok(&ANYBODY, VERIFY_OTP, json!({ "phone": demo_user, "code": "000000" })).await;
    }
    request(&demo, &phone(ADMIN_A)).await;
    if demo.code(&phone(ADMIN_A)).await.unwrap() != "000000" {
        assert_eq!(wrong(&demo, &phone(ADMIN_A), "000000").await.code, "OTP_INVALID");
    }
}

#[tokio::test]
async fn a_deactivated_or_incomplete_account_does_not_get_in() {
    let world = World::new().await;
    settle(&world, &[MANAGER_A, OPERATIONS_A1]).await;
    for sql in [
        "UPDATE app_user SET is_active = false WHERE role = 'MANAGER'",
        "UPDATE app_user SET hub_ids = '{}' WHERE role = 'OPERATIONS'",
    ] {
        sqlx::query(sql).execute(&world.db.pool).await.unwrap();
    }
    for (user, expected) in [(MANAGER_A, "FORBIDDEN"), (OPERATIONS_A1, "SCOPE_NOT_SET")] {
        request(&world, &phone(user)).await;
        let code = world.code(&phone(user)).await.unwrap();
        assert_eq!(wrong(&world, &phone(user), &code).await.code, expected);
    }
    assert_eq!(world.count("SELECT count(*) FROM session").await, 0);
}

#[tokio::test]
async fn a_number_that_is_none_is_named() {
    let world = World::new().await;
    assert_eq!(request_refused(&world, "12345").await.at(), ("VALIDATION", "phone"));
    assert_eq!(wrong(&world, "12345", "000000").await.at(), ("VALIDATION", "phone"));
}
