//! Tokens that ended before their time: a list of claim values, kept up to date by asking its source again and again.
//!
//! The source answers `{"asOf": <milliseconds>, "sessions": [{"sid": "…", "until": <Unix seconds>}]}`. An entry names a claim
//! and a value that no token may have, and until when such a token could be alive; several claims can be watched. After the
//! first answer only news are asked for (`?since=<asOf>`). While the source is lost, the last list goes on to hold.

use std::{
    sync::{Arc, Weak},
    time::Duration,
};

use arc_swap::ArcSwap;
use bytes::Bytes;
use rustc_hash::FxHashMap;
use serde_json::{Map, Value};
use tokio::{
    sync::watch,
    time::{sleep, timeout},
};

use super::{Identity, source};
use crate::{
    config::{Config, Now},
    transport::http::HttpClient,
};

/// Largest list that is read.
const MAX_LIST_BYTES: usize = 16 * 1024 * 1024;
/// How long a start may wait for the first list.
const FIRST: Duration = Duration::from_secs(1);

/// Where a revocation list comes from.
#[derive(Clone, Debug)]
pub enum RevocationSource {
    /// An HTTP URL.
    Url(String),
    /// A path of a service in this process, asked without a socket.
    InProcess(axum::Router, String),
}

impl RevocationSource {
    fn from_config(config: &Config) -> Option<Self> {
        let url = || config.revocation_url.clone().map(Self::Url);
        config.revocation_source.clone().or_else(url)
    }

    async fn fetch(&self, client: &HttpClient, since: Option<i64>) -> Result<Bytes, String> {
        let address = |base: &str| match since {
            Some(since) if base.contains('?') => format!("{base}&since={since}"),
            Some(since) => format!("{base}?since={since}"),
            None => base.to_owned(),
        };
        match self {
            Self::Url(url) => source::url(client, &address(url), MAX_LIST_BYTES).await,
            Self::InProcess(router, path) => source::in_process(router, &address(path)).await,
        }
    }
}

/// Claim (by its place among the watched ones) and value → the Unix second after which no such token is alive.
type Listed = FxHashMap<(usize, String), u64>;

/// The list as it is now. Without a source it is empty and stays so.
pub(crate) struct Revocations {
    claims: Vec<String>,
    listed: ArcSwap<Listed>,
    changed: watch::Sender<()>,
    now: Now,
}

impl Revocations {
    pub(crate) fn new(config: &Config) -> Self {
        Self {
            claims: config.revocation_claims.clone(),
            listed: ArcSwap::default(),
            changed: watch::Sender::new(()),
            now: config.now.clone(),
        }
    }

    /// Whether a token with these claims is on the list.
    pub(crate) fn has(&self, claims: &Map<String, Value>) -> bool {
        let listed = self.listed.load();
        if listed.is_empty() {
            return false;
        }
        self.claims.iter().enumerate().any(|(place, claim)| {
            let value = claims.get(claim).and_then(as_text);
            value.is_some_and(|value| listed.contains_key(&(place, value)))
        })
    }

    /// Resolves when the caller is on the list.
    pub(crate) async fn revoked(&self, identity: &Identity) {
        let mut changed = self.changed.subscribe();
        while !self.has(&identity.claims) {
            if changed.changed().await.is_err() {
                // The sender is ours: it cannot be gone while `self` is here.
                std::future::pending::<()>().await;
            }
        }
    }

    /// Takes in an answer of the source and gives its `asOf`.
    fn take(&self, answer: &[u8]) -> Result<i64, String> {
        #[derive(serde::Deserialize)]
        struct Answer {
            #[serde(rename = "asOf")]
            as_of: i64,
            sessions: Vec<Map<String, Value>>,
        }
        let answer: Answer = serde_json::from_slice(answer).map_err(|error| error.to_string())?;
        let now = self.now.seconds();
        let mut listed = Listed::clone(&self.listed.load());
        let before = listed.len();
        listed.retain(|_, until| *until > now);
        let mut news = false;
        for entry in answer.sessions {
            let until = entry.get("until").and_then(Value::as_u64).unwrap_or(u64::MAX);
            for (place, claim) in self.claims.iter().enumerate() {
                let Some(value) = entry.get(claim).and_then(as_text).filter(|_| until > now) else {
                    continue;
                };
                news |= listed.insert((place, value), until) != Some(until);
            }
        }
        if news || listed.len() != before {
            self.listed.store(Arc::new(listed));
        }
        if news {
            self.changed.send_replace(());
        }
        Ok(answer.as_of)
    }
}

