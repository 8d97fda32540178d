//! Tokens good and bad, keys that come and go, and what subgraphs are told about callers.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use axum::{Router, http::StatusCode, routing::get};
use router::{Config, Gateway, KeySource, config::Secret};
use serde_json::{Value, json};

use crate::fixture::{
    Way,
    client::{Answer, post, send},
    dev, gateway,
    keys::{Key, Present, claims, forged, jwks, now, principal},
    shop::Shop,
};

const SECRET: &str = "0123456789abcdef0123456789abcdef";

fn config(source: KeySource) -> Config {
    Config {
        key_source: Some(source),
        jwt_issuers: vec!["https://issuer".into()],
        jwt_audiences: vec!["api".into(), "admin".into()],
        principal_key: Some(Secret(SECRET.into())),
        principal_claims: vec!["sub".parse().expect("a claim"), "role=kind".parse().expect("a claim")],
        ..dev()
    }
}

async fn shop(config: Config) -> (Shop, Gateway) {
    let shop = Shop::new();
    let gateway = gateway(config, Way::InProcess, shop.subgraphs()).await;
    (shop, gateway)
}

async fn ask(gateway: &Gateway, headers: &[(&str, &str)]) -> Answer {
    send(&gateway.router(), post(&json!({ "query": "{ principal }" }), headers)).await
}

async fn ask_with(gateway: &Gateway, token: &str) -> Answer {
    ask(gateway, &[("authorization", &format!("Bearer {token}"))]).await
}

#[tokio::test]
async fn a_good_token_of_each_algorithm_becomes_a_principal() {
    for key in [Key::ed("1"), Key::ec("1"), Key::rsa("1")] {
        let (_, gateway) = shop(config(KeySource::Text(jwks(&[&key])))).await;
        let begun = now();
        let answer = ask_with(&gateway, &key.token(&claims("u1", 60))).await;
        assert_eq!(answer.status, StatusCode::OK, "{}: {}", key.algorithm(), answer.text);
        let answer = answer.json();
        let told = principal(answer["data"]["principal"].as_str().expect("a principal"), SECRET);
        assert_eq!(
            (&told["sub"], &told["kind"], &told["aud"]),
            (&json!("u1"), &json!("buyer"), &json!("subgraph"))
        );
        let life = told["exp"].as_u64().expect("exp") - told["iat"].as_u64().expect("iat");
        assert!(life <= 60 && told["iat"].as_u64().expect("iat") >= begun, "{told} at {begun}");
        assert_eq!(told.as_object().map(serde_json::Map::len), Some(5), "nothing else is copied: {told}");
    }
}

#[tokio::test]
async fn no_token_is_anonymous_and_a_broken_one_is_an_error() {
    let key = Key::ed("1");
    let (shop, gateway) = shop(config(KeySource::Text(jwks(&[&key])))).await;
    assert_eq!(ask(&gateway, &[]).await.json(), json!({ "data": { "principal": null } }));
    shop.journal.clear();

    let good = key.token(&claims("u1", 60));
    let (head, signature) = good.rsplit_once('.').expect("three parts");
    let mut foreign_issuer = claims("u1", 60);
    foreign_issuer["iss"] = Value::Null;
    let mut foreign_audience = claims("u1", 60);
    foreign_audience["aud"] = json!(["other"]);
    let public = serde_json::to_string(&key.jwk()).expect("JSON");
    let stranger = Key::ed("1");
    for (what, value) in [
        ("nothing", "Bearer ".to_owned()),
        ("another scheme", format!("Basic {good}")),
        ("garbage", "Bearer a.b.c".to_owned()),
        ("a cut signature", format!("Bearer {head}.{}", &signature[..20])),
        ("no signature", format!("Bearer {head}.")),
        ("expired", format!("Bearer {}", key.token(&claims("u1", -60)))),
        ("another issuer", format!("Bearer {}", key.token(&foreign_issuer))),
        ("another audience", format!("Bearer {}", key.token(&foreign_audience))),
        ("another key of that id", format!("Bearer {}", stranger.token(&claims("u1", 60)))),
        ("an unknown key", format!("Bearer {}", Key::ed("2").token(&claims("u1", 60)))),
        (
            "critical headers",
            format!("Bearer {}", key.token_with(json!({ "crit": ["x"] }), &claims("u1", 60))),
        ),
        (
            "the algorithm none",
            format!("Bearer {}", forged(json!({ "alg": "none" }), &claims("u1", 60), b"")),
        ),
        (
            "the public key as a secret",
            format!(
                "Bearer {}",
                forged(json!({ "alg": "HS256", "kid": "1" }), &claims("u1", 60), public.as_bytes())
            ),
        ),
        (
            "another family's algorithm",
            format!("Bearer {}", key.token_with(json!({ "alg": "RS256" }), &claims("u1", 60))),
        ),
        ("an embedded key", {
            let header = json!({ "kid": "9", "jwk": stranger.jwk() });
            format!("Bearer {}", stranger.token_with(header, &claims("u1", 60)))
        }),
        ("too long", format!("Bearer {good}{}", "a".repeat(20_000))),
    ] {
        let answer = ask(&gateway, &[("authorization", &value)]).await;
        assert_eq!(
            (answer.status.as_u16(), answer.code().as_str()),
            (401, "UNAUTHENTICATED"),
            "{what}: {}",
            answer.text
        );
        assert!(answer.header("www-authenticate").starts_with("Bearer"), "{what}");
    }
    let value = format!("Bearer {good}");
    let twice = ask(&gateway, &[("authorization", &value), ("authorization", &value)]).await;
    assert_eq!(twice.status.as_u16(), 401);
    assert_eq!(shop.journal.all().len(), 0, "nothing was executed");
}

