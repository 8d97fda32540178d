//! The routes of a subgraph: GraphQL with a verified caller, server-sent events for subscriptions, health and readiness.

use std::convert::Infallible;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use async_graphql::{ObjectType, Request, Response, Schema, ServerError, SubscriptionType};
use async_graphql_axum::GraphQLResponse;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Json};
use axum::routing::{get, post};
use futures_util::{Stream, StreamExt};
use uuid::Uuid;

use super::masking::mask;
use super::websocket::socket;
use super::{Parts, REQUEST_ID_HEADER};
use crate::clock::Clock;
use crate::correlation;
use crate::error::{Error, Result};
use crate::loader::{Loaders, Source};
use crate::metrics::{Metrics, Outcome};
use crate::principal::PRINCIPAL_HEADER;
use crate::viewer::{Caller, ClientAddress};

/// The largest request, in bytes: a batch of some thousand representations.
const MAX_BODY: usize = 8 * 1024 * 1024;

/// How often an idle subscription shows that it lives.
const HEARTBEAT: Duration = Duration::from_secs(10);

/// Headers of this prefix say who calls; only the signed one is listened to, any other is an attempt to deceive.
const IDENTITY_PREFIX: &str = "x-dk-";

pub(super) struct Front<Q, M, S> {
    name: &'static str,
    pub(super) schema: Schema<Q, M, S>,
    pub(super) parts: Parts,
    metrics: Metrics,
}

pub(super) fn router<Q, M, S>(
    name: &'static str,
    schema: Schema<Q, M, S>,
    parts: &Parts,
    metrics: Metrics,
) -> axum::Router
where
    Q: ObjectType + 'static,
    M: ObjectType + 'static,
    S: SubscriptionType + 'static,
{
    let front = Arc::new(Front { name, schema, parts: parts.clone(), metrics: metrics.clone() });
    axum::Router::new()
        .route("/graphql", post(graphql::<Q, M, S>).get(socket::<Q, M, S>))
        .route("/health", get(|| async { "ok" }))
        .route("/ready", get(ready::<Q, M, S>))
        .route("/metrics", get(|| async move { metrics.text().await }))
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .with_state(front)
}

async fn graphql<Q, M, S>(
    State(front): State<Arc<Front<Q, M, S>>>,
    headers: HeaderMap,
    body: Bytes,
) -> axum::response::Response
where
    Q: ObjectType + 'static,
    M: ObjectType + 'static,
    S: SubscriptionType + 'static,
{
    let started = Instant::now();
    let request = match understood(&headers, &body, &front.parts) {
        Ok(request) => request,
        Err((status, error)) => {
            front.metrics.request(Outcome::Refused, started.elapsed());
            return refusal(status, error);
        }
    };
    let correlation_id = correlation_id(&headers);
    if wants_events(&headers) {
        return events(&front.schema, request, correlation_id).into_response();
    }
    let response = correlation::scope(correlation_id, front.schema.execute(request)).await;
    let outcome = if response.is_ok() { Outcome::Succeeded } else { Outcome::Failed };
    front.metrics.request(outcome, started.elapsed());
    GraphQLResponse::from(mask(response)).into_response()
}

/// The request with all that resolvers need to know, or why it is not executed.
fn understood(headers: &HeaderMap, body: &[u8], parts: &Parts) -> Result<Request, (StatusCode, Error)> {
    let caller = verified_caller(headers, parts).map_err(|error| (StatusCode::UNAUTHORIZED, error))?;
    let request = serde_json::from_slice::<Request>(body).map_err(|error| {
        let error = Error::validation("body", format!("The body is not a GraphQL request: {error}"));
        (StatusCode::BAD_REQUEST, error)
    })?;
    Ok(prepared(request, caller, parts).data(ClientAddress(client_address(headers))))
}

