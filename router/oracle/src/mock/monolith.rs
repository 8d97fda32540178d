//! The same data behind one schema, executed by the GraphQL library's own reference executor.

use super::Effects;
use crate::world::{Data, Object, World};
use apollo_compiler::ExecutableDocument;
use apollo_compiler::Schema;
use apollo_compiler::resolvers::{Execution, FieldError, ObjectValue, ResolveInfo, ResolvedValue};
use apollo_compiler::response::{JsonMap, JsonValue};
use apollo_compiler::validation::Valid;
use serde_json::Value;

struct MonolithObject<'w> {
    world: &'w World,
    object: Object,
    effects: &'w Effects,
}

/// The monolith's answer to a valid document, with the mutations it ran. The error is one of the request.
pub fn answer(
    (world, effects): (&World, &Effects),
    api: &Valid<Schema>,
    document: &Valid<ExecutableDocument>,
    variables: &serde_json::Map<String, Value>,
) -> Result<Value, String> {
    let operation = document.operations.get(None).map_err(|error| error.message().to_string())?;
    let variables: JsonMap =
        serde_json::from_value(Value::Object(variables.clone())).map_err(|error| error.to_string())?;
    let root =
        MonolithObject { world, object: world.root(&operation.operation_type.default_type_name()), effects };
    let response = Execution::new(api, document)
        .operation(operation)
        .enable_schema_introspection(true)
        .raw_variable_values(&variables)
        .execute_sync(&root)
        .map_err(|error| error.message().to_string())?;
    serde_json::to_value(&response).map_err(|error| error.to_string())
}

impl<'w> MonolithObject<'w> {
    fn resolved(&self, data: Data) -> ResolvedValue<'w> {
        match data {
            Data::Null | Data::Failed => ResolvedValue::null(),
            Data::Leaf(value) => ResolvedValue::leaf(leaf(value)),
            Data::List(items) => {
                let items: Vec<_> = items.into_iter().map(|item| self.resolved(item)).collect();
                ResolvedValue::list(items)
            }
            Data::Object(object) => {
                ResolvedValue::object(MonolithObject { world: self.world, object, effects: self.effects })
            }
        }
    }
}

impl ObjectValue for MonolithObject<'_> {
    fn type_name(&self) -> &str {
        &self.object.type_name
    }

    fn resolve_field<'a>(&'a self, info: &'a ResolveInfo<'a>) -> Result<ResolvedValue<'a>, FieldError> {
        let field = info.field_name();
        let required = self.world.required(&self.object, field);
        let arguments = arguments(info);
        self.effects.note(&self.object, field, &arguments);
        let data = self.world.field(&self.object, field, &arguments, required.as_ref());
        let data = data.ok_or_else(|| self.unknown_field_error(info))?;
        match data {
            Data::Failed => Err(FieldError { message: super::FAULT.to_owned() }),
            data => Ok(self.resolved(data)),
        }
    }
}

/// A field's coerced arguments.
pub(super) fn arguments(info: &ResolveInfo<'_>) -> Value {
    serde_json::to_value(info.arguments()).unwrap_or_default()
}

/// A leaf in the library's own JSON type.
pub(super) fn leaf(value: Value) -> JsonValue {
    JsonValue::from(value)
}