fn as_text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// Keeps the list up to date for as long as somebody holds it. Waits a moment for the first answer, so that a router does not
/// start by letting in whom it would throw out a second later.
pub(crate) async fn follow(config: &Config, revocations: &Arc<Revocations>, client: HttpClient) {
    let Some(source) = RevocationSource::from_config(config) else { return };
    let mut following = Following { source, client, since: None, lost: false };
    let started = timeout(FIRST, following.ask(revocations)).await;
    if started.is_err() {
        tracing::warn!("the revocation list is not there yet; serving without it");
    }
    let (list, interval) =
        (Arc::downgrade(revocations), config.revocation_interval.max(Duration::from_millis(10)));
    tokio::spawn(following.run(list, interval));
}

struct Following {
    source: RevocationSource,
    client: HttpClient,
    since: Option<i64>,
    lost: bool,
}

impl Following {
    async fn run(mut self, list: Weak<Revocations>, interval: Duration) {
        loop {
            sleep(interval).await;
            let Some(list) = list.upgrade() else { return };
            self.ask(&list).await;
        }
    }

    async fn ask(&mut self, list: &Revocations) {
        let answer = self.source.fetch(&self.client, self.since).await;
        match answer.and_then(|answer| list.take(&answer)) {
            Ok(as_of) => {
                self.since = Some(as_of);
                if std::mem::take(&mut self.lost) {
                    tracing::info!("the revocation list is up to date again");
                }
            }
            Err(error) if !self.lost => {
                self.lost = true;
                tracing::warn!(%error, "the revocation list cannot be asked for news; the last one holds");
            }
            Err(error) => tracing::debug!(%error, "the revocation list is still not answered"),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn at(now: u64) -> Revocations {
        let claims = vec!["sid".to_owned(), "sub".to_owned()];
        Revocations::new(&Config {
            revocation_claims: claims,
            now: Now::new(move || now),
            ..Config::default()
        })
    }

    fn has(list: &Revocations, claims: Value) -> bool {
        list.has(claims.as_object().expect("an object"))
    }

    #[test]
    fn entries_name_claims_and_end_when_no_token_can_be_alive() {
        let list = at(1000);
        let answer = json!({ "asOf": 7, "sessions": [
            { "sid": "a", "until": 1001 }, { "sid": "old", "until": 1000 }, { "sub": 5, "until": 2000 },
            { "other": "x", "until": 2000 },
        ]});
        assert_eq!(list.take(answer.to_string().as_bytes()), Ok(7));
        assert!(has(&list, json!({ "sid": "a" })) && has(&list, json!({ "sid": "z", "sub": "5" })));
        for good in [json!({}), json!({ "sid": "old" }), json!({ "sub": "a" }), json!({ "other": "x" })] {
            assert!(!has(&list, good.clone()), "{good}");
        }
    }

    #[test]
    fn news_are_added_and_what_is_not_an_answer_changes_nothing() {
        let list = at(1000);
        for (sid, as_of) in [("a", 1), ("b", 2)] {
            let answer = json!({ "asOf": as_of, "sessions": [{ "sid": sid, "until": 2000 }] });
            assert_eq!(list.take(answer.to_string().as_bytes()), Ok(as_of));
        }
        for broken in ["", "{}", "[]", r#"{"asOf":"x","sessions":[]}"#, r#"{"asOf":1,"sessions":["a"]}"#] {
            assert!(list.take(broken.as_bytes()).is_err(), "{broken}");
        }
        assert!(has(&list, json!({ "sid": "a" })) && has(&list, json!({ "sid": "b" })));
    }
}
