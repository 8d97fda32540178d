//! An entry of `errors`: message, path in the client's keys, code, and which subgraph it came from.

use super::write_string;

/// The codes that the router itself gives; subgraphs' own codes are passed on.
pub mod code {
    /// The subgraph could not be asked.
    pub const UNREACHABLE: &str = "SUBGRAPH_UNREACHABLE";
    /// The subgraph did not answer in time.
    pub const TIMEOUT: &str = "SUBGRAPH_TIMEOUT";
    /// The subgraph answered with an HTTP error and no GraphQL.
    pub const HTTP_ERROR: &str = "SUBGRAPH_HTTP_ERROR";
    /// The subgraph's answer is not what GraphQL allows.
    pub const MALFORMED: &str = "SUBGRAPH_MALFORMED_ANSWER";
    /// An error that a subgraph reported without a code.
    pub const DOWNSTREAM: &str = "DOWNSTREAM_SERVICE_ERROR";
    /// A value does not fit the type that the schema promises.
    pub const INVALID_VALUE: &str = "INVALID_VALUE";
    /// Null where the schema promises a value.
    pub const UNEXPECTED_NULL: &str = "UNEXPECTED_NULL";
    /// An access rule of the schema does not hold for the caller.
    pub const UNAUTHORIZED: &str = "UNAUTHORIZED_FIELD_OR_TYPE";
    /// What goes with it; why is between the schema and the token.
    pub(crate) const UNAUTHORIZED_MESSAGE: &str = "Unauthorized field or type.";
}

/// One step of a path in the response.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PathPart {
    /// A response key.
    Key(String),
    /// An index in a list.
    Index(usize),
}

/// An entry of `errors`.
#[derive(Clone, Debug, PartialEq)]
pub struct GraphqlError {
    /// For people.
    pub message: String,
    /// Where in the response; empty when it concerns no place.
    pub path: Vec<PathPart>,
    /// `extensions.code`, for programs.
    pub code: String,
    /// `extensions.service`: the subgraph that caused it.
    pub service: Option<String>,
    /// Further entries of `extensions`, as the subgraph gave them.
    pub extensions: serde_json::Map<String, serde_json::Value>,
}

impl GraphqlError {
    /// An error without place and cause.
    pub fn new(code: &str, message: impl Into<String>) -> Self {
        let (message, code) = (message.into(), code.to_owned());
        Self { message, path: Vec::new(), code, service: None, extensions: serde_json::Map::new() }
    }

    /// At this place.
    pub fn at(mut self, path: Vec<PathPart>) -> Self {
        self.path = path;
        self
    }

    /// Caused by this subgraph.
    pub fn from_service(mut self, name: &str) -> Self {
        self.service = Some(name.to_owned());
        self
    }

    /// Appends the JSON object.
    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(b"{\"message\":");
        write_string(&self.message, out);
        if !self.path.is_empty() {
            out.extend_from_slice(b",\"path\":[");
            for (index, part) in self.path.iter().enumerate() {
                if index > 0 {
                    out.push(b',');
                }
                match part {
                    PathPart::Key(key) => write_string(key, out),
                    PathPart::Index(index) => out.extend_from_slice(index.to_string().as_bytes()),
                }
            }
            out.push(b']');
        }
        out.extend_from_slice(b",\"extensions\":{\"code\":");
        write_string(&self.code, out);
        if let Some(service) = &self.service {
            out.extend_from_slice(b",\"service\":");
            write_string(service, out);
        }
        for (name, value) in &self.extensions {
            if name == "code" || (name == "service" && self.service.is_some()) {
                continue;
            }
            out.push(b',');
            write_string(name, out);
            out.push(b':');
            out.extend_from_slice(value.to_string().as_bytes());
        }
        out.extend_from_slice(b"}}");
    }
}
