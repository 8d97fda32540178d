//! Variable values: coerced once per request, kept as JSON text for the subgraphs.

use super::{Operation, RequestError, one_of};
use crate::supergraph::Supergraph;
use apollo_compiler::ast;
use apollo_compiler::request::coerce_variable_values;
use apollo_compiler::response::JsonMap;
use apollo_compiler::validation::Valid;
use serde_json::{Map, Value};

/// The coerced variables of one request. Variables that the request leaves out, and that have no default, are not in here.
#[derive(Clone, Debug, Default)]
pub struct Variables {
    values: Vec<(String, String)>,
    pub(crate) map: Option<Valid<JsonMap>>,
}

impl Variables {
    /// A variable's value as compact JSON text.
    pub fn json(&self, name: &str) -> Option<&str> {
        self.values.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// Whether a variable is `true`.
    pub fn boolean(&self, name: &str) -> bool {
        self.json(name) == Some("true")
    }

    /// Names and JSON texts, in the order of the operation's definitions.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.values.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

impl Operation {
    /// Checks variable values against the operation's variable definitions and applies defaults.
    pub fn coerce_variables(
        &self,
        supergraph: &Supergraph,
        values: &Map<String, Value>,
    ) -> Result<Variables, RequestError> {
        let invalid = |message: String| RequestError::new(RequestError::VARIABLE, message);
        let operation = &self.definition;
        let mut values = values.clone();
        for definition in &operation.variables {
            // A default is taken for a given value, so that the defaults inside of input objects apply to it too.
            if let (false, Some(default)) =
                (values.contains_key(definition.name.as_str()), &definition.default_value)
            {
                values.insert(definition.name.to_string(), literal(default));
            }
        }
        for definition in &operation.variables {
            if let Some(value) = values.get(definition.name.as_str()) {
                one_of::check_json(supergraph.api_schema(), &definition.ty, value)?;
            }
        }
        let values: JsonMap = serde_json::from_value(Value::Object(values))
            .map_err(|error| invalid(format!("variables: {error}")))?;
        let map = coerce_variable_values(supergraph.api_schema(), operation, &values).map_err(|error| {
            let mut out = invalid(error.message().to_string());
            let at = error.location().and_then(|at| at.line_column(&self.document.sources));
            out.locations.extend(at.map(|at| (at.line, at.column)));
            out
        })?;
        let mut texts = Vec::with_capacity(operation.variables.len());
        for definition in &operation.variables {
            if let Some(value) = map.get(definition.name.as_str()) {
                let text = serde_json::to_string(value).map_err(|error| invalid(error.to_string()))?;
                texts.push((definition.name.to_string(), text));
            }
        }
        Ok(Variables { values: texts, map: Some(map) })
    }
}

/// A constant as JSON.
fn literal(value: &ast::Value) -> Value {
    match value {
        ast::Value::Null | ast::Value::Variable(_) => Value::Null,
        ast::Value::Enum(name) => Value::String(name.to_string()),
        ast::Value::String(text) => Value::String(text.clone()),
        ast::Value::Boolean(value) => Value::Bool(*value),
        ast::Value::Int(number) => serde_json::from_str(number.as_str()).unwrap_or_default(),
        ast::Value::Float(number) => serde_json::from_str(number.as_str()).unwrap_or_default(),
        ast::Value::List(items) => items.iter().map(|item| literal(item)).collect(),
        ast::Value::Object(fields) => {
            fields.iter().map(|(name, field)| (name.to_string(), literal(field))).collect()
        }
    }
}
