//! Makes a subgraph's document a whole GraphQL schema: protocol types and re-definitions go, linked definitions come.

use std::collections::BTreeSet;
use std::fmt::Write;

use apollo_compiler::Node;
use apollo_compiler::ast::{
    Definition, DirectiveDefinition, Document, FieldDefinition, ObjectTypeDefinition, OperationType,
};
use apollo_compiler::parser::Parser;

use super::super::code;
use super::known::{BUILT_IN_DIRECTIVES, BUILT_IN_SCALARS, Known, PROTOCOL_FIELDS, PROTOCOL_TYPES};
use super::link::{LinkError, Links};

/// A document made whole.
pub(super) struct Prepared {
    /// The subgraph's own definitions.
    pub(super) document: Document,
    /// What federation adds: definitions of directives and their types, and a query root.
    pub(super) support: Document,
    /// Names of types that have a definition, not only extensions.
    pub(super) defined: BTreeSet<String>,
    /// Names of types that are federation's, not the subgraph's.
    pub(super) federation_types: BTreeSet<String>,
}

/// The field that stands for the protocol's, so that every subgraph has a query root that is not empty.
pub(super) const PLACEHOLDER: &str = "_service";

/// Splits a document into what is the subgraph's own and what federation adds.
pub(super) fn prepare(mut document: Document, links: &Links, errors: &mut Vec<LinkError>) -> Prepared {
    let federation_types: BTreeSet<String> = PROTOCOL_TYPES
        .iter()
        .map(|name| (*name).to_owned())
        .chain(links.types.values().cloned())
        .chain(links.link_types())
        .collect();
    let query = query_root(&document);
    let support = support_document(links, query.as_deref().unwrap_or("Query"), needs_query(&document));
    let definitions = std::mem::take(&mut document.definitions);
    for definition in definitions {
        refuse_reserved_name(&definition, errors);
        let kept = match definition {
            Definition::DirectiveDefinition(directive) => {
                keep_directive(directive, links, &support, errors).map(Definition::DirectiveDefinition)
            }
            definition if is_federation_type(&definition, &federation_types, errors) => None,
            definition if is_namespaced_scalar(&definition, links) => None,
            definition => without_protocol_fields(definition, query.as_deref().unwrap_or("Query")),
        };
        document.definitions.extend(kept);
    }
    let defined = document
        .definitions
        .iter()
        .filter(|definition| !definition.is_extension_definition())
        .filter_map(|definition| definition.name().map(ToString::to_string))
        .collect();
    Prepared { document, support, defined, federation_types }
}

/// Names of introspection belong to GraphQL, extended or not.
fn refuse_reserved_name(definition: &Definition, errors: &mut Vec<LinkError>) {
    if let Some(name) = definition.name().filter(|name| name.starts_with("__")) {
        let message = format!("the name \"{name}\" is reserved for introspection");
        errors.push((code::INVALID_GRAPHQL, message, name.location()));
    }
}

/// The name of the query root when a `schema` definition or extension gives one.
fn query_root(document: &Document) -> Option<String> {
    root_operations(document).find(|root| root.0 == OperationType::Query).map(|root| root.1.to_string())
}

/// Whether a schema definition lists roots but no query.
fn needs_query(document: &Document) -> bool {
    root_operations(document).next().is_some() && query_root(document).is_none()
}

fn root_operations(
    document: &Document,
) -> impl Iterator<Item = &Node<(OperationType, apollo_compiler::Name)>> {
    document.definitions.iter().flat_map(|definition| match definition {
        Definition::SchemaDefinition(schema) => schema.root_operations.iter(),
        Definition::SchemaExtension(schema) => schema.root_operations.iter(),
        _ => [].iter(),
    })
}

fn support_document(links: &Links, query: &str, needs_query: bool) -> Document {
    let mut text = format!(
        "directive @{0}(url: String, as: String, for: {0}__Purpose, import: [{0}__Import]) repeatable on SCHEMA\n\
         directive @oneOf on INPUT_OBJECT\n\
         enum {0}__Purpose {{ SECURITY EXECUTION }}\n\
         scalar {0}__Import\n\
         extend type {query} {{ {PLACEHOLDER}: String }}\n",
        links.link
    );
    if needs_query {
        text.push_str("extend schema { query: Query }\n");
    }
    for local in links.types.values() {
        let _ = writeln!(text, "scalar {local}");
    }
    for (local, known) in &links.directives {
        let _ = writeln!(text, "directive @{local}{}", definition(known, links));
    }
    // The text is ours but for the names, which were names where they came from or make no document at all.
    Parser::new().parse_ast(text, "federation").unwrap_or_else(|error| error.partial)
}

