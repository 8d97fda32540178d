//! All routes of the router, and what happens to every request before it is looked at.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use axum::{
    Json, Router,
    body::Body,
    extract::{ConnectInfo, FromRequestParts, Path, State, ws::WebSocketUpgrade},
    http::{HeaderMap, HeaderName, HeaderValue, Method, Request, StatusCode, header},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use bytes::Bytes;
use serde_json::json;
use tokio::time::Instant;
use tower_http::{
    catch_panic::CatchPanicLayer,
    cors::{AllowOrigin, Any, CorsLayer},
};

use crate::{
    compress,
    config::Config,
    context::{REQUEST_ID, RequestContext},
    error::{ClientError, Failed, code},
    observe::OperationReport,
    pipeline::{self, Call, Outcome},
    request::{self, Accepted, GraphqlRequest, Media},
    shared::Shared,
    subscribe::{self, Session},
};

/// Browsers may remember a preflight's answer this long.
const PREFLIGHT_AGE: Duration = Duration::from_secs(3600);

/// The routes. Every one of them is listed here.
pub(crate) fn routes(shared: Arc<Shared>) -> Router {
    let mut routes = Router::new()
        .route("/graphql", get(graphql).post(graphql))
        .route("/health", get(|| async { Json(json!({ "status": "ok" })) }))
        .route("/ready", get(ready));
    if shared.config.explain() {
        routes = routes.route("/plan", post(plan));
    }
    if shared.config.metrics() {
        routes = routes.route("/metrics", get(metrics));
    }
    if shared.playground.is_some() {
        routes = routes.route("/", get(page)).route("/playground/{file}", get(asset));
    }
    routes = routes.fallback(nothing_here);
    if let Some(cors) = cors(&shared.config) {
        routes = routes.layer(cors);
    }
    routes
        .layer(CatchPanicLayer::custom(|_| {
            request::failure(&ClientError::internal("a handler panicked"), Media::Json)
        }))
        .with_state(shared)
}

fn cors(config: &Config) -> Option<CorsLayer> {
    if config.cors_origins.is_empty() {
        return None;
    }
    let layer = CorsLayer::new()
        .allow_methods([Method::GET, Method::POST])
        .max_age(PREFLIGHT_AGE)
        .expose_headers([REQUEST_ID]);
    if config.cors_origins.iter().any(|origin| origin == "*") {
        return Some(layer.allow_origin(Any).allow_headers(Any));
    }
    let origins = config.cors_origins.iter().filter_map(|origin| HeaderValue::try_from(origin).ok());
    let trace = [HeaderName::from_static("traceparent"), HeaderName::from_static("tracestate"), REQUEST_ID];
    let own = config.forward_headers.iter().filter_map(|rule| HeaderName::try_from(&rule.from).ok());
    let headers =
        [header::CONTENT_TYPE, header::AUTHORIZATION, header::ACCEPT].into_iter().chain(trace).chain(own);
    Some(
        layer
            .allow_origin(AllowOrigin::list(origins))
            .allow_headers(headers.collect::<Vec<_>>())
            .allow_credentials(true),
    )
}

/// For those who mistype the path, or open the address in a browser where there is no playground.
async fn nothing_here() -> Response {
    let message = "There is nothing here: GraphQL is at /graphql.";
    let error = ClientError::http(StatusCode::NOT_FOUND, code::NOT_FOUND, message);
    request::failure(&error, Media::Json)
}

/// Ready as long as the router is not stopping: without a supergraph it would not listen at all.
async fn ready(State(shared): State<Arc<Shared>>) -> Response {
    if *shared.stopping.borrow() {
        return (StatusCode::SERVICE_UNAVAILABLE, Json(json!({ "status": "stopping" }))).into_response();
    }
    Json(json!({ "status": "ready" })).into_response()
}

async fn metrics(State(shared): State<Arc<Shared>>) -> String {
    shared.audience.metrics.text(shared.stats())
}

/// GraphQL in all its forms: queries by GET, anything by POST, WebSockets, and the playground for browsers.
async fn graphql(State(shared): State<Arc<Shared>>, request: Request<Body>) -> Response {
    let started = Instant::now();
    let wants_page = request::is_read_only(request.method())
        && request
            .uri()
            .query()
            .is_none_or(|query| !query.contains("query=") && !query.contains("documentId="))
        && accepts_html(request.headers());
    if let Some(playground) = shared.playground.as_ref().filter(|_| wants_page) {
        return playground.page(request.headers());
    }
    let accepted = Accepted::parse(request.headers());
    let gzip = shared.config.compression && compress::accepts_gzip(request.headers());
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|info| info.0);
    let context = RequestContext::new(&shared.rules, request.headers(), peer, None);
    let request_id = context.request_id.clone();
    let mut response = match enter(&shared, request, context.clone(), &accepted).await {
        Ok(Entered::Upgraded(response)) => response,
        Ok(Entered::Operation { request, context, read_only }) => {
            let session = accepted.stream().map(|_| Session::fixed(context.identity.clone(), &shared));
            let call = Call { request, context, started, read_only, session };
            let outcome = pipeline::answer(&shared, call).await;
            let small = match &outcome {
                Ok(Outcome::Answer(body)) if gzip => compress::gzip(body).await,
                _ => None,
            };
            respond(&shared, outcome, small, &accepted)
        }
        Err(error) => {
            OperationReport::refused(&context, &error, started).finish(&shared.audience);
            request::failure(&error, accepted.single().unwrap_or(Media::Json))
        }
    };
    response.headers_mut().insert(REQUEST_ID, request_id);
    response
}

