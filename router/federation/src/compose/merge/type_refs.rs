//! Types that differ between subgraphs: is one of them good for all?

use apollo_compiler::Name;
use apollo_compiler::ast::Type;
use rustc_hash::{FxHashMap, FxHashSet};

use super::super::model::Subgraph;
use super::Merger;
use super::supergraph::Graph;

/// What merging the types of one element gives.
pub(super) enum MergedRef {
    /// The same type everywhere.
    Equal(Type),
    /// This one is good for all: the most general one of outputs, the most special one of inputs.
    Compatible(Type),
    /// There is none; the first one stands in.
    Incompatible(Type),
}

impl MergedRef {
    /// The type, and whether it is the same everywhere.
    pub(super) fn into_parts(self) -> (Type, bool) {
        match self {
            Self::Equal(ty) => (ty, true),
            Self::Compatible(ty) | Self::Incompatible(ty) => (ty, false),
        }
    }
}

/// Everything that is one of each abstract type, in any subgraph.
pub(super) fn subtypes(subgraphs: &[Subgraph]) -> FxHashMap<Name, FxHashSet<Name>> {
    let mut out: FxHashMap<Name, FxHashSet<Name>> = FxHashMap::default();
    for ty in subgraphs.iter().flat_map(|subgraph| subgraph.types.values()) {
        for interface in ty.implements.keys() {
            out.entry(interface.clone()).or_default().insert(ty.name.clone());
        }
        for member in ty.members.keys() {
            out.entry(ty.name.clone()).or_default().insert(member.clone());
        }
    }
    out
}

impl Merger<'_> {
    /// Merges types in output position: the most general one wins.
    pub(super) fn output_type<'t>(&self, types: impl IntoIterator<Item = &'t Type>) -> Option<MergedRef> {
        self.merge_types(types, false)
    }

    /// Merges types in input position: the most special one wins.
    pub(super) fn input_type<'t>(&self, types: impl IntoIterator<Item = &'t Type>) -> Option<MergedRef> {
        self.merge_types(types, true)
    }

    fn merge_types<'t>(&self, types: impl IntoIterator<Item = &'t Type>, input: bool) -> Option<MergedRef> {
        let mut types = types.into_iter();
        let mut merged = types.next()?;
        let mut equal = true;
        let mut compatible = true;
        for ty in types {
            if ty == merged {
                continue;
            }
            equal = false;
            let (special, general) = if self.is_subtype(ty, merged) {
                (ty, merged)
            } else if self.is_subtype(merged, ty) {
                (merged, ty)
            } else {
                compatible = false;
                continue;
            };
            merged = if input { special } else { general };
        }
        let merged = merged.clone();
        Some(match (equal, compatible) {
            (true, _) => MergedRef::Equal(merged),
            (false, true) => MergedRef::Compatible(merged),
            (false, false) => MergedRef::Incompatible(merged),
        })
    }

    /// Whether every value of `a` is a value of `b`.
    pub(super) fn is_subtype(&self, a: &Type, b: &Type) -> bool {
        match (a, b) {
            (Type::Named(a) | Type::NonNullNamed(a), Type::Named(b))
            | (Type::NonNullNamed(a), Type::NonNullNamed(b)) => {
                a == b || self.subtypes.get(b).is_some_and(|types| types.contains(a))
            }
            (Type::List(a) | Type::NonNullList(a), Type::List(b))
            | (Type::NonNullList(a), Type::NonNullList(b)) => self.is_subtype(a, b),
            _ => false,
        }
    }

    /// `type "Int" in subgraph "a" but type "Int!" in subgraph "b"`.
    pub(super) fn describe_types<'t>(&self, types: impl IntoIterator<Item = (Graph, &'t Type)>) -> String {
        let mut groups: indexmap::IndexMap<String, Vec<Graph>> = indexmap::IndexMap::new();
        for (graph, ty) in types {
            groups.entry(ty.to_string()).or_default().push(graph);
        }
        let groups: Vec<String> = groups
            .into_iter()
            .map(|(ty, graphs)| format!("type \"{ty}\" in {}", self.names(graphs)))
            .collect();
        groups.join(" but ")
    }
}
