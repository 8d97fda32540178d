//! Sessions: refresh with one winner, reuse that ends the family, sign-out, and what ends sessions from outside.

use axum::body::Body;
use axum::http::Request;
use http_body_util::BodyExt;
use kit::{Caller, Role, Viewer};
use serde_json::{Value, json};
use tower::ServiceExt;

use crate::support::people::*;
use crate::support::{REQUEST_OTP, VERIFY_OTP, World, claims, event};

const ANYBODY: Caller = Caller::Anonymous;

/// The caller that the router makes of an access token.
fn bearer(access: &Value) -> Caller {
    let claims = claims(access);
    let uuid = |value: &Value| value.as_str().map(|text| text.parse().unwrap());
    Caller::Viewer(Viewer {
        user_id: uuid(&claims["sub"]).unwrap(),
        role: claims["role"].as_str().unwrap().parse::<Role>().unwrap(),
        fleet_id: uuid(&claims["fleetId"]),
        hub_ids: claims["hubIds"].as_array().unwrap().iter().map(|hub| uuid(hub).unwrap()).collect(),
        session_id: uuid(&claims["sid"]),
        driver_id: uuid(&claims["driverId"]),
    })
}

fn code(answer: &Value) -> &str {
    answer["errors"][0]["extensions"]["code"].as_str().unwrap_or("ok")
}

#[tokio::test]
async fn a_refresh_gives_new_tokens_of_the_same_session() {
    let world = World::new().await;
    settle(&world, &[MANAGER_A]).await;
    let first = world.sign_in(&phone(MANAGER_A)).await;
    world.clock.advance(chrono::Duration::minutes(14));
    let answer = world.refresh(&first["refresh"]).await;
    let second = &answer["data"]["refreshSession"];
    assert_ne!(second["refresh"], first["refresh"]);
    let (before, after) = (claims(&first["access"]), claims(&second["access"]));
    assert_eq!(before["sid"], after["sid"]);
    assert_ne!(before["jti"], after["jti"]);
    assert_eq!(second["expiresAt"], "2026-01-27T06:29:00+00:00");
}

#[tokio::test]
async fn a_used_refresh_token_that_comes_back_ends_the_session() {
    let world = World::new().await;
    settle(&world, &[MANAGER_A]).await;
    let first = world.sign_in(&phone(MANAGER_A)).await;
    let second = world.refresh(&first["refresh"]).await["data"]["refreshSession"].clone();
    assert_eq!(code(&world.refresh(&first["refresh"]).await), "UNAUTHENTICATED");
    assert_eq!(code(&world.refresh(&second["refresh"]).await), "UNAUTHENTICATED");
    let reason: String =
        sqlx::query_scalar("SELECT revoke_reason FROM session").fetch_one(&world.db.pool).await.unwrap();
    assert_eq!(reason, "REUSE");
    let me = world.refused(&bearer(&second["access"]), "{ me { id } }", json!({})).await;
    assert_eq!(me.code, "UNAUTHENTICATED");
}

#[tokio::test]
async fn of_twenty_parallel_refreshes_one_wins_and_the_session_goes_on() {
    let world = World::new().await;
    settle(&world, &[MANAGER_A]).await;
    for _ in 0..3 {
        let signed_in = world.sign_in(&phone(MANAGER_A)).await;
        let answers =
            futures_util::future::join_all((0..20).map(|_| world.refresh(&signed_in["refresh"]))).await;
        let winners: Vec<&Value> = answers.iter().filter(|answer| answer.get("errors").is_none()).collect();
        assert_eq!(winners.len(), 1);
        let live = "SELECT count(*) FROM refresh_token t JOIN session s ON s.id = t.session_id
                     WHERE t.rotated_at IS NULL AND s.created_at = (SELECT max(created_at) FROM session)";
        assert_eq!(world.count(live).await, 1);
        world.clock.advance(chrono::Duration::minutes(1));
    }
}

