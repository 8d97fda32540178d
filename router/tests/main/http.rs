//! GraphQL over HTTP: methods, media types, statuses, limits, and what browsers may not do.

use std::{io::Read, time::Duration};

use axum::{
    body::Body,
    http::{Request, StatusCode},
};
use flate2::read::GzDecoder;
use http_body_util::BodyExt;
use router::{Config, Gateway};
use serde_json::json;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};
use tower::ServiceExt;

use crate::fixture::{
    PATIENCE, Way,
    client::{Answer, post, send, serve},
    dev, gateway, scripted,
    shop::Shop,
};

const RESULT: &str = "application/graphql-response+json";

async fn scripted(config: Config) -> Gateway {
    gateway(config, Way::InProcess, vec![scripted::subgraph()]).await
}

async fn get(gateway: &Gateway, query: &str, headers: &[(&str, &str)]) -> Answer {
    let mut request = Request::get(format!("/graphql?{query}"));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    send(&gateway.router(), request.body(Body::empty()).expect("a request")).await
}

#[tokio::test]
async fn the_status_follows_the_media_type() {
    let gateway = scripted(dev()).await;
    let parse = json!({ "query": "{" });
    let unknown = json!({ "query": "{ nothing }" });
    let variable = json!({ "query": "query ($a: Boolean!) { value @include(if: $a) }" });
    let fine = json!({ "query": "{ value }" });
    for (body, result_status, code) in [
        (&parse, 400, "GRAPHQL_PARSE_FAILED"),
        (&unknown, 400, "GRAPHQL_VALIDATION_FAILED"),
        (&variable, 400, "BAD_USER_INPUT"),
        (&fine, 200, "none"),
    ] {
        let answer = send(&gateway.router(), post(body, &[("accept", RESULT)])).await;
        assert_eq!(
            (answer.status.as_u16(), answer.code().as_str()),
            (result_status, code),
            "{}",
            answer.text
        );
        assert!(answer.header("content-type").starts_with(RESULT));
        assert_eq!(answer.json().get("data").is_some(), code == "none");
        let answer = send(&gateway.router(), post(body, &[])).await;
        assert_eq!((answer.status.as_u16(), answer.code().as_str()), (200, code), "{}", answer.text);
        assert!(answer.header("content-type").starts_with("application/json"));
    }
}

#[tokio::test]
async fn what_is_not_a_graphql_request_is_refused_with_a_status() {
    let gateway = scripted(Config { max_body_bytes: 1000, ..dev() }).await;
    let raw = |media_type: &str, body: &str| {
        let request = Request::post("/graphql").header("content-type", media_type);
        request.body(Body::from(body.to_owned())).expect("a request")
    };
    let long = json!({ "query": "{ value }", "extensions": { "a": "x".repeat(1000) } }).to_string();
    for (request, status, code) in [
        (raw("application/json", "{ \"not a JSON"), 400, "BAD_REQUEST"),
        (raw("application/json", ""), 400, "BAD_REQUEST"),
        (raw("application/json", "{}"), 400, "BAD_REQUEST"),
        (raw("application/json", "[{\"query\":\"{value}\"}]"), 400, "BAD_REQUEST"),
        (raw("application/json", "{\"query\":\"{value}\",\"variables\":[]}"), 400, "BAD_REQUEST"),
        (raw("application/json", "{\"query\":\"{value}\",\"operationName\":1}"), 400, "BAD_REQUEST"),
        (raw("text/plain", "{\"query\":\"{value}\"}"), 415, "UNSUPPORTED_MEDIA_TYPE"),
        (raw("application/json", &long), 413, "PAYLOAD_TOO_LARGE"),
    ] {
        let answer = send(&gateway.router(), request).await;
        assert_eq!((answer.status.as_u16(), answer.code().as_str()), (status, code), "{}", answer.text);
    }
    let delete = Request::delete("/graphql").body(Body::empty()).expect("a request");
    assert_eq!(send(&gateway.router(), delete).await.status, StatusCode::METHOD_NOT_ALLOWED);
}

