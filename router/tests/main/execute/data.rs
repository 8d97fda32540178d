//! Data on its way through: coercion, null propagation, merging, representations.

use super::scripted::{Outcome, operation, query};
use router::response::code;
use serde_json::{Value, json};

async fn product(selection: &str, fields: &str) -> Outcome {
    let body = format!(r#"{{"data":{{"product":{{{fields}}}}}}}"#);
    query(&format!("{{ product {{ {selection} }} }}"), &move |_: &str, _: &Value| Ok((200, body.clone())))
        .await
}

#[tokio::test]
async fn leaves_are_coerced_as_the_specification_says() {
    for (selection, sent, expected) in [
        ("price", r#""price":5.0"#, r#"{"price":5}"#),
        ("price", r#""price":-2147483648"#, r#"{"price":-2147483648}"#),
        ("price", r#""price":1e2"#, r#"{"price":100}"#),
        ("weight", r#""weight":3"#, r#"{"weight":3}"#),
        ("weight", r#""weight":1.50e3"#, r#"{"weight":1.50e3}"#),
        ("id", r#""id":17"#, r#"{"id":"17"}"#),
        ("name", r#""name":"a\u00e9\n\"\\""#, r#"{"name":"a\u00e9\n\"\\"}"#),
        ("kind", r#""kind":"TOY""#, r#"{"kind":"TOY"}"#),
        ("fresh", r#""fresh":false"#, r#"{"fresh":false}"#),
        ("raw", r#""raw": { "a" : [ 1, null ] }"#, r#"{"raw":{ "a" : [ 1, null ] }}"#),
        ("sizes", r#""sizes":[[1,2.0],null,[]]"#, r#"{"sizes":[[1,2],null,[]]}"#),
    ] {
        let outcome = product(selection, sent).await;
        assert_eq!(outcome.text, format!(r#"{{"data":{{"product":{expected}}}}}"#));
    }
}

#[tokio::test]
async fn leaves_of_the_wrong_kind_are_null_with_an_error_at_their_place() {
    for (selection, sent) in [
        ("count: price", r#""price":"5""#),
        ("count: price", r#""price":2147483648"#),
        ("count: price", r#""price":1.5"#),
        ("count: price", r#""price":{}"#),
    ] {
        let outcome = product(selection, sent).await;
        assert_eq!(outcome.response["data"], json!({ "product": null }), "{sent}");
        let errors = outcome.errors();
        assert_eq!(
            errors[0],
            (code::INVALID_VALUE.to_owned(), json!(["product", "count"]), String::new()),
            "{sent}"
        );
        assert_eq!(errors.len(), 1, "{sent}");
    }
    for (selection, sent) in [
        ("name", r#""name":5"#),
        ("name", r#""name":["x"]"#),
        ("fresh", r#""fresh":"true""#),
        ("weight", r#""weight":"1""#),
        ("sizes", r#""sizes":5"#),
        ("kind", r#""kind":"ROBOT""#),
    ] {
        let outcome = product(selection, sent).await;
        assert_eq!(outcome.response["data"]["product"], json!({ selection: null }), "{sent}");
        assert_eq!(
            outcome.errors(),
            [(code::INVALID_VALUE.to_owned(), json!(["product", selection]), String::new())]
        );
    }
    let outcome = product("sizes", r#""sizes":[[1,"x"],[2]]"#).await;
    assert_eq!(outcome.response["data"]["product"], json!({ "sizes": [null, [2]] }));
    assert_eq!(outcome.errors()[0].1, json!(["product", "sizes", 0, 1]));
}

#[tokio::test]
async fn objects_and_lists_in_each_others_place_are_errors() {
    let answer = |body: &'static str| move |_: &str, _: &Value| Ok((200, format!(r#"{{"data":{body}}}"#)));
    let outcome = query("{ product { name } }", &answer(r#"{"product":[{"name":"x"}]}"#)).await;
    assert_eq!(outcome.response["data"], json!({ "product": null }));
    assert_eq!(outcome.errors()[0].0, code::INVALID_VALUE);
    let outcome = query("{ products { name } }", &answer(r#"{"products":{"name":"x"}}"#)).await;
    assert_eq!(outcome.response["data"], json!({ "products": null }));
    let outcome = query("{ product { name } }", &answer(r#"{"product":"x"}"#)).await;
    assert_eq!(outcome.response["data"], json!({ "product": null }));
}

#[tokio::test]
async fn null_goes_up_to_where_it_may_stand() {
    let body = r#"{"data":{"products":[{"name":"a","price":1},{"name":"b","price":null}],"version":"1"}}"#;
    let outcome =
        query("{ version products { name price } }", &|_: &str, _: &Value| Ok((200, body.to_owned()))).await;
    assert_eq!(outcome.response["data"], json!({ "version": "1", "products": null }));
    assert_eq!(
        outcome.errors(),
        [(code::UNEXPECTED_NULL.to_owned(), json!(["products", 1, "price"]), String::new())]
    );
}

#[tokio::test]
async fn keys_that_nobody_asked_for_are_skipped_and_a_key_twice_counts_last() {
    let body = r#" {"extensions":{"x":[{}]},"data" : { "more":[[{"a":1}]], "product":{ "x":"}", "na\u006de":"first", "name" : "last" } } , "more":null} "#;
    let outcome = query("{ product { name } }", &|_: &str, _: &Value| Ok((200, body.to_owned()))).await;
    assert_eq!(outcome.text, r#"{"data":{"product":{"name":"last"}}}"#);
}

#[tokio::test]
async fn equal_representations_are_sent_once_and_answered_everywhere() {
    let script = |subgraph: &str, _: &Value| match subgraph {
        "products" => {
            let ids: Vec<String> = (0..300).map(|i| format!(r#"{{"id":"{}"}}"#, i % 3)).collect();
            Ok((200, format!(r#"{{"data":{{"products":[{}]}}}}"#, ids.join(","))))
        }
        _ => Ok((200, r#"{"data":{"_entities":[{"stars":10},{"stars":11},{"stars":12}]}}"#.to_owned())),
    };
    let outcome = query("{ products { id stars } }", &script).await;
    let sent = outcome.representations("reviews");
    assert_eq!(
        sent,
        (0..3).map(|i| json!({ "__typename": "Product", "id": i.to_string() })).collect::<Vec<_>>()
    );
    for (index, product) in outcome.response["data"]["products"].as_array().into_iter().flatten().enumerate()
    {
        assert_eq!(*product, json!({ "id": (index % 3).to_string(), "stars": 10 + index % 3 }));
    }
}

#[tokio::test]
async fn an_object_without_a_complete_key_is_not_asked_about() {
    let script = |subgraph: &str, _: &Value| match subgraph {
        "products" => {
            Ok((200, r#"{"data":{"products":[{"id":null,"name":"a"},{"id":"2","name":"b"}]}}"#.to_owned()))
        }
        _ => Ok((200, r#"{"data":{"_entities":[{"stars":1}]}}"#.to_owned())),
    };
    let outcome = query("{ products { name stars } }", &script).await;
    assert_eq!(outcome.representations("reviews"), [json!({ "__typename": "Product", "id": "2" })]);
    assert_eq!(
        outcome.response,
        json!({ "data": { "products": [{ "name": "a", "stars": null }, { "name": "b", "stars": 1 }] } })
    );
}

#[tokio::test]
async fn a_false_condition_saves_the_request() {
    let text = "query($more: Boolean!) { product { name stars @include(if: $more) } }";
    let script = |subgraph: &str, _: &Value| match subgraph {
        "products" => Ok((200, r#"{"data":{"product":{"id":"1","name":"a"}}}"#.to_owned())),
        _ => Ok((200, r#"{"data":{"_entities":[{"stars":1}]}}"#.to_owned())),
    };
    let outcome = operation(text, json!({ "more": false }), None, &script).await;
    assert_eq!(outcome.response, json!({ "data": { "product": { "name": "a" } } }));
    assert_eq!(outcome.asked.len(), 1);
    let outcome = operation(text, json!({ "more": true }), None, &script).await;
    assert_eq!(outcome.response, json!({ "data": { "product": { "name": "a", "stars": 1 } } }));
}

#[tokio::test]
async fn the_clients_variables_go_along_where_they_are_used() {
    let text = "query($skip: Int, $unused: Boolean = true) { best(skip: $skip) { ... on Offer { price @include(if: $unused) } } }";
    let script = |_: &str, _: &Value| {
        Ok((200, r#"{"data":{"best":[{"__typename":"Offer","price":3},null]}}"#.to_owned()))
    };
    let outcome = operation(text, json!({ "skip": 4 }), None, &script).await;
    assert_eq!(outcome.asked[0].1["variables"]["skip"], json!(4));
    assert_eq!(outcome.response["data"], json!({ "best": [{ "price": 3 }, null] }));
    let outcome = operation(text, json!({}), None, &script).await;
    assert_eq!(outcome.asked[0].1["variables"].get("skip"), None, "left out is not null");
}

#[tokio::test]
async fn an_event_stands_in_for_the_first_fetch() {
    let script = |subgraph: &str, _: &Value| match subgraph {
        "reviews" => Ok((200, r#"{"data":{"_entities":[{"stars":4}]}}"#.to_owned())),
        other => panic!("{other} is not to be asked"),
    };
    let event = r#"{"data":{"changed":{"id":"7","name":"x"}}}"#;
    let outcome = operation("subscription { changed { name stars } }", json!({}), Some(event), &script).await;
    assert_eq!(outcome.response, json!({ "data": { "changed": { "name": "x", "stars": 4 } } }));
}