#[tokio::test]
async fn a_session_rests_a_day_in_a_browser_and_thirty_days_in_the_app() {
    let world = World::new().await;
    settle(&world, &[DRIVER_A]).await;
    for (client, days) in [("WEB", 1), ("APP", 30)] {
        world.ok(&ANYBODY, REQUEST_OTP, json!({ "phone": phone(DRIVER_A) })).await;
        let code_sent = world.code(&phone(DRIVER_A)).await.unwrap();
        let verify = "mutation ($input: VerifyOtpInput!) { verifyOtp(input: $input) { refresh } }";
        let input = json!({ "phone": phone(DRIVER_A), "code": code_sent, "clientType": client });
        let answer = world.ok(&ANYBODY, verify, json!({ "input": input })).await;
        world.clock.advance(chrono::Duration::days(days) - chrono::Duration::seconds(1));
        let answer = world.refresh(&answer["verifyOtp"]["refresh"]).await;
        assert_eq!(code(&answer), "ok", "{client}: {answer}");
        world.clock.advance(chrono::Duration::days(days));
        let late = world.refresh(&answer["data"]["refreshSession"]["refresh"]).await;
        assert_eq!(code(&late), "UNAUTHENTICATED", "{client}");
    }
}

#[tokio::test]
async fn signing_out_ends_this_session_or_all_of_them() {
    let world = World::new().await;
    settle(&world, &[MANAGER_A]).await;
    let mut sessions = Vec::new();
    for _ in 0..4 {
        sessions.push(world.sign_in(&phone(MANAGER_A)).await);
        world.clock.advance(chrono::Duration::minutes(1));
    }
    let logout = "mutation { logout { endedSessions } }";
    let answer = world.ok(&bearer(&sessions[0]["access"]), logout, json!({})).await;
    assert_eq!(answer["logout"]["endedSessions"], 1);
    assert_eq!(code(&world.refresh(&sessions[0]["refresh"]).await), "UNAUTHENTICATED");

    let with_token =
        "mutation ($token: String!) { logout(input: { refreshToken: $token }) { endedSessions } }";
    let answer = world.ok(&ANYBODY, with_token, json!({ "token": sessions[1]["refresh"] })).await;
    assert_eq!(answer["logout"]["endedSessions"], 1);
    assert_eq!(code(&world.refresh(&sessions[1]["refresh"]).await), "UNAUTHENTICATED");

    let all = "mutation { logoutAll { endedSessions } }";
    let answer = world.ok(&bearer(&sessions[2]["access"]), all, json!({})).await;
    assert_eq!(answer["logoutAll"]["endedSessions"], 2);
    assert_eq!(code(&world.refresh(&sessions[3]["refresh"]).await), "UNAUTHENTICATED");
    assert_eq!(world.refused(&ANYBODY, logout, json!({})).await.code, "UNAUTHENTICATED");
}

#[tokio::test]
async fn deactivation_reaches_live_sessions_at_once() {
    let world = World::new().await;
    settle(&world, &[SUPER, MANAGER_A]).await;
    let session = world.sign_in(&phone(MANAGER_A)).await;
    let caller_now = bearer(&session["access"]);
    world.ok(&caller_now, "{ me { id } users { nodes { id } } }", json!({})).await;
    let off = "mutation ($id: ID!) { deactivateUser(input: { id: $id }) { isActive version } }";
    let answer = world.ok(&caller(SUPER), off, json!({ "id": id(MANAGER_A) })).await;
    assert_eq!(answer["deactivateUser"], json!({ "isActive": false, "version": 2 }));
    for query in ["{ me { id } }", "{ users { nodes { id } } }"] {
        assert_eq!(world.refused(&caller_now, query, json!({})).await.code, "UNAUTHENTICATED", "{query}");
    }
    assert_eq!(code(&world.refresh(&session["refresh"]).await), "UNAUTHENTICATED");
    let sid = claims(&session["access"])["sid"].clone();
    assert_eq!(world.recorded("user.deactivated").await[0]["sessionIds"], json!([sid]));
    let revoked = revoked(&world).await;
    assert_eq!(revoked["sessions"][0]["sid"], sid);
    world.clock.advance(chrono::Duration::minutes(15));
    assert_eq!(super::session::revoked(&world).await["sessions"], json!([]), "no token of it lives any more");
    let on = "mutation ($id: ID!) { reactivateUser(input: { id: $id }) { isActive } }";
    world.ok(&caller(SUPER), on, json!({ "id": id(MANAGER_A) })).await;
    world.sign_in(&phone(MANAGER_A)).await;
}

async fn revoked(world: &World) -> Value {
    let request = Request::get("/sessions/revoked").body(Body::empty()).unwrap();
    let response = world.routes().oneshot(request).await.unwrap();
    serde_json::from_slice(&response.into_body().collect().await.unwrap().to_bytes()).unwrap()
}

