//! Definitions of directives: executable ones that all subgraphs share, and those that `@composeDirective` names.

use apollo_compiler::ast::{DirectiveDefinition, DirectiveLocation, InputValueDefinition};
use apollo_compiler::{Name, Node};
use indexmap::IndexMap;
use rustc_hash::FxHashSet;

use super::super::code;
use super::super::model::{ComposedDirective, Subgraph};
use super::Merger;
use super::supergraph::{ComposedFeature, Graph, Supergraph};

type Definitions<'a> = Vec<(Graph, &'a Node<DirectiveDefinition>)>;

/// Composed directives that may be applied more than once.
pub(super) fn repeatable(subgraphs: &[Subgraph]) -> FxHashSet<Name> {
    subgraphs
        .iter()
        .flat_map(|subgraph| {
            let composed = subgraph.composed.iter().filter_map(|one| subgraph.directives.get(&one.name));
            composed.filter(|definition| definition.repeatable).map(|definition| definition.name.clone())
        })
        .collect()
}

/// Names that the supergraph uses for its own directives.
const RESERVED: &[&str] =
    &["link", "tag", "inaccessible", "authenticated", "requiresScopes", "policy", "cost", "listSize"];

impl<'a> Merger<'a> {
    /// Adds all directive definitions to the supergraph.
    pub(super) fn definitions(&mut self, supergraph: &mut Supergraph) {
        self.composed_definitions(supergraph);
        let mut names: IndexMap<&'a Name, Definitions<'a>> = IndexMap::new();
        let subgraphs: &'a [Subgraph] = self.subgraphs;
        for (graph, subgraph) in subgraphs.iter().enumerate() {
            for (name, definition) in &subgraph.directives {
                let composed = supergraph.directives.iter().any(|other| other.name == *name);
                if !composed && definition.locations.iter().any(|location| is_executable(*location)) {
                    names.entry(name).or_default().push((graph, definition));
                }
            }
        }
        for (name, definitions) in names {
            supergraph.directives.extend(self.executable(name, &definitions));
        }
    }

    /// An executable directive exists for clients only where every subgraph understands it.
    fn executable(
        &mut self,
        name: &Name,
        definitions: &Definitions<'a>,
    ) -> Option<Node<DirectiveDefinition>> {
        let places = self.places(definitions.iter().map(|(graph, it)| (*graph, it.name.location())));
        if definitions.len() < self.subgraphs.len() {
            let message = format!(
                "Executable directive \"@{name}\" is left out: it is only in {}",
                self.names(definitions.iter().map(|(graph, _)| *graph))
            );
            self.report.hint(code::INCONSISTENT_EXECUTABLE_DIRECTIVE_PRESENCE, message, places);
            return None;
        }
        let first = definitions[0].1;
        let common = |location: &DirectiveLocation| {
            is_executable(*location)
                && definitions.iter().all(|(_, other)| other.locations.contains(location))
        };
        let locations: Vec<DirectiveLocation> = first.locations.iter().copied().filter(common).collect();
        if locations.is_empty() {
            let message =
                format!("Executable directive \"@{name}\" is left out: subgraphs have no common location");
            self.report.hint(code::NO_EXECUTABLE_DIRECTIVE_LOCATIONS_INTERSECTION, message, places);
            return None;
        }
        let executable = |definition: &DirectiveDefinition| {
            definition.locations.iter().filter(|location| is_executable(**location)).count()
        };
        if definitions.iter().any(|(_, other)| executable(other) != locations.len()) {
            let message = format!(
                "Executable directive \"@{name}\" has different locations: the common ones are taken"
            );
            self.report.hint(code::INCONSISTENT_EXECUTABLE_DIRECTIVE_LOCATIONS, message, places.clone());
        }
        let repeatable = definitions.iter().all(|(_, other)| other.repeatable);
        if !repeatable && definitions.iter().any(|(_, other)| other.repeatable) {
            let message =
                format!("Executable directive \"@{name}\" is not repeatable everywhere, so it is not");
            self.report.hint(code::INCONSISTENT_EXECUTABLE_DIRECTIVE_REPEATABLE, message, places);
        }
        Some(Node::new(DirectiveDefinition {
            description: definitions.iter().find_map(|(_, other)| other.description.clone()),
            name: name.clone(),
            arguments: self.directive_arguments(name, definitions),
            repeatable,
            locations,
        }))
    }

