//! Clients that mean no good, or know no better: what they send, what they do not read, how much of it there is.

use std::time::Duration;

use futures_util::StreamExt;
use router::{
    Config, Gateway,
    observe::{Observation, Observer},
};
use serde_json::json;
use tokio::{io::AsyncWriteExt, net::TcpStream, sync::mpsc, time::timeout};

use crate::fixture::{
    PATIENCE, Way,
    client::{post, send, serve},
    dev, gateway,
    shop::Shop,
    socket::{Client, Seen},
};

async fn shop(config: Config) -> (Shop, Gateway, String) {
    let shop = Shop::new();
    let gateway = gateway(config, Way::InProcess, shop.subgraphs()).await;
    let address = serve(&gateway).await;
    (shop, gateway, address)
}

async fn until_no_stream_is_open(gateway: &Gateway) {
    let gone = async {
        while gateway.stats().open_streams > 0 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    timeout(PATIENCE, gone).await.expect("the client that takes nothing still has its place");
}

/// Far more than all buffers on the way can hold.
fn endless() -> String {
    let fields: String = (0..150).map(|n| format!("a{n}: body ")).collect();
    format!("subscription {{ reviewsReplayed(count: 10000000) {{ {fields} }} }}")
}

#[tokio::test]
async fn a_stream_that_nobody_reads_is_given_up() {
    let (ended, mut ends) = mpsc::unbounded_channel();
    let observer = Observer::new(move |observation| {
        if let Observation::Operation(report) = observation {
            // The receiver outlives the router.
            drop(ended.send(report.outcome.clone()));
        }
    });
    let config = Config { write_timeout: Duration::from_millis(300), observer: Some(observer), ..dev() };
    let (shop, gateway, address) = shop(config).await;
    let mut socket = TcpStream::connect(&address).await.expect("connects");
    let body = json!({ "query": endless() }).to_string();
    let head = "POST /graphql HTTP/1.1\r\nhost: a\r\naccept: text/event-stream\r\ncontent-type: application/json\r\n";
    let request = format!("{head}content-length: {}\r\n\r\n{body}", body.len());
    socket.write_all(request.as_bytes()).await.expect("sent");
    let end = timeout(PATIENCE, ends.recv()).await.expect("the stream is given up");
    assert_eq!(end.as_deref(), Some("client_closed"));
    until_no_stream_is_open(&gateway).await;
    shop.wait_for_subscribers(0).await;
    drop(socket);
}

#[tokio::test]
async fn a_socket_that_only_sends_is_given_up() {
    let (_, gateway, address) = shop(Config { write_timeout: Duration::from_millis(300), ..dev() }).await;
    let client = Client::ready(&address, json!({})).await;
    let (mut sink, unread) = client.0.split();
    let ping = json!({ "type": "ping", "payload": "x".repeat(100_000) }).to_string();
    let flood = async { while sink_text(&mut sink, &ping).await {} };
    timeout(PATIENCE, flood).await.expect("the router hangs up on a flood whose answers nobody reads");
    until_no_stream_is_open(&gateway).await;
    drop(unread);
}

async fn sink_text<S: futures_util::Sink<tokio_tungstenite::tungstenite::Message> + Unpin>(
    sink: &mut S,
    text: &str,
) -> bool {
    use futures_util::SinkExt;
    sink.send(tokio_tungstenite::tungstenite::Message::text(text)).await.is_ok()
}

#[tokio::test]
async fn a_slow_reader_is_not_one_who_stopped_reading() {
    let (shop, _, address) = shop(Config { write_timeout: PATIENCE, ..dev() }).await;
    let mut client = Client::ready(&address, json!({})).await;
    client.subscribe("1", "subscription { reviewsReplayed(count: 3000) { id body } }").await;
    for number in 1..=3000 {
        let message = client.message().await;
        assert_eq!(message["payload"]["data"]["reviewsReplayed"]["id"], number.to_string());
    }
    assert_eq!(client.message().await["type"], "complete");
    shop.wait_for_subscribers(0).await;
}

#[tokio::test]
async fn thousands_of_operations_on_one_socket_are_answered_one_way_or_the_other() {
    const ALL: usize = 3_000;
    let (_, gateway, address) = shop(Config { max_operations_per_socket: 50, ..dev() }).await;
    let mut client = Client::ready(&address, json!({})).await;
    let sending = async {
        let mut left = ALL;
        let mut ended = [0, 0];
        let mut number = 0;
        while left > 0 {
            for _ in 0..100.min(ALL - number) {
                client.subscribe(&number.to_string(), "{ warehouse }").await;
                number += 1;
            }
            while left > ALL - number {
                let message = client.message().await;
                match message["type"].as_str() {
                    Some("next") => assert_eq!(message["payload"]["data"]["warehouse"], "north"),
                    Some("complete") => (left, ended[0]) = (left - 1, ended[0] + 1),
                    Some("error") => {
                        assert_eq!(message["payload"][0]["extensions"]["code"], "TOO_MANY_STREAMS");
                        (left, ended[1]) = (left - 1, ended[1] + 1);
                    }
                    _ => panic!("{message}"),
                }
            }
        }
        ended
    };
    let [answered, refused] = timeout(PATIENCE, sending).await.expect("all are answered in time");
    assert!(answered >= 50 && answered + refused == ALL, "{answered} answered, {refused} refused");
    drop(client);
    until_no_stream_is_open(&gateway).await;
}

#[tokio::test]
async fn a_message_over_the_limit_closes_its_socket_only() {
    let (_, _, address) = shop(Config { max_body_bytes: 10_000, ..dev() }).await;
    let mut bystander = Client::ready(&address, json!({})).await;
    let mut giant = Client::ready(&address, json!({})).await;
    giant.send_text(&"x".repeat(20_000)).await;
    assert_eq!(giant.next().await, Seen::Closed(1009, "The message is too big".into()));
    bystander.subscribe("1", "{ warehouse }").await;
    assert_eq!(bystander.message().await["payload"]["data"]["warehouse"], "north");
}

#[tokio::test]
async fn json_that_is_meant_to_hurt_is_refused() {
    let (_, gateway, _) = shop(dev()).await;
    let deep = |depth: usize| format!("{}1{}", "[".repeat(depth), "]".repeat(depth));
    for (body, why) in [
        (r#"{"query":"{ warehouse }","query":"{ product }"}"#.to_owned(), "one key twice"),
        (format!(r#"{{"query":"{{ warehouse }}","variables":{{"a":{}}}}}"#, deep(5000)), "too deep"),
        (format!(r#"{{"query":"{{ warehouse }}","extensions":{{"a":{}}}}}"#, deep(5000)), "too deep"),
        (deep(100_000), "a deep batch"),
        ("\"a string\"".to_owned(), "not an object"),
        ("{\"query\":\"\\ud800\"}".to_owned(), "half a character"),
        ("{\"query\":null}".to_owned(), "no query"),
    ] {
        let request = axum::http::Request::post("/graphql").header("content-type", "application/json");
        let answer = send(&gateway.router(), request.body(body.into()).expect("a request")).await;
        assert_eq!((answer.status.as_u16(), answer.code().as_str()), (400, "BAD_REQUEST"), "{why}");
    }
    let query = format!("{{ product(upc: {}) {{ name }} }}", deep(5000));
    let answer = send(&gateway.router(), post(&json!({ "query": query }), &[])).await;
    assert_eq!(answer.code(), "GRAPHQL_PARSE_FAILED", "{}", answer.text);
}

#[tokio::test]
async fn a_wrong_path_says_where_graphql_is() {
    let (_, gateway, _) = shop(Config::default()).await;
    for path in ["/", "/nothing", "/graphql/", "/plan", "/metrics"] {
        let request = axum::http::Request::get(path).body(axum::body::Body::empty()).expect("a request");
        let answer = send(&gateway.router(), request).await;
        assert_eq!((answer.status.as_u16(), answer.code().as_str()), (404, "NOT_FOUND"), "{path}");
        assert!(answer.text.contains("/graphql"));
    }
}
