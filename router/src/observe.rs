//! What the router tells about its own work: fetches and finished operations, to a hook and to the access log.

use std::{fmt, sync::Arc, time::Duration};

use federation::{
    operation::OperationKind,
    plan::{FetchKind, Plan},
};
use serde::Serialize;
use tokio::time::Instant;

use crate::{context::RequestContext, error::ClientError, metrics::Metrics};

/// One request to a subgraph.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FetchReport {
    /// The subgraph's name.
    pub subgraph: String,
    /// Which fetch of the plan.
    pub fetch: usize,
    /// Types whose entities were asked for; empty for root fields.
    pub entities: Vec<String>,
    /// When it was sent, in microseconds after the operation began.
    pub start_us: u64,
    /// How long it took, in microseconds.
    pub duration_us: u64,
    /// Bytes of the request's body.
    pub sent: usize,
    /// Bytes of the answer's body.
    pub received: usize,
    /// HTTP status, or the code of the failure.
    pub outcome: String,
}

/// A finished operation, or a finished stream.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct OperationReport {
    /// As sent to subgraphs.
    pub request_id: String,
    /// The operation's name, if it has one.
    pub operation: Option<String>,
    /// Unknown if the document could not be read.
    pub kind: Option<OperationKind>,
    /// `sub` of the caller's token.
    pub subject: Option<String>,
    /// `ok`, `partial` (data with errors), or the code of what stopped it.
    pub outcome: String,
    /// Entries in `errors`.
    pub errors: usize,
    /// Requests to subgraphs; for a stream, those of all its events.
    pub fetches: usize,
    /// Responses delivered: 1, or the number of a stream's events.
    pub responses: usize,
    /// From the request's arrival to the last byte made.
    pub duration: Duration,
}

/// What an [`Observer`] is told.
#[derive(Clone, Copy, Debug)]
pub enum Observation<'a> {
    /// A subgraph answered, or failed to.
    Fetch(&'a FetchReport),
    /// An operation or stream ended.
    Operation(&'a OperationReport),
}

/// A function that is told of every fetch and operation, on the task that did it: it must be quick.
#[derive(Clone)]
pub struct Observer(Arc<dyn Fn(Observation<'_>) + Send + Sync>);

impl Observer {
    /// Wraps a function.
    pub fn new(tell: impl Fn(Observation<'_>) + Send + Sync + 'static) -> Self {
        Self(Arc::new(tell))
    }

    fn tell(&self, observation: Observation<'_>) {
        (self.0)(observation);
    }
}

impl fmt::Debug for Observer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Observer")
    }
}

/// All who are told: the figures behind `/metrics`, and the observer if there is one.
#[derive(Default)]
pub(crate) struct Audience {
    pub(crate) metrics: Metrics,
    observer: Option<Observer>,
}

impl Audience {
    pub(crate) fn new(observer: Option<Observer>) -> Self {
        Self { metrics: Metrics::default(), observer }
    }

    pub(crate) fn tell(&self, observation: Observation<'_>) {
        self.metrics.count(observation);
        if let Some(observer) = &self.observer {
            observer.tell(observation);
        }
    }
}

impl OperationReport {
    pub(crate) fn new(context: &RequestContext, operation: Option<&str>) -> Self {
        Self {
            request_id: context.id().to_owned(),
            operation: operation.map(str::to_owned),
            kind: None,
            subject: context.identity.as_ref().map(|identity| identity.subject().to_owned()),
            outcome: "ok".to_owned(),
            errors: 0,
            fetches: 0,
            responses: 1,
            duration: Duration::ZERO,
        }
    }

    /// A request that was refused before its operation was looked at.
    pub(crate) fn refused(context: &RequestContext, error: &ClientError, started: Instant) -> Self {
        let mut report = Self::new(context, None);
        error.code().clone_into(&mut report.outcome);
        report.errors = error.count();
        report.duration = started.elapsed();
        report
    }

    /// Writes the access log line and tells everybody.
    pub(crate) fn finish(&self, audience: &Audience) {
        let kind = match self.kind {
            Some(OperationKind::Query) => "query",
            Some(OperationKind::Mutation) => "mutation",
            Some(OperationKind::Subscription) => "subscription",
            None => "-",
        };
        tracing::info!(
            target: "router::access",
            request_id = %self.request_id,
            operation = self.operation.as_deref().unwrap_or("-"),
            kind,
            subject = self.subject.as_deref().unwrap_or("-"),
            outcome = %self.outcome,
            errors = self.errors,
            fetches = self.fetches,
            responses = self.responses,
            ms = self.duration.as_micros() as f64 / 1000.0,
        );
        audience.tell(Observation::Operation(self));
    }
}

/// The types whose entities a fetch asks for, by name, each once.
pub(crate) fn entity_types(plan: &Plan, fetch: usize) -> Vec<String> {
    let FetchKind::Entities(batches) = &plan.fetches[fetch].kind else { return Vec::new() };
    let mut names: Vec<String> = Vec::new();
    for representation in batches.iter().flat_map(|batch| &batch.representations) {
        let sent = representation.typename.iter().cloned();
        let own = representation.types.filter(|_| representation.typename.is_none()).into_iter();
        let own = own.flat_map(|set| {
            let ids = (0u32..).map(federation::plan::TypeId).zip(&plan.types);
            ids.filter(move |(id, _)| plan.in_set(set, Some(*id))).map(|(_, name)| name.clone())
        });
        for name in sent.chain(own) {
            if !names.contains(&name) {
                names.push(name);
            }
        }
    }
    names
}