    fn directive_arguments(
        &mut self,
        name: &Name,
        definitions: &Definitions<'a>,
    ) -> Vec<Node<InputValueDefinition>> {
        let mut arguments: IndexMap<&Name, Vec<(Graph, &Node<InputValueDefinition>)>> = IndexMap::new();
        for (graph, definition) in definitions {
            for argument in &definition.arguments {
                arguments.entry(&argument.name).or_default().push((*graph, argument));
            }
        }
        let mut merged = Vec::new();
        for (argument, sources) in arguments {
            let coordinate = format!("@{name}({argument}:)");
            let places = self.places(sources.iter().map(|(graph, it)| (*graph, it.name.location())));
            if sources.len() < definitions.len() {
                let (code, fate) = if sources.iter().any(|(_, it)| it.is_required()) {
                    (code::REQUIRED_ARGUMENT_MISSING_IN_SOME_SUBGRAPH, "is required in some subgraphs only")
                } else {
                    (code::INCONSISTENT_ARGUMENT_PRESENCE, "is left out: not all subgraphs have it")
                };
                let message = format!("Argument \"{coordinate}\" {fate}");
                if code == code::REQUIRED_ARGUMENT_MISSING_IN_SOME_SUBGRAPH {
                    self.report.error(code, message, places);
                } else {
                    self.report.hint(code, message, places);
                }
                continue;
            }
            let first = sources[0].1;
            let ty = self.input_type(sources.iter().map(|(_, it)| &*it.ty));
            if let Some(super::type_refs::MergedRef::Incompatible(_)) = &ty {
                let message = format!("Type of argument \"{coordinate}\" is incompatible across subgraphs");
                self.report.error(code::FIELD_ARGUMENT_TYPE_MISMATCH, message, places.clone());
            }
            if sources.iter().any(|(_, it)| it.default_value != first.default_value) {
                let message = format!("Default of argument \"{coordinate}\" differs across subgraphs");
                self.report.error(code::FIELD_ARGUMENT_DEFAULT_MISMATCH, message, places);
            }
            let mut argument = (**first).clone();
            if let Some(ty) = ty {
                argument.ty = Node::new(ty.into_parts().0);
            }
            merged.push(Node::new(argument));
        }
        merged
    }

    /// Directives that are composed: the newest definition counts, and all must mean the same by a name.
    fn composed_definitions(&mut self, supergraph: &mut Supergraph) {
        let mut names: IndexMap<&'a Name, Vec<(Graph, &'a ComposedDirective)>> = IndexMap::new();
        let subgraphs: &'a [Subgraph] = self.subgraphs;
        for (graph, subgraph) in subgraphs.iter().enumerate() {
            for composed in &subgraph.composed {
                names.entry(&composed.name).or_default().push((graph, composed));
            }
        }
        for (name, sources) in names {
            if let Some(problem) = self.composition_problem(name, &sources) {
                let places = self.places(sources.iter().map(|(graph, composed)| (*graph, composed.at)));
                self.report.error(code::DIRECTIVE_COMPOSITION_ERROR, problem, places);
                continue;
            }
            let Some((graph, newest)) = sources.iter().max_by_key(|(_, composed)| composed.version) else {
                continue;
            };
            supergraph.directives.extend(subgraphs[*graph].directives.get(name).cloned());
            let import = (newest.original.clone(), name.to_string());
            match supergraph.features.iter_mut().find(|feature| feature.identity == newest.identity) {
                Some(feature) => {
                    feature.version = feature.version.max(newest.version);
                    feature.imports.push(import);
                }
                None => supergraph.features.push(ComposedFeature {
                    identity: newest.identity.clone(),
                    version: newest.version,
                    imports: vec![import],
                }),
            }
        }
    }

    fn composition_problem(
        &mut self,
        name: &Name,
        sources: &[(Graph, &ComposedDirective)],
    ) -> Option<String> {
        let first = sources[0].1;
        if RESERVED.contains(&name.as_str()) {
            return Some(format!(
                "Composed directive \"@{name}\" has a name that the supergraph uses itself"
            ));
        }
        if sources
            .iter()
            .any(|(_, other)| other.identity != first.identity || other.original != first.original)
        {
            return Some(format!(
                "Composed directive \"@{name}\" comes from different specifications in different subgraphs"
            ));
        }
        let same_feature = |other: &&ComposedDirective| other.identity == first.identity;
        let mut feature = self.subgraphs.iter().flat_map(|subgraph| &subgraph.composed).filter(same_feature);
        if feature.any(|other| other.version.0 != first.version.0) {
            return Some(format!(
                "The specification of composed directive \"@{name}\" is linked in different major versions"
            ));
        }
        let renamed = self.subgraphs.iter().flat_map(|subgraph| &subgraph.composed).find(|other| {
            other.identity == first.identity && other.original == first.original && other.name != first.name
        });
        if let Some(other) = renamed {
            return Some(format!(
                "Composed directive \"@{name}\" is called \"@{}\" in another subgraph",
                other.name
            ));
        }
        if sources.iter().any(|(_, other)| other.version != first.version) {
            let message =
                format!("Composed directive \"@{name}\" is linked in several versions: the newest is taken");
            let places = self.places(sources.iter().map(|(graph, composed)| (*graph, composed.at)));
            self.report.hint(code::DIRECTIVE_COMPOSITION_INFO, message, places);
        }
        self.warn_of_other_names(first);
        None
    }
}

fn is_executable(location: DirectiveLocation) -> bool {
    matches!(
        location,
        DirectiveLocation::Query
            | DirectiveLocation::Mutation
            | DirectiveLocation::Subscription
            | DirectiveLocation::Field
            | DirectiveLocation::FragmentDefinition
            | DirectiveLocation::FragmentSpread
            | DirectiveLocation::InlineFragment
            | DirectiveLocation::VariableDefinition
    )
}