/// Who calls. Errors: UNAUTHENTICATED for a principal that does not verify and for any other identity header.
pub(super) fn verified_caller(headers: &HeaderMap, parts: &Parts) -> Result<Caller> {
    let mut caller = Caller::Anonymous;
    let identities = headers.iter().filter(|(name, _)| name.as_str().starts_with(IDENTITY_PREFIX));
    for (seen, (name, value)) in identities.enumerate() {
        if name != PRINCIPAL_HEADER || seen > 0 {
            return Err(Error::new(crate::error::Code::UNAUTHENTICATED, "Identity headers are not accepted"));
        }
        let token = value.to_str().map_err(|_| Error::unauthenticated())?;
        // The machine's time, not the subgraph's: the router signs by it, and a test may have moved the other.
        caller = parts.principal_key.verify(token, Clock::system().now())?;
    }
    Ok(caller)
}

pub(super) fn prepared(request: Request, caller: Caller, parts: &Parts) -> Request {
    let source = Source { pool: parts.pool.clone(), caller: caller.clone(), clock: parts.clock.clone() };
    let request = if caller.is_service() { request } else { request.disable_introspection() };
    request.data(caller).data(Arc::new(Loaders::new(source)))
}

/// The one address that the router puts there. A list is not from the router, so it is not believed.
pub(super) fn client_address(headers: &HeaderMap) -> Option<IpAddr> {
    headers.get("x-forwarded-for")?.to_str().ok()?.trim().parse().ok()
}

fn correlation_id(headers: &HeaderMap) -> String {
    let given = headers.get(REQUEST_ID_HEADER).and_then(|value| value.to_str().ok());
    given.filter(|id| (1..=100).contains(&id.len())).map_or_else(|| Uuid::now_v7().to_string(), str::to_owned)
}

fn wants_events(headers: &HeaderMap) -> bool {
    let accept = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok());
    accept.is_some_and(|accept| accept.contains("text/event-stream"))
}

/// The GraphQL-over-SSE protocol in its distinct-connections form: one `next` per result, `complete` at the end.
fn events<Q, M, S>(
    schema: &Schema<Q, M, S>,
    request: Request,
    correlation_id: String,
) -> Sse<impl Stream<Item = Result<Event, Infallible>> + use<Q, M, S>>
where
    Q: ObjectType + 'static,
    M: ObjectType + 'static,
    S: SubscriptionType + 'static,
{
    let mut results = schema.execute_stream(request);
    let results = futures_util::stream::poll_fn(move |cx| results.poll_next_unpin(cx));
    let next = results.map(|response| {
        let text = serde_json::to_string(&mask(response));
        Ok(Event::default().event("next").data(text.unwrap_or_else(|_| r#"{"data":null}"#.to_owned())))
    });
    let complete = futures_util::stream::once(async { Ok(Event::default().event("complete").data("")) });
    tracing::debug!(correlation_id, "subscription opened");
    Sse::new(next.chain(complete)).keep_alive(KeepAlive::new().interval(HEARTBEAT))
}

pub(super) fn refusal(status: StatusCode, error: Error) -> axum::response::Response {
    let shown = ServerError {
        message: error.message().to_owned(),
        source: None,
        locations: Vec::new(),
        path: Vec::new(),
        extensions: Some(error.extensions()),
    };
    (status, Json(Response::from_errors(vec![shown]))).into_response()
}

/// Ready when the database answers. The broker is reported and does not count: without it events wait in the outbox.
async fn ready<Q, M, S>(State(front): State<Arc<Front<Q, M, S>>>) -> impl IntoResponse
where
    Q: ObjectType + 'static,
    M: ObjectType + 'static,
    S: SubscriptionType + 'static,
{
    let question = sqlx::query_scalar::<_, i32>("SELECT 1").fetch_one(&front.parts.pool);
    let database = matches!(tokio::time::timeout(Duration::from_secs(2), question).await, Ok(Ok(1)));
    let status = if database { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    let bus = front.parts.bus.is_connected();
    (status, Json(serde_json::json!({ "service": front.name, "database": database, "bus": bus })))
}
