//! Default values must be values of their types.

use apollo_compiler::Node;
use apollo_compiler::ast::{Type, Value};

use super::super::code;
use super::super::model::{InputDef, Kind};
use super::Rules;

impl Rules<'_> {
    /// Checks the default of an argument or input field; `what` names it.
    pub(super) fn default_value(&mut self, what: &str, input: &InputDef) {
        let Some(default) = &input.default else { return };
        if !self.is_value(&input.ty, default) {
            let default = default.serialize().no_indent();
            let message = format!("The default {default} of {what} is no value of type \"{}\"", input.ty);
            self.error(code::INVALID_GRAPHQL, message, input.at);
        }
    }

    fn is_value(&self, ty: &Type, value: &Node<Value>) -> bool {
        match (ty, &**value) {
            (_, Value::Null) => !ty.is_non_null(),
            (_, Value::Variable(_)) => false,
            (Type::List(item) | Type::NonNullList(item), Value::List(values)) => {
                values.iter().all(|value| self.is_value(item, value))
            }
            // One item stands for a list of it.
            (Type::List(item) | Type::NonNullList(item), _) => self.is_value(item, value),
            (Type::Named(name) | Type::NonNullNamed(name), _) => self.is_named_value(name, value),
        }
    }

    fn is_named_value(&self, name: &str, value: &Node<Value>) -> bool {
        match (name, &**value) {
            ("Int", value) => return value.to_i32().is_some(),
            ("Float", Value::Int(_) | Value::Float(_)) => return value.to_f64().is_some(),
            ("String", value) => return matches!(value, Value::String(_)),
            ("Boolean", value) => return matches!(value, Value::Boolean(_)),
            ("ID", value) => return matches!(value, Value::String(_) | Value::Int(_)),
            ("Float", _) => return false,
            _ => {}
        }
        let Some(ty) = self.subgraph.types.get(name) else { return true };
        match (ty.kind, &**value) {
            (Kind::Scalar, _) => true,
            (Kind::Enum, Value::Enum(value)) => ty.values.contains_key(value),
            (Kind::Input, Value::Object(fields)) => {
                let given = |name: &str| fields.iter().any(|(field, _)| field == name);
                ty.inputs.values().all(|input| !input.is_required() || given(&input.name))
                    && fields.iter().all(|(field, value)| {
                        ty.inputs.get(field).is_some_and(|input| self.is_value(&input.ty, value))
                    })
            }
            _ => false,
        }
    }
}
