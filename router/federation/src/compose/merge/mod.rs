//! Merging: the models of all subgraphs become one schema that says who has what.
//!
//! Types are merged kind by kind: what subgraphs return is the union of what they know (object fields, union members,
//! output enums), what they accept is the intersection (input fields, arguments, input enums).

pub(super) mod access;
mod applied;
mod arguments;
mod definitions;
mod enums;
mod fields;
mod import_names;
mod inputs;
mod interface_objects;
mod overrides;
mod shareability;
pub(super) mod supergraph;
mod type_refs;
mod unions;

use apollo_compiler::Name;
use indexmap::IndexMap;
use rustc_hash::{FxHashMap, FxHashSet};

use super::code;
use super::model::{At, Kind, Subgraph, TypeDef};
use super::report::{Location, Report, quoted};
use supergraph::{Graph, MergedType, Supergraph, TypeJoin};

/// The same element in several subgraphs.
type Sources<'a, T> = Vec<(Graph, &'a T)>;

/// What merging steps share.
struct Merger<'a> {
    subgraphs: &'a [Subgraph],
    report: &'a mut Report,
    /// Abstract type → everything that is one, in any subgraph.
    subtypes: FxHashMap<Name, FxHashSet<Name>>,
    /// Composed directives that may be applied more than once.
    repeatable: FxHashSet<Name>,
}

/// Merges all subgraphs.
pub(super) fn merge(subgraphs: &[Subgraph], report: &mut Report) -> Supergraph {
    let mut merger = Merger {
        subgraphs,
        report,
        subtypes: type_refs::subtypes(subgraphs),
        repeatable: definitions::repeatable(subgraphs),
    };
    let mut supergraph = Supergraph::default();
    merger.import_names();
    merger.schema(&mut supergraph);
    merger.definitions(&mut supergraph);
    let sources = merger.types();
    for (name, sources) in &sources {
        if sources[0].1.merged_kind() != Kind::Enum {
            let merged = merger.ty(name, sources);
            supergraph.types.insert(name.clone(), merged);
        }
    }
    merger.enums(&sources, &mut supergraph);
    merger.copy_interface_object_fields(&mut supergraph);
    supergraph.give_rules_to_interfaces();
    merger.check_queries(&mut supergraph);
    supergraph
}

