//! What is known of a request besides its GraphQL: caller, ids, headers that travel on.

use std::{
    net::SocketAddr,
    sync::Arc,
    time::{SystemTime, UNIX_EPOCH},
};

use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use uuid::Uuid;

use crate::{
    auth::{Identity, PrincipalSigner},
    config::{AddedHeader, Config, Renamed},
};

pub(crate) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");
const TRACESTATE: HeaderName = HeaderName::from_static("tracestate");
const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// Headers that belong to one connection or that we set ourselves: never forwarded, whatever the settings say.
const NEVER_FORWARDED: [HeaderName; 16] = [
    header::CONNECTION,
    header::PROXY_AUTHENTICATE,
    header::PROXY_AUTHORIZATION,
    header::TE,
    header::TRAILER,
    header::TRANSFER_ENCODING,
    header::UPGRADE,
    header::HOST,
    header::CONTENT_LENGTH,
    header::CONTENT_TYPE,
    header::CONTENT_ENCODING,
    header::ACCEPT,
    header::ACCEPT_ENCODING,
    HeaderName::from_static("keep-alive"),
    HeaderName::from_static("proxy-connection"),
    FORWARDED_FOR,
];

/// The wall clock, in Unix seconds: the one place that reads it.
pub(crate) fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |elapsed| elapsed.as_secs())
}

/// Which headers go on to subgraphs. Nothing does unless it is listed here, so a client cannot pose as the router.
pub(crate) struct HeaderRules {
    forward: Vec<(HeaderName, HeaderName)>,
    added: HeaderMap,
    signer: Option<PrincipalSigner>,
    trusted_proxies: usize,
}

impl HeaderRules {
    /// Refuses rules that would let a client speak in the router's name.
    pub(crate) fn new(config: &Config) -> Result<Self, String> {
        let principal = config.principal_header.to_ascii_lowercase();
        let internal = |name: &HeaderName| {
            let prefixes = config.internal_header_prefixes.iter().map(|prefix| prefix.to_ascii_lowercase());
            *name == principal.as_str()
                || prefixes.into_iter().any(|prefix| name.as_str().starts_with(&prefix))
        };
        let allowed = |name: HeaderName| match NEVER_FORWARDED.contains(&name) || internal(&name) {
            true => Err(format!("header {name} cannot be forwarded")),
            false => Ok(name),
        };
        let parse = |Renamed { from, to }: &Renamed| {
            let name =
                |text: &str| HeaderName::try_from(text).map_err(|_| format!("{text:?} is not a header name"));
            Ok((allowed(name(from)?)?, allowed(name(to)?)?))
        };
        let forward = config.forward_headers.iter().map(parse).collect::<Result<_, String>>()?;
        let added = config.subgraph_headers.iter();
        let added = added.map(|AddedHeader(name, value)| Ok((allowed(name.clone())?, value.clone())));
        let added = added.collect::<Result<_, String>>()?;
        Ok(Self {
            forward,
            added,
            signer: PrincipalSigner::new(config)?,
            trusted_proxies: config.trusted_proxies,
        })
    }

    /// The address of the client itself: the peer's, or what the trusted proxies in front of us say.
    fn client_address(&self, headers: &HeaderMap, peer: Option<SocketAddr>) -> Option<String> {
        let peer = peer.map(|peer| peer.ip().to_string());
        if self.trusted_proxies == 0 {
            return peer;
        }
        let hops = headers.get_all(FORWARDED_FOR).iter().filter_map(|value| value.to_str().ok());
        let hops: Vec<&str> = hops.flat_map(|value| value.split(',')).map(str::trim).collect();
        let client = hops.len().checked_sub(self.trusted_proxies).and_then(|index| hops.get(index));
        client.map(|hop| (*hop).to_owned()).or(peer)
    }
}

