//! A valid schema becomes the composer's model of a subgraph.

use apollo_compiler::ast::{self, Directive, Type};
use apollo_compiler::collections::IndexMap as SchemaMap;
use apollo_compiler::schema::{Component, ComponentOrigin, ExtendedType};
use apollo_compiler::validation::Valid;
use apollo_compiler::{Name, Node, Schema};
use indexmap::IndexMap;

use super::super::SubgraphSdl;
use super::super::code;
use super::super::model::{
    ComposedDirective, EnumValueDef, FieldDef, InputDef, Key, Kind, Override, Subgraph, TypeDef, Usage,
};
use super::super::report::Report;
use super::fields::{Meanings, fields_argument};
use super::link::{Links, string};
use super::prepare::{PLACEHOLDER, Prepared};

/// Converts one subgraph.
pub(super) struct Converter<'a> {
    schema: &'a Valid<Schema>,
    prepared: &'a Prepared,
    links: &'a Links,
    meanings: Meanings<'a>,
    /// Root types that are renamed to their default names.
    renamed: Vec<(Name, Name)>,
}

type Origin = (ComponentOrigin, super::super::model::At);

impl<'a> Converter<'a> {
    pub(super) fn new(schema: &'a Valid<Schema>, prepared: &'a Prepared, links: &'a Links) -> Self {
        let renamed = schema
            .schema_definition
            .iter_root_operations()
            .map(|(operation, name)| (name.name.clone(), operation.default_type_name()))
            .filter(|(from, to)| from != to)
            .collect();
        Self { schema, prepared, links, meanings: Meanings::new(links, None), renamed }
    }

    pub(super) fn convert(mut self, sdl: &SubgraphSdl, graph: String, report: &mut Report) -> Subgraph {
        let definition = &self.schema.schema_definition;
        let mut subgraph = Subgraph {
            name: sdl.name.clone(),
            url: sdl.url.clone(),
            file: sdl.file.clone(),
            graph,
            version: self.links.version,
            description: definition.description.as_ref().map(ToString::to_string),
            types: IndexMap::new(),
            directives: IndexMap::new(),
            composed: Vec::new(),
            imported: self.links.imported(),
            applied: Vec::new(),
            sources: self.schema.sources.clone(),
        };
        subgraph.composed = self.composed(&subgraph, report);
        self.meanings =
            Meanings::new(self.links, subgraph.composed.iter().map(|composed| composed.name.clone()));
        subgraph.applied =
            self.meanings.carried(definition.directives.iter().map(|directive| &directive.node));
        self.check_roots(&subgraph, report);
        for (name, definition) in &self.schema.directive_definitions {
            let own = !definition.is_built_in() && !self.links.directives.contains_key(name.as_str());
            if own && name.as_str() != self.links.link && name != "oneOf" {
                subgraph.directives.insert(name.clone(), definition.clone());
            }
        }
        for (name, ty) in &self.schema.types {
            if ty.is_built_in() || self.prepared.federation_types.contains(name.as_str()) {
                continue;
            }
            let ty = self.ty(ty);
            subgraph.types.insert(ty.name.clone(), ty);
        }
        subgraph
    }

    /// A root type by another name must leave the default name free.
    fn check_roots(&self, subgraph: &Subgraph, report: &mut Report) {
        for (operation, code) in [
            (ast::OperationType::Query, code::ROOT_QUERY_USED),
            (ast::OperationType::Mutation, code::ROOT_MUTATION_USED),
            (ast::OperationType::Subscription, code::ROOT_SUBSCRIPTION_USED),
        ] {
            let default = operation.default_type_name();
            let root = self.schema.root_operation(operation);
            let taken = self.schema.types.get(&default).filter(|_| root.is_some_and(|root| *root != default));
            if let (Some(taken), Some(root)) = (taken, root) {
                let message = format!(
                    "In subgraph \"{}\": type \"{default}\" has the name of the {} root, which is \"{root}\" here",
                    subgraph.name,
                    operation.name()
                );
                report.error(code, message, subgraph.location(taken.name().location()));
            }
        }
    }

