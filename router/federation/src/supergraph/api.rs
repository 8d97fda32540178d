//! What clients see of a supergraph: everything that belongs to federation or is `@inaccessible` taken away.

use super::SupergraphError;
use apollo_compiler::ast::{DirectiveList as AstDirectives, DirectiveLocation, InputValueDefinition};
use apollo_compiler::collections::HashSet;
use apollo_compiler::schema::{DirectiveList, ExtendedType};
use apollo_compiler::validation::Valid;
use apollo_compiler::{Name, Node, Schema};

/// Directives of the GraphQL specification that may stay on definitions.
const KEPT: [&str; 3] = ["deprecated", "specifiedBy", "oneOf"];

/// The API schema of a supergraph.
pub(super) fn api_schema(supergraph: &Schema) -> Result<Valid<Schema>, SupergraphError> {
    let features = Features::of(supergraph);
    let mut schema = supergraph.clone();
    let hidden = hidden_types(&schema, &features);
    schema.types.retain(|name, _| !hidden.contains(name));
    schema.directive_definitions.retain(|name, definition| {
        let kept = definition.is_built_in() || KEPT.contains(&name.as_str());
        kept || (!features.owns(name) && definition.locations.iter().any(is_executable))
    });
    for definition in schema.directive_definitions.values_mut() {
        if !definition.is_built_in() {
            clean_arguments(&mut definition.make_mut().arguments, &features);
        }
    }
    let root = schema.schema_definition.make_mut();
    root.directives = DirectiveList::new();
    for slot in [&mut root.mutation, &mut root.subscription] {
        if slot.as_ref().is_some_and(|name| hidden.contains(&name.name)) {
            *slot = None;
        }
    }
    for definition in schema.types.values_mut().filter(|definition| !definition.is_built_in()) {
        clean_type(definition, &features, &hidden);
    }
    schema.validate().map_err(|errors| SupergraphError::Api(errors.errors.to_string()))
}

fn is_executable(location: &DirectiveLocation) -> bool {
    use DirectiveLocation as L;
    matches!(
        location,
        L::Query
            | L::Mutation
            | L::Subscription
            | L::Field
            | L::FragmentDefinition
            | L::FragmentSpread
            | L::InlineFragment
            | L::VariableDefinition
    )
}

/// The names under which a supergraph links the features that planning and hiding need.
pub(super) struct Features {
    prefixes: Vec<String>,
    /// Name of `@inaccessible` here.
    pub(super) inaccessible: String,
    /// Prefix of the join directives here.
    pub(super) join: String,
}

impl Features {
    /// Reads the `@link` (or `@core`) directives of the schema definition.
    pub(super) fn of(schema: &Schema) -> Self {
        let mut features = Self {
            prefixes: vec!["link".into(), "core".into()],
            inaccessible: "inaccessible".into(),
            join: "join".into(),
        };
        for directive in schema.schema_definition.directives.iter() {
            let url =
                ["url", "feature"].iter().find_map(|arg| directive.specified_argument_by_name(arg)?.as_str());
            let Some(name) = url.and_then(feature_name) else { continue };
            let alias = directive.specified_argument_by_name("as").and_then(|value| value.as_str());
            let prefix = alias.unwrap_or(name);
            if name == "inaccessible" {
                features.inaccessible = prefix.to_owned();
            }
            if name == "join" {
                features.join = prefix.to_owned();
            }
            features.prefixes.push(prefix.to_owned());
        }
        features
    }

    /// Whether a directive or type of this name belongs to a linked feature.
    fn owns(&self, name: &str) -> bool {
        self.prefixes.iter().any(|prefix| {
            name.strip_prefix(prefix.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with("__"))
        })
    }

    fn hides_component(&self, directives: &DirectiveList) -> bool {
        directives.has(&self.inaccessible)
    }

    fn hides(&self, directives: &AstDirectives) -> bool {
        directives.has(&self.inaccessible)
    }
}

/// `https://specs.apollo.dev/join/v0.3` → `join`.
fn feature_name(url: &str) -> Option<&str> {
    let mut parts = url.trim_end_matches('/').rsplit('/');
    let last = parts.next()?;
    let is_version = last.strip_prefix('v').is_some_and(|v| v.starts_with(|c: char| c.is_ascii_digit()));
    if is_version { parts.next() } else { Some(last) }
}

fn hidden_types(schema: &Schema, features: &Features) -> HashSet<Name> {
    schema
        .types
        .iter()
        .filter(|(name, definition)| {
            !definition.is_built_in()
                && (features.owns(name) || features.hides_component(definition.directives()))
        })
        .map(|(name, _)| name.clone())
        .collect()
}

fn clean_type(definition: &mut ExtendedType, features: &Features, hidden: &HashSet<Name>) {
    match definition {
        ExtendedType::Scalar(scalar) => keep_components(&mut scalar.make_mut().directives),
        ExtendedType::Object(object) => {
            let object = object.make_mut();
            keep_components(&mut object.directives);
            object.implements_interfaces.retain(|interface| !hidden.contains(&interface.name));
            clean_fields(&mut object.fields, features, hidden);
        }
        ExtendedType::Interface(interface) => {
            let interface = interface.make_mut();
            keep_components(&mut interface.directives);
            interface.implements_interfaces.retain(|parent| !hidden.contains(&parent.name));
            clean_fields(&mut interface.fields, features, hidden);
        }
        ExtendedType::Union(union) => {
            let union = union.make_mut();
            keep_components(&mut union.directives);
            union.members.retain(|member| !hidden.contains(&member.name));
        }
        ExtendedType::Enum(definition) => {
            let definition = definition.make_mut();
            keep_components(&mut definition.directives);
            definition.values.retain(|_, value| !features.hides(&value.directives));
            for value in definition.values.values_mut() {
                keep(&mut value.make_mut().directives);
            }
        }
        ExtendedType::InputObject(input) => {
            let input = input.make_mut();
            keep_components(&mut input.directives);
            input.fields.retain(|_, field| {
                !features.hides(&field.directives) && !hidden.contains(field.ty.inner_named_type())
            });
            for field in input.fields.values_mut() {
                keep(&mut field.make_mut().directives);
            }
        }
    }
}

type Fields = apollo_compiler::collections::IndexMap<
    Name,
    apollo_compiler::schema::Component<apollo_compiler::ast::FieldDefinition>,
>;

fn clean_fields(fields: &mut Fields, features: &Features, hidden: &HashSet<Name>) {
    fields.retain(|_, field| {
        !features.hides(&field.directives) && !hidden.contains(field.ty.inner_named_type())
    });
    for field in fields.values_mut() {
        let field = field.make_mut();
        keep(&mut field.directives);
        clean_arguments(&mut field.arguments, features);
    }
}

fn clean_arguments(arguments: &mut Vec<Node<InputValueDefinition>>, features: &Features) {
    arguments.retain(|argument| !features.hides(&argument.directives));
    for argument in arguments {
        keep(&mut argument.make_mut().directives);
    }
}

fn keep(directives: &mut AstDirectives) {
    directives.0.retain(|directive| KEPT.contains(&directive.name.as_str()));
}

fn keep_components(directives: &mut DirectiveList) {
    directives.0.retain(|directive| KEPT.contains(&directive.name.as_str()));
}
