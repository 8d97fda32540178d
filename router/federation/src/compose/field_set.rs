//! Field sets: the selections inside `@key(fields:)`, `@requires(fields:)` and `@provides(fields:)`.

use std::fmt;

use apollo_compiler::ast::{self, Value};
use apollo_compiler::parser::Parser;
use apollo_compiler::{Name, Node};

use super::model::{FieldDef, Subgraph, TypeDef};

/// A parsed field set. Prints itself on one line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct FieldSet(pub(super) Vec<Selection>);

/// One selection of a field set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Selection {
    /// A field, with literal arguments and what is selected in it.
    Field { name: Name, arguments: Vec<(Name, Node<Value>)>, selections: FieldSet },
    /// `... on Type { … }`, or without a type.
    Fragment { on: Option<Name>, selections: FieldSet },
}

/// Why a text is not a field set.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum FieldSetError {
    /// It cannot be parsed, or uses what a field set may not.
    Syntax(String),
    /// It applies a directive.
    Directive(String),
}

impl FieldSet {
    /// Reads a field set, with or without its outer braces.
    pub(super) fn parse(text: &str) -> Result<Self, FieldSetError> {
        let trimmed = text.trim();
        let document = if trimmed.starts_with('{') { trimmed.to_owned() } else { format!("{{ {trimmed} }}") };
        let parsed = Parser::new().recursion_limit(100).parse_ast(document, "fields").map_err(|errors| {
            let first = errors.errors.iter().next().map(|error| error.error.to_string());
            FieldSetError::Syntax(first.unwrap_or_else(|| "cannot be parsed".to_owned()))
        })?;
        match parsed.definitions.as_slice() {
            [ast::Definition::OperationDefinition(operation)] if operation.name.is_none() => {
                convert(&operation.selection_set)
            }
            _ => Err(FieldSetError::Syntax("it must be one selection of fields".to_owned())),
        }
    }

    /// No field at all.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Visits every field the set selects on `parent`, with the type that declares it. For a field of an interface its
    /// implementations are visited as well: whoever asks for the one gets the others. Unknown names are skipped;
    /// validation speaks of them.
    pub(super) fn visit<'s>(
        &self,
        subgraph: &'s Subgraph,
        parent: &'s TypeDef,
        visitor: &mut dyn FnMut(&'s TypeDef, &'s FieldDef),
    ) {
        for selection in &self.0 {
            match selection {
                Selection::Field { name, selections, .. } => {
                    let Some(field) = parent.fields.get(name) else { continue };
                    visitor(parent, field);
                    for implementation in subgraph.implementations(&parent.name) {
                        if let Some(field) = implementation.fields.get(name) {
                            visitor(implementation, field);
                        }
                    }
                    if let Some(inner) = subgraph.types.get(field.ty.inner_named_type()) {
                        selections.visit(subgraph, inner, visitor);
                    }
                }
                Selection::Fragment { on, selections } => {
                    let inner = on.as_ref().map_or(Some(parent), |name| subgraph.types.get(name));
                    if let Some(inner) = inner {
                        selections.visit(subgraph, inner, visitor);
                    }
                }
            }
        }
    }
}

fn convert(selections: &[ast::Selection]) -> Result<FieldSet, FieldSetError> {
    selections.iter().map(convert_selection).collect::<Result<Vec<_>, _>>().map(FieldSet)
}

fn convert_selection(selection: &ast::Selection) -> Result<Selection, FieldSetError> {
    match selection {
        ast::Selection::Field(field) => {
            refuse_directives(&field.directives)?;
            if let Some(alias) = &field.alias {
                return Err(FieldSetError::Syntax(format!(
                    "alias \"{alias}\" is not allowed in a field set"
                )));
            }
            let arguments = field
                .arguments
                .iter()
                .map(|argument| (argument.name.clone(), argument.value.clone()))
                .collect();
            let selections = convert(&field.selection_set)?;
            Ok(Selection::Field { name: field.name.clone(), arguments, selections })
        }
        ast::Selection::InlineFragment(fragment) => {
            refuse_directives(&fragment.directives)?;
            let selections = convert(&fragment.selection_set)?;
            Ok(Selection::Fragment { on: fragment.type_condition.clone(), selections })
        }
        ast::Selection::FragmentSpread(spread) => Err(FieldSetError::Syntax(format!(
            "fragment spread \"...{}\" is not allowed in a field set",
            spread.fragment_name
        ))),
    }
}

fn refuse_directives(directives: &ast::DirectiveList) -> Result<(), FieldSetError> {
    match directives.0.first() {
        Some(directive) => Err(FieldSetError::Directive(directive.name.to_string())),
        None => Ok(()),
    }
}

impl fmt::Display for FieldSet {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, selection) in self.0.iter().enumerate() {
            if index > 0 {
                out.write_str(" ")?;
            }
            write!(out, "{selection}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Selection {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let selections = match self {
            Self::Field { name, arguments, selections } => {
                out.write_str(name)?;
                for (index, (name, value)) in arguments.iter().enumerate() {
                    let before = if index == 0 { "(" } else { ", " };
                    write!(out, "{before}{name}: {}", value.serialize().no_indent())?;
                }
                if !arguments.is_empty() {
                    out.write_str(")")?;
                }
                selections
            }
            Self::Fragment { on, selections } => {
                out.write_str("...")?;
                if let Some(on) = on {
                    write!(out, " on {on}")?;
                }
                selections
            }
        };
        if selections.is_empty() { Ok(()) } else { write!(out, " {{ {selections} }}") }
    }
}
