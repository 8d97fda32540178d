//! Operations as the oracle handles them: generated, varied, shrunk, always as a document of the GraphQL library.

mod arguments;
mod generate;
mod shrink;
mod variants;
mod walk;

pub use generate::generate;
pub use shrink::shrink;
pub use variants::{VARIANTS, Variant};

use apollo_compiler::validation::Valid;
use apollo_compiler::{ExecutableDocument, Schema, ast};
use serde_json::{Map, Value};

/// A document with one operation, and values for its variables.
#[derive(Clone, PartialEq)]
pub struct Case {
    /// The document.
    pub document: ast::Document,
    /// The variables' values.
    pub variables: Map<String, Value>,
}

impl Case {
    /// Reads a document; it need not be valid.
    pub fn parse(text: &str, variables: Map<String, Value>) -> Option<Self> {
        Some(Self { document: ast::Document::parse(text, "operation.graphql").ok()?, variables })
    }

    /// The document's text.
    pub fn text(&self) -> String {
        self.document.to_string()
    }

    /// The document, if it is valid.
    pub fn validate(&self, schema: &Valid<Schema>) -> Option<Valid<ExecutableDocument>> {
        ExecutableDocument::parse_and_validate(schema, self.text(), "operation.graphql").ok()
    }
}

impl std::fmt::Display for Case {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}\nvariables: {}", self.text().trim_end(), Value::Object(self.variables.clone()))
    }
}