#[tokio::test]
async fn algorithms_can_be_narrowed() {
    let key = Key::rsa("1");
    let only = vec!["EdDSA".parse().expect("an algorithm")];
    let (_, gateway) = shop(Config { jwt_algorithms: only, ..config(KeySource::Text(jwks(&[&key]))) }).await;
    assert_eq!(ask_with(&gateway, &key.token(&claims("u1", 60))).await.status.as_u16(), 401);
}

#[tokio::test]
async fn a_token_without_key_id_needs_the_only_key_of_its_algorithm() {
    let (one, other, third) = (Key::ed("1"), Key::ec("2"), Key::ed("3"));
    let token = one.token_with(json!({ "kid": null }), &claims("u1", 60));
    let (_, gateway) = shop(config(KeySource::Text(jwks(&[&one, &other])))).await;
    assert_eq!(ask_with(&gateway, &token).await.status.as_u16(), 200);
    let (_, gateway) = shop(config(KeySource::Text(jwks(&[&one, &third])))).await;
    assert_eq!(ask_with(&gateway, &token).await.status.as_u16(), 401);
}

#[tokio::test]
async fn a_token_expires_although_it_is_remembered() {
    let key = Key::ed("1");
    let present = Present::new();
    let settings = config(KeySource::Text(jwks(&[&key])));
    let (_, gateway) = shop(Config { jwt_leeway: Duration::ZERO, now: present.told(), ..settings }).await;
    let token = key.token(&claims("u1", 60));
    assert_eq!(ask_with(&gateway, &token).await.status.as_u16(), 200);
    present.pass(58);
    assert_eq!(ask_with(&gateway, &token).await.status.as_u16(), 200);
    present.pass(4);
    let answer = ask_with(&gateway, &token).await;
    assert_eq!((answer.status.as_u16(), answer.code().as_str()), (401, "UNAUTHENTICATED"));
    assert!(answer.text.contains("expired"));
}

/// An issuer whose published keys change and whose requests are counted.
fn issuer(keys: &Arc<Mutex<Option<String>>>) -> (Router, Arc<AtomicUsize>) {
    let (keys, asked) = (Arc::clone(keys), Arc::new(AtomicUsize::new(0)));
    let counting = Arc::clone(&asked);
    let answer = move || {
        counting.fetch_add(1, Ordering::Relaxed);
        let published = keys.lock().expect("no test panics here").clone();
        async move { published.ok_or(StatusCode::SERVICE_UNAVAILABLE) }
    };
    (Router::new().route("/jwks.json", get(answer)), asked)
}

