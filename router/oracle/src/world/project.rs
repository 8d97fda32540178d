//! Field sets over objects: what a key or a requirement of an object is.

use super::{Data, Object, World};
use apollo_compiler::ast::{self, Selection};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

impl World {
    /// The values of a field set, as canonical JSON.
    pub fn project(&self, object: &Object, fields: &[Selection]) -> Value {
        let mut values = BTreeMap::new();
        self.project_into(object, fields, &mut values);
        Value::Object(values.into_iter().collect())
    }

    fn project_into(&self, object: &Object, fields: &[Selection], values: &mut BTreeMap<String, Value>) {
        for selection in fields {
            match selection {
                Selection::Field(field) if field.name != "__typename" => {
                    let required = self.required(object, &field.name);
                    let data = self.field(object, &field.name, &arguments(field), required.as_ref());
                    let value = self.json(data.unwrap_or(Data::Null), &field.selection_set);
                    merge(values.entry(field.name.to_string()).or_insert(Value::Null), value);
                }
                Selection::InlineFragment(fragment)
                    if fragment
                        .type_condition
                        .as_ref()
                        .is_none_or(|name| self.is_a(&object.type_name, name)) =>
                {
                    self.project_into(object, &fragment.selection_set, values);
                }
                _ => {}
            }
        }
    }

    fn json(&self, data: Data, fields: &[Selection]) -> Value {
        match data {
            Data::Null | Data::Failed => Value::Null,
            Data::Leaf(value) => value,
            Data::List(items) => items.into_iter().map(|item| self.json(item, fields)).collect(),
            Data::Object(object) => self.project(&object, fields),
        }
    }

    /// What a field requires of its object, as the monolith knows it.
    pub fn required(&self, object: &Object, field: &str) -> Option<Value> {
        let fields = self.field_model(&object.type_name, field)?.requires.as_ref()?;
        Some(self.project(object, fields))
    }

    /// The part of a representation that a field set speaks of, as canonical JSON. The error says what is missing.
    pub fn restrict(&self, given: &Value, fields: &[Selection]) -> Result<Value, String> {
        match given {
            Value::Array(items) => items.iter().map(|item| self.restrict(item, fields)).collect(),
            Value::Object(given) if !fields.is_empty() => {
                let mut values = BTreeMap::new();
                self.restrict_into(given, (fields, true), &mut values)?;
                Ok(Value::Object(values.into_iter().collect()))
            }
            other => Ok(other.clone()),
        }
    }

    fn restrict_into(
        &self,
        given: &Map<String, Value>,
        (fields, demanded): (&[Selection], bool),
        values: &mut BTreeMap<String, Value>,
    ) -> Result<(), String> {
        for selection in fields {
            match selection {
                Selection::Field(field) if field.name != "__typename" => match given.get(field.name.as_str())
                {
                    Some(value) => {
                        let value = self.restrict(value, &field.selection_set)?;
                        merge(values.entry(field.name.to_string()).or_insert(Value::Null), value);
                    }
                    None if demanded => return Err(format!("field {} is missing", field.name)),
                    None => {}
                },
                Selection::InlineFragment(fragment) => {
                    let known = given.get("__typename").and_then(Value::as_str);
                    let condition = fragment.type_condition.as_ref();
                    let applies = match (known, condition) {
                        (_, None) => Some(true),
                        (Some(name), Some(condition)) => Some(self.is_a(name, condition)),
                        (None, Some(_)) => None,
                    };
                    if applies != Some(false) {
                        let demanded = demanded && applies == Some(true);
                        self.restrict_into(given, (&fragment.selection_set, demanded), values)?;
                    }
                }
                _ => {}
            }
        }
        Ok(())
    }
}

/// Two selections of one field: their values complete each other.
fn merge(into: &mut Value, from: Value) {
    match (into, from) {
        (Value::Object(into), Value::Object(from)) => {
            for (name, value) in from {
                merge(into.entry(name).or_insert(Value::Null), value);
            }
        }
        (Value::Array(into), Value::Array(from)) if into.len() == from.len() => {
            into.iter_mut().zip(from).for_each(|(into, from)| merge(into, from));
        }
        (into, from) => *into = from,
    }
}

/// The arguments of a field in a field set: constants.
fn arguments(field: &ast::Field) -> Value {
    let entry = |argument: &apollo_compiler::Node<ast::Argument>| {
        (argument.name.to_string(), constant(&argument.value))
    };
    Value::Object(field.arguments.iter().map(entry).collect())
}

/// A constant of a document as JSON.
pub(crate) fn constant(value: &ast::Value) -> Value {
    match value {
        ast::Value::Null | ast::Value::Variable(_) => Value::Null,
        ast::Value::Enum(name) => Value::String(name.to_string()),
        ast::Value::String(text) => Value::String(text.clone()),
        ast::Value::Boolean(value) => Value::Bool(*value),
        ast::Value::Int(number) => serde_json::from_str(number.as_str()).unwrap_or(Value::Null),
        ast::Value::Float(number) => serde_json::from_str(number.as_str()).unwrap_or(Value::Null),
        ast::Value::List(items) => items.iter().map(|item| constant(item)).collect(),
        ast::Value::Object(fields) => {
            Value::Object(fields.iter().map(|(name, value)| (name.to_string(), constant(value))).collect())
        }
    }
}