    fn composed(&self, subgraph: &Subgraph, report: &mut Report) -> Vec<ComposedDirective> {
        let directives = self.schema.schema_definition.directives.iter().map(|directive| &directive.node);
        let mut composed = Vec::new();
        for directive in self.meanings.all(directives, "composeDirective") {
            let at = directive.location();
            let name = string(directive, "name").unwrap_or_default();
            match self.composed_one(name) {
                Ok(Some(one)) => composed.push(ComposedDirective { at, ..one }),
                Ok(None) => {}
                Err(problem) => {
                    let message = format!("In subgraph \"{}\": @composeDirective: {problem}", subgraph.name);
                    report.error(code::DIRECTIVE_COMPOSITION_ERROR, message, subgraph.location(at));
                }
            }
        }
        composed
    }

    /// What `@composeDirective(name:)` asks for; nothing for what is composed anyway.
    fn composed_one(&self, name: &str) -> Result<Option<ComposedDirective>, String> {
        let Some(local) = name.strip_prefix('@') else {
            return Err(format!("the name \"{name}\" must start with @"));
        };
        if self.links.directives.contains_key(local) {
            let carried =
                ["tag", "inaccessible", "authenticated", "requiresScopes", "policy", "cost", "listSize"];
            let known = self.links.directives[local].name;
            let problem = format!("\"@{local}\" is federation's own and cannot be composed");
            return if carried.contains(&known) { Ok(None) } else { Err(problem) };
        }
        let Some(definition) = self.schema.directive_definitions.get(local) else {
            return Err(format!("there is no directive \"@{local}\""));
        };
        if definition.is_built_in() {
            return Err(format!("\"@{local}\" is GraphQL's own and cannot be composed"));
        }
        let Some((feature, original)) = self.links.feature_of(local) else {
            return Err(format!("\"@{local}\" does not come from a specification that is linked"));
        };
        Ok(Some(ComposedDirective {
            name: definition.name.clone(),
            original,
            identity: feature.identity.clone(),
            version: feature.version,
            at: None,
        }))
    }

    fn rename(&self, name: &Name) -> Name {
        self.renamed.iter().find(|(from, _)| from == name).map_or_else(|| name.clone(), |(_, to)| to.clone())
    }

    fn rename_type(&self, ty: &Type) -> Type {
        if self.renamed.is_empty() {
            return ty.clone();
        }
        match ty {
            Type::Named(name) => Type::Named(self.rename(name)),
            Type::NonNullNamed(name) => Type::NonNullNamed(self.rename(name)),
            Type::List(inner) => Type::List(Box::new(self.rename_type(inner))),
            Type::NonNullList(inner) => Type::NonNullList(Box::new(self.rename_type(inner))),
        }
    }

    fn ty(&self, ty: &ExtendedType) -> TypeDef {
        let directives: Vec<&Component<Directive>> = ty.directives().iter().collect();
        let nodes = || directives.iter().map(|directive| &directive.node);
        let extends = !self.meanings.all(nodes(), "extends").is_empty();
        let mut out = TypeDef {
            name: self.rename(ty.name()),
            kind: Kind::Scalar,
            description: ty.description().map(ToString::to_string),
            at: ty.name().location(),
            only_extended: !self.prepared.defined.contains(ty.name().as_str()),
            extends,
            keys: Vec::new(),
            interface_object: !self.meanings.all(nodes(), "interfaceObject").is_empty(),
            shareable_again: Vec::new(),
            implements: IndexMap::new(),
            fields: IndexMap::new(),
            inputs: IndexMap::new(),
            members: IndexMap::new(),
            values: IndexMap::new(),
            applied: self.meanings.carried(nodes()),
        };
        let mut shareable: Vec<Origin> = Vec::new();
        let mut external: Vec<Origin> = Vec::new();
        for directive in &directives {
            match self.meanings.known(directive) {
                Some("key") => out.keys.push(key(directive, extends)),
                Some("shareable") => {
                    if shareable.iter().any(|(origin, _)| *origin == directive.origin) {
                        out.shareable_again.push(directive.location());
                    }
                    shareable.push((directive.origin.clone(), directive.location()));
                }
                Some("external") => external.push((directive.origin.clone(), directive.location())),
                _ => {}
            }
        }
        self.members(ty, &mut out, &shareable, &external);
        out
    }

