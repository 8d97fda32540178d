//! Fields under one response key must have equal arguments; the bought validation lets lists of different length pass for equal.

use super::RequestError;
use super::normalise::{Found, Normaliser};
use crate::supergraph::{TypeDefId, TypeKind};
use apollo_compiler::ast::Value;
use apollo_compiler::executable::Field;

impl<'a> Normaliser<'a> {
    /// Refuses fields of one response key that can stand for one object and differ in the length of a list.
    pub(super) fn check_merging(&self, found: &[Found<'a>]) -> Result<(), RequestError> {
        let mut known: Vec<(TypeDefId, &Field)> = Vec::new();
        for one in found.iter().filter(|one| has_list(one.field)) {
            let meets =
                |owner: TypeDefId| owner == one.owner || !self.is_object(owner) || !self.is_object(one.owner);
            if known.iter().any(|(owner, field)| meets(*owner) && differ(field, one.field)) {
                return Err(refusal(one.field));
            }
            if !known.iter().any(|(owner, field)| *owner == one.owner && !differ(field, one.field)) {
                known.push((one.owner, one.field));
            }
        }
        Ok(())
    }

    fn is_object(&self, ty: TypeDefId) -> bool {
        self.supergraph.ty(ty).kind == TypeKind::Object
    }
}

fn refusal(field: &Field) -> RequestError {
    let key = field.response_key();
    let message = format!(
        "Fields \"{key}\" conflict because they have differing arguments. Use different aliases on the fields to fetch both if this was intentional."
    );
    RequestError::new(RequestError::VALIDATION, message)
}

fn has_list(field: &Field) -> bool {
    fn inside(value: &Value) -> bool {
        match value {
            Value::List(_) => true,
            Value::Object(fields) => fields.iter().any(|(_, value)| inside(value)),
            _ => false,
        }
    }
    field.arguments.iter().any(|argument| inside(&argument.value))
}

/// Whether the same argument has, at the same place in its value, lists of different length.
fn differ(a: &Field, b: &Field) -> bool {
    a.name == b.name
        && a.arguments.iter().any(|left| {
            let right = b.arguments.iter().find(|right| right.name == left.name);
            right.is_some_and(|right| values_differ(&left.value, &right.value))
        })
}

fn values_differ(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::List(a), Value::List(b)) => {
            a.len() != b.len() || a.iter().zip(b).any(|(a, b)| values_differ(a, b))
        }
        (Value::Object(a), Value::Object(b)) => a.iter().any(|(name, value)| {
            let other = b.iter().find(|(other, _)| other == name);
            other.is_some_and(|(_, other)| values_differ(value, other))
        }),
        _ => false,
    }
}
