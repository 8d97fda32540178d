//! Runs a plan: every fetch starts as soon as the data it needs is there, answers are read into one arena, and the
//! response is written from it in one pass.

mod answer;
pub(crate) mod arena;
mod blame;
mod client_path;
mod entities;
pub mod json;
mod layout;
mod merge;
pub(crate) mod program;
mod read;
mod represent;
mod request;
mod run;
mod targets;
mod text;

pub use program::Program;
pub use run::{execute, subscription_body};

use bytes::Bytes;
use federation::operation::{OperationKind, Variables};
use futures_util::future::BoxFuture;

/// What a request brings beside its plan.
pub struct Inputs<'a> {
    /// The client's variables, coerced.
    pub variables: &'a Variables,
    /// The answers to `__schema` and `__type`, by the client's response key.
    pub introspection: Option<&'a serde_json::Map<String, serde_json::Value>>,
    /// In a subscription: one event, which stands in for the answer of the plan's first fetch.
    pub event: Option<Bytes>,
}

/// One request to one subgraph.
pub struct FetchRequest<'a> {
    /// Index of the fetch in the plan.
    pub fetch: usize,
    /// The subgraph's name.
    pub subgraph: &'a str,
    /// Query or mutation.
    pub operation: OperationKind,
    /// The JSON body: query, operation name and variables.
    pub body: Bytes,
}

/// What came back.
pub struct FetchAnswer {
    /// HTTP status; 200 where there is no HTTP.
    pub status: u16,
    /// The body, which should be a GraphQL response.
    pub body: Bytes,
}

/// Why nothing came back.
pub struct FetchFailure {
    /// One of [`crate::response::code`], such as `SUBGRAPH_TIMEOUT`.
    pub code: &'static str,
    /// What happened, without the subgraph's name.
    pub message: String,
}

/// The subgraphs as execution sees them.
pub trait Subgraphs: Send + Sync {
    /// Sends one request. Deadlines, headers and retries are the implementation's.
    fn fetch<'a>(&'a self, request: FetchRequest<'a>) -> BoxFuture<'a, Result<FetchAnswer, FetchFailure>>;
}