/// Arguments and locations of a directive, with the local names of federation's types.
fn definition(known: &Known, links: &Links) -> String {
    let mut text = format!(" {}", known.definition);
    for (name, local) in &links.types {
        text = text.replace(&format!("{name}!"), &format!("{local}!"));
        text = text.replace(&format!(": {name})"), &format!(": {local})"));
    }
    text
}

fn keep_directive(
    directive: Node<DirectiveDefinition>,
    links: &Links,
    support: &Document,
    errors: &mut Vec<LinkError>,
) -> Option<Node<DirectiveDefinition>> {
    let name = directive.name.as_str();
    if name == links.link || BUILT_IN_DIRECTIVES.contains(&name) {
        return None;
    }
    let ours = support
        .definitions
        .iter()
        .filter_map(Definition::as_directive_definition)
        .find(|ours| ours.name == directive.name);
    let Some(ours) = ours else { return Some(directive) };
    if let Some(problem) = definition_problem(&directive, ours) {
        let message = format!("the definition of @{name} does not follow its specification: {problem}");
        errors.push((code::DIRECTIVE_DEFINITION_INVALID, message, directive.name.location()));
    }
    None
}

fn definition_problem(theirs: &DirectiveDefinition, ours: &DirectiveDefinition) -> Option<String> {
    if let Some(location) = theirs.locations.iter().find(|location| !ours.locations.contains(location)) {
        return Some(format!("it cannot be used on {location}"));
    }
    for argument in &theirs.arguments {
        let Some(expected) = ours.argument_by_name(&argument.name) else {
            return Some(format!("it has no argument \"{}\"", argument.name));
        };
        let same_shape = argument.ty.is_list() == expected.ty.is_list()
            && same_type(argument.ty.inner_named_type(), expected.ty.inner_named_type());
        if !same_shape {
            return Some(format!("its argument \"{}\" is of type {}", argument.name, expected.ty));
        }
    }
    ours.arguments
        .iter()
        .find(|expected| expected.is_required() && theirs.argument_by_name(&expected.name).is_none())
        .map(|missing| format!("its argument \"{}\" is missing", missing.name))
}

/// Federation's own scalars go by several names, and may be plain strings.
fn same_type(theirs: &str, expected: &str) -> bool {
    let bare = |name: &str| name.rsplit('_').next().unwrap_or_default().to_owned();
    let built_in = BUILT_IN_SCALARS.contains(&expected);
    theirs == expected || (!built_in && (theirs == "String" || bare(theirs) == bare(expected)))
}

fn is_federation_type(
    definition: &Definition,
    types: &BTreeSet<String>,
    errors: &mut Vec<LinkError>,
) -> bool {
    let Some(name) = definition.name() else { return false };
    let scalar =
        matches!(definition, Definition::ScalarTypeDefinition(_) | Definition::ScalarTypeExtension(_));
    if scalar && BUILT_IN_SCALARS.contains(&name.as_str()) {
        return true;
    }
    if !types.contains(name.as_str()) || definition.is_executable_definition() {
        return false;
    }
    let expected = match name.as_str() {
        "_Entity" => {
            matches!(definition, Definition::UnionTypeDefinition(_) | Definition::UnionTypeExtension(_))
        }
        "_Service" => {
            matches!(definition, Definition::ObjectTypeDefinition(_) | Definition::ObjectTypeExtension(_))
        }
        name if name.ends_with("__Purpose") => matches!(definition, Definition::EnumTypeDefinition(_)),
        _ => scalar,
    };
    if !expected {
        let message = format!("the definition of type \"{name}\" does not follow its specification");
        errors.push((code::TYPE_DEFINITION_INVALID, message, name.location()));
    }
    true
}

/// Scalars that linked specifications define for their own directives.
fn is_namespaced_scalar(definition: &Definition, links: &Links) -> bool {
    let Definition::ScalarTypeDefinition(scalar) = definition else { return false };
    let own = |name: &str| links.features.iter().any(|feature| feature.is_known() && feature.owns(name));
    own(&scalar.name)
}

/// The query root without `_service` and `_entities`; nothing when nothing else was in it.
fn without_protocol_fields(definition: Definition, query: &str) -> Option<Definition> {
    let own = |fields: &mut Vec<Node<FieldDefinition>>| {
        let before = fields.len();
        fields.retain(|field| !PROTOCOL_FIELDS.contains(&field.name.as_str()));
        !fields.is_empty() || before == 0
    };
    match definition {
        Definition::ObjectTypeDefinition(mut ty) if ty.name == query => {
            let object: &mut ObjectTypeDefinition = ty.make_mut();
            own(&mut object.fields).then_some(Definition::ObjectTypeDefinition(ty))
        }
        Definition::ObjectTypeExtension(mut ty) if ty.name == query => {
            own(&mut ty.make_mut().fields).then_some(Definition::ObjectTypeExtension(ty))
        }
        other => Some(other),
    }
}
