//! Which claims make a token ours: times, issuer, audience. Pure; the signature was checked before.

use serde_json::{Map, Value};

use crate::config::Config;

/// What a token's claims must say.
pub(super) struct ClaimPolicy {
    issuers: Vec<String>,
    audiences: Vec<String>,
    leeway: u64,
}

/// Why claims are refused.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// The token was good once.
    Expired,
    /// It never was, for this reason.
    Invalid(&'static str),
}

impl ClaimPolicy {
    pub(super) fn new(config: &Config) -> Self {
        Self {
            issuers: config.jwt_issuers.clone(),
            audiences: config.jwt_audiences.clone(),
            leeway: config.jwt_leeway.as_secs(),
        }
    }

    /// When the token ends, in Unix seconds with leeway, if it is good at `now`.
    pub(super) fn check(&self, claims: &Map<String, Value>, now: u64) -> Result<u64, Refusal> {
        let expires = number(claims, "exp")?.ok_or(Refusal::Invalid("it never expires"))?;
        let expires = expires.saturating_add(self.leeway);
        if now >= expires {
            return Err(Refusal::Expired);
        }
        if number(claims, "nbf")?.is_some_and(|start| start > now + self.leeway) {
            return Err(Refusal::Invalid("it is not valid yet"));
        }
        if number(claims, "iat")?.is_some_and(|issued| issued > now + self.leeway) {
            return Err(Refusal::Invalid("it was issued in the future"));
        }
        if !self.issuers.is_empty() {
            let issuer = claims.get("iss").and_then(Value::as_str);
            if !issuer.is_some_and(|issuer| self.issuers.iter().any(|accepted| accepted == issuer)) {
                return Err(Refusal::Invalid("its issuer is not ours"));
            }
        }
        if !self.audiences.is_empty() && !self.is_audience(claims.get("aud")) {
            return Err(Refusal::Invalid("it is meant for another audience"));
        }
        Ok(expires)
    }

    /// RFC 7519 §4.1.3: it is enough that one value of `aud` is ours.
    fn is_audience(&self, audience: Option<&Value>) -> bool {
        let ours = |value: &Value| value.as_str().is_some_and(|it| self.audiences.iter().any(|a| a == it));
        match audience {
            Some(Value::Array(values)) => values.iter().any(ours),
            Some(value) => ours(value),
            None => false,
        }
    }
}

/// A NumericDate, which may have a fraction.
fn number(claims: &Map<String, Value>, name: &str) -> Result<Option<u64>, Refusal> {
    match claims.get(name) {
        None => Ok(None),
        Some(value) => match value.as_f64() {
            Some(seconds) if (0.0..1e15).contains(&seconds) => Ok(Some(seconds as u64)),
            _ => Err(Refusal::Invalid("a time in it is not a number")),
        },
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const NOW: u64 = 1_000_000;

    fn check(claims: Value) -> Result<u64, Refusal> {
        let policy = ClaimPolicy {
            issuers: vec!["https://issuer".into(), "other".into()],
            audiences: vec!["api".into(), "admin".into()],
            leeway: 5,
        };
        policy.check(claims.as_object().expect("an object"), NOW)
    }

    #[test]
    fn good_claims_pass_in_every_spelling() {
        let until = NOW + 60;
        for claims in [
            json!({ "exp": until, "iss": "https://issuer", "aud": "api" }),
            json!({ "exp": until, "iss": "other", "aud": ["elsewhere", "admin"] }),
            json!({ "exp": until as f64 + 0.5, "iss": "other", "aud": ["api"], "nbf": NOW + 4, "iat": NOW }),
        ] {
            assert_eq!(check(claims.clone()), Ok(until + 5), "{claims}");
        }
    }

    #[test]
    fn times_are_checked_with_leeway() {
        let at = |exp: u64| check(json!({ "exp": exp, "iss": "other", "aud": "api" }));
        assert!(at(NOW - 4).is_ok());
        assert_eq!(at(NOW - 5), Err(Refusal::Expired));
        for (name, value) in
            [("nbf", json!(NOW + 6)), ("iat", json!(NOW + 6)), ("exp", json!("soon")), ("exp", json!(-1))]
        {
            let mut claims = json!({ "exp": NOW + 60, "iss": "other", "aud": "api" });
            claims[name] = value;
            assert!(matches!(check(claims), Err(Refusal::Invalid(_))), "{name}");
        }
    }

    #[test]
    fn missing_or_foreign_claims_are_refused() {
        let until = NOW + 60;
        for claims in [
            json!({ "iss": "other", "aud": "api" }),
            json!({ "exp": until, "aud": "api" }),
            json!({ "exp": until, "iss": null, "aud": "api" }),
            json!({ "exp": until, "iss": ["other"], "aud": "api" }),
            json!({ "exp": until, "iss": "otherx", "aud": "api" }),
            json!({ "exp": until, "iss": "other" }),
            json!({ "exp": until, "iss": "other", "aud": null }),
            json!({ "exp": until, "iss": "other", "aud": [] }),
            json!({ "exp": until, "iss": "other", "aud": ["API"] }),
        ] {
            assert!(matches!(check(claims.clone()), Err(Refusal::Invalid(_))), "{claims}");
        }
    }
}