/// One operation's context. Subscriptions make a new one when the caller's token is replaced.
#[derive(Clone)]
pub(crate) struct RequestContext {
    pub(crate) identity: Option<Arc<Identity>>,
    pub(crate) request_id: HeaderValue,
    headers: HeaderMap,
    rules: Arc<HeaderRules>,
}

impl RequestContext {
    /// Reads the client's headers once.
    pub(crate) fn new(
        rules: &Arc<HeaderRules>,
        headers: &HeaderMap,
        peer: Option<SocketAddr>,
        identity: Option<Arc<Identity>>,
    ) -> Self {
        let request_id = accepted_request_id(headers).unwrap_or_else(new_request_id);
        let mut onward = HeaderMap::new();
        onward.extend(rules.added.clone());
        for (from, to) in rules.forward.iter().filter(|(_, to)| !rules.added.contains_key(to)) {
            for value in headers.get_all(from) {
                onward.append(to, value.clone());
            }
        }
        match headers.get(TRACEPARENT).filter(|value| is_traceparent(value.as_bytes())) {
            Some(parent) => {
                onward.insert(TRACEPARENT, parent.clone());
                if let Some(state) = headers.get(TRACESTATE) {
                    onward.insert(TRACESTATE, state.clone());
                }
            }
            None => drop(onward.insert(TRACEPARENT, new_traceparent())),
        }
        let client = rules.client_address(headers, peer).and_then(|address| address.try_into().ok());
        if let Some(address) = client {
            onward.insert(FORWARDED_FOR, address);
        }
        onward.insert(REQUEST_ID, request_id.clone());
        Self { identity, request_id, headers: onward, rules: Arc::clone(rules) }
    }

    /// The same request as somebody else, with an id of its own: operations on a WebSocket.
    pub(crate) fn child(&self, identity: Option<Arc<Identity>>) -> Self {
        let mut child = Self { identity, ..self.clone() };
        child.request_id = new_request_id();
        child.headers.insert(REQUEST_ID, child.request_id.clone());
        child
    }

    /// The same request with the caller's present token: a stream's next event.
    pub(crate) fn with_identity(&self, identity: Option<Arc<Identity>>) -> Self {
        Self { identity, ..self.clone() }
    }

    /// The headers of a subgraph request at `now`, with a freshly signed principal.
    pub(crate) fn subgraph_headers(&self, now: u64) -> HeaderMap {
        let mut headers = self.headers.clone();
        if let (Some(signer), Some(identity)) = (&self.rules.signer, &self.identity) {
            headers.insert(signer.header.clone(), signer.sign(identity, now));
        }
        headers
    }

    /// The request id as text.
    pub(crate) fn id(&self) -> &str {
        self.request_id.to_str().unwrap_or("")
    }
}

/// A client's id is kept if it cannot hurt a log line.
fn accepted_request_id(headers: &HeaderMap) -> Option<HeaderValue> {
    let value = headers.get(REQUEST_ID)?;
    let harmless = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_.:/+=".contains(byte);
    let bytes = value.as_bytes();
    ((1..=128).contains(&bytes.len()) && bytes.iter().all(harmless)).then(|| value.clone())
}

fn new_request_id() -> HeaderValue {
    HeaderValue::try_from(Uuid::now_v7().to_string()).expect("a UUID is ASCII")
}

fn new_traceparent() -> HeaderValue {
    let (trace, span) = (Uuid::new_v4().simple().to_string(), Uuid::new_v4().simple().to_string());
    HeaderValue::try_from(format!("00-{trace}-{}-01", &span[..16])).expect("hexadecimal digits are ASCII")
}

