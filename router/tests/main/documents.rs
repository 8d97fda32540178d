//! Operations that are named instead of sent: by the hash of their text, or by an id from a file.

use std::path::PathBuf;

use axum::{body::Body, http::Request};
use router::{Config, Gateway};
use serde_json::{Value, json};

use crate::fixture::{
    Way,
    client::{Answer, post, send, serve},
    composed, dev, gateway,
    shop::Shop,
    socket::Client,
};

const TEXT: &str = "query Warehouse { warehouse }";
const HASH: &str = "b0a2d6f4e7d5d84a3f6a0c9b7e1f2a3c4d5e6f708192a3b4c5d6e7f8091a2b3c";

fn hash(text: &str) -> String {
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, text.as_bytes());
    digest.as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

fn persisted(hash: &str) -> Value {
    json!({ "persistedQuery": { "version": 1, "sha256Hash": hash } })
}

async fn ask(gateway: &Gateway, body: Value) -> Answer {
    send(&gateway.router(), post(&body, &[])).await
}

/// A manifest of its own for each test, removed at the end.
struct File(PathBuf);

impl File {
    fn new(name: &str, manifest: &Value) -> Self {
        let path = std::env::temp_dir().join(format!("router-{}-{name}.json", std::process::id()));
        std::fs::write(&path, manifest.to_string()).expect("written");
        Self(path)
    }
}

impl Drop for File {
    fn drop(&mut self) {
        drop(std::fs::remove_file(&self.0));
    }
}

async fn shop(config: Config) -> Gateway {
    gateway(config, Way::InProcess, Shop::new().subgraphs()).await
}

#[tokio::test]
async fn a_hash_is_learnt_with_its_text_and_then_enough() {
    let gateway = shop(dev()).await;
    let named = json!({ "extensions": persisted(&hash(TEXT)) });
    let unknown = ask(&gateway, named.clone()).await;
    assert_eq!(unknown.code(), "PERSISTED_QUERY_NOT_FOUND", "{}", unknown.text);
    assert_eq!(unknown.json()["errors"][0]["message"], "PersistedQueryNotFound", "clients look for it");
    let both = json!({ "query": TEXT, "extensions": persisted(&hash(TEXT)) });
    assert_eq!(ask(&gateway, both).await.json()["data"]["warehouse"], "north");
    assert_eq!(ask(&gateway, named).await.json()["data"]["warehouse"], "north");
    let uri = format!("/graphql?extensions={}", persisted(&hash(TEXT)).to_string().replace('"', "%22"));
    let uri = uri.replace('{', "%7B").replace('}', "%7D");
    let get = send(&gateway.router(), Request::get(uri).body(Body::empty()).expect("a request")).await;
    assert_eq!(get.json()["data"]["warehouse"], "north");
}

#[tokio::test]
async fn a_hash_cannot_be_given_to_another_text() {
    let gateway = shop(dev()).await;
    let lie = json!({ "query": TEXT, "extensions": persisted(HASH) });
    assert_eq!(ask(&gateway, lie).await.code(), "BAD_REQUEST");
    let named = json!({ "extensions": persisted(HASH) });
    assert_eq!(ask(&gateway, named.clone()).await.code(), "PERSISTED_QUERY_NOT_FOUND");
    let off = shop(Config { persisted_queries: 0, ..dev() }).await;
    assert_eq!(ask(&off, named).await.code(), "PERSISTED_QUERY_NOT_SUPPORTED");
    let both = json!({ "query": TEXT, "extensions": persisted(HASH) });
    assert_eq!(ask(&off, both).await.json()["data"]["warehouse"], "north", "the hash means nothing here");
}

#[tokio::test]
async fn trusted_documents_are_planned_before_anybody_asks() {
    let manifest = json!({ "operations": [
        { "id": "warehouse-1", "body": TEXT, "name": "Warehouse", "type": "query" },
        { "id": "ticks", "body": "subscription { reviewsReplayed(count: 2) { id } }", "name": "", "type": "subscription" },
    ]});
    let file = File::new("trusted", &manifest);
    let config = Config { trusted_documents: Some(file.0.clone()), ..dev() };
    let (sdl, transports) = composed(Shop::new().subgraphs());
    let gateway = Gateway::from_supergraph(config, sdl.clone(), transports).await.expect("starts");
    assert_eq!(gateway.stats().plans_made, 2);
    for body in [json!({ "documentId": "warehouse-1" }), json!({ "extensions": persisted(&hash(TEXT)) })] {
        assert_eq!(ask(&gateway, body).await.json()["data"]["warehouse"], "north");
    }
    assert_eq!(gateway.stats().plans_made, 2, "nothing was planned when it was asked");
    assert_eq!(ask(&gateway, json!({ "documentId": "other" })).await.code(), "PERSISTED_QUERY_NOT_FOUND");
    let get = Request::get("/graphql?documentId=warehouse-1").body(Body::empty()).expect("a request");
    assert_eq!(send(&gateway.router(), get).await.json()["data"]["warehouse"], "north");

    let address = serve(&gateway).await;
    let mut client = Client::ready(&address, json!({})).await;
    client.send(json!({ "id": "1", "type": "subscribe", "payload": { "documentId": "ticks" } })).await;
    assert_eq!(client.message().await["payload"]["data"]["reviewsReplayed"]["id"], "1");

    gateway.replace(sdl).await.expect("a good supergraph");
    assert_eq!(gateway.stats().plans_made, 2, "planned again before the new supergraph took over");
}

#[tokio::test]
async fn where_only_trusted_documents_are_served_nothing_else_is() {
    let file = File::new("only", &json!({ "w": TEXT }));
    let config = Config { trusted_documents: Some(file.0.clone()), only_trusted: true, ..dev() };
    let gateway = shop(config.clone()).await;
    for good in [json!({ "documentId": "w" }), json!({ "query": TEXT })] {
        assert_eq!(ask(&gateway, good).await.json()["data"]["warehouse"], "north");
    }
    let other = "query Warehouse { warehouse product(upc: \"1\") { name } }";
    for bad in [json!({ "query": other }), json!({ "query": other, "extensions": persisted(&hash(other)) })] {
        assert_eq!(ask(&gateway, bad).await.code(), "DOCUMENT_NOT_TRUSTED");
    }
    let none = Config { trusted_documents: None, ..config };
    let (sdl, transports) = composed(Shop::new().subgraphs());
    assert!(Gateway::from_supergraph(none, sdl, transports).await.is_err(), "it would serve nothing");
}
