//! The life of an operation, as named steps: understand, check, run or open a stream, answer.

use std::sync::Arc;

use axum::http::StatusCode;
use bytes::Bytes;
use federation::{
    operation::{OperationKind, Variables},
    supergraph::RuleSet,
};
use serde_json::{Map, Value, json};
use tokio::time::Instant;

use crate::{
    access,
    auth::Identity,
    config::Unauthorized,
    context::{self, RequestContext},
    engine::Engine,
    error::{ClientError, code},
    execute::{Inputs, execute},
    fetches::{Budget, Fetches},
    introspection,
    masking::mask,
    observe::{FetchReport, OperationReport},
    plan_cache::{Key, Prepared, refused},
    request::GraphqlRequest,
    shared::Shared,
    subscribe::{self, Events, Session},
};

/// An operation and the circumstances it came in.
pub(crate) struct Call {
    pub(crate) request: GraphqlRequest,
    pub(crate) context: RequestContext,
    pub(crate) started: Instant,
    /// GET: no side effects.
    pub(crate) read_only: bool,
    /// Whether the client can be sent a stream, and who it belongs to from event to event.
    pub(crate) session: Option<Session>,
}

/// What an operation came to.
pub(crate) enum Outcome {
    /// One response.
    Answer(Bytes),
    /// A response per event.
    Stream(Events),
}

/// An operation that passed all checks.
pub(crate) struct Ready {
    pub(crate) engine: Arc<Engine>,
    pub(crate) prepared: Arc<Prepared>,
    /// The access rules that the caller was found not to meet.
    pub(crate) denied: RuleSet,
    pub(crate) variables: Variables,
    pub(crate) introspected: Option<Map<String, Value>>,
}

/// Answers an operation and leaves a line in the access log.
pub(crate) async fn answer(shared: &Arc<Shared>, call: Call) -> Result<Outcome, ClientError> {
    let mut report = OperationReport::new(&call.context, call.request.operation_name.as_deref());
    let started = call.started;
    let outcome = run(shared, call, &mut report).await;
    if let Err(error) = &outcome {
        report.outcome = error.code().to_owned();
        report.errors = error.count();
    }
    if !matches!(outcome, Ok(Outcome::Stream(_))) {
        report.duration = started.elapsed();
        report.finish(&shared.audience);
    }
    outcome
}

async fn run(
    shared: &Arc<Shared>,
    mut call: Call,
    report: &mut OperationReport,
) -> Result<Outcome, ClientError> {
    shared.documents.resolve(&mut call.request)?;
    let ready = understand(shared, &call.request, call.context.identity.as_deref()).await?;
    report.kind = Some(ready.prepared.plan.kind);
    report.operation = ready.prepared.operation.name.clone();
    check(&call, &ready)?;
    if ready.prepared.plan.kind == OperationKind::Subscription {
        let session = call.session.ok_or_else(stream_not_acceptable)?;
        let events = subscribe::open(shared, ready, session, call.context, report.clone()).await?;
        return Ok(Outcome::Stream(events));
    }
    let budget = Budget { started: call.started, whole: shared.config.request_timeout };
    let executed = run_once(shared, &ready, &call.context, budget, None).await;
    report.errors = executed.errors;
    report.fetches = executed.fetches.len();
    if executed.errors > 0 {
        report.outcome = "partial".to_owned();
    }
    let extensions = explanation(shared, &call.request, &ready, &executed.fetches);
    Ok(Outcome::Answer(with_extensions(executed.body, extensions)))
}

/// Text and variables → an operation with a plan.
async fn understand(
    shared: &Shared,
    request: &GraphqlRequest,
    caller: Option<&Identity>,
) -> Result<Ready, ClientError> {
    let engine = shared.engine.load_full();
    let (prepared, denied) = prepare_for(shared, &engine, request, caller).await?;
    let variables = prepared.operation.coerce_variables(&engine.supergraph, &request.variables);
    let variables = variables.map_err(|error| refused(&[error]))?;
    if prepared.operation.has_introspection && !shared.config.introspection() {
        let message = "Introspection is switched off.";
        return Err(ClientError::operation(code::INTROSPECTION_DISABLED, message));
    }
    let introspected = introspection::answer(&engine.supergraph, &prepared.operation, &variables)?;
    Ok(Ready { engine, prepared, denied, variables, introspected })
}

