//! The principal: what a subgraph is told about the caller, signed so that nobody else can say it.

use aws_lc_rs::hmac;
use axum::http::{HeaderName, HeaderValue};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Map, Value};

use super::Identity;
use crate::config::{Config, Renamed};

/// Seconds that a principal is good for: long enough for one request, too short to be worth stealing.
const LIFETIME: u64 = 60;
const AUDIENCE: &str = "subgraph";

/// Signs principals as compact JWTs (HS256) for one header.
pub(crate) struct PrincipalSigner {
    key: hmac::Key,
    pub(crate) header: HeaderName,
    claims: Vec<Renamed>,
}

impl PrincipalSigner {
    /// `None` when no key is configured.
    pub(crate) fn new(config: &Config) -> Result<Option<Self>, String> {
        let Some(secret) = &config.principal_key else { return Ok(None) };
        let header = HeaderName::try_from(config.principal_header.as_str())
            .map_err(|_| format!("{:?} is not a header name", config.principal_header))?;
        let key = hmac::Key::new(hmac::HMAC_SHA256, secret.0.as_bytes());
        Ok(Some(Self { key, header, claims: config.principal_claims.clone() }))
    }

    /// The header's value for this caller at `now`, in Unix seconds.
    pub(crate) fn sign(&self, identity: &Identity, now: u64) -> HeaderValue {
        let copied = self.claims.iter().filter_map(|claim| {
            let value = identity.claims.get(&claim.from).filter(|value| !value.is_null())?;
            Some((claim.to.clone(), value.clone()))
        });
        let mut payload: Map<String, Value> = copied.collect();
        payload.insert("aud".into(), AUDIENCE.into());
        payload.insert("iat".into(), now.into());
        payload.insert("exp".into(), (now + LIFETIME).into());
        let header = URL_SAFE_NO_PAD.encode(r#"{"alg":"HS256","typ":"JWT"}"#);
        let payload = URL_SAFE_NO_PAD.encode(Value::Object(payload).to_string());
        let signed = format!("{header}.{payload}");
        let signature = URL_SAFE_NO_PAD.encode(hmac::sign(&self.key, signed.as_bytes()));
        let mut value =
            HeaderValue::try_from(format!("{signed}.{signature}")).expect("base64 and dots are ASCII");
        value.set_sensitive(true);
        value
    }
}

#[cfg(test)]
mod tests {
    use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode};
    use serde_json::json;

    use super::*;
    use crate::config::Secret;

    #[test]
    fn a_principal_verifies_and_carries_only_the_chosen_claims() {
        let secret = "0123456789abcdef0123456789abcdef";
        let config = Config {
            principal_key: Some(Secret(secret.into())),
            principal_claims: ["sub", "hubs=hubIds", "aud", "missing"]
                .map(|c| c.parse().expect("a claim"))
                .to_vec(),
            ..Config::default()
        };
        let signer = PrincipalSigner::new(&config).expect("good settings").expect("a signer");
        let claims = json!({ "sub": "u1", "hubs": [1, 2], "aud": "api", "secret": "no", "exp": 9 });
        let identity = Identity { claims: claims.as_object().expect("an object").clone(), expires: 9 };
        let value = signer.sign(&identity, 1_000);

        let mut validation = Validation::new(Algorithm::HS256);
        validation.set_audience(&["subgraph"]);
        validation.validate_exp = false;
        let key = DecodingKey::from_secret(secret.as_bytes());
        let decoded =
            decode::<Value>(value.to_str().expect("ASCII"), &key, &validation).expect("it verifies");
        let expected =
            json!({ "sub": "u1", "hubIds": [1, 2], "aud": "subgraph", "iat": 1_000, "exp": 1_060 });
        assert_eq!(decoded.claims, expected);
    }
}
