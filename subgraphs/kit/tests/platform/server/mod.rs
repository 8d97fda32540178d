//! A subgraph from outside: who may ask, what an error tells, how a page is loaded, how a subscription lives.

mod rig;
mod streams;

use std::sync::atomic::Ordering;

use axum::body::Body;
use kit::{Caller, Clock, PrincipalKey};
use serde_json::{Value, json};
use tower::ServiceExt;
use uuid::Uuid;

use rig::{batches, manager, rig};

const WHO: &str = r#"{"query":"{ who }"}"#;

#[tokio::test]
async fn the_caller_is_who_the_router_signed_for() {
    let rig = rig().await;
    assert_eq!(rig.ask(&Caller::Anonymous, "{ who }").await["data"]["who"], "nobody");
    let who = rig.ask(&manager(), "{ who }").await["data"]["who"].clone();
    assert_eq!(who, format!("MANAGER {}", Uuid::from_u128(7)));
    let service = Caller::Service { name: "other".into() };
    assert_eq!(rig.ask(&service, "{ who }").await["data"]["who"], "service other");
    let denied = rig.ask(&manager(), "{ onlyAdmins }").await;
    assert_eq!(denied["errors"][0]["extensions"]["code"], "FORBIDDEN");
    let nobody = rig.ask(&Caller::Anonymous, "{ onlyAdmins }").await;
    assert_eq!(nobody["errors"][0]["extensions"]["code"], "UNAUTHENTICATED");
}

#[tokio::test]
async fn a_forged_principal_executes_nothing() {
    let rig = rig().await;
    let now = Clock::system().now();
    let good = rig.key.sign(&manager(), now).unwrap().unwrap();
    let other_key = PrincipalKey::new(b"another key of thirty-two bytes or so").unwrap();
    let forged = other_key.sign(&manager(), now).unwrap().unwrap();
    let expired = rig.key.sign(&manager(), now - chrono::Duration::seconds(70)).unwrap().unwrap();
    let early = rig.key.sign(&manager(), now + chrono::Duration::seconds(70)).unwrap().unwrap();
    let parts: Vec<&str> = good.split('.').collect();
    // {"alg":"none"}
    let unsigned = format!("eyJhbGciOiJub25lIn0.{}.", parts[1]);
    let attempts: Vec<Vec<(&str, &str)>> = vec![
        vec![("x-dk-principal", &forged)],
        vec![("x-dk-principal", &expired)],
        vec![("x-dk-principal", &early)],
        vec![("x-dk-principal", &unsigned)],
        vec![("x-dk-principal", "")],
        vec![("x-dk-principal", &good), ("x-dk-principal", &good)],
        vec![("x-dk-principal", &good), ("x-dk-role", "SUPER_ADMIN")],
        vec![("x-dk-user-id", "00000000-0000-0000-0000-000000000007")],
        vec![("X-DK-Role", "SUPER_ADMIN")],
    ];
    for headers in attempts {
        let (status, answer) = rig.raw(&headers, WHO).await;
        assert_eq!(status, 401, "{headers:?}");
        assert_eq!(answer["errors"][0]["extensions"]["code"], "UNAUTHENTICATED", "{headers:?}");
        assert!(answer.get("data").is_none_or(Value::is_null));
    }
    assert_eq!(rig.effects.0.load(Ordering::SeqCst), 0);
    assert_eq!(rig.raw(&[("x-dk-principal", &good)], WHO).await.0, 200);
}

