//! Sharing: a field that several subgraphs resolve must be shareable in each of them.

use super::super::code;
use super::super::model::{FieldDef, TypeDef};
use super::fields::FieldSources;
use super::overrides::Overrides;
use super::supergraph::{Graph, MergedType};
use super::{Merger, Sources};

impl<'a> Merger<'a> {
    /// Reports a field that is resolved by several subgraphs but not shareable in all of them.
    pub(super) fn check_sharing(&mut self, sources: &FieldSources<'a, '_>, overrides: &Overrides) {
        let resolvers: Vec<(Graph, &FieldDef)> = sources
            .all
            .iter()
            .copied()
            .filter(|(graph, field)| !overrides.is_taken(*graph) && !field.is_fully_external())
            .chain(sources.through_interface_objects.iter().map(|(graph, _, field)| (*graph, *field)))
            .collect();
        let (shared, alone): (Vec<_>, Vec<_>) =
            resolvers.iter().copied().partition(|(_, field)| field.is_shareable());
        if alone.is_empty() || resolvers.len() < 2 || overrides.refused {
            return;
        }
        let which = if shared.is_empty() {
            "in all of them".to_owned()
        } else {
            format!("in {}", self.names(alone.iter().map(|(graph, _)| *graph)))
        };
        let through: Vec<String> = sources
            .through_interface_objects
            .iter()
            .map(|(_, ty, _)| format!(" (through @interfaceObject \"{}\")", ty.name))
            .collect();
        let message = format!(
            "Non-shareable field \"{}\" is resolved by multiple subgraphs: it is resolved by {}{} and not shareable {which}",
            sources.coordinate,
            self.names(resolvers.iter().map(|(graph, _)| *graph)),
            through.concat(),
        );
        let places = self.places(resolvers.iter().map(|(graph, field)| (*graph, field.at)));
        self.report.error(code::INVALID_FIELD_SHARING, message, places);
    }

    /// Subgraphs without the type that have the field on an interface object of one of its interfaces.
    pub(super) fn through_interface_objects(
        &self,
        merged: &MergedType,
        types: &Sources<'a, TypeDef>,
        field: &str,
    ) -> Vec<(Graph, &'a TypeDef, &'a FieldDef)> {
        let subgraphs: &'a [super::super::model::Subgraph] = self.subgraphs;
        let without = |graph: &Graph| !types.iter().any(|(with, _)| with == graph);
        let mut out = Vec::new();
        for (graph, subgraph) in subgraphs.iter().enumerate().filter(|(graph, _)| without(graph)) {
            let objects = merged.implements.keys().filter_map(|interface| subgraph.types.get(interface));
            for object in objects.filter(|object| object.interface_object) {
                let field = object.fields.get(field).filter(|field| !field.is_fully_external());
                out.extend(field.map(|field| (graph, object, field)));
            }
        }
        out
    }
}
