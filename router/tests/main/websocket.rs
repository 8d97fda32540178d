//! `graphql-transport-ws` at the wire: messages, close codes, tokens, many operations on one socket.

use std::time::Duration;

use router::{Config, Gateway, KeySource, config::Secret};
use serde_json::{Value, json};

use crate::fixture::{
    PATIENCE, WAYS, Way,
    client::serve,
    dev, gateway,
    keys::{Key, Present, claims, jwks, principal},
    scripted,
    shop::Shop,
    socket::{Client, Seen},
};

const PROTOCOL: &str = "graphql-transport-ws";
const ADDED: &str = "subscription { reviewAdded { id author { name } } }";
const SECRET: &str = "0123456789abcdef0123456789abcdef";

async fn shop(config: Config, way: Way) -> (Shop, Gateway, String) {
    let shop = Shop::new();
    let gateway = gateway(config, way, shop.subgraphs()).await;
    let address = serve(&gateway).await;
    (shop, gateway, address)
}

/// How long tokens live that must expire while something goes on, in seconds: the first is enough on a quiet machine.
const LIVES: [i64; 4] = [2, 8, 30, 120];

fn secured(key: &Key) -> Config {
    Config {
        now: Present::new().told(),
        key_source: Some(KeySource::Text(jwks(&[key]))),
        principal_key: Some(Secret(SECRET.into())),
        jwt_leeway: Duration::ZERO,
        ..dev()
    }
}

fn init(payload: Value) -> Value {
    json!({ "type": "connection_init", "payload": payload })
}

#[tokio::test]
async fn subscriptions_queries_and_mutations_share_a_socket() {
    for way in WAYS {
        let (shop, _, address) = shop(dev(), way).await;
        let mut client = Client::ready(&address, json!({})).await;
        client.subscribe("events", ADDED).await;
        shop.wait_for_subscribers(1).await;
        client.subscribe("query", "{ product(upc: \"2\") { name inStock } }").await;
        let data = json!({ "data": { "product": { "name": "Product 2", "inStock": true } } });
        assert_eq!(client.message().await, json!({ "id": "query", "type": "next", "payload": data }));
        assert_eq!(client.message().await, json!({ "id": "query", "type": "complete" }));
        client.subscribe("mutation", "mutation { addReview(number: 5) { id } }").await;
        let mut kinds = Vec::new();
        for _ in 0..3 {
            let message = client.message().await;
            kinds.push(format!(
                "{} {}",
                message["id"].as_str().expect("an id"),
                message["type"].as_str().expect("a type")
            ));
        }
        kinds.sort_unstable();
        assert_eq!(kinds, ["events next", "mutation complete", "mutation next"], "{way:?}");
        client.send(json!({ "id": "events", "type": "complete" })).await;
        shop.wait_for_subscribers(0).await;
        client.subscribe("events", ADDED).await;
        shop.wait_for_subscribers(1).await;
        shop.reviews.send(-1).expect("somebody listens");
        assert_eq!(client.message().await, json!({ "id": "events", "type": "complete" }));
    }
}

#[tokio::test]
async fn every_breach_of_the_protocol_has_its_close_code() {
    let hasty = Config { init_timeout: Duration::from_millis(200), ..dev() };
    let (_, _, address) = shop(hasty, Way::InProcess).await;
    let mut silent = Client::connect(&address, PROTOCOL, &[]).await;
    assert_eq!(silent.close_code().await, 4408);

    let (_, _, address) = shop(Config { init_timeout: PATIENCE, ..dev() }, Way::InProcess).await;
    let connect = || Client::connect(&address, PROTOCOL, &[]);
    let mut early = connect().await;
    early.subscribe("1", "{ __typename }").await;
    assert_eq!(early.close_code().await, 4401);
    let mut garbled = connect().await;
    garbled.send_text("{ not json").await;
    assert_eq!(garbled.close_code().await, 4400);
    let mut unknown = connect().await;
    unknown.send(json!({ "type": "start", "id": "1" })).await;
    assert_eq!(unknown.close_code().await, 4400);
    let mut eager = Client::ready(&address, json!({})).await;
    eager.send(init(json!({}))).await;
    assert_eq!(eager.close_code().await, 4429);
    let mut double = Client::ready(&address, json!({})).await;
    double.subscribe("1", ADDED).await;
    double.subscribe("1", ADDED).await;
    assert_eq!(double.next().await, Seen::Closed(4409, "Subscriber for 1 already exists".into()));
    let mut foreign = Client::connect(&address, "", &[]).await;
    assert_eq!(foreign.close_code().await, 4406);
}

