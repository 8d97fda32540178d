//! Subgraph schemas as their servers execute them, to validate the documents of a plan against.

use apollo_compiler::ast::{Definition, DirectiveList, Document, FieldDefinition};
use apollo_compiler::validation::Valid;
use apollo_compiler::{ExecutableDocument, Node, Schema};
use federation::compose::SubgraphSdl;
use federation::plan::Plan;
use std::collections::{BTreeSet, HashMap};
use std::fmt::Write as _;

/// The documents of a plan that their subgraphs would refuse: number of the fetch, and why.
pub(crate) fn invalid_documents(plan: &Plan, subgraphs: &[SubgraphSdl]) -> Vec<(usize, String)> {
    let schemas: HashMap<&str, Valid<Schema>> =
        subgraphs.iter().map(|subgraph| (subgraph.name.as_str(), executable(&subgraph.sdl))).collect();
    let mut invalid = Vec::new();
    for (number, fetch) in plan.fetches.iter().enumerate() {
        let schema = &schemas[plan.subgraph(fetch.subgraph)];
        if let Err(errors) = ExecutableDocument::parse_and_validate(schema, &fetch.document, "fetch.graphql")
        {
            invalid.push((number, format!("{}\n{}", errors.errors, fetch.document)));
        }
    }
    invalid
}

/// The schema without federation's directives, with `_entities` where there are entities.
fn executable(sdl: &str) -> Valid<Schema> {
    let document = Document::parse(sdl, "subgraph.graphql").unwrap();
    let mut text = String::new();
    let mut entities = BTreeSet::new();
    for definition in &document.definitions {
        if let Some(definition) = stripped(definition.clone(), &mut entities) {
            let _ = writeln!(text, "{definition}");
        }
    }
    text.push_str("extend type Query { _service: String }\n");
    if !entities.is_empty() {
        let members = entities.into_iter().collect::<Vec<_>>().join(" | ");
        let _ = writeln!(text, "scalar _Any union _Entity = {members}");
        text.push_str("extend type Query { _entities(representations: [_Any!]!): [_Entity]! }\n");
    }
    let schema = Schema::builder().adopt_orphan_extensions().parse(text, "executable.graphql").build();
    let schema = schema.unwrap_or_else(|errors| panic!("{}", errors.errors));
    schema.validate().unwrap_or_else(|errors| panic!("{}", errors.errors))
}

fn stripped(definition: Definition, entities: &mut BTreeSet<String>) -> Option<Definition> {
    let mut definition = definition;
    match &mut definition {
        Definition::SchemaExtension(_) | Definition::DirectiveDefinition(_) => return None,
        Definition::SchemaDefinition(schema) if schema.root_operations.is_empty() => return None,
        Definition::SchemaDefinition(schema) => schema.make_mut().directives.0.clear(),
        Definition::ObjectTypeDefinition(ty) => {
            let ty = ty.make_mut();
            note_entity(&ty.name, &mut ty.directives, entities);
            strip_fields(&mut ty.fields);
        }
        Definition::ObjectTypeExtension(ty) => {
            let ty = ty.make_mut();
            note_entity(&ty.name, &mut ty.directives, entities);
            strip_fields(&mut ty.fields);
        }
        Definition::InterfaceTypeDefinition(ty) => {
            let ty = ty.make_mut();
            ty.directives.0.clear();
            strip_fields(&mut ty.fields);
        }
        Definition::UnionTypeDefinition(ty) => ty.make_mut().directives.0.clear(),
        Definition::EnumTypeDefinition(ty) => {
            let ty = ty.make_mut();
            ty.directives.0.clear();
            ty.values.iter_mut().for_each(|value| value.make_mut().directives.0.clear());
        }
        Definition::ScalarTypeDefinition(ty) => ty.make_mut().directives.0.clear(),
        Definition::InputObjectTypeDefinition(ty) => {
            let ty = ty.make_mut();
            ty.directives.0.clear();
            ty.fields.iter_mut().for_each(|field| field.make_mut().directives.0.clear());
        }
        _ => {}
    }
    Some(definition)
}

fn note_entity(name: &str, directives: &mut DirectiveList, entities: &mut BTreeSet<String>) {
    if directives.has("key") {
        entities.insert(name.to_owned());
    }
    directives.0.clear();
}

fn strip_fields(fields: &mut [Node<FieldDefinition>]) {
    for field in fields {
        let field = field.make_mut();
        field.directives.0.clear();
        field.arguments.iter_mut().for_each(|argument| argument.make_mut().directives.0.clear());
    }
}
