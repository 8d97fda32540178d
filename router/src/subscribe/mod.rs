//! Subscriptions: a subgraph's events in, a response per event out, in order and without loss.
//!
//! Back-pressure does the work of a buffer: at most a few events are being resolved, the subgraph's stream is not read
//! beyond them, and nothing is dropped when a client reads slowly.

mod framing;
mod messages;
mod operation;
mod session;
mod websocket;

use std::sync::Arc;

use bytes::Bytes;
use futures_util::{
    StreamExt,
    stream::{self, BoxStream},
};
use tokio::time::Instant;

pub(crate) use self::{framing::respond, session::Session, websocket::upgrade};
use crate::{
    access,
    auth::Identity,
    context::{self, RequestContext},
    error::{ClientError, Entry, code},
    execute::subscription_body,
    fetches::Budget,
    observe::OperationReport,
    pipeline::{Ready, run_once},
    shared::{Shared, StreamPlace},
    transport::{SubgraphRequest, TransportError},
};

/// What a client is sent.
#[derive(Clone, Debug)]
pub(crate) enum Event {
    /// A GraphQL response.
    Next(Bytes),
    /// Why the stream ends early; nothing follows.
    Failed(ClientError),
}

/// A stream of responses; dropping it closes the subgraph's stream.
pub(crate) type Events = BoxStream<'static, Event>;

/// Opens the subgraph's stream. From here on everything that goes wrong is an event.
pub(crate) async fn open(
    shared: &Arc<Shared>,
    ready: Ready,
    session: Session,
    context: RequestContext,
    report: OperationReport,
) -> Result<Events, ClientError> {
    let started = Instant::now();
    let place = shared.stream_place()?;
    let (subgraph, body) = subscription_body(&ready.prepared.program, &ready.variables)
        .ok_or_else(|| ClientError::internal("the plan of a subscription has no stream"))?;
    let upstream = match ready.engine.route(subgraph) {
        Ok(route) => {
            let headers = context.subgraph_headers(context::now());
            let (operation, deadline) = (ready.prepared.plan.kind, started + route.timeout);
            route.subscribe(SubgraphRequest { body, headers, operation, deadline }).await
        }
        Err(error) => Err(error),
    };
    let upstream = upstream.map_err(|error| broken(shared, subgraph, &error))?;
    let subgraph = subgraph.to_owned();
    let log = StreamLog { shared: Arc::clone(shared), report, started, _place: place };
    let resolver =
        Arc::new(Resolver { shared: Arc::clone(shared), ready, session: session.clone(), context, subgraph });
    let in_flight = shared.config.events_in_flight.max(1);
    let resolved = upstream
        .map(move |event| {
            let resolver = Arc::clone(&resolver);
            async move { resolver.resolve(event).await }
        })
        .buffered(in_flight);
    Ok(run(resolved.boxed(), session, log))
}

/// Resolves the fields of other subgraphs for each event.
struct Resolver {
    shared: Arc<Shared>,
    ready: Ready,
    session: Session,
    context: RequestContext,
    subgraph: String,
}

/// A response and the number of fetches and errors it took.
struct Resolved {
    event: Event,
    fetches: usize,
    errors: usize,
}

impl Resolver {
    async fn resolve(&self, event: Result<Bytes, TransportError>) -> Resolved {
        let event = match event {
            Ok(event) => event,
            Err(error) => {
                let failed = Event::Failed(broken(&self.shared, &self.subgraph, &error));
                return Resolved { event: failed, fetches: 0, errors: 1 };
            }
        };
        let budget = Budget { started: Instant::now(), whole: self.shared.config.request_timeout };
        let caller = self.session.identity();
        if self.lost_access(caller.as_deref()) {
            let failed = Event::Failed(access::refused(&[Vec::new()]));
            return Resolved { event: failed, fetches: 0, errors: 1 };
        }
        let context = self.context.with_identity(caller);
        let executed = run_once(&self.shared, &self.ready, &context, budget, Some(event)).await;
        Resolved {
            event: Event::Next(executed.body),
            fetches: executed.fetches.len(),
            errors: executed.errors,
        }
    }
}

impl Resolver {
    /// Whether the caller's token was replaced by one that may see less than the stream was opened for.
    fn lost_access(&self, caller: Option<&Identity>) -> bool {
        let Ready { engine, prepared, denied, .. } = &self.ready;
        let now = access::denied(&self.shared.config, engine.supergraph.rules(), caller);
        !now.intersection(&prepared.operation.rules).is_subset(denied)
    }
}

/// Writes the access log line when the stream is gone, whoever ended it.
struct StreamLog {
    shared: Arc<Shared>,
    report: OperationReport,
    started: Instant,
    _place: StreamPlace,
}

impl StreamLog {
    fn count(&mut self, resolved: &Resolved) {
        self.report.responses += 1;
        self.report.fetches += resolved.fetches;
        self.report.errors += resolved.errors;
    }
}

impl Drop for StreamLog {
    fn drop(&mut self) {
        self.report.duration = self.started.elapsed();
        self.report.finish(&self.shared.audience);
    }
}

/// Delivers events until the subgraph completes, the token expires or is revoked, or the router stops.
fn run(resolved: BoxStream<'static, Resolved>, session: Session, mut log: StreamLog) -> Events {
    log.report.responses = 0;
    log.report.outcome = "client_closed".to_owned();
    let state = Some((resolved, session, log));
    let events = stream::unfold(state, |state| async move {
        let (mut resolved, mut session, mut log) = state?;
        let shared = Arc::clone(&log.shared);
        let failure = tokio::select! {
            biased;
            end = session.ended() => ClientError::operation(end.code(), format!("{}.", end.reason())),
            () = shared.stopped() => ClientError::operation(code::SHUTTING_DOWN, "The server is restarting."),
            next = resolved.next() => match next {
                None => {
                    log.report.outcome = "ok".to_owned();
                    return None;
                }
                Some(resolved_event) => {
                    log.count(&resolved_event);
                    match resolved_event.event {
                        Event::Next(response) => {
                            return Some((Event::Next(response), Some((resolved, session, log))));
                        }
                        Event::Failed(error) => error,
                    }
                }
            },
        };
        log.report.outcome = failure.code().to_owned();
        Some((Event::Failed(failure), None))
    });
    events.fuse().boxed()
}

/// A stream of one response, for queries over streaming transports.
pub(crate) fn once(response: Bytes) -> Events {
    stream::iter([Event::Next(response)]).boxed()
}

/// A stream that fails at once.
pub(crate) fn failed(error: ClientError) -> Events {
    stream::iter([Event::Failed(error)]).boxed()
}

/// The subgraph could not be reached or its stream broke off: one error, then the end.
fn broken(shared: &Shared, subgraph: &str, error: &TransportError) -> ClientError {
    tracing::warn!(subgraph, %error, "a subscription's upstream failed");
    let message = if shared.config.expose_errors() {
        format!("{subgraph}: {error}")
    } else {
        "A service broke the stream off.".to_owned()
    };
    let entry = Entry::new(error.code(), message).of_service(subgraph);
    ClientError::before_execution(vec![entry])
}