#[tokio::test]
async fn role_and_scope_are_read_anew_at_every_refresh() {
    let world = World::new().await;
    settle(&world, &[SUPER, OPERATIONS_A1]).await;
    let session = world.sign_in(&phone(OPERATIONS_A1)).await;
    let scope = "mutation ($input: SetUserScopeInput!) { setUserScope(input: $input) { hubIds } }";
    let input =
        json!({ "userId": id(OPERATIONS_A1), "fleetId": id(FLEET_A), "hubIds": [id(HUB_A2), id(HUB_A1)] });
    world.ok(&caller(SUPER), scope, json!({ "input": input })).await;
    let answer = world.refresh(&session["refresh"]).await;
    let now = claims(&answer["data"]["refreshSession"]["access"]);
    assert_eq!(now["hubIds"], json!([id(HUB_A1), id(HUB_A2)]));
}

#[tokio::test]
async fn a_new_role_ends_the_sessions_of_the_old_one() {
    let world = World::new().await;
    settle(&world, &[SUPER, MANAGER_A]).await;
    let session = world.sign_in(&phone(MANAGER_A)).await;
    let promote =
        "mutation ($id: ID!) { updateUser(input: { id: $id, role: FLEET_ADMIN }) { role fleetId } }";
    let answer = world.ok(&caller(SUPER), promote, json!({ "id": id(MANAGER_A) })).await;
    assert_eq!(answer["updateUser"], json!({ "role": "FLEET_ADMIN", "fleetId": id(FLEET_A) }));
    assert_eq!(code(&world.refresh(&session["refresh"]).await), "UNAUTHENTICATED");
    world.clock.advance(chrono::Duration::minutes(1));
    let again = world.sign_in(&phone(MANAGER_A)).await;
    assert_eq!(claims(&again["access"])["role"], "FLEET_ADMIN");
}

#[tokio::test]
async fn a_drivers_token_carries_what_the_partner_service_told_last() {
    let world = World::new().await;
    settle(&world, &[FREE_DRIVER]).await;
    let driver = uuid(0xD1);
    let told = |hub: u128, version| {
        let payload = json!({ "driverId": driver, "userId": id(FREE_DRIVER), "fleetId": id(FLEET_A),
            "hubId": id(hub), "status": "ACTIVE" });
        event("driver.updated", driver, version, payload)
    };
    world.deliver(&told(HUB_A2, 3)).await;
    world.deliver(&told(HUB_A1, 2)).await;
    let session = world.sign_in(&phone(FREE_DRIVER)).await;
    let claims = claims(&session["access"]);
    assert_eq!(claims["driverId"], driver.to_string());
    assert_eq!((&claims["fleetId"], &claims["hubIds"]), (&json!(id(FLEET_A)), &json!([id(HUB_A2)])));
    assert_eq!(world.recorded("user.updated").await.len(), 1, "older news changes nothing");
}

#[tokio::test]
async fn news_of_a_driver_that_moves_nobody_is_no_change_of_the_account() {
    let world = World::new().await;
    settle(&world, &[SUPER, FREE_DRIVER]).await;
    let driver = uuid(0xD1);
    let told = async |version, hub: u128| {
        let payload = json!({ "driverId": driver, "userId": id(FREE_DRIVER), "fleetId": id(FLEET_A),
            "hubId": id(hub), "isAvailable": version % 2 == 0 });
        world.deliver(&event("driver.availability_changed", driver, version, payload)).await;
    };
    for version in 1..=4 {
        told(version, HUB_A1).await;
    }
    let rename = "mutation ($id: ID!) { updateUser(input: { id: $id, name: \"Farid K\", expectedVersion: 2 }) { version } }";
    let data = world.ok(&caller(SUPER), rename, json!({ "id": id(FREE_DRIVER) })).await;
    assert_eq!(data["updateUser"]["version"], 3, "what was read after the first news is still what is there");
    assert_eq!(world.recorded("user.updated").await.len(), 2);
    told(6, HUB_A2).await;
    told(5, HUB_A1).await;
    let events = world.recorded("user.updated").await;
    assert_eq!((events.len(), &events[2]["hubIds"]), (3, &json!([id(HUB_A2)])), "and moves are told");
}

const WAITING: &str =
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";