#[tokio::test]
async fn errors_have_codes_and_keep_their_causes_to_themselves() {
    let rig = rig().await;
    for how in ["internal", "stray"] {
        let answer = rig.ask(&Caller::Anonymous, &format!(r#"{{ broken(how: "{how}") }}"#)).await;
        assert_eq!(answer["errors"][0]["extensions"]["code"], "INTERNAL", "{answer}");
        assert_eq!(answer["errors"][0]["message"], kit::error::MASKED);
        assert!(!answer.to_string().contains("secret"), "{answer}");
    }
    let shown = rig.ask(&Caller::Anonymous, r#"{ broken(how: "x") }"#).await;
    let expected =
        json!({ "code": "VALIDATION", "field": "how", "details": { "known": ["internal", "stray"] } });
    assert_eq!(shown["errors"][0]["extensions"], expected);
    let invalid = rig.ask(&Caller::Anonymous, "{ nosuch }").await;
    assert_eq!(invalid["errors"][0]["extensions"]["code"], "VALIDATION");
    assert!(invalid["errors"][0]["message"].as_str().unwrap().contains("nosuch"));
    let (status, answer) = rig.raw(&[], "not json").await;
    assert_eq!((status, &answer["errors"][0]["extensions"]["code"]), (400, &json!("VALIDATION")));
}

#[tokio::test]
async fn pages_join_without_gap_or_repeat() {
    let rig = rig().await;
    let mut seen = Vec::new();
    let mut after = String::new();
    loop {
        let query = format!(
            "{{ things(first: 40{after}) {{ nodes {{ number }} pageInfo {{ endCursor hasNextPage }} totalCount }} }}"
        );
        let things = rig.ask(&Caller::Anonymous, &query).await["data"]["things"].clone();
        assert_eq!(things["totalCount"], 95);
        seen.extend(things["nodes"].as_array().unwrap().iter().map(|node| node["number"].as_i64().unwrap()));
        if things["pageInfo"]["hasNextPage"] == false {
            break;
        }
        after = format!(", after: {}", things["pageInfo"]["endCursor"]);
    }
    assert_eq!(seen, (1..=95).collect::<Vec<_>>());
    let too_many = rig.ask(&Caller::Anonymous, "{ things(first: 101) { nodes { number } } }").await;
    assert_eq!(too_many["errors"][0]["extensions"]["field"], "first");
}

#[tokio::test]
async fn a_page_of_fields_is_one_batch() {
    let rig = rig().await;
    let before = batches(&rig.pool);
    let answer = rig.ask(&Caller::Anonymous, "{ things(first: 95) { nodes { number doubled } } }").await;
    let nodes = answer["data"]["things"]["nodes"].as_array().unwrap().clone();
    assert_eq!((&nodes[2]["doubled"], &nodes[94]["doubled"]), (&json!(6), &Value::Null));
    assert_eq!(batches(&rig.pool) - before, 1);
}

#[tokio::test]
async fn the_number_of_statements_depends_on_the_depth_and_not_on_the_page() {
    let rig = rig().await;
    let level = "quick { doubled quick { doubled } } slow { doubled } slower { doubled slower { doubled } }";
    let mut counts = Vec::new();
    for first in [1, 10, 95] {
        let before = batches(&rig.pool);
        let query = format!("{{ things(first: {first}) {{ nodes {{ doubled {level} }} }} }}");
        let answer = rig.ask(&Caller::Anonymous, &query).await;
        assert_eq!(answer["data"]["things"]["nodes"][0]["slower"]["slower"]["doubled"], 2, "{answer}");
        counts.push(batches(&rig.pool) - before);
    }
    assert_eq!(counts[0], counts[1]);
    assert_eq!(counts[1], counts[2]);
    // doubled once per level, and the three ways once: quick and slower are remembered at the second level.
    assert!(counts[0] <= 6, "{counts:?}");
}

#[tokio::test]
async fn peers_are_asked_for_entities_in_order() {
    let rig = rig().await;
    let representations =
        [3, 91, 1].map(|number| json!({ "__typename": "ThingEntity", "number": number })).to_vec();
    let found = rig.peers.entities("things", "... on ThingEntity { number }", representations).await.unwrap();
    assert_eq!(found, [Some(json!({ "number": 3 })), None, Some(json!({ "number": 1 }))]);
    assert!(rig.peers.entities("things", "... on ThingEntity { number }", vec![]).await.unwrap().is_empty());
    let missing = rig.peers.entities("nowhere", "... on X { y }", vec![json!({})]).await.unwrap_err();
    assert!(missing.cause().contains("nowhere"));
}

#[tokio::test]
async fn only_services_may_look_at_the_schema() {
    let rig = rig().await;
    let query = "{ __schema { queryType { name } } }";
    let service = Caller::Service { name: "router".into() };
    assert_eq!(rig.ask(&service, query).await["data"]["__schema"]["queryType"]["name"], "Query");
    assert!(rig.ask(&manager(), query).await["data"]["__schema"].is_null());
    let sdl = rig.ask(&service, "{ _service { sdl } }").await["data"]["_service"]["sdl"].clone();
    let sdl = sdl.as_str().unwrap();
    assert!(sdl.contains(r#"@key(fields: "number")"#) && sdl.contains("scalar Paise"), "{sdl}");
    assert!(sdl.contains("type Money @shareable"), "{sdl}");
    assert!(sdl.contains("type PageInfo @shareable"), "{sdl}");
}

#[tokio::test]
async fn money_is_an_integer_beyond_32_bits_and_the_address_is_the_clients() {
    let rig = rig().await;
    let price =
        rig.ask(&Caller::Anonymous, "{ price { amountPaise currency } }").await["data"]["price"].clone();
    assert_eq!(price, json!({ "amountPaise": 5_000_000_000_i64, "currency": "INR" }));
    let ask = r#"{"query":"{ address }"}"#;
    assert_eq!(rig.raw(&[("x-forwarded-for", "203.0.113.9")], ask).await.1["data"]["address"], "203.0.113.9");
    assert!(rig.raw(&[("x-forwarded-for", "1.2.3.4, 5.6.7.8")], ask).await.1["data"]["address"].is_null());
}

#[tokio::test]
async fn an_operation_that_is_too_deep_is_refused() {
    let rig = rig().await;
    let mut deep = "{ __typename }".to_owned();
    for _ in 0..30 {
        deep = format!("{{ things(first: 1) {{ nodes {deep} }} }}");
    }
    let answer = rig.ask(&Caller::Anonymous, &deep).await;
    assert!(answer["errors"].is_array() && answer["data"].is_null());
}

#[tokio::test]
async fn health_and_readiness_are_told_apart() {
    let rig = rig().await;
    let get = |path: &'static str| {
        let router = rig.router.clone();
        async move {
            router
                .oneshot(axum::http::Request::get(path).body(Body::empty()).unwrap())
                .await
                .unwrap()
                .status()
                .as_u16()
        }
    };
    assert_eq!((get("/health").await, get("/ready").await), (200, 200));
    rig.pool.close().await;
    assert_eq!((get("/health").await, get("/ready").await), (200, 503));
}

/// Whoever handles an event with a peer's help has to know whether to try again or to give the event up.
#[tokio::test]
async fn a_peer_tells_what_passes_by_itself_from_what_does_not() {
    let rig = rig().await;
    for (how, passes) in [("away", true), ("internal", false), ("no such way", false)] {
        let query = format!("{{ broken(how: {how:?}) }}");
        let failed = rig.peers.query("things", &query, json!({})).await.unwrap_err();
        assert_eq!(failed.is_transient(), passes, "{how}: {}", failed.cause());
        assert!(!failed.cause().contains("secret cause"), "{}", failed.cause());
    }
    let nobody = format!("http://127.0.0.1:{}/graphql", testing::free_port());
    let directory = kit::peer::Directory::new();
    directory.http("nobody", &nobody);
    let peers = kit::Peers::new("tester", directory, rig.key.clone());
    assert!(peers.query("nobody", "{ who }", json!({})).await.unwrap_err().is_transient());
    assert!(!peers.query("nowhere", "{ who }", json!({})).await.unwrap_err().is_transient());
}

#[tokio::test]
async fn figures_count_requests_and_show_what_waits() {
    let rig = rig().await;
    rig.ask(&Caller::Anonymous, "{ who }").await;
    rig.ask(&Caller::Anonymous, "{ onlyAdmins }").await;
    rig.raw(&[("x-dk-role", "SUPER_ADMIN")], WHO).await;
    let request = axum::http::Request::get("/metrics").body(Body::empty()).unwrap();
    let response = rig.router.clone().oneshot(request).await.unwrap();
    let text = axum::body::to_bytes(response.into_body(), 1 << 20).await.unwrap();
    let text = std::str::from_utf8(&text).unwrap();
    for line in [
        r#"dk_requests_total{service="things",outcome="succeeded"} 1"#,
        r#"dk_requests_total{service="things",outcome="failed"} 1"#,
        r#"dk_requests_total{service="things",outcome="refused"} 1"#,
        r#"dk_request_duration_seconds_count{service="things"} 3"#,
        r#"dk_outbox_unpublished_events{service="things"} 0"#,
        r#"dk_outbox_oldest_unpublished_seconds{service="things"} 0"#,
        r#"dk_dead_letters{service="things"} 0"#,
        r#"dk_bus_connected{service="things"} 1"#,
    ] {
        assert!(text.contains(line), "{line} is missing in:\n{text}");
    }
}

#[tokio::test]
async fn a_nullable_field_that_fails_is_null_beside_its_error() {
    let rig = rig().await;
    let answer =
        rig.ask(&Caller::Anonymous, "{ maybe who things(first: 3) { nodes { number sometimes } } }").await;
    assert_eq!(answer["data"]["maybe"], Value::Null);
    assert!(answer["data"].as_object().unwrap().contains_key("maybe"));
    let nodes = json!([
        { "number": 1, "sometimes": 1 }, { "number": 2, "sometimes": null }, { "number": 3, "sometimes": 3 }
    ]);
    assert_eq!(answer["data"]["things"]["nodes"], nodes);
    assert_eq!(answer["errors"].as_array().unwrap().len(), 2);
}
