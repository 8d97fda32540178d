//! Subscriptions as server-sent events.

use std::time::Duration;

use axum::body::Body;
use futures_util::StreamExt;
use kit::{Caller, Clock};
use serde_json::{Value, json};
use tower::ServiceExt;
use uuid::Uuid;

use super::rig::{Rig, batches, manager, rig};
use crate::support::record_one;

/// Reads server-sent events until `count` of them are there.
async fn read_events(rig: &Rig, caller: &Caller, query: &str, count: usize) -> Vec<(String, Value)> {
    let mut request = axum::http::Request::post("/graphql").header("accept", "text/event-stream");
    if let Some(token) = rig.key.sign(caller, Clock::system().now()).unwrap() {
        request = request.header("x-dk-principal", token);
    }
    let body = json!({ "query": query }).to_string();
    let response = rig.router.clone().oneshot(request.body(Body::from(body)).unwrap()).await.unwrap();
    assert_eq!(response.headers()["content-type"], "text/event-stream");
    let mut stream = response.into_body().into_data_stream();
    let mut text = String::new();
    let mut events = Vec::new();
    while events.len() < count {
        let chunk = tokio::time::timeout(Duration::from_secs(20), stream.next()).await.expect("no event");
        let Some(chunk) = chunk else { break };
        text.push_str(std::str::from_utf8(&chunk.unwrap()).unwrap());
        while let Some((event, rest)) =
            text.split_once("\n\n").map(|(event, rest)| (event.to_owned(), rest.to_owned()))
        {
            text = rest;
            let field = |name: &str| {
                event.lines().find_map(|line| line.strip_prefix(name)).unwrap_or("").trim().to_owned()
            };
            events.push((field("event:"), serde_json::from_str(&field("data:")).unwrap_or(Value::Null)));
        }
    }
    events
}

#[tokio::test]
async fn a_subscription_streams_events_and_completes_after_an_error() {
    let rig = rig().await;
    let id = Uuid::now_v7();
    for version in 1..=3 {
        record_one(&rig.pool, id, version).await;
    }
    let query = format!(r#"subscription {{ changes(of: "{id}") }}"#);
    let events = read_events(&rig, &manager(), &query, 3).await;
    let expected: Vec<_> =
        (1..=3).map(|n| ("next".to_owned(), json!({ "data": { "changes": n } }))).collect();
    assert_eq!(events, expected);
    let refused = read_events(&rig, &Caller::Anonymous, &query, 2).await;
    assert_eq!(refused[0].1["errors"][0]["extensions"]["code"], "UNAUTHENTICATED");
    assert_eq!(refused[1].0, "complete");
}

#[tokio::test]
async fn each_event_of_a_subscription_is_loaded_anew() {
    let rig = rig().await;
    let id = Uuid::now_v7();
    for version in 1..=3 {
        record_one(&rig.pool, id, version).await;
    }
    let before = batches(&rig.pool);
    let query = format!(r#"subscription {{ loaded(of: "{id}") {{ doubled }} }}"#);
    let events = read_events(&rig, &manager(), &query, 3).await;
    assert!(events.iter().all(|(_, data)| data["data"]["loaded"]["doubled"] == 14));
    assert!(batches(&rig.pool) - before >= 3);
}
