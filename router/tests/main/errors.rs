//! What can go wrong in a subgraph, and what of it clients see.

use std::time::{Duration, Instant};

use router::{Config, Gateway};
use serde_json::{Value, json};

use crate::fixture::{
    Way,
    client::{post, send},
    gateway, scripted,
    shop::Shop,
};

async fn scripted(dev: bool, way: Way) -> Gateway {
    let config = Config { dev, subgraph_timeout: Duration::from_millis(800), ..Config::default() };
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
        let gateway = scripted(false, way).await;
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
            let begun = Instant::now();
            let error = error_of(&gateway, field).await;
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
            assert!(begun.elapsed() < Duration::from_secs(10), "{field}");
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
    assert!(error_of(&open, "slow").await["message"].as_str().is_some_and(|text| text.contains("deadline")));
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

#[tokio::test]
async fn one_subgraph_may_have_less_time_than_the_others() {
    let one = "scripted=50ms".parse().expect("a timeout");
    let config = Config { subgraph_timeouts: vec![one], ..Config::default() };
    let subgraphs = Shop::new().subgraphs().into_iter().chain([scripted::subgraph()]).collect();
    let gateway = gateway(config, Way::InProcess, subgraphs).await;
    let begun = Instant::now();
    let query = json!({ "query": "{ slow warehouse }" });
    let answer = send(&gateway.router(), post(&query, &[])).await.json();
    assert!(begun.elapsed() < Duration::from_secs(10), "not the general fifteen seconds");
    assert_eq!(answer["data"], json!({ "slow": null, "warehouse": "north" }));
    assert_eq!(answer["errors"][0]["extensions"]["code"], "SUBGRAPH_TIMEOUT");
}
