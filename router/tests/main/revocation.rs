//! Tokens that end before their time: requests, sockets and streams, and a source of the list that comes and goes.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{
    Router,
    extract::{Query, State},
    http::StatusCode,
    response::{IntoResponse, Json, Response},
    routing::get,
};
use router::{Config, Gateway, KeySource, RevocationSource};
use serde_json::{Value, json};

use crate::fixture::{
    Way,
    client::{post, send, serve},
    dev, gateway,
    keys::{Key, claims, jwks, now},
    listen,
    shop::Shop,
    socket::{Client, Seen},
    stream::{data_lines, open},
};

const ADDED: &str = "subscription { reviewAdded { id } }";

/// An issuer that lists ended sessions and notes how it was asked.
#[derive(Clone, Default)]
struct Issuer(Arc<Mutex<Listed>>);

#[derive(Default)]
struct Listed {
    sessions: Vec<Value>,
    as_of: i64,
    broken: bool,
    asked: Vec<Option<String>>,
}

#[derive(serde::Deserialize)]
struct Since {
    since: Option<String>,
}

impl Issuer {
    fn routes(&self) -> Router {
        Router::new().route("/ended", get(answer)).with_state(self.clone())
    }

    fn change<T>(&self, change: impl FnOnce(&mut Listed) -> T) -> T {
        change(&mut self.0.lock().expect("no test panics here"))
    }

    /// Lists a session from now on; only the news, as a source that was asked `since` may.
    fn end(&self, claim: &str, value: &str) {
        self.change(|listed| {
            listed.as_of += 1;
            listed.sessions = vec![json!({ claim: value, "until": now() + 900 })];
        });
    }

