//! What may go wrong before an answer exists, and how a client is told: stable codes, one JSON shape.

use axum::http::StatusCode;
use bytes::Bytes;
use serde::Serialize;
use serde_json::{Map, Value};

/// Codes in `extensions.code`. They are part of the interface: renaming one breaks clients.
pub mod code {
    /// The HTTP request or its JSON is not a GraphQL request.
    pub const BAD_REQUEST: &str = "BAD_REQUEST";
    /// The method does not fit (mutations need POST).
    pub const METHOD_NOT_ALLOWED: &str = "METHOD_NOT_ALLOWED";
    /// None of the accepted media types can carry the answer.
    pub const NOT_ACCEPTABLE: &str = "NOT_ACCEPTABLE";
    /// The body is larger than allowed.
    pub const PAYLOAD_TOO_LARGE: &str = "PAYLOAD_TOO_LARGE";
    /// The content type is not `application/json`.
    pub const UNSUPPORTED_MEDIA_TYPE: &str = "UNSUPPORTED_MEDIA_TYPE";
    /// A browser sent this from another site without permission.
    pub const CROSS_SITE_REFUSED: &str = "CROSS_SITE_REFUSED";
    /// The client or the subgraphs took too long.
    pub const REQUEST_TIMEOUT: &str = "REQUEST_TIMEOUT";
    /// The token is broken, expired, or not meant for us.
    pub const UNAUTHENTICATED: &str = "UNAUTHENTICATED";
    /// The token expired while a stream was running.
    pub const TOKEN_EXPIRED: &str = "TOKEN_EXPIRED";
    /// Tokens cannot be verified right now.
    pub const AUTH_UNAVAILABLE: &str = "AUTH_UNAVAILABLE";
    /// Too many streams are open.
    pub const TOO_MANY_STREAMS: &str = "TOO_MANY_STREAMS";
    /// A document is named that is not known (yet).
    pub const PERSISTED_QUERY_NOT_FOUND: &str = "PERSISTED_QUERY_NOT_FOUND";
    /// Documents cannot be named by their hash here.
    pub const PERSISTED_QUERY_NOT_SUPPORTED: &str = "PERSISTED_QUERY_NOT_SUPPORTED";
    /// Only registered documents are served.
    pub const DOCUMENT_NOT_TRUSTED: &str = "DOCUMENT_NOT_TRUSTED";
    /// Nothing is served at this path.
    pub const NOT_FOUND: &str = "NOT_FOUND";
    /// Introspection is switched off.
    pub const INTROSPECTION_DISABLED: &str = "INTROSPECTION_DISABLED";
    /// The subgraph's stream broke off.
    pub const STREAM_LOST: &str = "STREAM_LOST";
    /// The router stops or gives the stream up.
    pub const SHUTTING_DOWN: &str = "SHUTTING_DOWN";
    /// Our fault; the log has the cause.
    pub const INTERNAL: &str = "INTERNAL";
}

/// One entry of `errors`, safe to show. Serialised in this order: people read the message first.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Entry {
    message: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    locations: Vec<Location>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    path: Vec<String>,
    extensions: Map<String, Value>,
}

#[derive(Clone, Debug, Serialize)]
struct Location {
    line: usize,
    column: usize,
}

/// When a request failed, which decides the HTTP status by media type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Failed {
    /// Before there was a well-formed GraphQL request: this status, whatever the media type.
    Http(StatusCode),
    /// A well-formed request that cannot be executed: 400, or 200 for plain `application/json`.
    BeforeExecution,
}

/// A failure that stands in for the whole answer: no `data`.
#[derive(Clone, Debug)]
pub(crate) struct ClientError {
    pub(crate) failed: Failed,
    entries: Vec<Entry>,
}

impl ClientError {
    /// A failure of the HTTP request itself.
    pub(crate) fn http(status: StatusCode, code: &str, message: impl Into<String>) -> Self {
        Self { failed: Failed::Http(status), entries: vec![Entry::new(code, message)] }
    }

    /// Failures of the operation, found before it ran.
    pub(crate) fn before_execution(entries: Vec<Entry>) -> Self {
        Self { failed: Failed::BeforeExecution, entries }
    }

    /// A failure of the operation, found before it ran.
    pub(crate) fn operation(code: &str, message: impl Into<String>) -> Self {
        Self { failed: Failed::BeforeExecution, entries: vec![Entry::new(code, message)] }
    }

    pub(crate) fn bad_request(message: impl Into<String>) -> Self {
        Self::http(StatusCode::BAD_REQUEST, code::BAD_REQUEST, message)
    }

    pub(crate) fn unauthenticated(message: impl Into<String>) -> Self {
        Self::http(StatusCode::UNAUTHORIZED, code::UNAUTHENTICATED, message)
    }

    /// Our fault: the cause goes to the log, the client gets a code.
    pub(crate) fn internal(cause: impl std::fmt::Display) -> Self {
        tracing::error!(%cause, "internal error");
        let status = StatusCode::INTERNAL_SERVER_ERROR;
        Self::http(status, code::INTERNAL, "Something went wrong on our side.")
    }

    /// The first code, for the access log.
    pub(crate) fn code(&self) -> &str {
        self.entries.first().map_or(code::INTERNAL, Entry::code)
    }

    /// The number of entries.
    pub(crate) fn count(&self) -> usize {
        self.entries.len()
    }

    /// `{"errors":[…]}`
    pub(crate) fn body(&self) -> Bytes {
        Bytes::from(format!("{{\"errors\":{}}}", self.list()))
    }

    /// The `errors` array alone, as streams carry it.
    pub(crate) fn list(&self) -> String {
        serde_json::to_string(&self.entries).expect("strings and JSON values can be written")
    }
}

impl Entry {
    pub(crate) fn new(code: &str, message: impl Into<String>) -> Self {
        let extensions = Map::from_iter([("code".to_owned(), Value::from(code))]);
        Self { message: message.into(), locations: Vec::new(), path: Vec::new(), extensions }
    }

    /// At these lines and columns of the document, counted from 1.
    pub(crate) fn at(mut self, locations: &[(usize, usize)]) -> Self {
        self.locations = locations.iter().map(|&(line, column)| Location { line, column }).collect();
        self
    }

    /// About the field at this path of response keys.
    pub(crate) fn on(mut self, path: &[String]) -> Self {
        self.path = path.to_vec();
        self
    }

    /// Caused by this subgraph.
    pub(crate) fn of_service(mut self, name: &str) -> Self {
        self.extensions.insert("service".into(), name.into());
        self
    }

    fn code(&self) -> &str {
        self.extensions.get("code").and_then(Value::as_str).unwrap_or(code::INTERNAL)
    }
}
