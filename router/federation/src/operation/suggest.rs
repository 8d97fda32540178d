//! "Did you mean …?": names of the schema that are close to one that a client misspelt.
//!
//! Only names that every caller could read by introspection are offered: nothing inaccessible, for it is not in the API schema,
//! and nothing that stands behind an access rule. Whoever does not answer introspection should not call this either.

use super::error::RequestError;
use crate::supergraph::{RuleSet, Supergraph};
use apollo_compiler::ast::FieldDefinition;
use apollo_compiler::schema::ExtendedType;

/// More alternatives would be a list to read, not a help.
const OFFERED: usize = 3;

/// Adds what may have been meant to the messages that name something unknown.
pub fn suggest(supergraph: &Supergraph, errors: &mut [RequestError]) {
    for error in errors.iter_mut().filter(|error| error.code == RequestError::VALIDATION) {
        if let Some(unknown) = Unknown::read(&error.message) {
            let question = did_you_mean(&closest(unknown.name(), unknown.known(supergraph)));
            error.message.push_str(&question);
        }
    }
}

fn did_you_mean(names: &[&str]) -> String {
    match names {
        [] => String::new(),
        [one] => format!(". Did you mean `{one}`?"),
        [rest @ .., last] => format!(". Did you mean `{}` or `{last}`?", rest.join("`, `")),
    }
}

/// What the schema does not have, as the validator's message says it: the validator keeps the parts of its messages to itself.
/// Its version is pinned, and a test names every one of these.
enum Unknown<'a> {
    Field {
        on: &'a str,
        name: &'a str,
    },
    Argument {
        on: &'a str,
        name: &'a str,
    },
    InputField {
        on: &'a str,
        name: &'a str,
    },
    EnumValue {
        on: &'a str,
        name: &'a str,
    },
    /// After `... on`.
    Condition {
        name: &'a str,
    },
    /// Of a variable.
    Input {
        name: &'a str,
    },
}

impl<'a> Unknown<'a> {
    fn read(message: &'a str) -> Option<Self> {
        let quoted: Vec<&str> = message.split('`').skip(1).step_by(2).collect();
        let says = |words: &str| message.contains(words);
        match *quoted.as_slice() {
            [on, name] if says("` does not have a field `") => Some(Self::Field { on, name }),
            [name, on] if says("` is not supported by `") => Some(Self::Argument { on, name }),
            [name, on] if message.starts_with("field `") && says("` does not exist on `") => {
                Some(Self::InputField { on, name })
            }
            [name, on] if says("` does not exist on `") => Some(Self::EnumValue { on, name }),
            [name, ..] if message.starts_with("cannot find type `") => Some(Self::Input { name }),
            [name, ..] if message.starts_with("type condition `") => Some(Self::Condition { name }),
            _ => None,
        }
    }

    fn name(&self) -> &'a str {
        match self {
            Self::Field { name, .. }
            | Self::Argument { name, .. }
            | Self::InputField { name, .. }
            | Self::EnumValue { name, .. }
            | Self::Condition { name }
            | Self::Input { name } => name,
        }
    }

    /// The names that could stand in its place.
    fn known(&self, supergraph: &'a Supergraph) -> Vec<&'a str> {
        let types = &supergraph.api_schema().types;
        match self {
            Self::Field { on, .. } => {
                let is_open = |name: &&str| !has_rules(supergraph, on, name);
                fields(types.get(*on)).map(|field| field.name.as_str()).filter(is_open).collect()
            }
            Self::Argument { on, .. } => {
                let (on, field) = on.split_once('.').unwrap_or((on, ""));
                let field = field.split('(').next().unwrap_or("");
                let definition = fields(types.get(on)).find(|definition| definition.name == field);
                let arguments = definition.into_iter().flat_map(|definition| &definition.arguments);
                arguments.map(|argument| argument.name.as_str()).collect()
            }
            Self::InputField { on, .. } => match types.get(*on) {
                Some(ExtendedType::InputObject(input)) => input.fields.keys().map(|it| it.as_str()).collect(),
                _ => Vec::new(),
            },
            Self::EnumValue { on, .. } => match types.get(*on) {
                Some(ExtendedType::Enum(values)) => values.values.keys().map(|it| it.as_str()).collect(),
                _ => Vec::new(),
            },
            Self::Condition { .. } | Self::Input { .. } => {
                let is_wanted = |ty: &ExtendedType| match self {
                    Self::Input { .. } => ty.is_input_type(),
                    _ => ty.is_object() || ty.is_interface() || ty.is_union(),
                };
                let fitting = types.iter().filter(|(_, ty)| is_wanted(ty));
                let names = fitting.map(|(name, _)| name.as_str());
                names.filter(|name| !name.starts_with("__") && !has_rules(supergraph, name, "")).collect()
            }
        }
    }
}

fn fields(ty: Option<&ExtendedType>) -> impl Iterator<Item = &FieldDefinition> {
    let fields = match ty {
        Some(ExtendedType::Object(ty)) => Some(&ty.fields),
        Some(ExtendedType::Interface(ty)) => Some(&ty.fields),
        _ => None,
    };
    fields.into_iter().flat_map(|fields| fields.values().map(|field| &***field))
}

/// Whether a field, or with an empty name a type, is not for everybody.
fn has_rules(supergraph: &Supergraph, ty: &str, field: &str) -> bool {
    let Some(ty) = supergraph.type_id(ty) else { return false };
    let mut rules = RuleSet::default();
    match supergraph.name_id(field) {
        Some(field) => supergraph.add_rules(ty, ty, field, &mut rules),
        None => supergraph.add_type_rules(ty, &mut rules),
    }
    !rules.is_empty()
}

/// The names that are closest to this one, if any is close at all: two in five letters may differ, and one besides. What
/// is much farther than the best is left out.
fn closest<'a>(name: &str, known: Vec<&'a str>) -> Vec<&'a str> {
    let bound = name.len() * 2 / 5 + 1;
    let mut close: Vec<(usize, &str)> = known
        .into_iter()
        .filter(|it| it.len().abs_diff(name.len()) <= bound)
        .map(|it| (distance(name, it), it))
        .filter(|(distance, _)| *distance <= bound)
        .collect();
    close.sort_unstable();
    let best = close.first().map_or(0, |(distance, _)| *distance);
    close.into_iter().take(OFFERED).take_while(|(far, _)| *far <= best + 1).map(|(_, name)| name).collect()
}

/// Letters to change, add, remove or swap; upper and lower case are one.
fn distance(a: &str, b: &str) -> usize {
    strsim::osa_distance(&a.to_ascii_lowercase(), &b.to_ascii_lowercase())
}
