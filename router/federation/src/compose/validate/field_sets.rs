//! What may stand in the `fields` of `@key`, `@requires` and `@provides`.

use super::super::code;
use super::super::field_set::{FieldSet, Selection};
use super::super::model::{At, FieldDef, FieldsArgument, Kind, TypeDef};
use super::Rules;

/// How the rules and codes of the three directives differ.
pub(super) struct FieldSetRules {
    /// The directive, for messages.
    name: &'static str,
    not_a_string: &'static str,
    invalid: &'static str,
    directive: &'static str,
    /// Fields with arguments are refused with this code.
    has_arguments: Option<&'static str>,
    /// Leaves that are not external are refused with this code.
    missing_external: Option<&'static str>,
    /// Interfaces and unions are refused with this code.
    abstract_type: Option<&'static str>,
}

pub(super) const KEY: FieldSetRules = FieldSetRules {
    name: "@key",
    not_a_string: code::KEY_INVALID_FIELDS_TYPE,
    invalid: code::KEY_INVALID_FIELDS,
    directive: code::KEY_DIRECTIVE_IN_FIELDS_ARG,
    has_arguments: Some(code::KEY_FIELDS_HAS_ARGS),
    missing_external: None,
    abstract_type: Some(code::KEY_FIELDS_SELECT_INVALID_TYPE),
};

pub(super) const REQUIRES: FieldSetRules = FieldSetRules {
    name: "@requires",
    not_a_string: code::REQUIRES_INVALID_FIELDS_TYPE,
    invalid: code::REQUIRES_INVALID_FIELDS,
    directive: code::REQUIRES_DIRECTIVE_IN_FIELDS_ARG,
    has_arguments: None,
    missing_external: Some(code::REQUIRES_FIELDS_MISSING_EXTERNAL),
    abstract_type: None,
};

pub(super) const PROVIDES: FieldSetRules = FieldSetRules {
    name: "@provides",
    not_a_string: code::PROVIDES_INVALID_FIELDS_TYPE,
    invalid: code::PROVIDES_INVALID_FIELDS,
    directive: code::PROVIDES_DIRECTIVE_IN_FIELDS_ARG,
    has_arguments: Some(code::PROVIDES_FIELDS_HAS_ARGS),
    missing_external: Some(code::PROVIDES_FIELDS_MISSING_EXTERNAL),
    abstract_type: None,
};

/// Where a walk through a field set is.
struct Walk<'r> {
    rules: &'r FieldSetRules,
    /// The start of every message.
    intro: String,
    at: At,
}

