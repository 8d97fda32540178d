//! Who is asking: verifies the bearer token once and says what subgraphs are told about its owner.

mod claims;
mod keys;
mod principal;
mod revocation;
mod source;

use std::{sync::Arc, time::Duration};

use axum::http::{HeaderMap, StatusCode, header::AUTHORIZATION};
use jsonwebtoken::{Algorithm, Validation, decode, decode_header};
use serde_json::{Map, Value};

use self::{claims::ClaimPolicy, keys::Keys};
pub use self::{keys::KeySource, revocation::RevocationSource};
pub(crate) use self::{
    principal::PrincipalSigner,
    revocation::{Revocations, follow},
};
use crate::{
    config::{Config, SignatureAlgorithm},
    error::{ClientError, code},
    transport::http::HttpClient,
};

/// Tokens longer than this are refused unread.
const MAX_TOKEN_BYTES: usize = 16 * 1024;
/// Verified tokens that are remembered; verifying one costs some 50 µs.
const REMEMBERED_TOKENS: u64 = 10_000;
/// How long a verified token is remembered, which bounds the life of a key that was withdrawn.
const REMEMBERED_FOR: Duration = Duration::from_secs(30);

/// A caller whose token was verified.
#[derive(Debug)]
pub(crate) struct Identity {
    /// The token's claims.
    pub(crate) claims: Map<String, Value>,
    /// When the token ends, in Unix seconds, leeway included.
    pub(crate) expires: u64,
}

impl Identity {
    /// `sub`, for logs and for comparing two tokens of one stream.
    pub(crate) fn subject(&self) -> &str {
        self.claims.get("sub").and_then(Value::as_str).unwrap_or("")
    }
}

/// Verifies tokens; without a source of keys every caller is anonymous.
pub(crate) struct Authenticator {
    keys: Option<Keys>,
    algorithms: Vec<SignatureAlgorithm>,
    policy: ClaimPolicy,
    pub(crate) revocations: Arc<Revocations>,
    verified: moka::sync::Cache<String, Arc<Identity>>,
}

impl Authenticator {
    pub(crate) fn new(config: &Config, client: HttpClient) -> Self {
        let verified =
            moka::sync::Cache::builder().max_capacity(REMEMBERED_TOKENS).time_to_live(REMEMBERED_FOR).build();
        Self {
            keys: KeySource::from_config(config).map(|source| Keys::new(source, config, client)),
            algorithms: config.jwt_algorithms.clone(),
            policy: ClaimPolicy::new(config),
            revocations: Arc::new(Revocations::new(config)),
            verified,
        }
    }

    /// Whether there is anything to verify tokens with.
    pub(crate) fn verifies(&self) -> bool {
        self.keys.is_some()
    }

    /// The caller that the headers name. No token is anonymous; a token that does not verify is an error.
    pub(crate) async fn by_headers(
        &self,
        headers: &HeaderMap,
        now: u64,
    ) -> Result<Option<Arc<Identity>>, ClientError> {
        if self.keys.is_none() {
            return Ok(None);
        }
        let mut values = headers.get_all(AUTHORIZATION).iter();
        let Some(value) = values.next() else { return Ok(None) };
        if values.next().is_some() {
            return Err(ClientError::unauthenticated("More than one Authorization header was sent."));
        }
        let value = value.to_str().map_err(|_| refused("the header is not ASCII"))?;
        let token = bearer(value).ok_or_else(|| refused("the scheme is not Bearer"))?;
        self.verify(token, now).await.map(Some)
    }

    /// The caller that a WebSocket message's payload names: `authorization` at its top or under `headers`,
    /// in any case, with or without `Bearer`.
    pub(crate) async fn by_payload(
        &self,
        payload: &Value,
        now: u64,
    ) -> Result<Option<Arc<Identity>>, ClientError> {
        if self.keys.is_none() {
            return Ok(None);
        }
        let Some(value) = authorization(payload).or_else(|| authorization(payload.get("headers")?)) else {
            return Ok(None);
        };
        let text = match value {
            Value::Null => return Ok(None),
            Value::String(text) => text,
            _ => return Err(refused("authorization is not a string")),
        };
        self.verify(bearer(text).unwrap_or(text), now).await.map(Some)
    }

    /// Checks signature and claims of a token at the time `now`, in Unix seconds.
    pub(crate) async fn verify(&self, token: &str, now: u64) -> Result<Arc<Identity>, ClientError> {
        if token.len() > MAX_TOKEN_BYTES {
            return Err(refused("it is too long"));
        }
        if let Some(known) = self.verified.get(token) {
            return if now < known.expires { self.unless_revoked(known) } else { Err(expired()) };
        }
        let claims = self.check_signature(token).await?;
        let expires = self.policy.check(&claims, now).map_err(|refusal| match refusal {
            claims::Refusal::Expired => expired(),
            claims::Refusal::Invalid(why) => refused(why),
        })?;
        let identity = Arc::new(Identity { claims, expires });
        self.verified.insert(token.to_owned(), Arc::clone(&identity));
        self.unless_revoked(identity)
    }

    fn unless_revoked(&self, identity: Arc<Identity>) -> Result<Arc<Identity>, ClientError> {
        if self.revocations.has(&identity.claims) { Err(revoked()) } else { Ok(identity) }
    }

    /// The claims, once the signature fits a published key of exactly the algorithm the header names.
    async fn check_signature(&self, token: &str) -> Result<Map<String, Value>, ClientError> {
        let keys = self.keys.as_ref().ok_or_else(|| refused("no keys are configured"))?;
        let header = decode_header(token).map_err(|error| refused(&error.to_string()))?;
        if header.crit.is_some() {
            return Err(refused("it has critical headers"));
        }
        let algorithm = match header.alg {
            Algorithm::EdDSA => SignatureAlgorithm::EdDsa,
            Algorithm::ES256 => SignatureAlgorithm::Es256,
            Algorithm::RS256 => SignatureAlgorithm::Rs256,
            _ => return Err(refused("its algorithm is not allowed")),
        };
        if !self.algorithms.contains(&algorithm) {
            return Err(refused("its algorithm is not allowed"));
        }
        let found = keys.find(header.kid.as_deref(), algorithm).await.map_err(|_| {
            let message = "Tokens cannot be verified right now.";
            ClientError::http(StatusCode::SERVICE_UNAVAILABLE, code::AUTH_UNAVAILABLE, message)
        })?;
        let key = found.ok_or_else(|| refused("its key is not published"))?;
        let mut validation = Validation::new(header.alg);
        validation.validate_exp = false;
        validation.validate_aud = false;
        validation.required_spec_claims.clear();
        let token = decode::<Map<String, Value>>(token, &key.decoding, &validation);
        token.map(|data| data.claims).map_err(|error| refused(&error.to_string()))
    }
}

/// Why a token is refused is for the log: a forger should not be told how close they came.
fn refused(why: &str) -> ClientError {
    tracing::debug!(why, "token refused");
    ClientError::unauthenticated("The access token is not valid.")
}

/// The token was good until its session was ended.
pub(crate) fn revoked() -> ClientError {
    ClientError::unauthenticated("The access token has been revoked.")
}

fn expired() -> ClientError {
    ClientError::unauthenticated("The access token has expired.")
}

fn bearer(value: &str) -> Option<&str> {
    let (scheme, token) = value.trim().split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

fn authorization(payload: &Value) -> Option<&Value> {
    let entries = payload.as_object()?;
    entries.iter().find(|(key, _)| key.eq_ignore_ascii_case("authorization")).map(|(_, value)| value)
}
