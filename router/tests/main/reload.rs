//! The supergraph is replaced while the router runs.

use std::{
    path::PathBuf,
    time::{Duration, Instant},
};

use router::{Gateway, Source};
use serde_json::json;

use crate::fixture::{
    PATIENCE,
    client::{post, query, send},
    composed, dev, scripted,
    shop::Shop,
    socket::Client,
};

/// A file of its own for each test, removed at the end.
struct File(PathBuf);

impl File {
    fn new(name: &str, text: &str) -> Self {
        let path = std::env::temp_dir().join(format!("router-{}-{name}.graphql", std::process::id()));
        std::fs::write(&path, text).expect("written");
        Self(path)
    }

    fn write(&self, text: &str) {
        std::fs::write(&self.0, text).expect("written");
    }
}

impl Drop for File {
    fn drop(&mut self) {
        drop(std::fs::remove_file(&self.0));
    }
}

async fn until_answered(gateway: &Gateway, text: &str) {
    let begun = Instant::now();
    loop {
        let answer = send(&gateway.router(), post(&json!({ "query": text }), &[])).await;
        if answer.json()["errors"].is_null() {
            return;
        }
        assert!(begun.elapsed() < PATIENCE, "{text} was never answered: {}", answer.text);
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test]
async fn a_changed_file_is_served_and_a_bad_one_is_not() {
    let (shop_sdl, shop_transports) = composed(Shop::new().subgraphs());
    let (other_sdl, _) = composed(vec![scripted::subgraph()]);
    let transports = shop_transports.with(
        "scripted",
        std::sync::Arc::new(router::transport::InProcess::new(scripted::subgraph().routes, 1 << 20)),
    );
    let file = File::new("watched", &shop_sdl);
    let gateway =
        Gateway::watching(dev(), Source::Supergraph(file.0.clone()), transports).await.expect("starts");
    query(&gateway, "{ product(upc: \"1\") { name } }").await;

    file.write("type Query {");
    tokio::time::sleep(Duration::from_millis(600)).await;
    query(&gateway, "{ product(upc: \"1\") { name } }").await;

    file.write(&other_sdl);
    until_answered(&gateway, "{ value }").await;
    let gone =
        send(&gateway.router(), post(&json!({ "query": "{ product(upc: \"1\") { name } }" }), &[])).await;
    assert_eq!(gone.code(), "GRAPHQL_VALIDATION_FAILED");
}

#[tokio::test]
async fn streams_outlive_a_replacement() {
    let shop = Shop::new();
    let (sdl, transports) = composed(shop.subgraphs());
    let gateway = Gateway::from_supergraph(dev(), sdl.clone(), transports).await.expect("starts");
    let address = crate::fixture::client::serve(&gateway).await;
    let mut client = Client::ready(&address, json!({})).await;
    client.subscribe("1", "subscription { reviewAdded { id author { name } } }").await;
    shop.wait_for_subscribers(1).await;
    gateway.replace(sdl.replace("warehouse", "depot")).await.expect("a good supergraph");
    shop.reviews.send(4).expect("somebody listens");
    assert_eq!(client.message().await["payload"]["data"]["reviewAdded"]["author"]["name"], "User 2");
    assert!(gateway.replace("nonsense".into()).await.is_err());
}