impl Rules<'_> {
    /// Checks a `fields` argument on `parent`.
    pub(super) fn field_set(
        &mut self,
        rules: &FieldSetRules,
        element: &str,
        parent: &TypeDef,
        (fields, at): (&FieldsArgument, At),
    ) {
        let intro = format!("On {element}, for {}(fields: \"{}\")", rules.name, fields.set());
        let walk = Walk { rules, intro, at };
        match fields {
            FieldsArgument::Set(set) => self.walk(&walk, parent, set, false),
            FieldsArgument::NotAString => {
                let message = format!("On {element}, {}(fields:) must be given a string", rules.name);
                self.error(rules.not_a_string, message, at);
            }
            FieldsArgument::Unreadable(why) => {
                let message = format!("On {element}, {}(fields:) cannot be read: {why}", rules.name);
                self.error(rules.invalid, message, at);
            }
            FieldsArgument::Directive(directive) => {
                let message =
                    format!("On {element}, {}(fields:) must not apply directives: @{directive}", rules.name);
                self.error(rules.directive, message, at);
            }
        }
    }

    fn walk(&mut self, walk: &Walk<'_>, parent: &TypeDef, set: &FieldSet, external: bool) {
        for selection in &set.0 {
            match selection {
                Selection::Field { name, .. } if name == "__typename" => {}
                Selection::Field { name, arguments, selections } => {
                    let Some(field) = parent.fields.get(name) else {
                        let message =
                            format!("{}: type \"{}\" has no field \"{name}\"", walk.intro, parent.name);
                        self.error(walk.rules.invalid, message, walk.at);
                        continue;
                    };
                    self.field_arguments(walk, parent, field, arguments);
                    self.field_selection(walk, parent, field, selections, external);
                }
                Selection::Fragment { on, selections } => {
                    let Some(on) = on else {
                        self.walk(walk, parent, selections, external);
                        continue;
                    };
                    match self.subgraph.types.get(on) {
                        Some(inner) if self.can_be(parent, inner) => {
                            self.walk(walk, inner, selections, external)
                        }
                        _ => {
                            let message =
                                format!("{}: type \"{}\" can never be \"{on}\"", walk.intro, parent.name);
                            self.error(walk.rules.invalid, message, walk.at);
                        }
                    }
                }
            }
        }
    }

    /// Whether some value of the one type is a value of the other.
    fn can_be(&self, a: &TypeDef, b: &TypeDef) -> bool {
        let of_b = self.subgraph.runtime_types(b);
        self.subgraph.runtime_types(a).iter().any(|name| of_b.contains(name))
    }

    fn field_arguments(
        &mut self,
        walk: &Walk<'_>,
        parent: &TypeDef,
        field: &FieldDef,
        given: &[(apollo_compiler::Name, apollo_compiler::Node<apollo_compiler::ast::Value>)],
    ) {
        let coordinate = super::coordinate(parent, field);
        if let (Some(code), false) = (walk.rules.has_arguments, field.args.is_empty()) {
            let message = format!("{}: field \"{coordinate}\" has arguments", walk.intro);
            self.error(code, message, walk.at);
            return;
        }
        for (name, _) in given.iter().filter(|(name, _)| !field.args.contains_key(name)) {
            let message = format!("{}: field \"{coordinate}\" has no argument \"{name}\"", walk.intro);
            self.error(walk.rules.invalid, message, walk.at);
        }
        for argument in field.args.values().filter(|argument| argument.is_required()) {
            if !given.iter().any(|(name, _)| *name == argument.name) {
                let name = &argument.name;
                let message = format!("{}: field \"{coordinate}\" needs its argument \"{name}\"", walk.intro);
                self.error(walk.rules.invalid, message, walk.at);
            }
        }
    }

    fn field_selection(
        &mut self,
        walk: &Walk<'_>,
        parent: &TypeDef,
        field: &FieldDef,
        selections: &FieldSet,
        external: bool,
    ) {
        let coordinate = super::coordinate(parent, field);
        let target = self.subgraph.types.get(field.ty.inner_named_type());
        let composite = target.filter(|ty| matches!(ty.kind, Kind::Object | Kind::Interface | Kind::Union));
        let external = external || self.is_external(parent, field);
        match (composite, selections.is_empty()) {
            (Some(target), false) => {
                let refused = walk.rules.abstract_type.filter(|_| target.kind != Kind::Object);
                if let Some(code) = refused {
                    let kind = target.kind.describe();
                    let message = format!("{}: field \"{coordinate}\" is of an {kind} type", walk.intro);
                    self.error(code, message, walk.at);
                } else {
                    self.walk(walk, target, selections, external);
                }
            }
            (Some(target), true) => {
                let message = format!(
                    "{}: field \"{coordinate}\" is of type \"{}\" and needs a selection of fields",
                    walk.intro, target.name
                );
                self.error(walk.rules.invalid, message, walk.at);
            }
            (None, false) => {
                let message = format!("{}: field \"{coordinate}\" has no fields to select", walk.intro);
                self.error(walk.rules.invalid, message, walk.at);
            }
            (None, true) => {
                if let (Some(code), false) = (walk.rules.missing_external, external) {
                    let why = if field.external.is_some() {
                        "its @external means nothing, because it is a key field of an extension"
                    } else {
                        "it is not marked @external"
                    };
                    let message = format!(
                        "{}: field \"{coordinate}\" is resolved by this subgraph already, {why}",
                        walk.intro
                    );
                    self.error(code, message, walk.at);
                }
            }
        }
    }

    /// External itself or, for a field of an interface, in something that implements it.
    fn is_external(&self, parent: &TypeDef, field: &FieldDef) -> bool {
        field.is_external()
            || self.subgraph.implementations(&parent.name).any(|implementation| {
                implementation.fields.get(&field.name).is_some_and(FieldDef::is_external)
            })
    }
}
