//! Answers that were damaged at random: the response is valid JSON all the same, and says so when something was refused.

use super::scripted::query;
use serde_json::Value;

const PRODUCTS: &[u8] = br#"{"data":{"products":[{"__typename":"Product","id":"1","name":"a\u00e9","price":1,"sizes":[[1,2],null],"raw":{"a":[1]}},{"id":"2","price":2.0}]}}"#;
const ENTITIES: &[u8] = br#"{"data":{"_entities":[{"stars":1,"score":2,"reviews":[{"id":"r","text":"t"}]},null]},"errors":[{"message":"m","path":["_entities",1,"stars"],"extensions":{"code":"X"}}]}"#;
const QUERY: &str = "{ products { id name price sizes raw stars score reviews { text author { name } } } }";

fn damaged(rng: &mut fastrand::Rng, text: &[u8]) -> String {
    let mut bytes = text.to_vec();
    for _ in 0..rng.usize(0..4) {
        let at = rng.usize(0..bytes.len());
        let end = (at + rng.usize(0..12)).min(bytes.len());
        match rng.u8(0..5) {
            0 => bytes[at] = rng.u8(0..128),
            1 => drop(bytes.drain(at..end)),
            2 => bytes.insert(at, b"{}[]\",:\\ 0-e\n"[rng.usize(0..13)]),
            3 => bytes.extend_from_within(at..end),
            _ => {
                let piece = bytes[at..end].to_vec();
                let to = rng.usize(0..bytes.len());
                bytes.splice(to..to, piece);
            }
        }
        if bytes.is_empty() {
            break;
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[tokio::test]
async fn whatever_subgraphs_answer_the_response_is_json() {
    let mut rng = fastrand::Rng::with_seed(7);
    let mut refused = 0;
    for _ in 0..1500 {
        let (products, entities) = (damaged(&mut rng, PRODUCTS), damaged(&mut rng, ENTITIES));
        let answers = (products.clone(), entities.clone());
        let script = move |subgraph: &str, _: &Value| {
            Ok((200, if subgraph == "products" { answers.0.clone() } else { answers.1.clone() }))
        };
        // Reading the response as JSON is part of `query`.
        let outcome = query(QUERY, &script).await;
        assert!(outcome.response.get("data").is_some(), "{products}\n{entities}\n{}", outcome.text);
        refused += usize::from(outcome.errors().iter().any(|(code, ..)| code == "SUBGRAPH_MALFORMED_ANSWER"));
    }
    assert!(refused > 300, "only {refused} were damaged enough");
}
