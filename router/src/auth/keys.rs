//! The issuer's published keys: where they come from, and when they are fetched again.

use std::{path::PathBuf, sync::Arc, time::Duration};

use arc_swap::ArcSwapOption;
use bytes::Bytes;
use jsonwebtoken::{
    DecodingKey,
    jwk::{AlgorithmParameters, EllipticCurve, Jwk, KeyAlgorithm, PublicKeyUse},
};
use tokio::{
    sync::{Mutex, MutexGuard},
    time::Instant,
};

use super::source;
use crate::{
    config::{Config, SignatureAlgorithm},
    transport::http::HttpClient,
};

/// Largest key set that is read.
const MAX_KEY_SET_BYTES: usize = 256 * 1024;
/// While there are no keys at all, attempts may follow each other this fast.
const FIRST_FETCH_COOLDOWN: Duration = Duration::from_secs(1);
/// Shorter RSA moduli (in base64url characters; 342 are 2048 bits) are not accepted.
const MIN_RSA_MODULUS: usize = 342;

/// Where a JWKS comes from.
#[derive(Clone, Debug)]
pub enum KeySource {
    /// The JSON text itself.
    Text(String),
    /// A file, read when needed.
    File(PathBuf),
    /// An HTTP URL.
    Url(String),
    /// A path of a service in this process, asked without a socket.
    InProcess(axum::Router, String),
}

impl KeySource {
    pub(super) fn from_config(config: &Config) -> Option<Self> {
        let file = || config.jwks_file.clone().map(Self::File);
        let url = || config.jwks_url.clone().map(Self::Url);
        config.key_source.clone().or_else(file).or_else(url)
    }

    async fn fetch(&self, client: &HttpClient) -> Result<Bytes, String> {
        match self {
            Self::Text(text) => Ok(Bytes::from(text.clone())),
            Self::File(path) => tokio::fs::read(path).await.map(Bytes::from).map_err(|e| e.to_string()),
            Self::Url(url) => source::url(client, url, MAX_KEY_SET_BYTES).await,
            Self::InProcess(router, path) => source::in_process(router, path).await,
        }
    }
}

/// A key that verifies, for one algorithm only.
pub(super) struct Key {
    id: Option<String>,
    algorithm: SignatureAlgorithm,
    pub(super) decoding: DecodingKey,
}

struct KeySet {
    keys: Vec<Arc<Key>>,
    fetched: Instant,
}

/// No key set could be had yet, so nothing can be said about any token.
pub(super) struct Unavailable;

/// The current key set. Unknown key ids cause a fetch, at most one per cooldown, however many tokens name them.
pub(super) struct Keys {
    inner: Arc<Inner>,
}

struct Inner {
    source: KeySource,
    client: HttpClient,
    current: ArcSwapOption<KeySet>,
    last_attempt: Mutex<Option<Instant>>,
    cooldown: Duration,
    max_age: Duration,
}

impl Keys {
    pub(super) fn new(source: KeySource, config: &Config, client: HttpClient) -> Self {
        let inner = Inner {
            source,
            client,
            current: ArcSwapOption::empty(),
            last_attempt: Mutex::new(None),
            cooldown: config.jwks_cooldown,
            max_age: config.jwks_max_age,
        };
        Self { inner: Arc::new(inner) }
    }

    /// The key with this id, or the only one of the algorithm when the token names none.
    pub(super) async fn find(
        &self,
        id: Option<&str>,
        algorithm: SignatureAlgorithm,
    ) -> Result<Option<Arc<Key>>, Unavailable> {
        let known = self.inner.current.load_full();
        if let Some(set) = &known {
            if set.fetched.elapsed() > self.inner.max_age {
                let inner = Arc::clone(&self.inner);
                tokio::spawn(async move {
                    // If somebody is at it already, that will do.
                    if let Ok(turn) = inner.last_attempt.try_lock() {
                        inner.refresh(turn, Instant::now()).await;
                    }
                });
            }
            if let Some(key) = set.find(id, algorithm) {
                return Ok(Some(key));
            }
        }
        let turn = self.inner.last_attempt.lock().await;
        self.inner.refresh(turn, known.map_or_else(Instant::now, |set| set.fetched)).await;
        match self.inner.current.load_full() {
            Some(set) => Ok(set.find(id, algorithm)),
            None => Err(Unavailable),
        }
    }
}

impl Inner {
    /// Fetches the set, unless somebody did since `seen` or an attempt was made within the cooldown.
    async fn refresh(&self, mut last_attempt: MutexGuard<'_, Option<Instant>>, seen: Instant) {
        let current = self.current.load_full();
        if current.as_ref().is_some_and(|set| set.fetched > seen) {
            return;
        }
        let cooldown =
            if current.is_some() { self.cooldown } else { self.cooldown.min(FIRST_FETCH_COOLDOWN) };
        if last_attempt.is_some_and(|at| at.elapsed() < cooldown) {
            return;
        }
        *last_attempt = Some(Instant::now());
        let fetched = self.source.fetch(&self.client).await;
        match fetched.and_then(|bytes| KeySet::parse(&bytes)) {
            Ok(set) => self.current.store(Some(Arc::new(set))),
            Err(error) => tracing::warn!(%error, "the key set could not be fetched"),
        }
    }
}

impl KeySet {
    /// Reads each key by itself, so that one of a kind we do not know does not hide the others.
    fn parse(bytes: &[u8]) -> Result<Self, String> {
        #[derive(serde::Deserialize)]
        struct Document {
            keys: Vec<serde_json::Value>,
        }
        let document: Document = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
        let keys = document.keys.into_iter().filter_map(|value| {
            let jwk: Jwk = serde_json::from_value(value).ok()?;
            let key = Key::from_jwk(&jwk);
            if key.is_none() {
                tracing::debug!(kid = jwk.common.key_id, "a published key is of no use for verifying");
            }
            key.map(Arc::new)
        });
        Ok(Self { keys: keys.collect(), fetched: Instant::now() })
    }

    fn find(&self, id: Option<&str>, algorithm: SignatureAlgorithm) -> Option<Arc<Key>> {
        let mut fitting = self.keys.iter().filter(|key| key.algorithm == algorithm);
        match id {
            Some(id) => fitting.find(|key| key.id.as_deref() == Some(id)).cloned(),
            None => fitting.next().filter(|_| fitting.next().is_none()).cloned(),
        }
    }
}

impl Key {
    /// The algorithm follows from the key's type, never from the token: that is what stops algorithm confusion.
    fn from_jwk(jwk: &Jwk) -> Option<Self> {
        if jwk.common.public_key_use.as_ref().is_some_and(|usage| *usage != PublicKeyUse::Signature) {
            return None;
        }
        let (algorithm, declared) = match &jwk.algorithm {
            AlgorithmParameters::OctetKeyPair(key) if key.curve == EllipticCurve::Ed25519 => {
                (SignatureAlgorithm::EdDsa, KeyAlgorithm::EdDSA)
            }
            AlgorithmParameters::EllipticCurve(key) if key.curve == EllipticCurve::P256 => {
                (SignatureAlgorithm::Es256, KeyAlgorithm::ES256)
            }
            AlgorithmParameters::RSA(key) if key.n.len() >= MIN_RSA_MODULUS => {
                (SignatureAlgorithm::Rs256, KeyAlgorithm::RS256)
            }
            _ => return None,
        };
        if jwk.common.key_algorithm.as_ref().is_some_and(|named| *named != declared) {
            return None;
        }
        let decoding = DecodingKey::from_jwk(jwk).ok()?;
        Some(Self { id: jwk.common.key_id.clone(), algorithm, decoding })
    }
}
