//! The kinds of values that settings have, read from text.

use std::{str::FromStr, sync::Arc, time::Duration};

use axum::http::{HeaderName, HeaderValue};

use crate::context;

/// Where the present comes from: the machine's clock, unless those who embed the router have another.
#[derive(Clone)]
pub struct Now(Arc<dyn Fn() -> u64 + Send + Sync>);

impl Now {
    /// Wraps a function that gives Unix seconds.
    pub fn new(seconds: impl Fn() -> u64 + Send + Sync + 'static) -> Self {
        Self(Arc::new(seconds))
    }

    pub(crate) fn seconds(&self) -> u64 {
        (self.0)()
    }
}

impl Default for Now {
    fn default() -> Self {
        Self::new(context::now)
    }
}

impl std::fmt::Debug for Now {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Now")
    }
}

/// A secret that does not show up in logs.
#[derive(Clone)]
pub struct Secret(pub String);

impl FromStr for Secret {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.len() < 32 {
            return Err("a key of at least 32 bytes is needed".into());
        }
        Ok(Self(text.to_owned()))
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// A name, and what it is called where it is copied to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Renamed {
    /// The name it has in the source.
    pub from: String,
    /// The name it gets.
    pub to: String,
}

impl FromStr for Renamed {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (from, to) = text.split_once('=').unwrap_or((text, text));
        if from.trim().is_empty() || to.trim().is_empty() {
            return Err("write name or name=newName".into());
        }
        Ok(Self { from: from.trim().to_owned(), to: to.trim().to_owned() })
    }
}

/// A header with its value, which may be a secret and does not show up in logs.
#[derive(Clone, Debug)]
pub struct AddedHeader(pub HeaderName, pub HeaderValue);

impl FromStr for AddedHeader {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (name, value) = text.split_once('=').ok_or("write name=value")?;
        let name = HeaderName::try_from(name.trim()).map_err(|_| format!("{name:?} is not a header name"))?;
        let mut value = HeaderValue::try_from(value).map_err(|_| format!("{name}: not a header value"))?;
        value.set_sensitive(true);
        Ok(Self(name, value))
    }
}

/// How long a request to one subgraph may take.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SubgraphTimeout {
    /// The subgraph's name.
    pub subgraph: String,
    /// The time for connecting, headers and body together.
    pub timeout: Duration,
}

impl FromStr for SubgraphTimeout {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (subgraph, timeout) = text.split_once('=').ok_or("write name=30s")?;
        Ok(Self { subgraph: subgraph.trim().to_owned(), timeout: duration(timeout.trim())? })
    }
}

/// What becomes of an operation that asks for something its caller may not see.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Unauthorized {
    /// It is answered without: null there, with an error.
    Filter,
    /// It is refused as a whole.
    Reject,
}

/// The signature algorithms a token may use: asymmetric ones only, so that a public key can never act as a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignatureAlgorithm {
    /// Ed25519.
    EdDsa,
    /// ECDSA on P-256 with SHA-256.
    Es256,
    /// RSA PKCS#1 v1.5 with SHA-256.
    Rs256,
}

impl FromStr for SignatureAlgorithm {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "EdDSA" => Ok(Self::EdDsa),
            "ES256" => Ok(Self::Es256),
            "RS256" => Ok(Self::Rs256),
            other => Err(format!("{other:?} is not one of EdDSA, ES256, RS256")),
        }
    }
}

/// Reads `250ms`, `30s`, `5m`.
pub(super) fn duration(text: &str) -> Result<Duration, String> {
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let number: u64 = text[..digits].parse().map_err(|_| format!("{text:?} does not start with a number"))?;
    match &text[digits..] {
        "ms" => Ok(Duration::from_millis(number)),
        "s" => Ok(Duration::from_secs(number)),
        "m" => Ok(Duration::from_secs(number * 60)),
        unit => Err(format!("{unit:?} is not a unit of time: write 250ms, 30s or 5m")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_need_a_number_and_a_unit() {
        assert_eq!(duration("250ms"), Ok(Duration::from_millis(250)));
        assert_eq!(duration("5m"), Ok(Duration::from_secs(300)));
        assert!(duration("5").is_err() && duration("s").is_err() && duration("5h").is_err());
        let one: SubgraphTimeout = " slow = 1m".parse().expect("a timeout");
        assert_eq!((one.subgraph.as_str(), one.timeout.as_secs()), ("slow", 60));
        assert!("slow".parse::<SubgraphTimeout>().is_err() && "slow=1".parse::<SubgraphTimeout>().is_err());
    }

    #[test]
    fn short_keys_and_symmetric_algorithms_are_refused() {
        assert!("short".parse::<Secret>().is_err());
        assert!("HS256".parse::<SignatureAlgorithm>().is_err());
        assert!("none".parse::<SignatureAlgorithm>().is_err());
    }
}
