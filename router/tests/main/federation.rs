//! Queries and mutations across four subgraphs, the same over every transport.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

use router::{
    Config, Gateway,
    observe::{FetchReport, Observation, Observer, OperationReport},
};
use serde_json::json;

use crate::fixture::{
    Way,
    client::{post, query, send},
    dev, gateway,
    shop::Shop,
};

const CROSSING: &str =
    "{ products(first: 5) { upc name price inStock shipping reviews { id body author { name } } } }";

async fn shop(config: Config, way: Way) -> (Shop, Gateway) {
    let shop = Shop::new();
    let gateway = gateway(config, way, shop.subgraphs()).await;
    (shop, gateway)
}

#[tokio::test]
async fn one_query_crosses_four_subgraphs_over_every_transport() {
    for way in [Way::InProcess, Way::Http] {
        let (shop, gateway) = shop(dev(), way).await;
        let data = query(&gateway, CROSSING).await;
        let product = &data["products"][1];
        assert_eq!(product["name"], "Product 2", "{way:?}");
        assert_eq!((&product["inStock"], &product["shipping"]), (&json!(true), &json!(20)));
        assert_eq!(
            product["reviews"],
            json!([{ "id": "1", "body": "Review 1", "author": { "name": "User 2" } }])
        );
        let counts: Vec<usize> = ["products", "reviews", "accounts", "stock"]
            .iter()
            .map(|name| shop.journal.of(name).len())
            .collect();
        assert_eq!(counts, [1, 1, 1, 1], "{way:?}");
        let asked = shop.journal.of("accounts")[0].body["variables"].to_string();
        assert_eq!(
            asked.matches("__typename").count(),
            3,
            "each of the three users is asked for once: {asked}"
        );
    }
}

#[tokio::test]
async fn fetches_are_reported_once_per_entity_type_and_hop() {
    let seen: Arc<Mutex<(Vec<FetchReport>, Vec<OperationReport>)>> = Arc::default();
    let noting = Arc::clone(&seen);
    let observer = Observer::new(move |observation| {
        let mut seen = noting.lock().expect("no test panics here");
        match observation {
            Observation::Fetch(fetch) => seen.0.push(fetch.clone()),
            Observation::Operation(operation) => seen.1.push(operation.clone()),
        }
    });
    let (_, gateway) = shop(Config { observer: Some(observer), ..dev() }, Way::InProcess).await;
    query(&gateway, &CROSSING.replace("first: 5", "first: 50")).await;
    let (fetches, operations) = std::mem::take(&mut *seen.lock().expect("no test panics here"));
    let mut hops: HashMap<(String, Vec<String>), usize> = HashMap::new();
    for fetch in &fetches {
        *hops.entry((fetch.subgraph.clone(), fetch.entities.clone())).or_default() += 1;
        assert_eq!(fetch.outcome, "200");
        assert!(fetch.sent > 0 && fetch.received > 0);
    }
    let expected = [
        ("products", vec![]),
        ("reviews", vec!["Product"]),
        ("accounts", vec!["User"]),
        ("stock", vec!["Product"]),
    ];
    let expected =
        expected.map(|(name, types)| ((name.to_owned(), types.into_iter().map(str::to_owned).collect()), 1));
    assert_eq!(hops, HashMap::from(expected));
    assert_eq!((operations[0].fetches, operations[0].outcome.as_str()), (4, "ok"));
}

#[tokio::test]
async fn plans_and_fetches_are_explained_in_development_only() {
    let (_, open) = shop(dev(), Way::InProcess).await;
    let body = json!({ "query": CROSSING, "extensions": { "explain": true } });
    let answer = send(&open.router(), post(&body, &[])).await.json();
    assert_eq!(answer["extensions"]["fetches"].as_array().map(Vec::len), Some(4));
    assert!(answer["extensions"]["plan"]["text"].as_str().is_some_and(|text| text.contains("stock")));

    let (_, closed) = shop(Config::default(), Way::InProcess).await;
    let answer = send(&closed.router(), post(&body, &[])).await.json();
    assert!(answer["extensions"].is_null() && answer["data"]["products"].is_array());
    let introspection =
        send(&closed.router(), post(&json!({ "query": "{ __schema { queryType { name } } }" }), &[])).await;
    assert_eq!(introspection.code(), "INTROSPECTION_DISABLED");
}

#[tokio::test]
async fn variables_aliases_and_typenames_come_back_as_asked() {
    let (_, gateway) = shop(dev(), Way::InProcess).await;
    let body = json!({
        "query": "query ($upc: ID!, $more: Boolean!) { one: product(upc: $upc) { __typename kind name @include(if: $more) } \
                  product(upc: \"4\") { upc } }",
        "variables": { "upc": "3", "more": false },
    });
    let answer = send(&gateway.router(), post(&body, &[])).await;
    let expected = r#"{"data":{"one":{"__typename":"Product","kind":"TOY"},"product":{"upc":"4"}}}"#;
    assert_eq!(answer.text, expected);
}

#[tokio::test]
async fn mutations_run_one_after_the_other_and_resolve_other_subgraphs() {
    let (shop, gateway) = shop(dev(), Way::InProcess).await;
    let text = "mutation { a: renameProduct(upc: \"1\", name: \"New\") { name reviews { id } } \
                b: addReview(number: 4) { author { name } } c: renameProduct(upc: \"2\", name: \"X\") { inStock } }";
    let data = query(&gateway, text).await;
    assert_eq!(data["a"]["name"], "New");
    assert_eq!(data["b"]["author"]["name"], "User 2");
    assert_eq!(data["c"]["inStock"], true);
    let order: Vec<&str> =
        shop.journal.all().iter().map(|received| received.subgraph).filter(|name| *name != "stock").collect();
    assert_eq!(order[0], "products");
    let roots: Vec<&str> = order.into_iter().filter(|name| ["products", "reviews"].contains(name)).collect();
    assert!(roots.len() >= 3, "{roots:?}");
}

#[tokio::test]
async fn introspection_shows_the_public_schema() {
    let (_, gateway) = shop(dev(), Way::InProcess).await;
    let data =
        query(&gateway, "{ __type(name: \"Product\") { fields { name } } __schema { types { name } } }")
            .await;
    let fields = data["__type"]["fields"].to_string();
    assert!(fields.contains("shipping") && fields.contains("reviews"));
    assert!(!data["__schema"]["types"].to_string().contains("_Entity"));
}