#[tokio::test]
async fn pings_are_answered_with_their_payload() {
    let (_, _, address) = shop(dev(), Way::InProcess).await;
    let mut client = Client::connect(&address, PROTOCOL, &[]).await;
    client.send(json!({ "type": "ping", "payload": { "n": 1 } })).await;
    assert_eq!(client.message().await, json!({ "type": "pong", "payload": { "n": 1 } }));
    client.send(json!({ "type": "pong" })).await;
    client.send(json!({ "type": "ping" })).await;
    assert_eq!(client.message().await, json!({ "type": "pong" }));
}

#[tokio::test]
async fn invalid_operations_are_errors_of_their_own() {
    let (_, _, address) = shop(Config { max_operations_per_socket: 1, ..dev() }, Way::InProcess).await;
    let mut client = Client::ready(&address, json!({})).await;
    client.subscribe("1", "{ nothing }").await;
    let message = client.message().await;
    assert_eq!((&message["id"], &message["type"]), (&json!("1"), &json!("error")));
    assert_eq!(message["payload"][0]["extensions"]["code"], "GRAPHQL_VALIDATION_FAILED");
    client.subscribe("1", ADDED).await;
    client.subscribe("2", ADDED).await;
    assert_eq!(client.message().await["payload"][0]["extensions"]["code"], "TOO_MANY_STREAMS");
}

#[tokio::test]
async fn the_caller_is_verified_before_the_acknowledgement() {
    let key = Key::ec("1");
    let (_, _, address) = shop(secured(&key), Way::InProcess).await;
    let good = key.token(&claims("u1", 60));
    for payload in [
        json!({ "authorization": format!("Bearer {good}") }),
        json!({ "Authorization": good }),
        json!({ "headers": { "AUTHORIZATION": format!("bearer {good}") } }),
    ] {
        let mut client = Client::ready(&address, payload.clone()).await;
        client.subscribe("1", "{ principal }").await;
        let message = client.message().await;
        let told =
            message["payload"]["data"]["principal"].as_str().unwrap_or_else(|| panic!("{payload} {message}"));
        assert_eq!(principal(told, SECRET)["sub"], "u1");
    }
    let mut anonymous = Client::ready(&address, Value::Null).await;
    anonymous.subscribe("1", "{ principal }").await;
    assert_eq!(anonymous.message().await["payload"], json!({ "data": { "principal": null } }));
    for payload in [
        json!({ "authorization": "Bearer a.b.c" }),
        json!({ "authorization": 5 }),
        json!({ "authorization": Key::ec("1").token(&claims("u1", 60)) }),
        json!({ "authorization": key.token(&claims("u1", -60)) }),
    ] {
        let mut client = Client::connect(&address, PROTOCOL, &[]).await;
        client.send(init(payload)).await;
        assert_eq!(client.close_code().await, 4403);
    }
}

#[tokio::test]
async fn headers_of_the_upgrade_count_and_forged_ones_do_not() {
    let key = Key::ed("1");
    let (_, _, address) = shop(secured(&key), Way::InProcess).await;
    let bearer = format!("Bearer {}", key.token(&claims("u1", 60)));
    let mut client =
        Client::connect(&address, PROTOCOL, &[("authorization", bearer), ("x-principal", "forged".into())])
            .await;
    client.send(init(json!({ "x-principal": "forged" }))).await;
    client.message().await;
    client.subscribe("1", "{ principal }").await;
    let message = client.message().await;
    let told = message["payload"]["data"]["principal"].as_str().expect("a principal").to_owned();
    assert_eq!(principal(&told, SECRET)["sub"], "u1");
    let mut anonymous = Client::connect(&address, PROTOCOL, &[("x-principal", "forged".into())]).await;
    anonymous.send(init(json!({ "x-principal": "forged", "headers": { "x-principal": "forged" } }))).await;
    anonymous.message().await;
    anonymous.subscribe("1", "{ principal }").await;
    assert_eq!(anonymous.message().await["payload"], json!({ "data": { "principal": null } }));
}

#[tokio::test]
async fn an_expired_token_ends_operations_and_then_the_socket() {
    let key = Key::ed("1");
    for life in LIVES {
        let (shop, _, address) = shop(secured(&key), Way::InProcess).await;
        let token = key.token(&claims("u1", life));
        let mut client = Client::ready(&address, json!({ "authorization": token })).await;
        client.subscribe("1", ADDED).await;
        let message = match client.next().await {
            Seen::Message(message) => message,
            // It expired before the operation came.
            Seen::Closed(4403, _) => continue,
            other => panic!("{other:?}"),
        };
        assert_eq!((&message["id"], &message["type"]), (&json!("1"), &json!("error")));
        assert_eq!(message["payload"][0]["extensions"]["code"], "TOKEN_EXPIRED");
        assert_eq!(client.close_code().await, 4403);
        return shop.wait_for_subscribers(0).await;
    }
    panic!("no token lived long enough to be used");
}

