//! Reads the directives on one element: federation's own by their meaning, carried ones as they stand.

use apollo_compiler::ast::Directive;
use apollo_compiler::{Name, Node};
use rustc_hash::FxHashSet;

use super::super::field_set::{FieldSet, FieldSetError};
use super::super::model::{Applied, Carried, FieldsArgument};
use super::link::Links;

/// Knows the meaning of the directive names of one subgraph.
pub(super) struct Meanings<'a> {
    links: &'a Links,
    /// Local names of custom directives that are to be composed.
    composed: FxHashSet<Name>,
}

impl<'a> Meanings<'a> {
    pub(super) fn new(links: &'a Links, composed: impl IntoIterator<Item = Name>) -> Self {
        Self { links, composed: composed.into_iter().collect() }
    }

    /// The name of a directive in federation's specifications; nothing for any other directive.
    pub(super) fn known(&self, directive: &Directive) -> Option<&'static str> {
        self.links.directives.get(directive.name.as_str()).map(|known| known.name)
    }

    /// The applications of one federation directive.
    pub(super) fn all<'d>(
        &self,
        directives: impl IntoIterator<Item = &'d Node<Directive>>,
        name: &str,
    ) -> Vec<&'d Node<Directive>> {
        directives.into_iter().filter(|directive| self.known(directive) == Some(name)).collect()
    }

    /// What the supergraph carries of these directives.
    pub(super) fn carried<'d>(
        &self,
        directives: impl IntoIterator<Item = &'d Node<Directive>>,
    ) -> Vec<Applied> {
        directives
            .into_iter()
            .filter_map(|directive| {
                Some(Applied {
                    directive: self.carries(directive)?,
                    arguments: directive
                        .arguments
                        .iter()
                        .map(|argument| (argument.name.clone(), argument.value.clone()))
                        .collect(),
                    at: directive.location(),
                })
            })
            .collect()
    }

    fn carries(&self, directive: &Directive) -> Option<Carried> {
        if let Some(known) = self.known(directive) {
            return match known {
                "tag" => Some(Carried::Tag),
                "inaccessible" => Some(Carried::Inaccessible),
                "authenticated" => Some(Carried::Authenticated),
                "requiresScopes" => Some(Carried::RequiresScopes),
                "policy" => Some(Carried::Policy),
                "cost" => Some(Carried::Cost),
                "listSize" => Some(Carried::ListSize),
                "context" | "fromContext" => Some(Carried::Unsupported(known)),
                _ => None,
            };
        }
        match directive.name.as_str() {
            "deprecated" => Some(Carried::Deprecated),
            "specifiedBy" => Some(Carried::SpecifiedBy),
            "oneOf" => Some(Carried::OneOf),
            _ => self
                .composed
                .contains(directive.name.as_str())
                .then(|| Carried::Custom(directive.name.clone())),
        }
    }
}

/// The `fields` argument of `@key`, `@requires` or `@provides`.
pub(super) fn fields_argument(directive: &Directive) -> FieldsArgument {
    let Some(value) = directive.specified_argument_by_name("fields") else {
        return FieldsArgument::NotAString;
    };
    let Some(text) = value.as_str() else { return FieldsArgument::NotAString };
    match FieldSet::parse(text) {
        Ok(set) => FieldsArgument::Set(set),
        Err(FieldSetError::Syntax(why)) => FieldsArgument::Unreadable(why),
        Err(FieldSetError::Directive(name)) => FieldsArgument::Directive(name),
    }
}
