//! Subscriptions as server-sent events, and over WebSocket.

use std::time::Duration;

use axum::body::Body;
use futures_util::{SinkExt, StreamExt};
use kit::{Caller, Clock};
use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::tungstenite::{Message, client::IntoClientRequest};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};
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
        let chunk = tokio::time::timeout(Duration::from_secs(120), stream.next()).await.expect("no event");
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

/// A socket at a served rig; None when the upgrade is refused.
async fn socket(rig: &Rig, principal: &str) -> Option<WebSocketStream<MaybeTlsStream<TcpStream>>> {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut request =
        format!("ws://{}/graphql", listener.local_addr().unwrap()).into_client_request().unwrap();
    let router = rig.router.clone();
    tokio::spawn(async move { axum::serve(listener, router).await });
    request.headers_mut().insert("sec-websocket-protocol", "graphql-transport-ws".parse().unwrap());
    request.headers_mut().insert("x-dk-principal", principal.parse().unwrap());
    tokio_tungstenite::connect_async(request).await.ok().map(|(socket, _)| socket)
}

#[tokio::test]
async fn a_websocket_streams_the_same_events_as_its_principal_and_no_forged_one_is_upgraded() {
    let rig = rig().await;
    let id = Uuid::now_v7();
    for version in 1..=3 {
        record_one(&rig.pool, id, version).await;
    }
    assert!(socket(&rig, "forged").await.is_none());
    let principal = rig.key.sign(&manager(), Clock::system().now()).unwrap().unwrap();
    let mut socket = socket(&rig, &principal).await.expect("a socket");
    let query = format!(r#"subscription {{ changes(of: "{id}") }}"#);
    for message in [
        json!({ "type": "connection_init" }),
        json!({ "id": "1", "type": "subscribe", "payload": { "query": query } }),
    ] {
        socket.send(Message::text(message.to_string())).await.unwrap();
    }
    let mut payloads = Vec::new();
    while payloads.len() < 3 {
        let message = tokio::time::timeout(Duration::from_secs(120), socket.next()).await.expect("no event");
        let Message::Text(text) = message.unwrap().unwrap() else { continue };
        let message: Value = serde_json::from_str(&text).unwrap();
        if message["type"] == "next" {
            payloads.push(message["payload"]["data"]["changes"].clone());
        }
    }
    assert_eq!(payloads, [1, 2, 3]);
}
