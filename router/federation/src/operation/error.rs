//! Why a request is refused before anything is fetched.

use apollo_compiler::validation::DiagnosticList;

/// An error of the request itself, to be shown to the client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestError {
    /// A stable code for `extensions.code`, such as `GRAPHQL_VALIDATION_FAILED`.
    pub code: &'static str,
    /// A sentence for the client developer.
    pub message: String,
    /// Where in the document: (line, column), both from 1.
    pub locations: Vec<(usize, usize)>,
}

impl RequestError {
    /// The document is not GraphQL.
    pub const PARSE: &str = "GRAPHQL_PARSE_FAILED";
    /// The document does not fit the schema.
    pub const VALIDATION: &str = "GRAPHQL_VALIDATION_FAILED";
    /// Which operation to run is not clear.
    pub const OPERATION: &str = "OPERATION_RESOLUTION_FAILURE";
    /// A variable's value does not fit its type.
    pub const VARIABLE: &str = "BAD_USER_INPUT";
    /// The document has too many tokens.
    pub const TOKENS: &str = "MAX_TOKENS_EXCEEDED";
    /// The selections are nested too deeply.
    pub const DEPTH: &str = "MAX_DEPTH_EXCEEDED";
    /// Too many aliases.
    pub const ALIASES: &str = "MAX_ALIASES_EXCEEDED";
    /// Too many root fields.
    pub const ROOT_FIELDS: &str = "MAX_ROOT_FIELDS_EXCEEDED";
    /// Fragments expand to too many fields.
    pub const SELECTIONS: &str = "MAX_SELECTIONS_EXCEEDED";

    pub(crate) fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), locations: Vec::new() }
    }
}

/// One error per diagnostic.
pub(super) fn from_diagnostics(code: &'static str, errors: &DiagnosticList) -> Vec<RequestError> {
    let mut out: Vec<RequestError> = Vec::new();
    for diagnostic in errors.iter() {
        let json = diagnostic.to_json();
        let locations = json.locations.iter().map(|at| (at.line, at.column)).collect();
        let error = RequestError { code, message: json.message, locations };
        if !out.contains(&error) {
            out.push(error);
        }
    }
    out
}
