//! Subscriptions over plain HTTP: server-sent events and both kinds of multipart, over every transport.

use std::time::Duration;

use router::{Config, Gateway, KeySource};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

use crate::fixture::{
    PATIENCE, WAYS, Way,
    client::{post, send, serve},
    dev, gateway,
    keys::{Key, Present, claims, jwks},
    scripted,
    shop::Shop,
    stream::{data_lines, open},
};

const ADDED: &str = "subscription { reviewAdded { id body author { name } product { name } } }";
const EVENTS: &str = "text/event-stream";
const APOLLO: &str = "multipart/mixed;boundary=\"graphql\";subscriptionSpec=1.0,application/json";

async fn shop(config: Config, way: Way) -> (Shop, Gateway) {
    let shop = Shop::new();
    let gateway = gateway(config, way, shop.subgraphs()).await;
    (shop, gateway)
}

#[tokio::test]
async fn events_arrive_in_order_with_fields_of_other_subgraphs() {
    for way in WAYS {
        let (shop, gateway) = shop(dev(), way).await;
        let mut reader = open(&gateway, ADDED, &[("accept", EVENTS)]).await;
        assert!(reader.media_type.starts_with(EVENTS));
        shop.wait_for_subscribers(1).await;
        for number in 1..=40 {
            shop.reviews.send(number).expect("somebody listens");
        }
        shop.reviews.send(-1).expect("somebody listens");
        let text = reader.read_until("event: complete", 1).await;
        let events = data_lines(&text);
        let ids: Vec<i64> = events
            .iter()
            .filter_map(|event| event["data"]["reviewAdded"]["id"].as_str()?.parse().ok())
            .collect();
        assert_eq!(ids, (1..=40).collect::<Vec<i64>>(), "{way:?}");
        let first = json!({ "id": "1", "body": "Review 1", "author": { "name": "User 2" }, "product": { "name": "Product 2" } });
        assert_eq!(events[0]["data"]["reviewAdded"], first, "{way:?}");
        assert!(reader.frame().await.is_none(), "the stream ends after complete");
    }
}

#[tokio::test]
async fn nothing_is_lost_when_the_producer_is_much_faster() {
    let (shop, gateway) = shop(dev(), Way::Http).await;
    let query = "subscription { reviewsReplayed(count: 600) { id author { name } } }";
    let mut reader = open(&gateway, query, &[("accept", EVENTS)]).await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    let in_flight = shop.journal.of("accounts").len();
    assert!(in_flight < 50, "{in_flight} events were resolved although nobody reads");
    let text = reader.read_until("event: complete", 1).await;
    let events = data_lines(&text);
    let ids: Vec<i64> = events
        .iter()
        .filter_map(|event| event["data"]["reviewsReplayed"]["id"].as_str()?.parse().ok())
        .collect();
    assert_eq!(ids, (1..=600).collect::<Vec<i64>>());
}

#[tokio::test]
async fn a_client_that_leaves_closes_the_upstream() {
    for way in WAYS {
        let (shop, gateway) = shop(dev(), way).await;
        let mut stays = open(&gateway, ADDED, &[("accept", EVENTS)]).await;
        let leaves = open(&gateway, ADDED, &[("accept", EVENTS)]).await;
        shop.wait_for_subscribers(2).await;
        drop(leaves);
        shop.wait_while_telling(1).await;
        shop.reviews.send(2).expect("somebody listens");
        // The other client is not affected.
        stays.read_until("\"body\":\"Review 2\"", 1).await;
    }
}

