//! Directives that the supergraph carries have one name: whoever imports them must import them under the same one.

use super::super::code;
use super::super::model::{ComposedDirective, Imported};
use super::Merger;
use super::supergraph::Graph;

impl Merger<'_> {
    /// Reports directives of federation that subgraphs import, and apply, under different names.
    pub(super) fn import_names(&mut self) {
        let mut found: Vec<(Graph, &Imported)> = Vec::new();
        for (graph, subgraph) in self.subgraphs.iter().enumerate() {
            for imported in subgraph.imported.iter().filter(|imported| imported.is_known) {
                if subgraph.all_applied().any(|applied| applied.directive.name() == imported.original) {
                    found.push((graph, imported));
                }
            }
        }
        while let Some((_, first)) = found.first().copied() {
            let (same, others): (Vec<_>, Vec<_>) =
                found.into_iter().partition(|(_, imported)| imported.original == first.original);
            found = others;
            if same.iter().all(|(_, imported)| imported.local == first.local) {
                continue;
            }
            let names: Vec<String> = same
                .iter()
                .map(|(graph, imported)| {
                    format!("\"@{}\" in subgraph \"{}\"", imported.local, self.subgraphs[*graph].name)
                })
                .collect();
            let message = format!(
                "Directive \"@{}\" is imported with mismatched names: it is {}",
                first.original,
                names.join(", ")
            );
            let places = self.places(same.iter().map(|(graph, imported)| (*graph, imported.at)));
            self.report.error(code::LINK_IMPORT_NAME_MISMATCH, message, places);
        }
    }

    /// Warns of subgraphs that know a composed directive by another name without composing it.
    pub(super) fn warn_of_other_names(&mut self, composed: &ComposedDirective) {
        let other = |imported: &&Imported| {
            imported.identity == composed.identity
                && imported.original == composed.original
                && composed.name != imported.local.as_str()
        };
        let subgraphs = self.subgraphs.iter().enumerate();
        let found: Vec<(Graph, &Imported)> = subgraphs
            .filter_map(|(graph, subgraph)| Some((graph, subgraph.imported.iter().find(other)?)))
            .collect();
        for (graph, imported) in found {
            let message = format!(
                "Composed directive \"@{}\" is called \"@{}\" in subgraph \"{}\", which does not compose it; to do so it will need \
                 the same name",
                composed.name, imported.local, self.subgraphs[graph].name
            );
            let places = self.places([(graph, imported.at)]);
            self.report.hint(code::DIRECTIVE_COMPOSITION_WARN, message, places);
        }
    }
}
