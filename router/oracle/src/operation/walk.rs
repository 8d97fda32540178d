//! Walks over all selection sets of a document with their types.

use apollo_compiler::Name;
use apollo_compiler::Schema;
use apollo_compiler::ast::{Definition, Document, Selection};

/// Calls `edit` for every selection set with the type it is on, inner ones first.
pub(super) fn selection_sets(
    schema: &Schema,
    document: &mut Document,
    edit: &mut dyn FnMut(&Name, &mut Vec<Selection>, /* is the operation's own */ bool),
) {
    for definition in &mut document.definitions {
        match definition {
            Definition::OperationDefinition(operation) => {
                let Some(root) = schema.root_operation(operation.operation_type).cloned() else { continue };
                let operation = operation.make_mut();
                below(schema, &root, &mut operation.selection_set, edit);
                edit(&root, &mut operation.selection_set, true);
            }
            Definition::FragmentDefinition(fragment) => {
                let fragment = fragment.make_mut();
                below(schema, &fragment.type_condition.clone(), &mut fragment.selection_set, edit);
                edit(&fragment.type_condition.clone(), &mut fragment.selection_set, false);
            }
            _ => {}
        }
    }
}

fn below(
    schema: &Schema,
    type_name: &Name,
    selections: &mut [Selection],
    edit: &mut dyn FnMut(&Name, &mut Vec<Selection>, bool),
) {
    for selection in selections {
        match selection {
            Selection::Field(field) if !field.selection_set.is_empty() => {
                let Ok(definition) = schema.type_field(type_name, &field.name) else { continue };
                let inner = definition.ty.inner_named_type().clone();
                let field = field.make_mut();
                below(schema, &inner, &mut field.selection_set, edit);
                edit(&inner, &mut field.selection_set, false);
            }
            Selection::InlineFragment(fragment) => {
                let inner = fragment.type_condition.clone().unwrap_or_else(|| type_name.clone());
                let fragment = fragment.make_mut();
                below(schema, &inner, &mut fragment.selection_set, edit);
                edit(&inner, &mut fragment.selection_set, false);
            }
            _ => {}
        }
    }
}

/// Drops fragments and variables that nothing uses any more.
pub(super) fn drop_unused(case: &mut super::Case) {
    loop {
        let text = case.text();
        let before = case.document.definitions.len();
        let used = |name: &str| {
            let spread = format!("...{name}");
            text.match_indices(&spread).any(|(at, _)| {
                !text[at + spread.len()..]
                    .starts_with(|next: char| next.is_ascii_alphanumeric() || next == '_')
            })
        };
        case.document
            .definitions
            .retain(|d| d.as_fragment_definition().is_none_or(|fragment| used(&fragment.name)));
        if case.document.definitions.len() == before {
            break;
        }
    }
    let text = case.text();
    let uses = |name: &str| {
        let variable = format!("${name}");
        let ends = |at: usize| {
            !text[at + variable.len()..].starts_with(|next: char| next.is_ascii_alphanumeric() || next == '_')
        };
        text.match_indices(&variable).filter(|(at, _)| ends(*at)).count()
    };
    for definition in &mut case.document.definitions {
        if let Definition::OperationDefinition(operation) = definition {
            operation.make_mut().variables.retain(|variable| uses(&variable.name) > 1);
            let kept: Vec<String> =
                operation.variables.iter().map(|variable| variable.name.to_string()).collect();
            case.variables.retain(|name, _| kept.contains(name));
        }
    }
}
