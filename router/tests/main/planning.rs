//! Plans are made once per document, off the I/O threads, within a budget.

use std::{
    fmt::Write,
    time::{Duration, Instant},
};

use router::{Config, Gateway};
use serde_json::json;

use crate::fixture::{
    Way,
    client::{post, query, send},
    composed, dev, gateway,
    shop::Shop,
};

async fn shop(config: Config) -> Gateway {
    gateway(config, Way::InProcess, Shop::new().subgraphs()).await
}

/// Distinct fields at many places: as much planning work as a document of its size can be.
fn sprawling(aliases: usize) -> String {
    let mut text = String::from("{");
    for number in 0..aliases {
        let fields = "name inStock shipping reviews { body author { name } product { inStock shipping } }";
        write!(text, " a{number}: product(upc: \"{number}\") {{ {fields} }}").expect("a string grows");
    }
    text + " }"
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_callers_of_one_document_wait_for_one_plan() {
    let gateway = shop(dev()).await;
    let asking = (0..40).map(|_| {
        let gateway = gateway.clone();
        tokio::spawn(async move { query(&gateway, "{ product(upc: \"1\") { name inStock } }").await })
    });
    for answer in asking.collect::<Vec<_>>() {
        assert_eq!(answer.await.expect("no panic")["product"]["name"], "Product 1");
    }
    assert_eq!(gateway.stats().plans_made, 1);
    query(&gateway, "{ product(upc: \"1\") { name  inStock } }").await;
    assert_eq!(gateway.stats().plans_made, 2, "another text is another document");
}

#[tokio::test]
async fn the_cache_is_bounded() {
    let gateway = shop(Config { plan_cache_size: 5, ..dev() }).await;
    for number in 0..20 {
        query(&gateway, &format!("{{ a{number}: product(upc: \"1\") {{ name }} }}")).await;
    }
    let stats = gateway.stats();
    assert_eq!(stats.plans_made, 20);
    assert!(stats.plans_kept <= 5, "{stats:?}");
    let padded = format!("{{ product(upc: \"1\") {{ name }} }} #{}", "x".repeat(100_000));
    query(&gateway, &padded).await;
    assert!(gateway.stats().plans_kept <= 5, "a document larger than the whole cache is not kept");
    query(&gateway, &padded).await;
    assert_eq!(gateway.stats().plans_made, 22);
}

#[tokio::test]
async fn a_document_full_of_errors_does_not_make_a_huge_answer() {
    let gateway = shop(dev()).await;
    let wrong: String = (0..2000).map(|number| format!("wrong{number} ")).collect();
    let answer = send(&gateway.router(), post(&json!({ "query": format!("{{ {wrong} }}") }), &[])).await;
    let told = answer.json()["errors"].as_array().map(Vec::len);
    assert!(told.is_some_and(|told| (1..=25).contains(&told)), "{told:?}");
}

#[tokio::test]
async fn planning_that_takes_too_long_is_an_error_and_holds_nobody_up() {
    let limits = Config { max_aliases: 10_000, max_root_fields: 10_000, max_tokens: 1_000_000, ..dev() };
    let gateway = shop(Config { plan_timeout: Duration::from_millis(1), ..limits }).await;
    let slow = {
        let gateway = gateway.clone();
        tokio::spawn(
            async move { send(&gateway.router(), post(&json!({ "query": sprawling(2000) }), &[])).await },
        )
    };
    let begun = Instant::now();
    let request = axum::http::Request::get("/health").body(axum::body::Body::empty()).expect("a request");
    assert_eq!(send(&gateway.router(), request).await.status.as_u16(), 200);
    assert!(begun.elapsed() < Duration::from_secs(60), "{:?}", begun.elapsed());
    assert_eq!(slow.await.expect("no panic").code(), "PLAN_INTERRUPTED");
    assert_eq!(gateway.stats().plans_kept, 0, "it may succeed another time");
}

#[tokio::test]
async fn a_new_supergraph_does_not_start_cold() {
    let shop = Shop::new();
    let (sdl, transports) = composed(shop.subgraphs());
    let gateway = Gateway::from_supergraph(dev(), sdl.clone(), transports).await.expect("starts");
    let texts = ["{ product(upc: \"1\") { name } }", "{ products { inStock } }"];
    for text in texts {
        query(&gateway, text).await;
    }
    gateway.replace(sdl.replace("warehouse", "depot")).await.expect("a good supergraph");
    assert_eq!(gateway.stats().plans_made, 2);
    for text in texts {
        query(&gateway, text).await;
    }
    assert_eq!(gateway.stats().plans_made, 2, "both were planned before the swap");
}
