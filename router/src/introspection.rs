//! What the router answers itself: `__schema` and `__type` from the API schema, and plans in words.

use federation::{
    operation::{Operation, Variables},
    plan::Plan,
    supergraph::Supergraph,
};
use serde_json::{Map, Value, json};

use crate::{error::ClientError, observe::entity_types, plan_cache::refused};

/// The answers to the operation's introspection fields, by client key; `None` if it has none.
pub(crate) fn answer(
    supergraph: &Supergraph,
    operation: &Operation,
    variables: &Variables,
) -> Result<Option<Map<String, Value>>, ClientError> {
    if !operation.has_introspection {
        return Ok(None);
    }
    let answered = federation::introspection::introspect(supergraph, operation, variables);
    answered.map(Some).map_err(|error| refused(&[error]))
}

/// The plan for people (`text`) and for programs (`fetches`, in the order of the plan).
pub(crate) fn explain(plan: &Plan) -> Value {
    let fetches = plan.fetches.iter().enumerate().map(|(index, fetch)| {
        json!({
            "fetch": index,
            "subgraph": plan.subgraph(fetch.subgraph),
            "after": fetch.after,
            "operation": fetch.operation,
            "entities": entity_types(plan, index),
            "document": fetch.document,
            "variables": fetch.variables,
        })
    });
    json!({ "text": plan.to_text_with_reasons(), "depth": plan.depth(), "fetches": fetches.collect::<Value>() })
}
