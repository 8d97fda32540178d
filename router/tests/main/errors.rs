//! What can go wrong in a subgraph, and what of it clients see.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use router::{
    Config, Gateway, SubgraphEndpoint,
    transport::{HttpClient, HttpTransport, Upstream},
};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::fixture::{
    Journal, PATIENCE, Way,
    client::{post, send},
    dev, gateway, scripted,
    shop::Shop,
    stream::open,
};

async fn scripted(dev: bool, way: Way) -> Gateway {
    let config = Config { dev, subgraph_timeout: PATIENCE, request_timeout: PATIENCE, ..Config::default() };
    gateway(config, way, vec![scripted::subgraph()]).await
}

/// The same for the fields that never answer.
async fn hasty(dev: bool, way: Way) -> Gateway {
    let config = Config { dev, subgraph_timeout: Duration::from_millis(300), ..Config::default() };
    gateway(config, way, vec![scripted::subgraph()]).await
}

async fn error_of(gateway: &Gateway, field: &str) -> Value {
    let answer = send(&gateway.router(), post(&json!({ "query": format!("{{ {field} }}") }), &[])).await;
    assert_eq!(answer.status.as_u16(), 200, "{}", answer.text);
    let json = answer.json();
    assert_eq!(json["errors"].as_array().map(Vec::len), Some(1), "{json}");
    json["errors"][0].clone()
}

#[tokio::test]
async fn every_failure_has_a_code_and_tells_no_secret() {
    for way in [Way::InProcess, Way::Http] {
        let (patient, hasty) = (scripted(false, way).await, hasty(false, way).await);
        for (field, code, message) in [
            ("html", "SUBGRAPH_HTTP_ERROR", "Something went wrong in a service."),
            ("notJson", "SUBGRAPH_MALFORMED_ANSWER", "Something went wrong in a service."),
            ("slow", "SUBGRAPH_TIMEOUT", "Something went wrong in a service."),
            ("slowBody", "SUBGRAPH_TIMEOUT", "Something went wrong in a service."),
            ("huge", "SUBGRAPH_ANSWER_TOO_LARGE", "Something went wrong in a service."),
            ("uncoded", "DOWNSTREAM_SERVICE_ERROR", "Something went wrong in a service."),
            ("internal", "INTERNAL_SERVER_ERROR", "Something went wrong in a service."),
            ("coded", "VALIDATION", "That name is taken."),
        ] {
            let gateway = if code == "SUBGRAPH_TIMEOUT" { &hasty } else { &patient };
            let error = error_of(gateway, field).await;
            assert_eq!(
                (&error["extensions"]["code"], &error["message"]),
                (&json!(code), &json!(message)),
                "{way:?} {error}"
            );
            assert_eq!(error["extensions"]["service"], "scripted");
            let text = error.to_string();
            assert!(
                !text.contains("secret") && !text.contains("10.0.0.1") && !text.contains("stacktrace"),
                "{text}"
            );
        }
    }
}

#[tokio::test]
async fn coded_errors_keep_their_details_and_development_shows_all() {
    let closed = scripted(false, Way::InProcess).await;
    let error = error_of(&closed, "coded").await;
    assert_eq!((&error["extensions"]["field"], &error["path"]), (&json!("name"), &json!(["coded"])));
    let open = scripted(true, Way::InProcess).await;
    let error = error_of(&open, "uncoded").await;
    assert_eq!(error["message"], "secret: connection to 10.0.0.1 refused");
    assert!(error["extensions"]["stacktrace"].is_array());
    let hasty = hasty(true, Way::InProcess).await;
    assert!(error_of(&hasty, "slow").await["message"].as_str().is_some_and(|text| text.contains("deadline")));
}

