//! Signing keys: published before they sign, verified by anybody, rotated without a gap.

use axum::body::Body;
use axum::http::Request;
use http_body_util::BodyExt;
use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
use serde_json::Value;
use tower::ServiceExt;

use crate::support::World;
use crate::support::people::*;

async fn published(world: &World) -> JwkSet {
    let request = Request::get("/.well-known/jwks.json").body(Body::empty()).unwrap();
    let response = world.routes().oneshot(request).await.unwrap();
    assert_eq!(response.headers()["cache-control"], "public, max-age=300");
    let body = response.into_body().collect().await.unwrap().to_bytes();
    assert!(!String::from_utf8_lossy(&body).contains("\"d\""), "the private half is never published");
    serde_json::from_slice(&body).unwrap()
}

/// Verifies a token as the router does, and gives the key that signed it.
fn verified(keys: &JwkSet, token: &Value) -> String {
    let token = token.as_str().unwrap();
    let kid = decode_header(token).unwrap().kid.unwrap();
    let key = DecodingKey::from_jwk(keys.find(&kid).expect("the key is published")).unwrap();
    let mut rules = Validation::new(Algorithm::EdDSA);
    rules.set_audience(&["drivers-klub-api"]);
    rules.set_issuer(&["drivers-klub"]);
    rules.validate_exp = false;
    decode::<Value>(token, &key, &rules).expect("the signature holds");
    kid
}

#[tokio::test]
async fn a_token_verifies_with_the_published_key_and_not_when_changed() {
    let world = World::new().await;
    settle(&world, &[ADMIN_A]).await;
    let session = world.sign_in(&phone(ADMIN_A)).await;
    let keys = published(&world).await;
    verified(&keys, &session["access"]);
    let token = session["access"].as_str().unwrap();
    let (head, rest) = token.split_once('.').unwrap();
    let (_, signature) = rest.split_once('.').unwrap();
    let forged = format!("{head}.eyJzdWIiOiJ4In0.{signature}");
    let key = DecodingKey::from_jwk(&keys.keys[0]).unwrap();
    assert!(decode::<Value>(&forged, &key, &Validation::new(Algorithm::EdDSA)).is_err());
}

#[tokio::test]
async fn a_new_key_is_published_an_hour_before_it_signs_and_the_old_one_until_its_tokens_have_ended() {
    let world = World::new().await;
    settle(&world, &[ADMIN_A]).await;
    let minutes = |count| world.clock.advance(chrono::Duration::minutes(count));
    let first = verified(&published(&world).await, &world.sign_in(&phone(ADMIN_A)).await["access"]);
    world.clock.advance(chrono::Duration::days(30));
    let keys = published(&world).await;
    assert_eq!(keys.keys.len(), 2, "the next key is announced");
    assert_eq!(verified(&keys, &world.sign_in(&phone(ADMIN_A)).await["access"]), first);
    minutes(59);
    let last_of_old = world.sign_in(&phone(ADMIN_A)).await;
    assert_eq!(verified(&keys, &last_of_old["access"]), first);
    minutes(1);
    let second = verified(&keys, &world.sign_in(&phone(ADMIN_A)).await["access"]);
    assert_ne!(second, first);
    minutes(14);
    verified(&published(&world).await, &last_of_old["access"]);
    minutes(7);
    let keys = published(&world).await;
    assert_eq!(keys.keys.len(), 1);
    assert!(keys.find(&second).is_some());
}

#[tokio::test]
async fn replicas_that_start_at_once_agree_on_one_key_and_keep_it_sealed() {
    let world = World::new().await;
    let vault = std::sync::Arc::new(
        identity::secret::Vault::new("a secret of the tests, long enough to pass").unwrap(),
    );
    let now = world.clock.now() + chrono::Duration::days(31);
    let replicas: Vec<_> = (0..6)
        .map(|_| {
            identity::keys::keyring::Keyring::new(
                world.db.pool.clone(),
                vault.clone(),
                chrono::Duration::days(30),
            )
        })
        .collect();
    futures_util::future::join_all(replicas.iter().map(|replica| replica.published(now))).await;
    assert_eq!(world.count("SELECT count(*) FROM signing_key").await, 2);
    let sealed: Vec<u8> =
        sqlx::query_scalar("SELECT sealed FROM signing_key LIMIT 1").fetch_one(&world.db.pool).await.unwrap();
    // The DER header of an Ed25519 private key.
    assert!(!sealed.windows(4).any(|window| window == [0x30, 0x2e, 0x02, 0x01]));
}
