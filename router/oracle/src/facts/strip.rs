//! Turns a subgraph's SDL into a schema that can be executed: all directives go, `_entities` comes.

use apollo_compiler::ast::{self, Definition, DirectiveList};
use apollo_compiler::validation::Valid;
use apollo_compiler::{Node, Schema};
use std::collections::BTreeMap;

/// The document's types, without directives, with the fields that federation adds to the query type.
pub(super) fn executable_schema(
    document: &ast::Document,
    roots: &BTreeMap<String, String>,
    entities: &[&String],
) -> Result<Valid<Schema>, String> {
    let query = roots.iter().find(|(_, canonical)| *canonical == "Query").map_or("Query", |(name, _)| name);
    let mut plain = ast::Document::new();
    plain.definitions = document.definitions.iter().filter(|d| is_own(d)).cloned().collect();
    for definition in &mut plain.definitions {
        strip(definition);
    }
    let mut extra = format!("extend type {query} {{ _service: _Service }} type _Service {{ sdl: String }} ");
    if !entities.is_empty() {
        let members = entities.iter().map(|name| name.as_str()).collect::<Vec<_>>().join(" | ");
        extra += &format!("scalar _Any union _Entity = {members} ");
        extra += &format!("extend type {query} {{ _entities(representations: [_Any!]!): [_Entity]! }}");
    }
    Schema::builder()
        .adopt_orphan_extensions()
        .ignore_builtin_redefinitions()
        .add_ast(&plain)
        .parse(extra, "federation")
        .build()
        .map_err(|error| error.errors.to_string())?
        .validate()
        .map_err(|error| error.errors.to_string())
}

/// Whether a definition is the subgraph's own and not the federation machinery that some servers print along.
fn is_own(definition: &Definition) -> bool {
    let machinery = |name: &str| {
        matches!(name, "_Any" | "_Entity" | "_Service" | "_FieldSet" | "FieldSet")
            || ["federation__", "link__", "join__"].iter().any(|prefix| name.starts_with(prefix))
    };
    match definition {
        Definition::DirectiveDefinition(_) => false,
        Definition::SchemaExtension(schema) => !schema.root_operations.is_empty(),
        Definition::SchemaDefinition(schema) => !schema.root_operations.is_empty(),
        other => !other.name().is_some_and(|name| machinery(name.as_str())),
    }
}

fn strip(definition: &mut Definition) {
    match definition {
        Definition::SchemaDefinition(t) => t.make_mut().directives.0.clear(),
        Definition::SchemaExtension(t) => t.make_mut().directives.0.clear(),
        Definition::ScalarTypeDefinition(t) => t.make_mut().directives.0.clear(),
        Definition::ScalarTypeExtension(t) => t.make_mut().directives.0.clear(),
        Definition::UnionTypeDefinition(t) => t.make_mut().directives.0.clear(),
        Definition::UnionTypeExtension(t) => t.make_mut().directives.0.clear(),
        Definition::ObjectTypeDefinition(t) => {
            let t = t.make_mut();
            fields(&mut t.directives, &mut t.fields);
        }
        Definition::ObjectTypeExtension(t) => {
            let t = t.make_mut();
            fields(&mut t.directives, &mut t.fields);
        }
        Definition::InterfaceTypeDefinition(t) => {
            let t = t.make_mut();
            fields(&mut t.directives, &mut t.fields);
        }
        Definition::InterfaceTypeExtension(t) => {
            let t = t.make_mut();
            fields(&mut t.directives, &mut t.fields);
        }
        Definition::EnumTypeDefinition(t) => {
            let t = t.make_mut();
            values(&mut t.directives, &mut t.values);
        }
        Definition::EnumTypeExtension(t) => {
            let t = t.make_mut();
            values(&mut t.directives, &mut t.values);
        }
        Definition::InputObjectTypeDefinition(t) => {
            let t = t.make_mut();
            inputs(&mut t.directives, &mut t.fields);
        }
        Definition::InputObjectTypeExtension(t) => {
            let t = t.make_mut();
            inputs(&mut t.directives, &mut t.fields);
        }
        _ => {}
    }
}

fn fields(directives: &mut DirectiveList, fields: &mut Vec<Node<ast::FieldDefinition>>) {
    directives.0.clear();
    fields.retain(|field| field.name != "_entities" && field.name != "_service");
    for field in fields {
        let field = field.make_mut();
        inputs(&mut field.directives, &mut field.arguments);
    }
}

fn values(directives: &mut DirectiveList, values: &mut [Node<ast::EnumValueDefinition>]) {
    directives.0.clear();
    for value in values {
        value.make_mut().directives.0.clear();
    }
}

fn inputs(directives: &mut DirectiveList, inputs: &mut [Node<ast::InputValueDefinition>]) {
    directives.0.clear();
    for input in inputs {
        input.make_mut().directives.0.clear();
    }
}