#[tokio::test]
async fn apollo_multipart_wraps_payloads_and_incremental_does_not() {
    let (shop, gateway) = shop(dev(), Way::InProcess).await;
    let mut reader = open(&gateway, ADDED, &[("accept", APOLLO)]).await;
    assert_eq!(reader.media_type, r#"multipart/mixed;boundary="graphql";subscriptionSpec=1.0"#);
    shop.wait_for_subscribers(1).await;
    shop.reviews.send(1).expect("somebody listens");
    shop.reviews.send(-1).expect("somebody listens");
    let text = reader.read_until("--graphql--", 1).await;
    let parts: Vec<&str> = text.split("\r\n--graphql").collect();
    let json = parts[1].split("\r\n\r\n").nth(1).expect("a body");
    let payload: Value = serde_json::from_str(json).expect("JSON");
    assert_eq!(payload["payload"]["data"]["reviewAdded"]["author"]["name"], "User 2");

    let mut reader = open(&gateway, ADDED, &[("accept", "multipart/mixed")]).await;
    shop.wait_for_subscribers(1).await;
    shop.reviews.send(1).expect("somebody listens");
    shop.reviews.send(-1).expect("somebody listens");
    let text = reader.read_until("--graphql--", 1).await;
    assert!(text.contains(r#""hasNext":true}"#) && text.contains(r#"{"hasNext":false}"#), "{text}");
}

#[tokio::test]
async fn quiet_streams_show_signs_of_life() {
    let config = Config { heartbeat: Duration::from_millis(60), ..dev() };
    let (_, gateway) = shop(config, Way::InProcess).await;
    let mut reader = open(&gateway, ADDED, &[("accept", EVENTS)]).await;
    reader.read_until(":\n\n", 4).await;
    let mut reader = open(&gateway, ADDED, &[("accept", APOLLO)]).await;
    reader.read_until("\r\n\r\n{}\r\n--graphql", 3).await;
}

#[tokio::test]
async fn queries_and_errors_travel_over_event_streams_too() {
    let (_, gateway) = shop(dev(), Way::InProcess).await;
    let body = json!({ "query": "{ product(upc: \"1\") { name } }" });
    let answer = send(&gateway.router(), post(&body, &[("accept", EVENTS)])).await;
    let expected = ":\n\nevent: next\ndata: {\"data\":{\"product\":{\"name\":\"Product 1\"}}}\n\nevent: complete\ndata:\n\n";
    assert_eq!(answer.text, expected);
    let answer =
        send(&gateway.router(), post(&json!({ "query": "{ nothing }" }), &[("accept", EVENTS)])).await;
    assert_eq!(answer.status.as_u16(), 200);
    assert!(
        answer.text.contains("GRAPHQL_VALIDATION_FAILED")
            && answer.text.ends_with("event: complete\ndata:\n\n")
    );
}

#[tokio::test]
async fn a_stream_ends_with_a_code_when_its_token_expires() {
    let key = Key::ed("1");
    let config = Config {
        key_source: Some(KeySource::Text(jwks(&[&key]))),
        jwt_leeway: Duration::ZERO,
        now: Present::new().told(),
        ..dev()
    };
    let (shop, gateway) = shop(config, Way::InProcess).await;
    // The first life is long enough on a quiet machine; one that ends before the event says nothing.
    let mut events = Vec::new();
    for life in [2, 8, 30, 120] {
        let token = format!("Bearer {}", key.token(&claims("u1", life)));
        let mut reader = open(&gateway, ADDED, &[("accept", EVENTS), ("authorization", &token)]).await;
        let tell_once = async {
            while shop.reviews.send(1).is_err() {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            std::future::pending::<()>().await;
        };
        let text = tokio::select! {
            text = reader.read_until("event: complete", 1) => text,
            () = tell_once => unreachable!("it waits for ever"),
        };
        events = data_lines(&text);
        if events.len() > 1 {
            break;
        }
    }
    assert_eq!(events[0]["data"]["reviewAdded"]["id"], "1", "{events:?}");
    assert_eq!(events[1]["errors"][0]["extensions"]["code"], "TOKEN_EXPIRED", "{events:?}");
    shop.wait_for_subscribers(0).await;
    let refused = send(
        &gateway.router(),
        post(&json!({ "query": ADDED }), &[("accept", EVENTS), ("authorization", "Bearer x")]),
    )
    .await;
    assert_eq!((refused.status.as_u16(), refused.code().as_str()), (401, "UNAUTHENTICATED"));
}

#[tokio::test]
async fn an_upstream_that_breaks_off_is_reported_once() {
    let gateway = gateway(dev(), Way::Http, vec![scripted::subgraph()]).await;
    let answer =
        send(&gateway.router(), post(&json!({ "query": "subscription { broken }" }), &[("accept", EVENTS)]))
            .await;
    let events = data_lines(&answer.text);
    assert_eq!((&events[0]["data"]["broken"], &events[1]["data"]["broken"]), (&json!(1), &json!(2)));
    assert_eq!(events[2]["errors"][0]["extensions"], json!({ "code": "STREAM_LOST", "service": "scripted" }));
    assert!(answer.text.ends_with("event: complete\ndata:\n\n"));
    let refused =
        send(&gateway.router(), post(&json!({ "query": "subscription { refused }" }), &[("accept", EVENTS)]))
            .await;
    assert_eq!(data_lines(&refused.text)[0]["errors"][0]["extensions"]["code"], "FORBIDDEN");
}

#[tokio::test]
async fn a_subgraph_that_panics_in_a_stream_ends_that_stream_only() {
    let gateway = gateway(dev(), Way::InProcess, vec![scripted::subgraph()]).await;
    let explode = json!({ "query": "subscription { explode }" });
    let answer = send(&gateway.router(), post(&explode, &[("accept", EVENTS)])).await;
    let errors = data_lines(&answer.text);
    assert_eq!(errors[0]["errors"][0]["extensions"]["code"], "SUBGRAPH_FAILED");
    assert_eq!(gateway.stats().open_streams, 0);
    let answer = send(&gateway.router(), post(&json!({ "query": "{ value }" }), &[])).await;
    assert_eq!(answer.json()["data"]["value"], "plain");
}

#[tokio::test]
async fn the_number_of_streams_is_bounded_and_stopping_ends_them() {
    let (shop, gateway) = shop(Config { max_streams: 1, ..dev() }, Way::InProcess).await;
    let mut first = open(&gateway, ADDED, &[("accept", EVENTS)]).await;
    shop.wait_for_subscribers(1).await;
    let second = send(&gateway.router(), post(&json!({ "query": ADDED }), &[("accept", EVENTS)])).await;
    assert_eq!((second.status.as_u16(), second.code().as_str()), (503, "TOO_MANY_STREAMS"));
    gateway.stop();
    let text = first.read_until("SHUTTING_DOWN", 1).await;
    assert!(text.contains("retry: 1000"), "{text}");
    assert!(first.frame().await.is_none());
    shop.wait_for_subscribers(0).await;
}

#[tokio::test]
async fn an_event_source_can_subscribe_by_get() {
    let (shop, gateway) = shop(dev(), Way::InProcess).await;
    let address = serve(&gateway).await;
    let mut socket = TcpStream::connect(&address).await.expect("connects");
    let query = "subscription%7BreviewAdded%7Bid%7D%7D";
    let request =
        format!("GET /graphql?query={query} HTTP/1.1\r\nhost: a\r\naccept: text/event-stream\r\n\r\n");
    socket.write_all(request.as_bytes()).await.expect("sent");
    shop.wait_for_subscribers(1).await;
    shop.reviews.send(1).expect("somebody listens");
    let (mut text, mut buffer) = (String::new(), [0; 1024]);
    while !text.contains("event: next") {
        let read = timeout(PATIENCE, socket.read(&mut buffer)).await.expect("in time").expect("read");
        text.push_str(std::str::from_utf8(&buffer[..read]).expect("UTF-8"));
    }
    assert!(text.contains(r#"data: {"data":{"reviewAdded":{"id":"1"}}}"#), "{text}");
    drop(socket);
    shop.wait_while_telling(0).await;
}
