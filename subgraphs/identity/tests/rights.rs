//! Accounts that are switched off and on: sessions end, the services that keep rights are asked until they have followed, and
//! whoever does not is seen.

use chrono::Duration;
use http_body_util::BodyExt;
use kit::Caller;
use serde_json::{Value, json};
use tower::ServiceExt;

use crate::support::people::*;
use crate::support::{World, event};

const OFF: &str = "mutation ($id: ID!) { deactivateUser(input: { id: $id }) { isActive } }";
const ON: &str = "mutation ($id: ID!) { reactivateUser(input: { id: $id }) { isActive } }";
const STUCK: &str = "{ identityStuckSagas { kind subjectId step attempts lastError } }";

async fn answer(world: &World, by: &str, request: &Value) {
    let kind = if by == "fleet" { "manager_rights.settled" } else { "driver_rights.settled" };
    let payload = json!({ "request": request, "by": by, "userId": id(DRIVER_A) });
    world.deliver(&event(kind, uuid(DRIVER_A), 2, payload)).await;
}

async fn states(world: &World) -> Vec<(String, String)> {
    sqlx::query_as("SELECT step, state FROM saga ORDER BY created_at, id")
        .fetch_all(&world.db.pool)
        .await
        .unwrap()
}

fn state(step: &str, state: &str) -> (String, String) {
    (step.to_owned(), state.to_owned())
}

#[tokio::test]
async fn a_switch_is_done_when_both_services_have_followed_and_a_later_one_overtakes_it() {
    let world = World::new().await;
    settle(&world, &[SUPER, DRIVER_A]).await;
    let variables = json!({ "id": id(DRIVER_A) });
    world.ok(&caller(SUPER), OFF, variables.clone()).await;
    let request = world.recorded("user.deactivated").await[0]["rightsRequest"].clone();
    for _ in 0..2 {
        answer(&world, "partner", &request).await;
        assert_eq!(
            states(&world).await,
            [state("withdraw", "RUNNING")],
            "the fleet service has not answered"
        );
    }
    world.ok(&caller(SUPER), OFF, variables.clone()).await;
    assert_eq!(states(&world).await.len(), 1, "switching off what is off asks nobody");
    answer(&world, "fleet", &request).await;
    assert_eq!(states(&world).await, [state("withdraw", "COMPLETED")]);

    world.ok(&caller(SUPER), ON, variables.clone()).await;
    world.ok(&caller(SUPER), OFF, variables).await;
    let back = world.recorded("user.updated").await[0]["rightsRequest"].clone();
    for service in ["fleet", "partner"] {
        answer(&world, service, &back).await;
    }
    let expected =
        [state("withdraw", "COMPLETED"), state("restore", "COMPENSATED"), state("withdraw", "RUNNING")];
    assert_eq!(states(&world).await, expected, "answers to what was overtaken end nothing");
    assert_eq!(world.count("SELECT count(*) FROM dead_letter").await, 0);
}

#[tokio::test]
async fn a_change_that_is_no_switch_asks_nobody() {
    let world = World::new().await;
    settle(&world, &[SUPER, DRIVER_A]).await;
    let rename = "mutation ($id: ID!) { updateUser(input: { id: $id, name: \"Ravi K\" }) { id } }";
    world.ok(&caller(SUPER), rename, json!({ "id": id(DRIVER_A) })).await;
    assert_eq!(world.recorded("user.updated").await[0].get("rightsRequest"), None);
    assert_eq!(world.count("SELECT count(*) FROM saga").await, 0);
}

#[tokio::test]
async fn whoever_does_not_follow_is_asked_again_and_seen_in_a_query_and_a_figure() {
    let mut world = World::new().await;
    settle(&world, &[SUPER, DRIVER_A]).await;
    world.ok(&caller(SUPER), OFF, json!({ "id": id(DRIVER_A) })).await;
    world.start();
    for (asked, minutes) in [(2, 1), (3, 1), (4, 2), (5, 4)] {
        world.clock.advance(Duration::minutes(minutes));
        world.eventually("SELECT count(*) FROM outbox WHERE event_type = 'user.deactivated'", asked).await;
        assert_eq!(stuck_figure(&world).await, f64::from(u8::from(asked == 5)));
    }
    let told = world.recorded("user.deactivated").await;
    for again in &told[1..] {
        assert_eq!((&again["rightsRequest"], &again["isActive"]), (&told[0]["rightsRequest"], &json!(false)));
    }
    let seen = world.ok(&caller(SUPER), STUCK, json!({})).await;
    let stuck = json!([{ "kind": "user_rights", "subjectId": id(DRIVER_A), "step": "withdraw", "attempts": 4,
        "lastError": null }]);
    assert_eq!(seen["identityStuckSagas"], stuck);
    for service in ["fleet", "partner"] {
        answer(&world, service, &told[0]["rightsRequest"]).await;
    }
    assert_eq!(world.ok(&caller(SUPER), STUCK, json!({})).await["identityStuckSagas"], json!([]));
    assert_eq!(stuck_figure(&world).await, 0.0);
}

async fn get(world: &World, path: &str) -> String {
    let request = axum::http::Request::get(path).body(axum::body::Body::empty()).unwrap();
    let response = world.routes().oneshot(request).await.unwrap();
    String::from_utf8(response.into_body().collect().await.unwrap().to_bytes().to_vec()).unwrap()
}

async fn stuck_figure(world: &World) -> f64 {
    let figures = get(world, "/metrics").await;
    let line = figures.lines().find(|line| line.starts_with("dk_stuck_sagas")).unwrap();
    line.rsplit(' ').next().unwrap().parse().unwrap()
}

#[tokio::test]
async fn ended_sessions_can_be_asked_for_since_the_last_answer() {
    let world = World::new().await;
    settle(&world, &[SUPER, DRIVER_A, MANAGER_A]).await;
    let revoked = async |path: String| -> Value { serde_json::from_str(&get(&world, &path).await).unwrap() };
    let ids = |answer: &Value| answer["sessions"].as_array().unwrap().len();
    for person in [DRIVER_A, MANAGER_A] {
        world.sign_in(&phone(person)).await;
    }
    let off = async |person| world.ok(&caller(SUPER), OFF, json!({ "id": id(person) })).await;
    off(DRIVER_A).await;
    let first = revoked("/sessions/revoked".into()).await;
    assert_eq!(ids(&first), 1);
    let until = first["sessions"][0]["until"].as_i64().unwrap();
    assert_eq!(until, (world.clock.now() + Duration::minutes(15)).timestamp());
    world.clock.advance(Duration::seconds(20));
    let since = format!("/sessions/revoked?since={}", first["asOf"]);
    assert_eq!(ids(&revoked(since.clone()).await), 1, "answers overlap");
    world.clock.advance(Duration::seconds(40));
    let second = revoked("/sessions/revoked".into()).await;
    off(MANAGER_A).await;
    let next = revoked(format!("/sessions/revoked?since={}", second["asOf"])).await;
    assert_eq!(ids(&next), 1, "the new one only");
    assert_ne!(next["sessions"][0]["sid"], first["sessions"][0]["sid"]);
    assert_eq!(ids(&revoked("/sessions/revoked".into()).await), 2);
    world.clock.advance(Duration::minutes(15));
    assert_eq!(ids(&revoked(since).await), 0, "no token of them lives any more");
    let refused = world.refused(&Caller::Anonymous, STUCK, json!({})).await;
    assert_eq!(refused.at(), ("UNAUTHENTICATED", ""));
}