#[tokio::test]
async fn a_panicking_subgraph_does_not_take_the_router_along() {
    let gateway = scripted(false, Way::InProcess).await;
    assert_eq!(error_of(&gateway, "panic").await["extensions"]["code"], "SUBGRAPH_FAILED");
    let answer = send(&gateway.router(), post(&json!({ "query": "{ value }" }), &[])).await;
    assert_eq!(answer.text, r#"{"data":{"value":"plain"}}"#);
}

#[tokio::test]
async fn null_where_a_value_is_promised_is_an_error_and_bubbles() {
    let gateway = scripted(false, Way::InProcess).await;
    let answer = send(&gateway.router(), post(&json!({ "query": "{ must }" }), &[])).await.json();
    assert_eq!(
        (&answer["data"], answer["errors"].as_array().map(Vec::len)),
        (&Value::Null, Some(1)),
        "{answer}"
    );
}

#[tokio::test]
async fn what_was_meant_is_told_where_the_schema_may_be_read_anyway() {
    for (dev, told) in [(true, true), (false, false)] {
        let gateway = scripted(dev, Way::InProcess).await;
        let answer = send(&gateway.router(), post(&json!({ "query": "{ valu }" }), &[])).await;
        assert_eq!(answer.code(), "GRAPHQL_VALIDATION_FAILED");
        assert_eq!(answer.text.contains("Did you mean `value`?"), told, "{}", answer.text);
    }
}

#[tokio::test]
async fn limits_stop_operations_before_they_are_planned() {
    let config =
        Config { max_aliases: 5, max_root_fields: 10, max_depth: 3, max_tokens: 200, ..Config::default() };
    let gateway = gateway(config, Way::InProcess, vec![scripted::subgraph()]).await;
    let aliases = (0..7).map(|n| format!("a{n}: value ")).collect::<String>();
    let tokens = "value ".repeat(300);
    for (fields, code) in [(aliases, "MAX_ALIASES_EXCEEDED"), (tokens, "MAX_TOKENS_EXCEEDED")] {
        let answer = send(&gateway.router(), post(&json!({ "query": format!("{{ {fields} }}") }), &[])).await;
        assert_eq!(answer.code(), code, "{}", answer.text);
    }
}

/// A router over the scripted subgraph, which hangs up on the first connections without a word.
async fn restarting(hang_ups: usize) -> (Gateway, Journal) {
    let journal = Journal::default();
    let subgraph = scripted::subgraph();
    let routes = journal.record("scripted", subgraph.routes);
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let url = format!("http://{}/graphql", listener.local_addr().expect("an address"));
    tokio::spawn(async move {
        for _ in 0..hang_ups {
            drop(listener.accept().await);
        }
        axum::serve(listener, routes).await
    });
    let transport = HttpTransport::new(HttpClient::new(), &url, Upstream::Sse, 1 << 20).expect("a good URL");
    let endpoint =
        SubgraphEndpoint { name: "scripted".into(), sdl: Some(subgraph.sdl), transport: Arc::new(transport) };
    (Gateway::from_subgraphs(Config::default(), vec![endpoint]).await.expect("it composes"), journal)
}

#[tokio::test]
async fn a_restarting_subgraph_is_not_noticed_by_those_who_read() {
    let (gateway, journal) = restarting(2).await;
    let answer = send(&gateway.router(), post(&json!({ "query": "{ value }" }), &[])).await;
    assert_eq!(answer.text, r#"{"data":{"value":"plain"}}"#);
    assert_eq!(journal.all().len(), 1);

    let (gateway, _) = restarting(1).await;
    let mut reader = open(&gateway, "subscription { tick }", &[("accept", "text/event-stream")]).await;
    assert!(reader.read_until("event: next", 2).await.contains(r#"{"data":{"tick":1}}"#));

    let (gateway, journal) = restarting(1).await;
    let answer = send(&gateway.router(), post(&json!({ "query": "mutation { change }" }), &[])).await;
    assert_eq!(
        answer.code(),
        "SUBGRAPH_UNREACHABLE",
        "nobody knows whether it was done: it is not done again"
    );
    assert!(journal.all().is_empty());
}

#[tokio::test]
async fn one_subgraph_may_have_less_time_than_the_others() {
    let one = "scripted=50ms".parse().expect("a timeout");
    let config = Config { subgraph_timeouts: vec![one], ..dev() };
    let subgraphs = Shop::new().subgraphs().into_iter().chain([scripted::subgraph()]).collect();
    let gateway = gateway(config, Way::InProcess, subgraphs).await;
    let begun = Instant::now();
    let query = json!({ "query": "{ slow warehouse }" });
    let answer = send(&gateway.router(), post(&query, &[])).await.json();
    // The field itself takes half a minute.
    assert!(begun.elapsed() < Duration::from_secs(25), "{:?}", begun.elapsed());
    assert_eq!(answer["data"], json!({ "slow": null, "warehouse": "north" }));
    assert_eq!(answer["errors"][0]["extensions"]["code"], "SUBGRAPH_TIMEOUT");
}
