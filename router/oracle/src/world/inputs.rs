//! Arguments in one form: with every default filled in, however deep, so that it does not matter who filled it in.

use super::World;
use super::model::FieldModel;
use crate::facts::Facts;
use apollo_compiler::Node;
use apollo_compiler::ast::{InputValueDefinition, Type};
use apollo_compiler::schema::ExtendedType;
use serde_json::Value;
use std::collections::BTreeMap;

/// Types and default values by name.
pub(super) type Fields = BTreeMap<String, (Type, Option<Value>)>;

/// Types and default values of arguments or input fields.
pub(super) fn fields<'a>(definitions: impl IntoIterator<Item = &'a Node<InputValueDefinition>>) -> Fields {
    let field = |definition: &Node<InputValueDefinition>| {
        let default = definition.default_value.as_ref().map(|value| super::constant(value));
        (definition.name.to_string(), ((*definition.ty).clone(), default))
    };
    definitions.into_iter().map(field).collect()
}

/// The input types of all subgraphs.
pub(super) fn types(subgraphs: &[Facts]) -> BTreeMap<String, Fields> {
    let mut types = BTreeMap::new();
    for (name, ty) in subgraphs.iter().flat_map(|facts| &facts.schema.types) {
        if let ExtendedType::InputObject(ty) = ty {
            types.insert(name.to_string(), fields(ty.fields.values().map(|field| &field.node)));
        }
    }
    types
}

impl World {
    /// A field's arguments as text: those that every resolving subgraph has.
    pub(super) fn arguments(&self, model: &FieldModel, given: &Value) -> String {
        let mut given = given.as_object().cloned().unwrap_or_default();
        given.retain(|name, _| model.arguments.contains(name));
        self.fill(&mut given, &model.inputs);
        crate::compare::canonical(&Value::Object(given))
    }

    fn fill(&self, given: &mut serde_json::Map<String, Value>, fields: &Fields) {
        for (name, (ty, default)) in fields {
            if let (None, Some(default)) = (given.get(name), default) {
                given.insert(name.clone(), default.clone());
            }
            if let Some(value) = given.get_mut(name) {
                self.complete(value, ty.inner_named_type());
            }
        }
    }

    fn complete(&self, value: &mut Value, type_name: &str) {
        match value {
            Value::Array(items) => items.iter_mut().for_each(|item| self.complete(item, type_name)),
            Value::Object(given) => {
                if let Some(fields) = self.inputs.get(type_name) {
                    self.fill(given, fields);
                }
            }
            _ => {}
        }
    }
}
