//! What subgraphs do wrong: each gives a coded error, what is good stays, nothing panics.

use super::scripted::{Outcome, query};
use router::execute::FetchFailure;
use router::response::code;
use serde_json::{Value, json};

const TWO: &str = r#"{"data":{"products":[{"__typename":"Product","id":"1","name":"a"},{"__typename":"Product","id":"2","name":"b"}]}}"#;
const STARS: &str = "{ products { id stars } }";

/// Products are fine, reviews answer with this status and body.
async fn reviews_answer(text: &str, status: u16, body: &str) -> Outcome {
    let body = body.to_owned();
    let script = move |subgraph: &str, _: &Value| match subgraph {
        "products" => Ok((200, TWO.to_owned())),
        _ => Ok((status, body.clone())),
    };
    query(text, &script).await
}

fn stars(first: Value, second: Value) -> Value {
    json!({ "products": [{ "id": "1", "stars": first }, { "id": "2", "stars": second }] })
}

async fn assert_refused(status: u16, body: &str, expected_code: &str) {
    let outcome = reviews_answer(STARS, status, body).await;
    assert_eq!(outcome.response["data"], stars(Value::Null, Value::Null), "{body}");
    let expected = (expected_code.to_owned(), json!(["products"]), "reviews".to_owned());
    assert_eq!(outcome.errors(), [expected], "{body}");
}

#[tokio::test]
async fn an_http_error_without_graphql_is_named_as_such() {
    assert_refused(500, "<html>Internal Server Error</html>", code::HTTP_ERROR).await;
    assert_refused(503, "", code::HTTP_ERROR).await;
    assert_refused(502, "{}", code::HTTP_ERROR).await;
}

#[tokio::test]
async fn what_is_no_graphql_answer_is_refused_whole() {
    for body in [
        "",
        "null",
        "[]",
        "{}",
        r#"{"data":null}"#,
        r#"{"data":5}"#,
        r#"{"data":{}}"#,
        r#"{"data":{"_entities":null}}"#,
        r#"{"data":{"_entities":{}}}"#,
        r#"{"data":{"_entities":[{"stars":1},7]}}"#,
        r#"{"data":{"_entities":[{"stars":1}]}}"#,
        r#"{"data":{"_entities":[{"stars":1},{"stars":2},{"stars":3}]}}"#,
        r#"{"data":{"_entities":[{"stars":1},{"stars":2}"#,
        r#"{"data":{"_entities":[{"stars":1},{"stars":02}]}}"#,
        r#"{"data":{"_entities":[{"stars":1},{"stars":2}]}} x"#,
        r#"{"data":{"_entities":[{"stars":1},{"stars":"\x"}]}}"#,
        "{\"data\":{\"_entities\":[{\"stars\":1},{\"stars\":\"\u{1}\"}]}}",
    ] {
        assert_refused(200, body, code::MALFORMED).await;
    }
    let deep = format!(
        r#"{{"data":{{"_entities":[{{"stars":1}},{{"x":{}1{}}}]}}}}"#,
        "[".repeat(500),
        "]".repeat(500)
    );
    assert_refused(200, &deep, code::MALFORMED).await;
}

#[tokio::test]
async fn a_subgraph_that_cannot_be_reached_leaves_the_rest() {
    let script = |subgraph: &str, _: &Value| match subgraph {
        "products" => Ok((200, TWO.to_owned())),
        _ => Err(FetchFailure { code: code::TIMEOUT, message: "no answer within 2 s".to_owned() }),
    };
    let outcome = query(STARS, &script).await;
    assert_eq!(outcome.response["data"], stars(Value::Null, Value::Null));
    assert_eq!(outcome.errors(), [(code::TIMEOUT.to_owned(), json!(["products"]), "reviews".to_owned())]);
    assert_eq!(outcome.response["errors"][0]["message"], "Subgraph reviews: no answer within 2 s");
}

#[tokio::test]
async fn a_root_that_cannot_be_reached_is_null_or_takes_the_answer_with_it() {
    let script =
        |_: &str, _: &Value| Err(FetchFailure { code: code::UNREACHABLE, message: "refused".to_owned() });
    let outcome = query("{ products { stars } }", &script).await;
    assert_eq!(outcome.response["data"], json!({ "products": null }));
    assert_eq!(outcome.asked.len(), 1, "nothing is asked about nothing");
    let outcome = query("{ must { name } }", &script).await;
    assert_eq!(outcome.response["data"], Value::Null);
    assert_eq!(outcome.errors(), [(code::UNREACHABLE.to_owned(), json!(["must"]), "products".to_owned())]);
}