#[tokio::test]
async fn who_signs_in_while_being_switched_off_waits_and_is_refused() {
    let world = World::new().await;
    settle(&world, &[MANAGER_A]).await;
    world.ok(&ANYBODY, REQUEST_OTP, json!({ "phone": phone(MANAGER_A) })).await;
    let sent = world.code(&phone(MANAGER_A)).await.unwrap();
    let mut switching = world.db.pool.begin().await.unwrap();
    let off = "UPDATE app_user SET is_active = false WHERE id = $1";
    sqlx::query(off).bind(uuid(MANAGER_A)).execute(&mut *switching).await.unwrap();
    let variables = json!({ "phone": phone(MANAGER_A), "code": sent });
    let sign_in = world.ask(&ANYBODY, VERIFY_OTP, variables);
    let switch = async {
        world.eventually(WAITING, 1).await;
        switching.commit().await.unwrap();
    };
    let (answer, ()) = futures_util::future::join(sign_in, switch).await;
    assert_eq!(code(&answer), "FORBIDDEN");
    assert_eq!(world.count("SELECT count(*) FROM session").await, 0);
}

#[tokio::test]
async fn a_refresh_during_a_sign_out_waits_and_finds_the_session_ended() {
    let world = World::new().await;
    settle(&world, &[MANAGER_A]).await;
    let session = world.sign_in(&phone(MANAGER_A)).await;
    let mut ending = world.db.pool.begin().await.unwrap();
    let end = "UPDATE session SET revoked_at = now(), revoke_reason = 'LOGOUT'";
    sqlx::query(end).execute(&mut *ending).await.unwrap();
    let sign_out = async {
        world.eventually(WAITING, 1).await;
        ending.commit().await.unwrap();
    };
    let (answer, ()) = futures_util::future::join(world.refresh(&session["refresh"]), sign_out).await;
    assert_eq!(code(&answer), "UNAUTHENTICATED");
    assert_eq!(world.count("SELECT count(*) FROM refresh_token").await, 1, "no token was made");
}

#[tokio::test]
async fn the_app_is_for_drivers() {
    let world = World::new().await;
    settle(&world, &[MANAGER_A]).await;
    world.ok(&ANYBODY, REQUEST_OTP, json!({ "phone": phone(MANAGER_A) })).await;
    let sent = world.code(&phone(MANAGER_A)).await.unwrap();
    let verify = "mutation ($input: VerifyOtpInput!) { verifyOtp(input: $input) { refresh } }";
    let input = json!({ "phone": phone(MANAGER_A), "code": sent, "clientType": "APP" });
    let refusal = world.refused(&ANYBODY, verify, json!({ "input": input })).await;
    assert_eq!(refusal.at(), ("FORBIDDEN", "clientType"));
    assert_eq!(world.count("SELECT count(*) FROM session").await, 0);
}

#[tokio::test]
async fn a_session_that_goes_on_does_not_keep_its_spent_tokens() {
    let world = World::new().await;
    settle(&world, &[MANAGER_A]).await;
    let mut token = world.sign_in(&phone(MANAGER_A)).await["refresh"].clone();
    for _ in 0..3 {
        world.clock.advance(chrono::Duration::hours(20));
        token = world.refresh(&token).await["data"]["refreshSession"]["refresh"].clone();
    }
    let mut conn = world.db.pool.acquire().await.unwrap();
    identity::session::repository::sweep(&mut conn, world.clock.now()).await.unwrap();
    assert_eq!(
        world.count("SELECT count(*) FROM refresh_token").await,
        2,
        "one that lives, one not yet over"
    );
    assert_eq!(code(&world.refresh(&token).await), "ok");
}

#[tokio::test]
async fn spent_codes_and_sessions_are_swept_after_a_week() {
    let world = World::new().await;
    settle(&world, &[MANAGER_A]).await;
    world.sign_in(&phone(MANAGER_A)).await;
    let mut conn = world.db.pool.acquire().await.unwrap();
    let week = world.clock.now() + chrono::Duration::days(7);
    identity::session::repository::sweep(&mut conn, world.clock.now()).await.unwrap();
    assert_eq!(world.count("SELECT count(*) FROM session").await, 1);
    assert_eq!(identity::session::repository::sweep(&mut conn, week).await.unwrap(), 1);
    assert!(identity::otp::repository::sweep(&mut conn, week).await.unwrap() > 0);
    assert_eq!(world.count("SELECT count(*) FROM otp").await, 0);
}
