//! Subgraphs behind HTTP: one pooled client; the deadline covers connecting, headers and body.

use std::time::Duration;

use axum::http::{
    HeaderValue, Request, Uri,
    header::{ACCEPT, CONTENT_TYPE},
};
use bytes::Bytes;
use futures_util::{FutureExt, future::BoxFuture};
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::body::Incoming;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::{TokioExecutor, TokioTimer},
};
use tokio::time::{Instant, timeout_at};

use super::{EventStream, SubgraphRequest, SubgraphResponse, Transport, TransportError, sse, websocket};

pub(super) const ACCEPT_JSON: &str = "application/graphql-response+json, application/json;q=0.9";
pub(super) const ACCEPT_EVENTS: &str = "text/event-stream, application/json;q=0.9";
/// Idle connections are given up before usual servers do (hyper and nginx: 60–75 s), so that they are not used while closing.
const IDLE: Duration = Duration::from_secs(45);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// A subgraph whose machine is gone is noticed after a quiet time and a few questions, or a stream would wait for it for ever.
const KEEP_ALIVE: Duration = Duration::from_secs(30);
const KEEP_ALIVE_INTERVAL: Duration = Duration::from_secs(10);
const KEEP_ALIVE_RETRIES: u32 = 3;

type Connector = HttpsConnector<HttpConnector>;

/// The pool that all HTTP transports share. Cheap to clone.
#[derive(Clone, Debug)]
pub struct HttpClient {
    client: Client<Connector, Full<Bytes>>,
}

impl Default for HttpClient {
    fn default() -> Self {
        Self::new()
    }
}

impl HttpClient {
    /// A pool of keep-alive connections, for `http://` and `https://`.
    pub fn new() -> Self {
        let mut connector = HttpConnector::new();
        connector.set_nodelay(true);
        connector.set_connect_timeout(Some(CONNECT_TIMEOUT));
        connector.set_keepalive(Some(KEEP_ALIVE));
        connector.set_keepalive_interval(Some(KEEP_ALIVE_INTERVAL));
        connector.set_keepalive_retries(Some(KEEP_ALIVE_RETRIES));
        connector.enforce_http(false);
        let client = Client::builder(TokioExecutor::new())
            .pool_idle_timeout(IDLE)
            .pool_timer(TokioTimer::new())
            .build(with_tls(connector));
        Self { client }
    }

    /// The body of a successful GET.
    pub(crate) async fn get(
        &self,
        url: &str,
        deadline: Instant,
        limit: usize,
    ) -> Result<Bytes, TransportError> {
        let request = Request::get(url).header(ACCEPT, "application/json").body(Full::default());
        let request = request.map_err(|error| TransportError::Protocol(error.to_string()))?;
        let response = self.exchange(request, deadline, limit).await?;
        if response.status.is_success() {
            Ok(response.body)
        } else {
            Err(TransportError::Status(response.status))
        }
    }

    async fn open(
        &self,
        request: Request<Full<Bytes>>,
        deadline: Instant,
    ) -> Result<axum::http::Response<Incoming>, TransportError> {
        let response = timeout_at(deadline, self.client.request(request)).await;
        response
            .map_err(|_| TransportError::Timeout)?
            .map_err(|error| TransportError::Unreachable(chain(&error)))
    }

    async fn exchange(
        &self,
        request: Request<Full<Bytes>>,
        deadline: Instant,
        limit: usize,
    ) -> Result<SubgraphResponse, TransportError> {
        let (parts, body) = self.open(request, deadline).await?.into_parts();
        let collected = timeout_at(deadline, Limited::new(body, limit).collect()).await;
        let body = collected.map_err(|_| TransportError::Timeout)?.map_err(|error| {
            if error.is::<LengthLimitError>() {
                TransportError::TooLarge(limit)
            } else {
                TransportError::Unreachable(chain(error.as_ref()))
            }
        })?;
        Ok(SubgraphResponse { status: parts.status, headers: parts.headers, body: body.to_bytes() })
    }
}

/// Trusts what the system trusts, or the usual public authorities where the system says nothing (slim containers).
fn with_tls(connector: HttpConnector) -> Connector {
    let builder = HttpsConnectorBuilder::new();
    match builder.with_native_roots() {
        Ok(builder) => builder.https_or_http().enable_all_versions().wrap_connector(connector),
        Err(_) => {
            let builder = HttpsConnectorBuilder::new().with_webpki_roots();
            builder.https_or_http().enable_all_versions().wrap_connector(connector)
        }
    }
}

/// How a subgraph's subscriptions are opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Upstream {
    /// POST to the subgraph's URL, answered as `text/event-stream`.
    Sse,
    /// The `graphql-transport-ws` protocol at this `ws://` or `wss://` URL.
    WebSocket(String),
}

/// A subgraph behind a URL.
#[derive(Clone, Debug)]
pub struct HttpTransport {
    client: HttpClient,
    url: String,
    upstream: Upstream,
    max_bytes: usize,
}

impl HttpTransport {
    /// Answers larger than `max_bytes` are refused.
    pub fn new(client: HttpClient, url: &str, upstream: Upstream, max_bytes: usize) -> Result<Self, String> {
        let uri: Uri = url.parse().map_err(|error| format!("{url:?} is not a URL: {error}"))?;
        if !matches!(uri.scheme_str(), Some("http" | "https")) || uri.host().is_none() {
            return Err(format!("{url:?} is not an http:// or https:// URL"));
        }
        Ok(Self { client, url: url.to_owned(), upstream, max_bytes })
    }

    fn request(
        &self,
        request: &SubgraphRequest,
        accept: &'static str,
    ) -> Result<Request<Full<Bytes>>, TransportError> {
        post(&self.url, request, accept, Full::new(request.body.clone()))
    }
}

/// The POST that carries a subgraph request.
pub(super) fn post<B>(
    url: &str,
    request: &SubgraphRequest,
    accept: &'static str,
    body: B,
) -> Result<Request<B>, TransportError> {
    let mut post =
        Request::post(url).body(body).map_err(|error| TransportError::Protocol(error.to_string()))?;
    *post.headers_mut() = request.headers.clone();
    post.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    post.headers_mut().insert(ACCEPT, HeaderValue::from_static(accept));
    Ok(post)
}

impl Transport for HttpTransport {
    fn execute(&self, request: SubgraphRequest) -> BoxFuture<'_, Result<SubgraphResponse, TransportError>> {
        async move {
            let post = self.request(&request, ACCEPT_JSON)?;
            self.client.exchange(post, request.deadline, self.max_bytes).await
        }
        .boxed()
    }

    fn subscribe(&self, request: SubgraphRequest) -> BoxFuture<'_, Result<EventStream, TransportError>> {
        async move {
            if let Upstream::WebSocket(url) = &self.upstream {
                return websocket::subscribe(url, request, self.max_bytes).await;
            }
            let post = self.request(&request, ACCEPT_EVENTS)?;
            let (parts, body) = self.client.open(post, request.deadline).await?.into_parts();
            let events = sse::events(parts.status, &parts.headers, body, self.max_bytes);
            timeout_at(request.deadline, events).await.map_err(|_| TransportError::Timeout)?
        }
        .boxed()
    }
}

/// An error with its causes in one line: hyper's outer message alone says nothing.
pub(super) fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        text.push_str(": ");
        text.push_str(&inner.to_string());
        cause = inner.source();
    }
    text
}