impl<'a> Merger<'a> {
    /// Every type with its subgraphs; types whose kinds differ are reported and left out.
    fn types(&mut self) -> IndexMap<Name, Sources<'a, TypeDef>> {
        let subgraphs: &'a [Subgraph] = self.subgraphs;
        let mut types: IndexMap<Name, Sources<'a, TypeDef>> = IndexMap::new();
        for (graph, subgraph) in subgraphs.iter().enumerate() {
            for (name, ty) in &subgraph.types {
                types.entry(name.clone()).or_default().push((graph, ty));
            }
        }
        types.retain(|name, sources| {
            let same = sources.iter().all(|(_, ty)| ty.merged_kind() == sources[0].1.merged_kind());
            if !same {
                self.kind_mismatch(name, sources);
            }
            same
        });
        types
    }

    fn kind_mismatch(&mut self, name: &Name, sources: &Sources<'a, TypeDef>) {
        let kinds: Vec<String> = sources
            .iter()
            .map(|(graph, ty)| {
                let suffix = if ty.interface_object { " (as an @interfaceObject)" } else { "" };
                let kind = ty.merged_kind().describe();
                format!("{kind} Type{suffix} in subgraph \"{}\"", self.subgraphs[*graph].name)
            })
            .collect();
        let message = format!("Type \"{name}\" has mismatched kinds: it is {}", kinds.join(", "));
        let places = self.places(sources.iter().map(|(graph, ty)| (*graph, ty.at)));
        self.report.error(code::TYPE_KIND_MISMATCH, message, places);
    }

    fn ty(&mut self, name: &Name, sources: &Sources<'a, TypeDef>) -> MergedType {
        let mut merged = self.shell(name, sources);
        match merged.kind {
            Kind::Object | Kind::Interface => self.fields(&mut merged, sources),
            Kind::Union => self.union(&mut merged, sources),
            Kind::Input => self.input_object(&mut merged, sources),
            Kind::Scalar | Kind::Enum => {}
        }
        merged
    }

    /// A merged type with everything but its members.
    fn shell(&mut self, name: &Name, sources: &Sources<'a, TypeDef>) -> MergedType {
        let mut implements: IndexMap<Name, Vec<Graph>> = IndexMap::new();
        for (graph, ty) in sources {
            for interface in ty.implements.keys() {
                implements.entry(interface.clone()).or_default().push(*graph);
            }
        }
        let descriptions = sources.iter().map(|(graph, ty)| (*graph, ty.description.as_deref(), ty.at));
        self.hint_inconsistent_entity(name, sources);
        MergedType {
            name: name.clone(),
            kind: sources[0].1.merged_kind(),
            description: self.description(name, &format!("Type \"{name}\""), descriptions),
            joins: sources.iter().flat_map(|(graph, ty)| type_joins(*graph, ty)).collect(),
            implements,
            fields: IndexMap::new(),
            inputs: IndexMap::new(),
            members: IndexMap::new(),
            values: IndexMap::new(),
            applied: self.applied(
                &format!("type \"{name}\""),
                sources.iter().map(|(graph, ty)| (*graph, ty.applied.as_slice())),
            ),
        }
    }

    fn hint_inconsistent_entity(&mut self, name: &Name, sources: &Sources<'a, TypeDef>) {
        let (with, without): (Vec<_>, Vec<_>) = sources.iter().partition(|(_, ty)| ty.is_entity());
        if with.is_empty() || without.is_empty() {
            return;
        }
        let message = format!(
            "Type \"{name}\" has a @key in {} but none in {}",
            self.names(with.iter().map(|(graph, _)| *graph)),
            self.names(without.iter().map(|(graph, _)| *graph)),
        );
        let places = self.places(without.iter().map(|(graph, ty)| (*graph, ty.at)));
        self.report.hint(code::INCONSISTENT_ENTITY, message, places);
    }

    /// The most frequent description; of equally frequent ones that of the subgraph which knows most of type `owner`.
    fn description<'d>(
        &mut self,
        owner: &str,
        what: &str,
        sources: impl Iterator<Item = (Graph, Option<&'d str>, At)>,
    ) -> Option<String> {
        let mut sources: Vec<_> = sources.collect();
        let knows = |graph: Graph| self.subgraphs[graph].types.get(owner).map_or(0, |ty| ty.fields.len());
        sources.sort_by_key(|(graph, ..)| std::cmp::Reverse(knows(*graph)));
        let mut counts: IndexMap<&str, usize> = IndexMap::new();
        let mut places = Vec::new();
        for (graph, description, at) in sources {
            if let Some(text) = description.filter(|text| !text.trim().is_empty()) {
                *counts.entry(text).or_default() += 1;
                places.push((graph, at));
            }
        }
        if counts.len() > 1 {
            places.sort_by_key(|(graph, _): &(Graph, At)| *graph);
            let message =
                format!("{what} is described differently in {}", self.names(places.iter().map(|p| p.0)));
            let places = self.places(places);
            self.report.hint(code::INCONSISTENT_DESCRIPTION, message, places);
        }
        let most = counts.values().copied().max()?;
        counts.into_iter().find(|(_, count)| *count == most).map(|(text, _)| text.to_owned())
    }

    fn schema(&mut self, supergraph: &mut Supergraph) {
        let subgraphs = self.subgraphs;
        let descriptions = subgraphs
            .iter()
            .enumerate()
            .map(|(graph, subgraph)| (graph, subgraph.description.as_deref(), None));
        supergraph.description = self.description("Query", "The schema", descriptions);
        let applied =
            subgraphs.iter().enumerate().map(|(graph, subgraph)| (graph, subgraph.applied.as_slice()));
        supergraph.applied = self.applied("the schema", applied);
    }

    /// There must be something to ask for; root types without any field are dropped.
    fn check_queries(&mut self, supergraph: &mut Supergraph) {
        let empty = |name: &str| supergraph.types.get(name).is_none_or(|ty| ty.fields.is_empty());
        if empty("Query") {
            self.report.error(
                code::NO_QUERIES,
                "No subgraph has a query field: there is nothing to ask for",
                None,
            );
        }
        for root in ["Mutation", "Subscription"] {
            if supergraph.types.get(root).is_some_and(|ty| ty.fields.is_empty()) {
                supergraph.types.shift_remove(root);
            }
        }
    }

    /// Subgraph names as they read in a sentence.
    fn names(&self, graphs: impl IntoIterator<Item = Graph>) -> String {
        let names: Vec<&str> = graphs.into_iter().map(|graph| self.subgraphs[graph].name.as_str()).collect();
        let word = if names.len() == 1 { "subgraph" } else { "subgraphs" };
        format!("{word} {}", quoted(names))
    }

    fn places(&self, places: impl IntoIterator<Item = (Graph, At)>) -> Vec<Location> {
        places.into_iter().filter_map(|(graph, at)| self.subgraphs[graph].location(at)).collect()
    }
}

/// The type of a coordinate such as `Type.field(argument:)`.
fn owner(coordinate: &str) -> &str {
    coordinate.split('.').next().unwrap_or_default()
}

fn type_joins(graph: Graph, ty: &TypeDef) -> Vec<TypeJoin> {
    let plain = TypeJoin {
        graph,
        key: None,
        extension: false,
        resolvable: true,
        interface_object: ty.interface_object,
    };
    if ty.keys.is_empty() {
        return vec![plain];
    }
    ty.keys
        .iter()
        .map(|key| TypeJoin {
            key: Some(key.fields.set().to_string()),
            extension: key.extension,
            resolvable: key.resolvable,
            ..plain
        })
        .collect()
}