#[tokio::test]
async fn get_is_for_queries_only() {
    let gateway = scripted(dev()).await;
    let answer =
        get(&gateway, "query=query%20A%20%7B%20value%20%7D%20query%20B%7Bvalue%7D&operationName=A", &[])
            .await;
    assert_eq!((answer.status.as_u16(), answer.text.as_str()), (200, r#"{"data":{"value":"plain"}}"#));
    let answer = get(&gateway, "query=mutation%20%7B%20change%20%7D", &[]).await;
    assert_eq!((answer.status.as_u16(), answer.code().as_str()), (405, "METHOD_NOT_ALLOWED"));
    assert_eq!(answer.header("allow"), "POST");
    let answer = get(&gateway, "variables=%7B%7D", &[]).await;
    assert_eq!((answer.status.as_u16(), answer.code().as_str()), (400, "BAD_REQUEST"));
    let answer = get(&gateway, "query=%7Bvalue%7D&variables=%5B1%5D", &[]).await;
    assert_eq!(answer.status.as_u16(), 400);
}

#[tokio::test]
async fn accept_decides_and_may_be_unsatisfiable() {
    let gateway = scripted(Config { playground: Some(false), ..dev() }).await;
    let body = json!({ "query": "{ value }" });
    let answer = send(&gateway.router(), post(&body, &[("accept", "text/html")])).await;
    assert_eq!((answer.status.as_u16(), answer.code().as_str()), (406, "NOT_ACCEPTABLE"));
    let stream = json!({ "query": "subscription { tick }" });
    let answer = send(&gateway.router(), post(&stream, &[("accept", "application/json")])).await;
    assert_eq!((answer.status.as_u16(), answer.code().as_str()), (406, "NOT_ACCEPTABLE"));
}

#[tokio::test]
async fn other_sites_cannot_make_a_browser_ask() {
    let gateway = scripted(Config { cors_origins: vec!["https://app.example".into()], ..dev() }).await;
    let cross = ("sec-fetch-site", "cross-site");
    for (headers, status) in [
        (vec![cross], 403),
        (vec![cross, ("origin", "https://evil.example")], 403),
        (vec![cross, ("origin", "https://app.example")], 200),
        (vec![("sec-fetch-site", "same-origin")], 200),
        (vec![("content-type", "text/plain")], 403),
        (vec![], 200),
    ] {
        assert_eq!(get(&gateway, "query=%7Bvalue%7D", &headers).await.status.as_u16(), status, "{headers:?}");
    }
    let preflight = |origin: &str| {
        let request = Request::options("/graphql").header("origin", origin);
        let request = request.header("access-control-request-method", "POST");
        request
            .header("access-control-request-headers", "content-type,authorization")
            .body(Body::empty())
            .expect("a request")
    };
    let allowed = send(&gateway.router(), preflight("https://app.example")).await;
    assert_eq!(allowed.header("access-control-allow-origin"), "https://app.example");
    let refused = send(&gateway.router(), preflight("https://evil.example")).await;
    assert_eq!(refused.header("access-control-allow-origin"), "");
}

#[tokio::test]
async fn a_body_that_trickles_in_is_given_up() {
    let short = Duration::from_millis(1500);
    let gateway = scripted(Config { read_timeout: short, idle_timeout: short, ..dev() }).await;
    let address = serve(&gateway).await;
    let mut socket = TcpStream::connect(&address).await.expect("connects");
    let head = "POST /graphql HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{\"query\"";
    socket.write_all(head.as_bytes()).await.expect("sent");
    let (mut text, mut piece) = (String::new(), vec![0; 4096]);
    while !text.contains("REQUEST_TIMEOUT") {
        let read =
            timeout(PATIENCE, socket.read(&mut piece)).await.expect("an answer in time").expect("read");
        assert!(read > 0, "closed after {text:?}");
        text.push_str(&String::from_utf8_lossy(&piece[..read]));
    }
    assert!(text.starts_with("HTTP/1.1 408"), "{text}");

    let mut socket = TcpStream::connect(&address).await.expect("connects");
    socket.write_all(b"POST /graphql HTTP/1.1\r\nhost:").await.expect("sent");
    let mut rest = Vec::new();
    let closed = timeout(PATIENCE, socket.read_to_end(&mut rest)).await;
    assert!(closed.is_ok(), "headers that never end close the connection");
}

#[tokio::test]
async fn a_connection_may_rest_between_requests_for_longer_than_a_body_may_take() {
    let gateway = scripted(Config { read_timeout: Duration::from_millis(10), ..dev() }).await;
    let mut socket = TcpStream::connect(serve(&gateway).await).await.expect("connects");
    for _ in 0..3 {
        let request = b"GET /graphql?query=%7Bvalue%7D HTTP/1.1\r\nhost: a\r\n\r\n";
        socket.write_all(request).await.expect("sent");
        let (mut text, mut piece) = (String::new(), vec![0; 4096]);
        while !text.contains("plain") {
            let read =
                timeout(PATIENCE, socket.read(&mut piece)).await.expect("an answer in time").expect("read");
            assert!(read > 0, "closed after {text:?}");
            text.push_str(&String::from_utf8_lossy(&piece[..read]));
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

#[tokio::test]
async fn every_answer_names_its_request() {
    let gateway = scripted(dev()).await;
    let body = json!({ "query": "{ value }" });
    let answer = send(&gateway.router(), post(&body, &[("x-request-id", "abc-1")])).await;
    assert_eq!(answer.header("x-request-id"), "abc-1");
    let answer = send(&gateway.router(), post(&json!({ "query": "{" }), &[])).await;
    assert_eq!(answer.header("x-request-id").len(), 36);
}

#[tokio::test]
async fn health_and_readiness_are_told_apart() {
    let gateway = scripted(Config::default()).await;
    let ask = |path: &'static str| {
        let request = Request::get(path).body(Body::empty()).expect("a request");
        let routes = gateway.router();
        async move { send(&routes, request).await.status.as_u16() }
    };
    assert_eq!((ask("/health").await, ask("/ready").await), (200, 200));
    gateway.stop();
    assert_eq!((ask("/health").await, ask("/ready").await), (200, 503));
    assert_eq!(ask("/plan").await, 404);
}

/// An answer as it is on the wire: content encoding and bytes.
async fn encoded(gateway: &Gateway, query: &str, headers: &[(&str, &str)]) -> (String, Vec<u8>) {
    let response =
        gateway.router().oneshot(post(&json!({ "query": query }), headers)).await.expect("infallible");
    let (parts, body) = response.into_parts();
    let encoding = parts.headers.get("content-encoding").map_or("", |value| value.to_str().expect("ASCII"));
    let bytes = body.collect().await.expect("a body").to_bytes();
    (encoding.to_owned(), bytes.to_vec())
}

#[tokio::test]
async fn long_answers_are_gzip_for_those_who_accept_it() {
    let shop = || Shop::new().subgraphs();
    let on = gateway(dev(), Way::InProcess, shop()).await;
    let off = gateway(Config { compression: false, ..dev() }, Way::InProcess, shop()).await;
    let gzip = [("accept-encoding", "br, gzip")];
    let (long, short) = ("{ products(first: 50) { upc name price kind } }", "{ warehouse }");
    let (encoding, plain) = encoded(&on, long, &[]).await;
    assert_eq!(encoding, "");
    let (encoding, small) = encoded(&on, long, &gzip).await;
    assert_eq!(encoding, "gzip");
    assert!(small.len() * 3 < plain.len(), "{} of {}", small.len(), plain.len());
    let mut back = Vec::new();
    GzDecoder::new(&small[..]).read_to_end(&mut back).expect("gzip");
    assert_eq!(back, plain);
    assert_eq!(encoded(&on, short, &gzip).await.0, "", "a short one fits into a packet anyway");
    assert_eq!(encoded(&off, long, &gzip).await, (String::new(), plain));
    let stream = [gzip[0], ("accept", "text/event-stream")];
    assert_eq!(encoded(&on, "subscription { reviewsReplayed(count: 60) { id body } }", &stream).await.0, "");
}
