//! The keys in use: signs access tokens, publishes what verifies them, makes the next key when it is due.

use std::sync::{Arc, PoisonError, RwLock};

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Duration, Utc};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use kit::{Error, Result};
use serde::Serialize;
use serde_json::{Value, json};
use sqlx::PgPool;

use super::repository::{self, KeyRow};
use super::{KeyLife, next_activation, retirement, signing};
use crate::secret::Vault;

/// How long the keys in memory are trusted before the database is asked again. Far below the hour for which a key
/// is announced, so that no replica misses one.
fn reload_after() -> Duration {
    Duration::minutes(1)
}

/// Signs with the key of the moment.
pub struct Keyring {
    pool: PgPool,
    vault: Arc<Vault>,
    period: Duration,
    loaded: RwLock<Option<Loaded>>,
}

/// One key, ready to sign.
pub struct Signer {
    kid: String,
    key: EncodingKey,
}

impl Signer {
    /// Signs claims (EdDSA, the `kid` in the header).
    pub fn sign(&self, claims: &impl Serialize) -> Result<String> {
        let mut header = Header::new(Algorithm::EdDSA);
        header.kid = Some(self.kid.clone());
        jsonwebtoken::encode(&header, claims, &self.key).map_err(Error::internal)
    }
}

#[derive(Clone)]
struct Loaded {
    at: DateTime<Utc>,
    lives: Vec<KeyLife>,
    keys: Vec<EncodingKey>,
}

impl Keyring {
    /// A keyring that makes a new key every `period`.
    pub fn new(pool: PgPool, vault: Arc<Vault>, period: Duration) -> Self {
        Self { pool, vault, period, loaded: RwLock::new(None) }
    }

    /// The key of the moment. Take it before a transaction begins: it may have to ask the database.
    pub async fn signer(&self, now: DateTime<Utc>) -> Result<Signer> {
        let loaded = self.current(now).await?;
        let index = signing(&loaded.lives, now).ok_or_else(|| Error::internal("no signing key is active"))?;
        Ok(Signer { kid: loaded.lives[index].kid.clone(), key: loaded.keys[index].clone() })
    }

    /// The JSON Web Key Set: every key that signs, will sign, or signed a token that may still be alive.
    pub async fn published(&self, now: DateTime<Utc>) -> Result<Value> {
        self.current(now).await?;
        let mut conn = self.pool.acquire().await?;
        let keys: Vec<Value> =
            repository::published(&mut conn, now).await?.into_iter().map(|key| key.public_jwk).collect();
        Ok(json!({ "keys": keys }))
    }

    async fn current(&self, now: DateTime<Utc>) -> Result<Loaded> {
        let known = self.loaded.read().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(loaded) = known
            && now - loaded.at < reload_after()
            && now >= loaded.at
        {
            return Ok(loaded);
        }
        let loaded = self.load(now).await?;
        *self.loaded.write().unwrap_or_else(PoisonError::into_inner) = Some(loaded.clone());
        Ok(loaded)
    }

    async fn load(&self, now: DateTime<Utc>) -> Result<Loaded> {
        let mut tx = self.pool.begin().await?;
        let mut rows = repository::published(&mut tx, now).await?;
        if next_activation(newest(&rows).as_ref(), now, self.period).is_some() {
            repository::lock(&mut tx).await?;
            rows = repository::published(&mut tx, now).await?;
            if let Some(activates_at) = next_activation(newest(&rows).as_ref(), now, self.period) {
                let key = self.make(activates_at, now)?;
                repository::succeed(&mut tx, &key, retirement(activates_at)).await?;
                tracing::info!(kid = key.kid, %activates_at, "a new signing key");
                rows.push(key);
            }
        }
        tx.commit().await?;
        let keys = rows
            .iter()
            .map(|row| Ok(EncodingKey::from_ed_der(&self.vault.open(&row.kid, &row.sealed)?)))
            .collect::<Result<_>>()?;
        Ok(Loaded { at: now, lives: rows.iter().map(life).collect(), keys })
    }

    fn make(&self, activates_at: DateTime<Utc>, now: DateTime<Utc>) -> Result<KeyRow> {
        let failed = |_| Error::internal("cannot make a signing key");
        let pair = Ed25519KeyPair::generate().map_err(failed)?;
        let private = pair.to_pkcs8v1().map_err(failed)?;
        let kid = kit::ids::new_id().simple().to_string();
        let x = URL_SAFE_NO_PAD.encode(pair.public_key().as_ref());
        let public_jwk =
            json!({ "kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "use": "sig", "kid": kid, "x": x });
        let sealed = self.vault.seal(&kid, private.as_ref())?;
        Ok(KeyRow { kid, sealed, public_jwk, activates_at, retires_at: None, created_at: now })
    }
}

fn newest(rows: &[KeyRow]) -> Option<KeyLife> {
    rows.iter().map(life).max_by_key(|life| life.activates_at)
}

fn life(row: &KeyRow) -> KeyLife {
    KeyLife { kid: row.kid.clone(), activates_at: row.activates_at }
}
