//! The figures behind `/metrics`: what is counted, under which labels, and that clients cannot make more of them.

use axum::{body::Body, http::Request};
use router::{Config, Gateway};
use serde_json::json;

use crate::fixture::{
    Way,
    client::{post, query, send},
    gateway, scripted,
    shop::Shop,
};

async fn figures(gateway: &Gateway) -> String {
    let request = Request::get("/metrics").body(Body::empty()).expect("a request");
    let answer = send(&gateway.router(), request).await;
    assert_eq!(answer.status.as_u16(), 200);
    answer.text
}

#[track_caller]
fn has(text: &str, line: &str) {
    assert!(text.lines().any(|it| it == line), "{line} is not in\n{text}");
}

#[tokio::test]
async fn operations_fetches_and_streams_are_counted_by_their_outcome() {
    let config = Config { metrics: Some(true), ..Config::default() };
    let subgraphs = Shop::new().subgraphs().into_iter().chain([scripted::subgraph()]).collect();
    let gateway = gateway(config, Way::InProcess, subgraphs).await;
    for _ in 0..3 {
        query(&gateway, "{ product(upc: \"1\") { name inStock } }").await;
    }
    for text in ["{ html }", "{ nothing }", "mutation { change }", "query Invented { unheard }"] {
        send(&gateway.router(), post(&json!({ "query": text }), &[])).await;
    }
    let events = [("accept", "text/event-stream")];
    let stream = json!({ "query": "subscription { reviewsReplayed(count: 4) { id } }" });
    send(&gateway.router(), post(&stream, &events)).await;

    let text = figures(&gateway).await;
    let operations = "router_operation_duration_seconds_count";
    has(&text, &format!("{operations}{{kind=\"query\",outcome=\"ok\"}} 3"));
    has(&text, &format!("{operations}{{kind=\"query\",outcome=\"partial\"}} 1"));
    has(&text, &format!("{operations}{{kind=\"mutation\",outcome=\"ok\"}} 1"));
    has(&text, &format!("{operations}{{kind=\"unknown\",outcome=\"GRAPHQL_VALIDATION_FAILED\"}} 2"));
    let fetches = "router_subgraph_fetch_duration_seconds_count";
    has(&text, &format!("{fetches}{{subgraph=\"stock\",outcome=\"200\"}} 3"));
    has(&text, &format!("{fetches}{{subgraph=\"scripted\",outcome=\"502\"}} 1"));
    has(&text, "router_streams_ended_total{kind=\"subscription\",outcome=\"ok\"} 1");
    has(&text, "router_stream_events_total 4");
    has(&text, "router_streams_open 0");
    assert!(text.contains("le=\"+Inf\"") && !text.contains("Invented"), "{text}");
}