/// A client with a stream, whose token was replaced in time; and how long the first one lived, in seconds.
async fn refreshed(key: &Key) -> (Shop, Client, i64) {
    for life in LIVES {
        let (shop, _, address) = shop(secured(key), Way::InProcess).await;
        let token = |life: i64| json!({ "authorization": key.token(&claims("u1", life)) });
        let mut client = Client::ready(&address, token(life)).await;
        client.subscribe("1", ADDED).await;
        client.send(json!({ "type": "ping", "payload": token(900) })).await;
        match client.next().await {
            Seen::Message(message) if message["type"] == "pong" => {
                shop.wait_for_subscribers(1).await;
                return (shop, client, life);
            }
            // It expired before the other one came.
            Seen::Message(message) => {
                assert_eq!(message["payload"][0]["extensions"]["code"], "TOKEN_EXPIRED", "{message}");
            }
            Seen::Closed(code, reason) => assert_eq!(code, 4403, "{reason}"),
        }
    }
    panic!("no token lived long enough to be replaced");
}

#[tokio::test]
async fn a_ping_may_bring_a_fresh_token_of_the_same_caller() {
    let key = Key::ed("1");
    let (shop, mut client, life) = refreshed(&key).await;
    tokio::time::sleep(Duration::from_secs(life.unsigned_abs()) + Duration::from_millis(500)).await;
    shop.journal.clear();
    shop.reviews.send(1).expect("the stream goes on");
    assert_eq!(client.message().await["payload"]["data"]["reviewAdded"]["id"], "1");
    let sent = shop.journal.of("accounts")[0].headers["x-principal"].to_str().expect("ASCII").to_owned();
    assert_eq!(principal(&sent, SECRET)["sub"], "u1");
    client
        .send(json!({ "type": "ping", "payload": { "authorization": key.token(&claims("u2", 60)) } }))
        .await;
    assert_eq!(client.close_code().await, 4403);
}

#[tokio::test]
async fn a_client_that_vanishes_closes_all_its_upstreams() {
    for way in WAYS {
        let (shop, _, address) = shop(dev(), way).await;
        let mut client = Client::ready(&address, json!({})).await;
        for id in ["1", "2", "3"] {
            client.subscribe(id, ADDED).await;
        }
        shop.wait_for_subscribers(3).await;
        drop(client);
        shop.wait_while_telling(0).await;
    }
}

#[tokio::test]
async fn a_stopping_router_sends_clients_away_to_reconnect() {
    let (shop, gateway, address) = shop(dev(), Way::InProcess).await;
    let mut client = Client::ready(&address, json!({})).await;
    client.subscribe("1", ADDED).await;
    shop.wait_for_subscribers(1).await;
    gateway.stop();
    assert_eq!(client.close_code().await, 1001);
}

#[tokio::test]
async fn a_lost_upstream_is_an_error_of_its_operation_only() {
    let gateway = gateway(dev(), Way::Http, vec![scripted::subgraph()]).await;
    let address = serve(&gateway).await;
    let mut client = Client::ready(&address, json!({})).await;
    client.subscribe("1", "subscription { broken }").await;
    for number in [1, 2] {
        assert_eq!(client.message().await["payload"]["data"]["broken"], number);
    }
    let message = client.message().await;
    assert_eq!(
        (&message["type"], &message["payload"][0]["extensions"]["code"]),
        (&json!("error"), &json!("STREAM_LOST"))
    );
    client.subscribe("1", "{ value }").await;
    assert_eq!(client.message().await["payload"]["data"]["value"], "plain");
}

#[tokio::test]
async fn a_slow_client_loses_nothing() {
    let (shop, _, address) = shop(dev(), Way::Http).await;
    let mut client = Client::ready(&address, json!({})).await;
    client
        .subscribe(
            "1",
            "subscription { reviewsReplayed(count: 700) { id body author { name } product { name } } }",
        )
        .await;
    tokio::time::sleep(Duration::from_millis(500)).await;
    for number in 1..=700 {
        let message = client.message().await;
        assert_eq!(message["payload"]["data"]["reviewsReplayed"]["id"], number.to_string());
    }
    assert_eq!(client.message().await, json!({ "id": "1", "type": "complete" }));
    shop.wait_for_subscribers(0).await;
}

#[tokio::test]
async fn a_client_without_signs_of_life_is_let_go() {
    let (_, gateway, address) =
        shop(Config { heartbeat: Duration::from_secs(1), ..dev() }, Way::InProcess).await;
    let client = Client::ready(&address, json!({})).await;
    assert_eq!(gateway.stats().open_streams, 1);
    // A client that is not polled does not answer pings.
    let let_go = async {
        while gateway.stats().open_streams > 0 {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(PATIENCE, let_go).await.expect("the silent client has its place no longer");
    drop(client);
}
