//! A subgraph in the same process: its axum router is called without a socket.

use std::panic::AssertUnwindSafe;

use axum::{Router, body::Body, http::Request};
use bytes::Bytes;
use federation::operation::OperationKind;
use futures_util::{FutureExt, StreamExt, future::BoxFuture};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use tokio::{task::JoinHandle, time::timeout_at};
use tower::ServiceExt;

use super::{EventStream, SubgraphRequest, SubgraphResponse, Transport, TransportError, http, sse};

/// Calls a router's `POST` path directly. Requests, answers and limits are those of the HTTP transport.
#[derive(Clone, Debug)]
pub struct InProcess {
    router: Router,
    path: String,
    max_bytes: usize,
}

impl InProcess {
    /// A subgraph that answers at `/graphql`; answers larger than `max_bytes` are refused.
    pub fn new(router: Router, max_bytes: usize) -> Self {
        Self { router, path: "/graphql".into(), max_bytes }
    }

    fn unreadable(&self, error: &(dyn std::error::Error + 'static)) -> TransportError {
        if error.is::<LengthLimitError>() {
            TransportError::TooLarge(self.max_bytes)
        } else {
            TransportError::Unreachable(http::chain(error))
        }
    }

    fn call(&self, request: &SubgraphRequest, accept: &'static str) -> Result<Request<Body>, TransportError> {
        http::post(&self.path, request, accept, Body::from(request.body.clone()))
    }
}

/// Ends the task with its reader, unless it is one that must not be cut short.
struct OwnedTask<T> {
    task: JoinHandle<T>,
    abort_on_drop: bool,
}

impl<T> Drop for OwnedTask<T> {
    fn drop(&mut self) {
        if self.abort_on_drop {
            self.task.abort();
        }
    }
}

impl Transport for InProcess {
    fn execute(&self, request: SubgraphRequest) -> BoxFuture<'_, Result<SubgraphResponse, TransportError>> {
        async move {
            let call = self.call(&request, http::ACCEPT_JSON)?;
            let (router, limit) = (self.router.clone(), self.max_bytes);
            // A task of its own: subgraphs of one process may use several cores, and a panic stays inside.
            let task = tokio::spawn(async move {
                let Ok(response) = router.oneshot(call).await;
                let (parts, body) = response.into_parts();
                let body = Limited::new(body, limit).collect().await.map(|body| body.to_bytes());
                (parts, body)
            });
            // A mutation that has begun is finished even if the client has gone.
            let mut owned = OwnedTask { task, abort_on_drop: request.operation != OperationKind::Mutation };
            let finished = timeout_at(request.deadline, &mut owned.task).await;
            let (parts, body) =
                finished.map_err(|_| TransportError::Timeout)?.map_err(|_| TransportError::Panicked)?;
            let body: Bytes = body.map_err(|error| self.unreadable(error.as_ref()))?;
            Ok(SubgraphResponse { status: parts.status, headers: parts.headers, body })
        }
        .boxed()
    }

    fn subscribe(&self, request: SubgraphRequest) -> BoxFuture<'_, Result<EventStream, TransportError>> {
        async move {
            let call = self.call(&request, http::ACCEPT_EVENTS)?;
            let opened = AssertUnwindSafe(self.router.clone().oneshot(call)).catch_unwind();
            let opened = timeout_at(request.deadline, opened).await.map_err(|_| TransportError::Timeout)?;
            let Ok(response) = opened.map_err(|_| TransportError::Panicked)?;
            let (parts, body) = response.into_parts();
            let events = sse::events(parts.status, &parts.headers, body, self.max_bytes).await?;
            // The subgraph's code runs while its stream is read: a panic ends this stream and nothing else.
            let guarded = AssertUnwindSafe(events).catch_unwind();
            Ok(guarded.map(|event| event.unwrap_or(Err(TransportError::Panicked))).boxed())
        }
        .boxed()
    }
}