#[tokio::test]
async fn new_keys_are_fetched_when_a_token_names_them_but_not_for_every_forgery() {
    let (old, new) = (Key::ed("old"), Key::ed("new"));
    let published = Arc::new(Mutex::new(Some(jwks(&[&old]))));
    let (routes, asked) = issuer(&published);
    let source = || KeySource::InProcess(routes.clone(), "/jwks.json".into());
    let rests = Config { jwks_cooldown: Duration::from_secs(3600), ..config(source()) };
    let (_, gateway) = shop(rests).await;
    assert_eq!(ask_with(&gateway, &old.token(&claims("u1", 60))).await.status.as_u16(), 200);
    assert_eq!(asked.load(Ordering::Relaxed), 1);

    let forge = |number: u32| Key::ed(&format!("forged-{number}")).token(&claims("u1", 60));
    for forgery in (0..20).map(forge).collect::<Vec<_>>() {
        assert_eq!(ask_with(&gateway, &forgery).await.status.as_u16(), 401);
    }
    assert_eq!(asked.load(Ordering::Relaxed), 1, "within the cooldown nothing is fetched");

    let (_, gateway) = shop(Config { jwks_cooldown: Duration::from_millis(1), ..config(source()) }).await;
    assert_eq!(ask_with(&gateway, &old.token(&claims("u1", 60))).await.status.as_u16(), 200);
    assert_eq!(asked.load(Ordering::Relaxed), 2);
    *published.lock().expect("no test panics here") = Some(jwks(&[&new]));
    tokio::time::sleep(Duration::from_millis(20)).await;
    assert_eq!(ask_with(&gateway, &new.token(&claims("u1", 60))).await.status.as_u16(), 200);
    assert_eq!(asked.load(Ordering::Relaxed), 3);
    assert_eq!(
        ask_with(&gateway, &old.token(&claims("u2", 60))).await.status.as_u16(),
        401,
        "the old key is gone"
    );
}

#[tokio::test]
async fn without_keys_nothing_can_be_said_about_a_token() {
    let published = Arc::new(Mutex::new(None));
    let (routes, _) = issuer(&published);
    let address = crate::fixture::listen(routes).await;
    let (_, gateway) = shop(config(KeySource::Url(format!("http://{address}/jwks.json")))).await;
    let key = Key::ec("1");
    let answer = ask_with(&gateway, &key.token(&claims("u1", 60))).await;
    assert_eq!((answer.status.as_u16(), answer.code().as_str()), (503, "AUTH_UNAVAILABLE"));
    assert_eq!(ask(&gateway, &[]).await.status.as_u16(), 200, "anonymous callers are served");

    *published.lock().expect("no test panics here") = Some(jwks(&[&key]));
    tokio::time::sleep(Duration::from_millis(1050)).await;
    assert_eq!(ask_with(&gateway, &key.token(&claims("u1", 60))).await.status.as_u16(), 200);
}

#[tokio::test]
async fn headers_that_pose_as_the_router_go_no_further() {
    let key = Key::ed("1");
    let (shop, gateway) = shop(config(KeySource::Text(jwks(&[&key])))).await;
    let forgery = forged(json!({ "alg": "HS256" }), &json!({ "sub": "admin", "aud": "subgraph" }), b"guess");
    let forged_headers =
        [("x-principal", forgery.as_str()), ("x-principal-role", "ADMIN"), ("x-forwarded-for", "1.1.1.1")];
    assert_eq!(ask(&gateway, &forged_headers).await.json(), json!({ "data": { "principal": null } }));

    let value = format!("Bearer {}", key.token(&claims("u1", 60)));
    let mut headers = forged_headers.to_vec();
    headers.push(("authorization", &value));
    let query = "mutation { addReview(number: 1) { author { name } } }";
    let answer = send(&gateway.router(), post(&json!({ "query": query }), &headers)).await;
    assert_eq!(answer.json()["data"]["addReview"]["author"]["name"], "User 2");
    for received in shop.journal.all() {
        assert!(
            !received.headers.contains_key("x-principal-role")
                && !received.headers.contains_key("x-forwarded-for")
        );
        assert!(!received.headers.contains_key("authorization"), "the token itself stays here");
        let sent: Vec<_> = received.headers.get_all("x-principal").iter().collect();
        assert!(sent.len() <= 1);
        if let Some(sent) = sent.first() {
            assert_eq!(
                principal(sent.to_str().expect("ASCII"), SECRET)["sub"],
                "u1",
                "{}",
                received.subgraph
            );
        }
    }
}

#[tokio::test]
async fn without_a_key_source_tokens_are_not_looked_at() {
    let (_, gateway) = shop(dev()).await;
    assert_eq!(ask_with(&gateway, "anything").await.json(), json!({ "data": { "principal": null } }));
}