    fn members(&self, ty: &ExtendedType, out: &mut TypeDef, shareable: &[Origin], external: &[Origin]) {
        match ty {
            ExtendedType::Scalar(_) => out.kind = Kind::Scalar,
            ExtendedType::Object(object) => {
                out.kind = Kind::Object;
                out.implements = names(&object.implements_interfaces);
                out.fields = self.fields(&object.fields, shareable, external);
            }
            ExtendedType::Interface(interface) => {
                out.kind = Kind::Interface;
                out.implements = names(&interface.implements_interfaces);
                out.fields = self.fields(&interface.fields, &[], &[]);
            }
            ExtendedType::Union(union) => {
                out.kind = Kind::Union;
                out.members = union
                    .members
                    .iter()
                    .map(|member| (self.rename(&member.name), member.location()))
                    .collect();
            }
            ExtendedType::Enum(definition) => {
                out.kind = Kind::Enum;
                out.values =
                    definition.values.iter().map(|(name, value)| (name.clone(), self.value(value))).collect();
            }
            ExtendedType::InputObject(input) => {
                out.kind = Kind::Input;
                out.inputs =
                    input.fields.iter().map(|(name, field)| (name.clone(), self.input(field))).collect();
            }
        }
    }

    fn fields(
        &self,
        fields: &SchemaMap<Name, Component<ast::FieldDefinition>>,
        shareable: &[Origin],
        external: &[Origin],
    ) -> IndexMap<Name, FieldDef> {
        let own = fields.iter().filter(|(name, _)| name.as_str() != PLACEHOLDER);
        own.map(|(name, field)| {
            let mut converted = self.field(field);
            converted.type_shareable = shareable.iter().any(|(origin, _)| *origin == field.origin);
            if converted.external.is_none() {
                converted.external =
                    external.iter().find(|(origin, _)| *origin == field.origin).map(|(_, at)| *at);
            }
            (name.clone(), converted)
        })
        .collect()
    }

    fn field(&self, field: &ast::FieldDefinition) -> FieldDef {
        let directives = || field.directives.0.iter();
        let first = |name: &str| self.meanings.all(directives(), name).first().copied();
        FieldDef {
            name: field.name.clone(),
            description: field.description.as_ref().map(ToString::to_string),
            at: field.name.location(),
            ty: self.rename_type(&field.ty),
            args: field.arguments.iter().map(|input| (input.name.clone(), self.input(input))).collect(),
            external: first("external").map(|directive| directive.location()),
            requires: first("requires").map(|directive| (fields_argument(directive), directive.location())),
            provides: first("provides").map(|directive| (fields_argument(directive), directive.location())),
            overrides: first("override").map(|directive| Override {
                from: string(directive, "from").unwrap_or_default().to_owned(),
                label: string(directive, "label").map(ToOwned::to_owned),
                at: directive.location(),
            }),
            shareable: self.meanings.all(directives(), "shareable").iter().map(|it| it.location()).collect(),
            type_shareable: false,
            applied: self.meanings.carried(directives()),
            usage: Usage::default(),
        }
    }

    fn input(&self, input: &ast::InputValueDefinition) -> InputDef {
        InputDef {
            name: input.name.clone(),
            description: input.description.as_ref().map(ToString::to_string),
            at: input.name.location(),
            ty: (*input.ty).clone(),
            default: input.default_value.clone(),
            applied: self.meanings.carried(input.directives.0.iter()),
        }
    }

    fn value(&self, value: &ast::EnumValueDefinition) -> EnumValueDef {
        EnumValueDef {
            description: value.description.as_ref().map(ToString::to_string),
            at: value.value.location(),
            applied: self.meanings.carried(value.directives.0.iter()),
        }
    }
}

fn names<'n>(
    names: impl IntoIterator<Item = &'n apollo_compiler::schema::ComponentName>,
) -> IndexMap<Name, super::super::model::At> {
    names.into_iter().map(|name| (name.name.clone(), name.location())).collect()
}

fn key(directive: &Component<Directive>, extends: bool) -> Key {
    let node: &Node<Directive> = &directive.node;
    let resolvable = node.specified_argument_by_name("resolvable").and_then(|value| value.to_bool());
    Key {
        fields: fields_argument(node),
        resolvable: resolvable.unwrap_or(true),
        extension: extends || directive.origin.extension_id().is_some(),
        at: node.location(),
    }
}
