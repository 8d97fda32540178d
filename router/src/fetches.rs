//! Sends the executor's fetches: headers, deadline, counting.

use std::{sync::Mutex, time::Duration};

use axum::http::HeaderMap;
use federation::plan::Plan;
use futures_util::{FutureExt, future::BoxFuture};
use tokio::time::Instant;

use crate::{
    engine::Engine,
    execute::{FetchAnswer, FetchFailure, FetchRequest, Subgraphs},
    observe::{Audience, FetchReport, Observation, entity_types},
    transport::SubgraphRequest,
};

/// The subgraphs as one operation sees them.
pub(crate) struct Fetches<'a> {
    engine: &'a Engine,
    plan: &'a Plan,
    headers: HeaderMap,
    started: Instant,
    deadline: Instant,
    audience: &'a Audience,
    reports: Mutex<Vec<FetchReport>>,
}

/// Times that bound an operation's fetches.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Budget {
    pub(crate) started: Instant,
    /// For all fetches together; each has its subgraph's own bound besides.
    pub(crate) whole: Duration,
}

impl<'a> Fetches<'a> {
    pub(crate) fn new(
        engine: &'a Engine,
        plan: &'a Plan,
        headers: HeaderMap,
        budget: Budget,
        audience: &'a Audience,
    ) -> Self {
        Self {
            engine,
            plan,
            headers,
            started: budget.started,
            deadline: budget.started + budget.whole,
            audience,
            reports: Mutex::new(Vec::new()),
        }
    }

    /// The fetches so far, in the order they ended.
    pub(crate) fn reports(self) -> Vec<FetchReport> {
        self.reports.into_inner().unwrap_or_default()
    }

    async fn send(&self, request: FetchRequest<'_>) -> Result<FetchAnswer, FetchFailure> {
        let begun = Instant::now();
        let (fetch, sent) = (request.fetch, request.body.len());
        let answer = match self.engine.route(request.subgraph) {
            Ok(route) => {
                let deadline = self.deadline.min(begun + route.timeout);
                let (headers, operation) = (self.headers.clone(), request.operation);
                route.execute(SubgraphRequest { body: request.body, headers, operation, deadline }).await
            }
            Err(error) => Err(error),
        };
        let (received, outcome) = match &answer {
            Ok(answer) => (answer.body.len(), answer.status.as_u16().to_string()),
            Err(error) => {
                tracing::warn!(subgraph = request.subgraph, %error, "a fetch failed");
                (0, error.code().to_owned())
            }
        };
        let report = FetchReport {
            subgraph: request.subgraph.to_owned(),
            fetch,
            entities: entity_types(self.plan, fetch),
            start_us: micros(begun - self.started),
            duration_us: micros(begun.elapsed()),
            sent,
            received,
            outcome,
        };
        self.audience.tell(Observation::Fetch(&report));
        if let Ok(mut reports) = self.reports.lock() {
            reports.push(report);
        }
        match answer {
            Ok(answer) => Ok(FetchAnswer { status: answer.status.as_u16(), body: answer.body }),
            Err(error) => Err(FetchFailure { code: error.code(), message: error.to_string() }),
        }
    }
}

fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}

impl Subgraphs for Fetches<'_> {
    fn fetch<'a>(&'a self, request: FetchRequest<'a>) -> BoxFuture<'a, Result<FetchAnswer, FetchFailure>> {
        self.send(request).boxed()
    }
}
