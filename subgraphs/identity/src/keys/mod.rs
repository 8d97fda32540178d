//! Signing keys: when a new one is due, which one signs, which are published.

pub mod keyring;
pub mod repository;

use chrono::{DateTime, Duration, Utc};

/// How long an access token lives.
pub fn access_lifetime() -> Duration {
    Duration::minutes(15)
}

/// How long a key is published before it signs, so that everyone who verifies has fetched it.
pub fn publish_ahead() -> Duration {
    Duration::hours(1)
}

/// How long after its last token has expired a key stays published.
fn grace() -> Duration {
    Duration::minutes(5)
}

/// The life of one key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyLife {
    pub kid: String,
    /// Signs from here on, until a later key does.
    pub activates_at: DateTime<Utc>,
}

/// When the next key must begin to sign, if it has to be made now. The first key signs at once; later ones are made
/// when the newest has served its time, and are published a while before they sign.
pub fn next_activation(
    newest: Option<&KeyLife>,
    now: DateTime<Utc>,
    period: Duration,
) -> Option<DateTime<Utc>> {
    match newest {
        None => Some(now),
        Some(key) if key.activates_at + period <= now => Some(now + publish_ahead()),
        Some(_) => None,
    }
}

/// Until when a key stays published once its successor begins to sign.
pub fn retirement(successor_activates_at: DateTime<Utc>) -> DateTime<Utc> {
    successor_activates_at + access_lifetime() + grace()
}

/// Which key signs now: the newest that is active.
pub fn signing(keys: &[KeyLife], now: DateTime<Utc>) -> Option<usize> {
    let active = keys.iter().enumerate().filter(|(_, key)| key.activates_at <= now);
    active.max_by_key(|(_, key)| key.activates_at).map(|(index, _)| index)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn key(kid: &str, activates_at: &str) -> KeyLife {
        KeyLife { kid: kid.into(), activates_at: at(activates_at) }
    }

    #[test]
    fn the_first_key_signs_at_once_and_the_next_is_announced_an_hour_ahead() {
        let now = at("2026-02-01T00:00:00Z");
        let month = Duration::days(30);
        assert_eq!(next_activation(None, now, month), Some(now));
        assert_eq!(next_activation(Some(&key("a", "2026-01-02T00:00:01Z")), now, month), None);
        let due = next_activation(Some(&key("a", "2026-01-02T00:00:00Z")), now, month);
        assert_eq!(due, Some(at("2026-02-01T01:00:00Z")));
        assert_eq!(next_activation(Some(&key("b", "2026-02-01T01:00:00Z")), now, month), None);
    }

    #[test]
    fn an_announced_key_does_not_sign_yet() {
        let keys = [key("a", "2026-01-01T00:00:00Z"), key("b", "2026-02-01T01:00:00Z")];
        let kid = |now| signing(&keys, at(now)).map(|index| keys[index].kid.as_str());
        assert_eq!(kid("2026-02-01T00:59:59Z"), Some("a"));
        assert_eq!(kid("2026-02-01T01:00:00Z"), Some("b"));
        assert_eq!(kid("2025-12-31T00:00:00Z"), None);
    }

    #[test]
    fn a_key_outlives_its_last_token() {
        let successor = at("2026-02-01T01:00:00Z");
        assert!(retirement(successor) > successor + access_lifetime());
    }
}