/// The operation as this caller may have it. Plans differ by what was decided, not by who asked: there are few of them.
async fn prepare_for(
    shared: &Shared,
    engine: &Engine,
    request: &GraphqlRequest,
    caller: Option<&Identity>,
) -> Result<(Arc<Prepared>, RuleSet), ClientError> {
    let mut key = key(request);
    let whole = engine.plans.get(&key).await?;
    let denied = access::denied(&shared.config, engine.supergraph.rules(), caller);
    key.denied = denied.intersection(&whole.operation.rules);
    if key.denied.is_empty() {
        return Ok((whole, key.denied));
    }
    let filtered = engine.plans.get(&key).await?;
    let withheld = &filtered.operation.withheld;
    let whole_stream = |path: &Vec<String>| whole.plan.kind == OperationKind::Subscription && path.len() == 1;
    if shared.config.unauthorized == Unauthorized::Reject || withheld.iter().any(whole_stream) {
        return Err(access::refused(withheld));
    }
    Ok((filtered, key.denied))
}

fn key(request: &GraphqlRequest) -> Key {
    Key {
        text: request.query.as_str().into(),
        operation_name: request.operation_name.as_deref().map(Into::into),
        denied: RuleSet::default(),
    }
}

fn check(call: &Call, ready: &Ready) -> Result<(), ClientError> {
    if call.read_only && ready.prepared.plan.kind == OperationKind::Mutation {
        let message = "Mutations need POST.";
        return Err(ClientError::http(StatusCode::METHOD_NOT_ALLOWED, code::METHOD_NOT_ALLOWED, message));
    }
    Ok(())
}

/// One run of a plan.
pub(crate) struct Executed {
    pub(crate) body: Bytes,
    pub(crate) errors: usize,
    pub(crate) fetches: Vec<FetchReport>,
}

/// Runs the plan once: for a query or mutation, or for one event of a subscription.
pub(crate) async fn run_once(
    shared: &Shared,
    ready: &Ready,
    context: &RequestContext,
    budget: Budget,
    event: Option<Bytes>,
) -> Executed {
    let Ready { engine, prepared, variables, introspected, .. } = ready;
    let headers = context.subgraph_headers(context::now());
    let fetches = Fetches::new(engine, &prepared.plan, headers, budget, &shared.audience);
    let inputs = Inputs { variables, introspection: introspected.as_ref(), event };
    let mut answer = execute(&prepared.program, inputs, &fetches).await;
    mask(&shared.config, context, &mut answer);
    let errors = answer.errors.len();
    Executed { body: answer.into_bytes(), errors, fetches: fetches.reports() }
}

/// What `extensions.explain` asks for: `"fetches"`, `"plan"`, or `true` for both.
fn explanation(
    shared: &Shared,
    request: &GraphqlRequest,
    ready: &Ready,
    fetches: &[FetchReport],
) -> Option<Map<String, Value>> {
    let asked = request.extensions.get("explain").filter(|_| shared.config.explain())?;
    let both = *asked == Value::Bool(true);
    let mut extensions = Map::new();
    if both || asked == "fetches" {
        extensions.insert("fetches".into(), json!(fetches));
    }
    if both || asked == "plan" {
        extensions.insert("plan".into(), introspection::explain(&ready.prepared.plan));
    }
    (!extensions.is_empty()).then_some(extensions)
}

/// Puts `extensions` into a response that has none.
fn with_extensions(body: Bytes, extensions: Option<Map<String, Value>>) -> Bytes {
    let Some(extensions) = extensions else { return body };
    let open = body.strip_suffix(b"}").unwrap_or(&body);
    let text = Value::Object(extensions).to_string();
    Bytes::from([open, b",\"extensions\":", text.as_bytes(), b"}"].concat())
}

fn stream_not_acceptable() -> ClientError {
    let message = "Subscriptions are answered as text/event-stream, as multipart/mixed, or on a WebSocket \
                   (graphql-transport-ws): accept one of them.";
    ClientError::http(StatusCode::NOT_ACCEPTABLE, code::NOT_ACCEPTABLE, message)
}

/// The plan of a request that is not run.
pub(crate) async fn plan_only(shared: &Shared, mut request: GraphqlRequest) -> Result<Value, ClientError> {
    shared.documents.resolve(&mut request)?;
    let prepared = shared.engine.load_full().plans.get(&key(&request)).await?;
    Ok(introspection::explain(&prepared.plan))
}
