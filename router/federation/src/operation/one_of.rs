//! `@oneOf` inputs: exactly one field, and not null. The bought validation does not know them yet.

use super::RequestError;
use apollo_compiler::ast::{Type, Value};
use apollo_compiler::executable::{Operation, Selection, SelectionSet};
use apollo_compiler::schema::{ExtendedType, InputObjectType, InputValueDefinition};
use apollo_compiler::{ExecutableDocument, Node, Schema};

/// Checks the literals of an operation and of all fragments.
pub(super) fn check_literals(
    schema: &Schema,
    document: &ExecutableDocument,
    operation: &Operation,
) -> Result<(), RequestError> {
    let has_one_of =
        |ty: &ExtendedType| ty.as_input_object().is_some_and(|input| input.directives.has("oneOf"));
    if !schema.types.values().any(has_one_of) {
        return Ok(());
    }
    let literals = Literals { schema, operation };
    for variable in &operation.variables {
        if let Some(default) = &variable.default_value {
            literals.value(&variable.ty, default)?;
        }
    }
    literals.set(&operation.selection_set)?;
    document.fragments.values().try_for_each(|fragment| literals.set(&fragment.selection_set))
}

/// Checks a variable's value.
pub(super) fn check_json(schema: &Schema, ty: &Type, value: &serde_json::Value) -> Result<(), RequestError> {
    match value {
        serde_json::Value::Array(items) if ty.is_list() => {
            items.iter().try_for_each(|item| check_json(schema, ty.item_type(), item))
        }
        serde_json::Value::Object(fields) => {
            let Some(input) = schema.get_input_object(ty.inner_named_type()) else { return Ok(()) };
            if is_one_of(input) && (fields.len() != 1 || fields.values().any(serde_json::Value::is_null)) {
                return Err(RequestError::new(RequestError::VARIABLE, rule(input)));
            }
            fields.iter().try_for_each(|(name, value)| match input.fields.get(name.as_str()) {
                Some(field) => check_json(schema, &field.ty, value),
                None => Ok(()),
            })
        }
        _ => Ok(()),
    }
}

fn is_one_of(input: &InputObjectType) -> bool {
    input.directives.has("oneOf")
}

fn rule(input: &InputObjectType) -> String {
    format!("{} takes exactly one of its fields, and not null.", input.name)
}

struct Literals<'a> {
    schema: &'a Schema,
    operation: &'a Operation,
}

impl Literals<'_> {
    fn set(&self, set: &SelectionSet) -> Result<(), RequestError> {
        set.selections.iter().try_for_each(|selection| match selection {
            Selection::Field(field) => {
                for argument in &field.arguments {
                    let definition = field.definition.argument_by_name(&argument.name);
                    if let Some(definition) = definition {
                        self.value(&definition.ty, &argument.value)?;
                    }
                }
                self.set(&field.selection_set)
            }
            Selection::InlineFragment(fragment) => self.set(&fragment.selection_set),
            Selection::FragmentSpread(_) => Ok(()),
        })
    }

    fn value(&self, ty: &Type, value: &Value) -> Result<(), RequestError> {
        match value {
            Value::List(items) if ty.is_list() => {
                items.iter().try_for_each(|item| self.value(ty.item_type(), item))
            }
            Value::Object(fields) => {
                let Some(input) = self.schema.get_input_object(ty.inner_named_type()) else { return Ok(()) };
                if is_one_of(input)
                    && (fields.len() != 1 || fields.iter().any(|(_, one)| self.may_be_null(one)))
                {
                    return Err(RequestError::new(RequestError::VALIDATION, rule(input)));
                }
                fields.iter().try_for_each(|(name, value)| {
                    let field: Option<&Node<InputValueDefinition>> =
                        input.fields.get(name).map(|field| &field.node);
                    field.map_or(Ok(()), |field| self.value(&field.ty, value))
                })
            }
            _ => Ok(()),
        }
    }

    fn may_be_null(&self, value: &Value) -> bool {
        let nullable = |name: &str| {
            let definition = self.operation.variables.iter().find(|variable| variable.name == name);
            definition.is_none_or(|variable| !variable.ty.is_non_null())
        };
        value.is_null() || value.as_variable().is_some_and(|name| nullable(name))
    }
}
