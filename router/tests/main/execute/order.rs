//! When fetches start: as soon as their own data is there, and mutations one after the other.

use super::scripted::{operation, prepared};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use router::execute::{FetchAnswer, FetchFailure, FetchRequest, Inputs, Subgraphs, execute};
use serde_json::{Value, json};
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::sync::Notify;

/// `Product.maker` (people) is answered only when `Review.length` (texts, behind reviews) has been asked for.
#[derive(Default)]
struct SlowSibling {
    length_asked: Notify,
    maker_waited: AtomicBool,
}

impl Subgraphs for SlowSibling {
    fn fetch<'a>(&'a self, request: FetchRequest<'a>) -> BoxFuture<'a, Result<FetchAnswer, FetchFailure>> {
        async move {
            let body = match request.subgraph {
                "products" => r#"{"data":{"product":{"id":"1"}}}"#,
                "reviews" => r#"{"data":{"_entities":[{"reviews":[{"id":"r"}]}]}}"#,
                "texts" => {
                    self.length_asked.notify_one();
                    r#"{"data":{"_entities":[{"length":9}]}}"#
                }
                _ => {
                    self.length_asked.notified().await;
                    self.maker_waited.store(true, Ordering::Relaxed);
                    r#"{"data":{"_entities":[{"maker":{"name":"max"}}]}}"#
                }
            };
            Ok(FetchAnswer { status: 200, body: body.into() })
        }
        .boxed()
    }
}

#[tokio::test]
async fn a_fetch_does_not_wait_for_a_slow_sibling_of_what_it_needs() {
    let (program, variables) = prepared("{ product { maker { name } reviews { length } } }", &json!({}));
    let subgraphs = SlowSibling::default();
    let inputs = Inputs { variables: &variables, introspection: None, event: None };
    let running = execute(&program, inputs, &subgraphs);
    let answer =
        tokio::time::timeout(crate::fixture::PATIENCE, running).await.expect("waves would wait for ever");
    assert!(subgraphs.maker_waited.load(Ordering::Relaxed));
    assert_eq!(
        answer.into_bytes(),
        r#"{"data":{"product":{"maker":{"name":"max"},"reviews":[{"length":9}]}}}"#
    );
}

#[tokio::test]
async fn mutations_run_one_after_the_other_with_all_that_follows() {
    let script = |subgraph: &str, body: &Value| {
        let document = body["query"].as_str().unwrap_or_default().to_owned();
        let answer = match subgraph {
            "reviews" if document.contains("_entities") => {
                r#"{"data":{"_entities":[{"stars":1}]}}"#.to_owned()
            }
            "reviews" => r#"{"data":{"review":{"id":"r"}}}"#.to_owned(),
            _ if document.contains("drop") => r#"{"data":{"drop":2}}"#.to_owned(),
            _ => r#"{"data":{"add":{"id":"1"}}}"#.to_owned(),
        };
        Ok((200, answer))
    };
    let text = "mutation { add(name: \"x\") { stars } review(text: \"t\") { id } drop }";
    let outcome = operation(text, json!({}), None, &script).await;
    assert_eq!(
        outcome.response,
        json!({ "data": { "add": { "stars": 1 }, "review": { "id": "r" }, "drop": 2 } })
    );
    let asked: Vec<&str> = outcome.asked.iter().map(|(subgraph, _)| subgraph.as_str()).collect();
    assert_eq!(asked, ["products", "reviews", "reviews", "products"]);
    assert!(outcome.asked[1].1["query"].to_string().contains("_entities"));
}
