//! How a subgraph knows who calls: a short-lived token that the router signs with a key both hold.

use std::fmt;

use chrono::{DateTime, Utc};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::error::{Error, Result};
use crate::viewer::{Caller, Role, Viewer};

/// The header that carries the token.
pub const PRINCIPAL_HEADER: &str = "x-dk-principal";

/// How long a token is good for, in seconds: one hop, not one session.
pub const LIFETIME_SECONDS: i64 = 60;

/// How far the clocks of two machines may be apart, in seconds.
const SKEW_SECONDS: i64 = 5;

const AUDIENCE: &str = "subgraph";

/// The key that router and subgraphs share (HMAC-SHA256).
#[derive(Clone)]
pub struct PrincipalKey {
    encoding: EncodingKey,
    decoding: DecodingKey,
}

impl fmt::Debug for PrincipalKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PrincipalKey(hidden)")
    }
}

#[derive(Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Claims {
    #[serde(skip_serializing_if = "Option::is_none")]
    sub: Option<Uuid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    role: Option<Role>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fleet_id: Option<Uuid>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    hub_ids: Vec<Uuid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    driver_id: Option<Uuid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sid: Option<Uuid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    svc: Option<String>,
    iat: i64,
    exp: i64,
    aud: String,
}

impl PrincipalKey {
    /// A key of at least 32 bytes. Errors: a shorter one, which could be guessed.
    pub fn new(secret: &[u8]) -> Result<Self> {
        if secret.len() < 32 {
            return Err(Error::internal("PRINCIPAL_KEY must have at least 32 bytes"));
        }
        Ok(Self { encoding: EncodingKey::from_secret(secret), decoding: DecodingKey::from_secret(secret) })
    }

    /// A token for one caller, good for [`LIFETIME_SECONDS`]. None for Anonymous, who is told by having no token.
    pub fn sign(&self, caller: &Caller, now: DateTime<Utc>) -> Result<Option<String>> {
        let mut claims = match caller {
            Caller::Anonymous => return Ok(None),
            Caller::Service { name } => Claims { svc: Some(name.clone()), ..Claims::default() },
            Caller::Viewer(viewer) => Claims {
                sub: Some(viewer.user_id),
                role: Some(viewer.role),
                fleet_id: viewer.fleet_id,
                hub_ids: viewer.hub_ids.clone(),
                driver_id: viewer.driver_id,
                sid: viewer.session_id,
                ..Claims::default()
            },
        };
        claims.iat = now.timestamp();
        claims.exp = claims.iat + LIFETIME_SECONDS;
        claims.aud = AUDIENCE.to_owned();
        let token = jsonwebtoken::encode(&Header::new(Algorithm::HS256), &claims, &self.encoding);
        token.map(Some).map_err(Error::internal)
    }

    /// Who the token speaks of. Errors: UNAUTHENTICATED for a forged, expired, too long-lived or meaningless one.
    pub fn verify(&self, token: &str, now: DateTime<Utc>) -> Result<Caller> {
        let mut rules = Validation::new(Algorithm::HS256);
        rules.set_audience(&[AUDIENCE]);
        rules.set_required_spec_claims(&["exp", "aud"]);
        // The instants are checked below, against the clock that the caller gives.
        rules.validate_exp = false;
        let claims = jsonwebtoken::decode::<Claims>(token, &self.decoding, &rules)
            .map_err(|_| refused("The principal does not verify"))?
            .claims;
        let now = now.timestamp();
        let lifetime = claims.exp - claims.iat;
        if claims.exp <= now - SKEW_SECONDS || claims.iat > now + SKEW_SECONDS {
            return Err(refused("The principal has expired"));
        }
        if !(1..=LIFETIME_SECONDS).contains(&lifetime) {
            return Err(refused("The principal lives too long"));
        }
        match (claims.svc, claims.sub, claims.role) {
            (Some(name), None, None) => Ok(Caller::Service { name }),
            (None, Some(user_id), Some(role)) => Ok(Caller::Viewer(Viewer {
                user_id,
                role,
                fleet_id: claims.fleet_id,
                hub_ids: claims.hub_ids,
                session_id: claims.sid,
                driver_id: claims.driver_id,
            })),
            _ => Err(refused("The principal names nobody")),
        }
    }
}

fn refused(message: &str) -> Error {
    Error::new(crate::error::Code::UNAUTHENTICATED, message)
}