/// What a request turns out to be once its caller is known.
enum Entered {
    Upgraded(Response),
    Operation { request: GraphqlRequest, context: RequestContext, read_only: bool },
}

/// The checks before there is an operation: where it comes from, who sends it, whether it can be read and answered.
async fn enter(
    shared: &Arc<Shared>,
    request: Request<Body>,
    mut context: RequestContext,
    accepted: &Accepted,
) -> Result<Entered, ClientError> {
    request::guard_against_cross_site(&shared.config, request.method(), request.headers())?;
    context.identity =
        shared.authenticator.by_headers(request.headers(), shared.config.now.seconds()).await?;
    if is_upgrade(request.headers()) {
        let (mut parts, _) = request.into_parts();
        let upgrade = WebSocketUpgrade::from_request_parts(&mut parts, shared).await;
        let upgrade = upgrade.map_err(|_| ClientError::bad_request("This is not a WebSocket request."))?;
        return subscribe::upgrade(Arc::clone(shared), context, upgrade).map(Entered::Upgraded);
    }
    if accepted.single().is_none() {
        return Err(not_acceptable());
    }
    let read_only = request::is_read_only(request.method());
    let request = request::read(&shared.config, request).await?;
    Ok(Entered::Operation { request, context, read_only })
}

/// Writes the outcome in the media type that fits it best; an answer in its `small` form if there is one.
fn respond(
    shared: &Shared,
    outcome: Result<Outcome, ClientError>,
    small: Option<Bytes>,
    accepted: &Accepted,
) -> Response {
    let heartbeat = shared.config.heartbeat;
    let media = accepted.single().unwrap_or(Media::Json);
    let is_json = matches!(media, Media::GraphqlResponse | Media::Json);
    match outcome {
        Ok(Outcome::Answer(body)) if is_json => {
            let is_small = small.is_some();
            let mut response = request::result(StatusCode::OK, small.unwrap_or(body), media);
            if is_small {
                let gzip = HeaderValue::from_static("gzip");
                response.headers_mut().insert(header::CONTENT_ENCODING, gzip);
            }
            response
        }
        Ok(Outcome::Answer(body)) => subscribe::respond(subscribe::once(body), media, heartbeat),
        Ok(Outcome::Stream(events)) => {
            subscribe::respond(events, accepted.stream().unwrap_or(media), heartbeat)
        }
        // Event streams report errors as events; where the status can tell, it does.
        Err(error) if media == Media::EventStream && error.failed == Failed::BeforeExecution => {
            subscribe::respond(subscribe::failed(error), media, heartbeat)
        }
        Err(error) => request::failure(&error, media),
    }
}

fn accepts_html(headers: &HeaderMap) -> bool {
    let accept = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok());
    accept.is_some_and(|accept| accept.contains("text/html"))
}

fn is_upgrade(headers: &HeaderMap) -> bool {
    let upgrade = headers.get(header::UPGRADE).and_then(|value| value.to_str().ok());
    upgrade.is_some_and(|upgrade| upgrade.eq_ignore_ascii_case("websocket"))
}

fn not_acceptable() -> ClientError {
    let message = "Answers come as application/graphql-response+json, application/json, text/event-stream or \
                   multipart/mixed: accept one of them.";
    ClientError::http(StatusCode::NOT_ACCEPTABLE, code::NOT_ACCEPTABLE, message)
}

/// Plans without running: `{query, operationName}` in, the plan out.
async fn plan(State(shared): State<Arc<Shared>>, request: Request<Body>) -> Response {
    let planned = async {
        let request = request::read(&shared.config, request).await?;
        pipeline::plan_only(&shared, request).await
    };
    match planned.await {
        Ok(plan) => Json(plan).into_response(),
        Err(error) => request::failure(&error, Media::GraphqlResponse),
    }
}

async fn page(State(shared): State<Arc<Shared>>, headers: HeaderMap) -> Response {
    let page = shared.playground.as_ref().map(|playground| playground.page(&headers));
    page.unwrap_or_else(|| StatusCode::NOT_FOUND.into_response())
}

async fn asset(State(shared): State<Arc<Shared>>, Path(file): Path<String>, headers: HeaderMap) -> Response {
    let asset = shared.playground.as_ref().and_then(|playground| playground.asset(&file, &headers));
    asset.unwrap_or_else(|| StatusCode::NOT_FOUND.into_response())
}
