//! Unions: every member that any subgraph knows.

use super::super::code;
use super::super::model::TypeDef;
use super::supergraph::{Graph, MergedType};
use super::{Merger, Sources};

impl<'a> Merger<'a> {
    /// Merges the members of a union.
    pub(super) fn union(&mut self, merged: &mut MergedType, types: &Sources<'a, TypeDef>) {
        for (graph, ty) in types {
            for member in ty.members.keys() {
                merged.members.entry(member.clone()).or_default().push(*graph);
            }
        }
        for (member, graphs) in merged.members.iter().filter(|(_, graphs)| graphs.len() < types.len()) {
            let without: Vec<&(Graph, &TypeDef)> =
                types.iter().filter(|(graph, _)| !graphs.contains(graph)).collect();
            let message = format!(
                "Union \"{}\" has member \"{member}\" in {} but not in {}",
                merged.name,
                self.names(graphs.iter().copied()),
                self.names(without.iter().map(|(graph, _)| *graph)),
            );
            let places = self.places(without.iter().map(|(graph, ty)| (*graph, ty.at)));
            self.report.hint(code::INCONSISTENT_UNION_MEMBER, message, places);
        }
    }
}
