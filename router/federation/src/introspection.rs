//! `__schema` and `__type`, answered from the API schema without asking a subgraph.

use crate::operation::{Operation, RequestError, Variables};
use crate::supergraph::Supergraph;
use serde_json::{Map, Value};

/// The values of an operation's introspection fields, by client key.
///
/// Errors if the operation asks for introspection in a way that would answer exponentially large.
pub fn introspect(
    supergraph: &Supergraph,
    operation: &Operation,
    variables: &Variables,
) -> Result<Map<String, Value>, RequestError> {
    let Some(values) = &variables.map else { return Ok(Map::new()) };
    let schema = supergraph.api_schema();
    let refused = |message: String| RequestError::new(RequestError::VALIDATION, message);
    apollo_compiler::introspection::check_max_depth(&operation.document, &operation.definition)
        .map_err(|error| refused(error.message().to_string()))?;
    let answer = apollo_compiler::introspection::partial_execute(
        schema,
        supergraph.implementers(),
        &operation.document,
        &operation.definition,
        values,
    )
    .map_err(|error| refused(error.message().to_string()))?;
    match serde_json::to_value(answer.data) {
        Ok(Value::Object(map)) => Ok(map),
        _ => Ok(Map::new()),
    }
}