/// W3C trace context, version 00: `00-<32 hex>-<16 hex>-<2 hex>`.
fn is_traceparent(value: &[u8]) -> bool {
    let lower_hex = |byte: &u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    value.len() == 55
        && value.iter().enumerate().all(|(at, byte)| match at {
            2 | 35 | 52 => *byte == b'-',
            _ => lower_hex(byte),
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn context(config: Config, sent: &[(&'static str, &'static str)]) -> HeaderMap {
        let rules = Arc::new(HeaderRules::new(&config).expect("good rules"));
        let mut headers = HeaderMap::new();
        for (name, value) in sent {
            headers.append(*name, HeaderValue::from_static(value));
        }
        let peer = "10.0.0.9:1234".parse().ok();
        RequestContext::new(&rules, &headers, peer, None).subgraph_headers(0)
    }

    #[test]
    fn only_listed_headers_travel_on() {
        let config =
            Config { forward_headers: vec!["x-tenant=x-org".parse().expect("a rule")], ..Config::default() };
        let sent =
            [("x-tenant", "a"), ("x-principal", "forged"), ("cookie", "c"), ("authorization", "Bearer t")];
        let onward = context(config, &sent);
        let mut names: Vec<&str> = onward.keys().map(HeaderName::as_str).collect();
        names.sort_unstable();
        assert_eq!(names, ["traceparent", "x-forwarded-for", "x-org", "x-request-id"]);
        assert_eq!(onward["x-org"], "a");
    }

    #[test]
    fn added_headers_are_ours_whatever_the_client_sends() {
        let rule = |text: &str| text.parse().expect("a rule");
        let config = Config {
            forward_headers: vec!["x-key".parse().expect("a rule"), "x-tenant".parse().expect("a rule")],
            subgraph_headers: vec![rule("x-key=s3cret=="), rule("x-env=test")],
            ..Config::default()
        };
        assert!(!format!("{config:?}").contains("s3cret"));
        let onward = context(config, &[("x-key", "forged"), ("x-tenant", "a")]);
        assert!(onward["x-key"] == "s3cret==" && onward["x-env"] == "test" && onward["x-tenant"] == "a");
        assert_eq!(onward.get_all("x-key").iter().count(), 1);
        let config = Config { subgraph_headers: vec![rule("x-principal=me")], ..Config::default() };
        assert!(HeaderRules::new(&config).is_err());
    }

    #[test]
    fn rules_that_would_let_a_client_pose_as_the_router_are_refused() {
        for rule in
            ["x-principal", "X-Principal=x-a", "a=x-principal-2", "host", "te=x-a", "x-a=content-length"]
        {
            let config = Config { forward_headers: vec![rule.parse().expect("a rule")], ..Config::default() };
            assert!(HeaderRules::new(&config).is_err(), "{rule}");
        }
    }

    #[test]
    fn ids_are_kept_when_well_formed_and_replaced_otherwise() {
        let parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
        let kept = context(
            Config::default(),
            &[("x-request-id", "abc-1"), ("traceparent", parent), ("tracestate", "a=b")],
        );
        assert_eq!(kept["x-request-id"], "abc-1");
        assert_eq!(kept["traceparent"], parent);
        assert_eq!(kept["tracestate"], "a=b");
        let replaced = context(
            Config::default(),
            &[("x-request-id", "a b"), ("traceparent", "00-x"), ("tracestate", "a=b")],
        );
        assert_ne!(replaced["x-request-id"], "a b");
        assert!(is_traceparent(replaced["traceparent"].as_bytes()) && !replaced.contains_key("tracestate"));
    }

    #[test]
    fn the_client_address_is_one_and_cannot_be_claimed() {
        let claimed = [("x-forwarded-for", "1.1.1.1"), ("x-forwarded-for", "2.2.2.2, 3.3.3.3")];
        assert_eq!(context(Config::default(), &claimed)["x-forwarded-for"], "10.0.0.9");
        let behind = |trusted_proxies| Config { trusted_proxies, ..Config::default() };
        assert_eq!(context(behind(1), &claimed)["x-forwarded-for"], "3.3.3.3");
        assert_eq!(context(behind(2), &claimed)["x-forwarded-for"], "2.2.2.2");
        assert_eq!(context(behind(9), &claimed)["x-forwarded-for"], "10.0.0.9");
    }
}
