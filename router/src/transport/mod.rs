//! How subgraphs are reached: one trait, one implementation per way, the same behaviour behind each.

pub mod http;
mod in_process;
mod sse;
mod websocket;

use axum::http::{HeaderMap, StatusCode};
use bytes::Bytes;
use federation::operation::OperationKind;
use futures_util::{future::BoxFuture, stream::BoxStream};
use tokio::time::Instant;

pub use self::{
    http::{HttpClient, HttpTransport, Upstream},
    in_process::InProcess,
};

/// One request to a subgraph.
#[derive(Clone, Debug)]
pub struct SubgraphRequest {
    /// The whole JSON body of the POST: `{"query":…,"operationName":…,"variables":…}`.
    pub body: Bytes,
    /// What goes along: principal, request id, trace context, forwarded client headers.
    pub headers: HeaderMap,
    /// What the document is; a mutation is never sent twice.
    pub operation: OperationKind,
    /// When the whole answer must be there; for a subscription, when its stream must have begun.
    pub deadline: Instant,
}

/// A subgraph's answer, read to its end.
#[derive(Clone, Debug)]
pub struct SubgraphResponse {
    /// The HTTP status.
    pub status: StatusCode,
    /// The HTTP headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Bytes,
}

/// One GraphQL response per event; an `Err` ends the stream.
pub type EventStream = BoxStream<'static, Result<Bytes, TransportError>>;

/// A way to reach one subgraph.
pub trait Transport: Send + Sync {
    /// Asks once and reads the whole answer.
    fn execute(&self, request: SubgraphRequest) -> BoxFuture<'_, Result<SubgraphResponse, TransportError>>;

    /// Opens a subscription. Dropping the stream closes it at the subgraph.
    fn subscribe(&self, request: SubgraphRequest) -> BoxFuture<'_, Result<EventStream, TransportError>>;
}

/// Why there is no answer. The message names addresses and causes: it is for logs, and for clients in development.
#[derive(Clone, Debug, thiserror::Error)]
pub enum TransportError {
    /// The deadline passed while connecting, waiting for headers, or reading the body.
    #[error("no whole answer before the deadline")]
    Timeout,
    /// No connection, or it broke.
    #[error("not reachable: {0}")]
    Unreachable(String),
    /// The answer is larger than allowed.
    #[error("the answer is larger than {0} bytes")]
    TooLarge(usize),
    /// An HTTP status without a GraphQL response.
    #[error("status {0} without a GraphQL response")]
    Status(StatusCode),
    /// What came is not what the protocol says.
    #[error("protocol error: {0}")]
    Protocol(String),
    /// The subgraph ended a stream without completing it.
    #[error("the stream broke off: {0}")]
    StreamLost(String),
    /// The subgraph's code panicked (in-process).
    #[error("the subgraph panicked")]
    Panicked,
}

impl TransportError {
    /// The stable code for clients.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Timeout => "SUBGRAPH_TIMEOUT",
            Self::Unreachable(_) => "SUBGRAPH_UNREACHABLE",
            Self::TooLarge(_) => "SUBGRAPH_ANSWER_TOO_LARGE",
            Self::Status(_) => "SUBGRAPH_HTTP_ERROR",
            Self::Protocol(_) => "SUBGRAPH_MALFORMED_ANSWER",
            Self::StreamLost(_) => crate::error::code::STREAM_LOST,
            Self::Panicked => "SUBGRAPH_FAILED",
        }
    }
}