#[tokio::test]
async fn an_error_status_with_a_graphql_answer_counts_as_that_answer() {
    let outcome = reviews_answer(
        STARS,
        400,
        r#"{"errors":[{"message":"bad","extensions":{"code":"BAD_USER_INPUT"}}]}"#,
    )
    .await;
    assert_eq!(outcome.errors(), [("BAD_USER_INPUT".to_owned(), json!(["products"]), "reviews".to_owned())]);
    let outcome = reviews_answer(STARS, 500, r#"{"data":{"_entities":[{"stars":1},{"stars":2}]}}"#).await;
    assert_eq!(outcome.response, json!({ "data": stars(json!(1), json!(2)) }));
}

#[tokio::test]
async fn errors_of_entities_are_at_every_place_of_the_entity() {
    let script = |subgraph: &str, _: &Value| match subgraph {
        "products" => Ok((200, r#"{"data":{"products":[{"id":"1"},{"id":"2"},{"id":"1"}]}}"#.to_owned())),
        _ => {
            let error = r#"{"message":"no stars","path":["_entities",0,"stars"],"locations":[],"extensions":{"why":[1]}}"#;
            Ok((
                200,
                format!(r#"{{"data":{{"_entities":[{{"stars":null}},{{"stars":2}}]}},"errors":[{error}]}}"#),
            ))
        }
    };
    let outcome = query("{ all: products { id shine: stars } }", &script).await;
    let data = json!({ "all": [{ "id": "1", "shine": null }, { "id": "2", "shine": 2 }, { "id": "1", "shine": null }] });
    assert_eq!(outcome.response["data"], data);
    let at =
        |index: usize| (code::DOWNSTREAM.to_owned(), json!(["all", index, "shine"]), "reviews".to_owned());
    assert_eq!(outcome.errors(), [at(0), at(2)]);
    assert_eq!(outcome.response["errors"][0]["extensions"]["why"], json!([1]));
}

#[tokio::test]
async fn one_error_of_an_entity_at_many_places_is_capped() {
    let many = vec![r#"{"id":"1"}"#; 500].join(",");
    let products = format!(r#"{{"data":{{"products":[{many}]}}}}"#);
    let script = move |subgraph: &str, _: &Value| match subgraph {
        "products" => Ok((200, products.clone())),
        _ => Ok((
            200,
            r#"{"data":{"_entities":[null]},"errors":[{"message":"x","path":["_entities",0]}]}"#.to_owned(),
        )),
    };
    let outcome = query(STARS, &script).await;
    assert_eq!(outcome.errors().len(), 20);
    assert_eq!(outcome.response["data"]["products"].as_array().map(Vec::len), Some(500));
}

#[tokio::test]
async fn an_error_without_a_place_is_attached_once() {
    let outcome =
        reviews_answer(STARS, 200, r#"{"data":{"_entities":[null,null]},"errors":[{"message":"all gone"}]}"#)
            .await;
    assert_eq!(outcome.errors(), [(code::DOWNSTREAM.to_owned(), json!(["products"]), "reviews".to_owned())]);
}

#[tokio::test]
async fn errors_of_root_fields_have_the_clients_path() {
    let script = |_: &str, _: &Value| {
        Ok((200, r#"{"data":{"products":[{"name":null}]},"errors":[{"message":"x","path":["products",0,"name"]}]}"#.to_owned()))
    };
    let outcome = query("{ all: products { title: name } }", &script).await;
    assert_eq!(
        outcome.errors(),
        [(code::DOWNSTREAM.to_owned(), json!(["all", 0, "title"]), "products".to_owned())]
    );
}

#[tokio::test]
async fn malformed_errors_do_no_harm() {
    for errors in [
        "5",
        "{}",
        "[]",
        "null",
        "[null]",
        "[5]",
        r#"[{"message":5,"path":"x","extensions":[]}]"#,
        r#"[{"path":[[],{}]}]"#,
    ] {
        let body = format!(r#"{{"errors":{errors},"data":{{"_entities":[{{"stars":1}},{{"stars":2}}]}}}}"#);
        let outcome = reviews_answer(STARS, 200, &body).await;
        assert_eq!(outcome.response["data"], stars(json!(1), json!(2)), "{errors}");
    }
}

#[tokio::test]
async fn a_missing_entity_is_null_and_breaks_what_may_not_be_null() {
    let missing = r#"{"data":{"_entities":[{"stars":1,"score":1},null]}}"#;
    let outcome = reviews_answer(STARS, 200, missing).await;
    assert_eq!(outcome.response, json!({ "data": stars(json!(1), Value::Null) }));
    let outcome = reviews_answer("{ products { id score } }", 200, missing).await;
    assert_eq!(outcome.response["data"], json!({ "products": null }));
    assert_eq!(
        outcome.errors(),
        [(code::UNEXPECTED_NULL.to_owned(), json!(["products", 1, "score"]), String::new())]
    );
}

#[tokio::test]
async fn a_requirement_of_an_entity_that_its_owner_does_not_know_is_sent_as_null() {
    let script = |subgraph: &str, _: &Value| match subgraph {
        "products" => Ok((200, TWO.to_owned())),
        "reviews" => Ok((200, r#"{"data":{"_entities":[{"stars":3},null]}}"#.to_owned())),
        _ => Ok((200, r#"{"data":{"_entities":[{"fans":7},{"fans":0}]}}"#.to_owned())),
    };
    let outcome = query("{ products { fans } }", &script).await;
    assert_eq!(outcome.response, json!({ "data": { "products": [{ "fans": 7 }, { "fans": 0 }] } }));
    let sent = |id: &str, stars: Value| json!({ "__typename": "Product", "id": id, "stars": stars });
    assert_eq!(outcome.representations("people"), [sent("1", json!(3)), sent("2", Value::Null)]);
}

#[tokio::test]
async fn an_error_of_what_the_client_did_not_ask_for_is_at_the_nearest_place_that_it_did() {
    let script = |subgraph: &str, _: &Value| match subgraph {
        "products" => Ok((200, TWO.to_owned())),
        "reviews" => {
            let error = r#"{"message":"no stars","path":["_entities",1,"stars"]}"#;
            let data = r#"{"_entities":[{"stars":3},{"stars":null}]}"#;
            Ok((200, format!(r#"{{"data":{data},"errors":[{error}]}}"#)))
        }
        _ => Ok((200, r#"{"data":{"_entities":[{"fans":7},{"fans":0}]}}"#.to_owned())),
    };
    let outcome = query("{ all: products { fans } }", &script).await;
    assert_eq!(outcome.errors(), [(code::DOWNSTREAM.to_owned(), json!(["all", 1]), "reviews".to_owned())]);
}