    /// Waits until the router asked twice more: then it surely knows what was listed before.
    async fn asked_again(&self) {
        let before = self.change(|listed| listed.asked.len());
        while self.change(|listed| listed.asked.len()) < before + 2 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}

async fn answer(State(issuer): State<Issuer>, Query(Since { since }): Query<Since>) -> Response {
    issuer.change(|listed| {
        listed.asked.push(since);
        if listed.broken {
            return StatusCode::SERVICE_UNAVAILABLE.into_response();
        }
        Json(json!({ "asOf": listed.as_of, "sessions": listed.sessions })).into_response()
    })
}

async fn start(issuer: &Issuer, key: &Key, over_http: bool) -> (Shop, Gateway) {
    let mut config = Config {
        key_source: Some(KeySource::Text(jwks(&[key]))),
        revocation_interval: Duration::from_millis(20),
        ..dev()
    };
    if over_http {
        config.revocation_url = Some(format!("http://{}/ended", listen(issuer.routes()).await));
    } else {
        config.revocation_source = Some(RevocationSource::InProcess(issuer.routes(), "/ended".into()));
    }
    let shop = Shop::new();
    let gateway = gateway(config, Way::InProcess, shop.subgraphs()).await;
    (shop, gateway)
}

fn token(key: &Key, session: &str) -> String {
    let mut claims = claims("u1", 600);
    claims["sid"] = json!(session);
    format!("Bearer {}", key.token(&claims))
}

async fn status(gateway: &Gateway, token: &str) -> (u16, String) {
    let request = post(&json!({ "query": "{ warehouse }" }), &[("authorization", token)]);
    let answer = send(&gateway.router(), request).await;
    (answer.status.as_u16(), answer.code())
}

fn refused() -> (u16, String) {
    (401, "UNAUTHENTICATED".to_owned())
}

#[tokio::test]
async fn a_listed_session_is_refused_and_no_other() {
    for over_http in [false, true] {
        let (issuer, key) = (Issuer::default(), Key::ed("1"));
        issuer.end("sid", "before the start");
        let (_, gateway) = start(&issuer, &key, over_http).await;
        assert_eq!(
            status(&gateway, &token(&key, "before the start")).await,
            refused(),
            "known from the start"
        );
        let (ended, other) = (token(&key, "ended"), token(&key, "other"));
        assert_eq!(status(&gateway, &ended).await.0, 200);
        issuer.end("sid", "ended");
        issuer.asked_again().await;
        assert_eq!(status(&gateway, &ended).await, refused(), "although it was remembered as good");
        assert_eq!(status(&gateway, &other).await.0, 200);
        assert_eq!(status(&gateway, &token(&key, "before the start")).await, refused(), "news are added");
        let asked = issuer.change(|listed| listed.asked.clone());
        assert_eq!((asked[0].as_deref(), asked[1].as_deref()), (None, Some("1")));
        assert_eq!(asked.last().cloned().flatten().as_deref(), Some("2"), "only news are asked for");
    }
}

#[tokio::test]
async fn a_lost_source_leaves_the_last_list_in_force() {
    let (issuer, key) = (Issuer::default(), Key::ed("1"));
    issuer.end("sid", "ended");
    let (_, gateway) = start(&issuer, &key, true).await;
    issuer.change(|listed| listed.broken = true);
    issuer.asked_again().await;
    assert_eq!(status(&gateway, &token(&key, "ended")).await, refused());
    assert_eq!(status(&gateway, &token(&key, "other")).await.0, 200);
    issuer.end("sid", "other");
    issuer.change(|listed| listed.broken = false);
    issuer.asked_again().await;
    assert_eq!(status(&gateway, &token(&key, "other")).await, refused(), "back again");
    let asked = issuer.change(|listed| listed.asked.clone());
    assert!(asked.iter().skip(1).all(Option::is_some), "a failure loses no place");
}

#[tokio::test]
async fn a_router_starts_without_the_source() {
    let (issuer, key) = (Issuer::default(), Key::ed("1"));
    issuer.change(|listed| listed.broken = true);
    issuer.end("sid", "ended");
    let (_, gateway) = start(&issuer, &key, false).await;
    assert_eq!(status(&gateway, &token(&key, "ended")).await.0, 200);
    issuer.change(|listed| listed.broken = false);
    issuer.asked_again().await;
    assert_eq!(status(&gateway, &token(&key, "ended")).await, refused());
}

#[tokio::test]
async fn a_socket_is_closed_with_its_operations() {
    let (issuer, key) = (Issuer::default(), Key::ed("1"));
    let (shop, gateway) = start(&issuer, &key, false).await;
    let address = serve(&gateway).await;
    let payload = |session: &str| json!({ "authorization": token(&key, session) });
    let mut ended = Client::ready(&address, payload("ended")).await;
    let mut other = Client::ready(&address, payload("other")).await;
    ended.subscribe("1", ADDED).await;
    other.subscribe("1", ADDED).await;
    shop.wait_for_subscribers(2).await;
    issuer.end("sid", "ended");
    let message = ended.message().await;
    assert_eq!((&message["id"], &message["type"]), (&json!("1"), &json!("error")));
    assert_eq!(message["payload"][0]["extensions"]["code"], "UNAUTHENTICATED");
    assert_eq!(ended.next().await, Seen::Closed(4403, "The access token has been revoked".into()));
    shop.wait_for_subscribers(1).await;
    shop.reviews.send(4).expect("the other stream goes on");
    assert_eq!(other.message().await["payload"]["data"]["reviewAdded"]["id"], "4");
    let mut again = Client::connect(&address, "graphql-transport-ws", &[]).await;
    again.send(json!({ "type": "connection_init", "payload": payload("ended") })).await;
    assert_eq!(again.close_code().await, 4403);
}

#[tokio::test]
async fn an_event_stream_ends_with_a_code() {
    let (issuer, key) = (Issuer::default(), Key::ed("1"));
    let (shop, gateway) = start(&issuer, &key, false).await;
    let token = token(&key, "ended");
    let headers = [("accept", "text/event-stream"), ("authorization", token.as_str())];
    let mut reader = open(&gateway, ADDED, &headers).await;
    shop.wait_for_subscribers(1).await;
    issuer.end("sid", "ended");
    let text = reader.read_until("event: complete", 1).await;
    assert_eq!(data_lines(&text)[0]["errors"][0]["extensions"]["code"], "UNAUTHENTICATED");
    shop.wait_for_subscribers(0).await;
}
