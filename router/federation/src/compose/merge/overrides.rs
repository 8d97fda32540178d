//! `@override`: a field moves from one subgraph to another, at once or by and by.

use std::collections::BTreeMap;

use super::super::code;
use super::super::model::{FieldDef, Override};
use super::Merger;
use super::fields::FieldSources;
use super::supergraph::Graph;

/// What the overrides of one field do to the subgraphs that have it.
#[derive(Default)]
pub(super) struct Overrides {
    of: BTreeMap<Graph, Overridden>,
    /// An override was refused, so that who resolves the field is not known.
    pub(super) refused: bool,
}

#[derive(Default)]
struct Overridden {
    /// The field is taken away from this subgraph.
    taken: bool,
    /// Keys, requirements or interfaces of the subgraph still need it.
    used: bool,
    /// The label of a progressive override, on both of its sides.
    label: Option<String>,
}

impl Overrides {
    /// Another subgraph takes the field, now or progressively.
    pub(super) fn is_taken(&self, graph: Graph) -> bool {
        self.of.get(&graph).is_some_and(|state| state.taken)
    }

    /// The subgraph no longer has the field at all.
    pub(super) fn is_gone(&self, graph: Graph) -> bool {
        self.of.get(&graph).is_some_and(|state| state.taken && !state.used && state.label.is_none())
    }

    /// The subgraph no longer resolves the field for clients but still has it for its own keys and requirements.
    pub(super) fn is_used(&self, graph: Graph) -> bool {
        self.of.get(&graph).is_some_and(|state| state.taken && state.used)
    }

    /// The label of a progressive override.
    pub(super) fn label(&self, graph: Graph) -> Option<String> {
        self.of.get(&graph).and_then(|state| state.label.clone())
    }
}

impl<'a> Merger<'a> {
    /// Reads the overrides of a field and checks them.
    pub(super) fn overrides(&mut self, sources: &FieldSources<'a, '_>) -> Overrides {
        let mut out = Overrides::default();
        for (graph, field) in &sources.all {
            let Some(by) = &field.overrides else { continue };
            if self.refuse_misplaced(sources, *graph, by) {
                out.refused = true;
                continue;
            }
            let from = self.subgraphs.iter().position(|subgraph| subgraph.name == by.from);
            let Some(from) = from else {
                self.hint_unknown_source(sources, *graph, by);
                continue;
            };
            if from == *graph {
                let message = format!(
                    "Field \"{}\" in subgraph \"{}\" cannot override itself",
                    sources.coordinate, by.from
                );
                let places = self.places([(*graph, by.at)]);
                self.report.error(code::OVERRIDE_FROM_SELF_ERROR, message, places);
                out.refused = true;
                continue;
            }
            self.refuse_collision(sources, *graph, field, by);
            let source = sources.all.iter().find(|(graph, _)| *graph == from);
            match source {
                Some((_, source)) if source.overrides.is_some() || out.is_taken(from) => {
                    self.refuse_chain(sources, *graph, by);
                    out.refused = true;
                }
                Some((_, source)) if !source.is_external() => {
                    self.apply(&mut out, sources, (*graph, by), (from, source));
                }
                _ => {
                    let message = format!(
                        "Field \"{}\" is not resolved by subgraph \"{}\" any more: the @override can be removed",
                        sources.coordinate, by.from
                    );
                    let places = self.places([(*graph, by.at)]);
                    self.report.hint(code::OVERRIDE_DIRECTIVE_CAN_BE_REMOVED, message, places);
                }
            }
        }
        out
    }

    fn apply(
        &mut self,
        out: &mut Overrides,
        sources: &FieldSources<'a, '_>,
        (graph, by): (Graph, &Override),
        (from, source): (Graph, &FieldDef),
    ) {
        if source.requires.is_some() || source.provides.is_some() {
            let message = format!(
                "@override cannot take field \"{}\" from subgraph \"{}\", where it has @requires or @provides",
                sources.coordinate, by.from
            );
            let places = self.places([(graph, by.at), (from, source.at)]);
            self.report.error(code::OVERRIDE_COLLISION_WITH_ANOTHER_DIRECTIVE, message, places);
        }
        if let Some(label) = by.label.as_deref().filter(|label| !is_label(label)) {
            let message = format!(
                "The label \"{label}\" of @override on field \"{}\" must start with a letter and go on with letters, \
                 digits and _ - : . /, or be percent(x) with x from 0 to 100 and at most 8 decimal places",
                sources.coordinate
            );
            let places = self.places([(graph, by.at)]);
            self.report.error(code::OVERRIDE_LABEL_INVALID, message, places);
        }
        let used = source.usage.used || source.usage.interface;
        if by.label.is_some() {
            out.of.entry(graph).or_default().label.clone_from(&by.label);
        }
        let state = out.of.entry(from).or_default();
        *state = Overridden { taken: true, used, label: by.label.clone() };
        let (code, message) = if by.label.is_some() {
            let message =
                format!("Field \"{}\" is being migrated from subgraph \"{}\"", sources.coordinate, by.from);
            (code::OVERRIDE_MIGRATION_IN_PROGRESS, message)
        } else {
            let message = format!(
                "Field \"{}\" is overridden and can be removed from subgraph \"{}\"{}",
                sources.coordinate,
                by.from,
                if used { ", or marked @external where directives still use it" } else { "" }
            );
            (code::OVERRIDDEN_FIELD_CAN_BE_REMOVED, message)
        };
        let places = self.places([(from, source.at)]);
        self.report.hint(code, message, places);
    }

    /// `@override` on an interface object, or on a field that one gives.
    fn refuse_misplaced(&mut self, sources: &FieldSources<'a, '_>, graph: Graph, by: &Override) -> bool {
        let ty = sources.types.iter().find(|(source, _)| *source == graph);
        let own = ty.is_some_and(|(_, ty)| ty.interface_object);
        if !own && sources.through_interface_objects.is_empty() {
            return false;
        }
        let message = format!(
            "@override cannot be used on field \"{}\", which is subject to @interfaceObject",
            sources.coordinate
        );
        let places = self.places([(graph, by.at)]);
        self.report.error(code::OVERRIDE_COLLISION_WITH_ANOTHER_DIRECTIVE, message, places);
        true
    }

    fn refuse_collision(
        &mut self,
        sources: &FieldSources<'a, '_>,
        graph: Graph,
        field: &FieldDef,
        by: &Override,
    ) {
        if !field.is_external() {
            return;
        }
        let message = format!(
            "@override cannot be used on field \"{}\" of subgraph \"{}\", which is @external there",
            sources.coordinate, self.subgraphs[graph].name
        );
        let places = self.places([(graph, by.at)]);
        self.report.error(code::OVERRIDE_COLLISION_WITH_ANOTHER_DIRECTIVE, message, places);
    }

    fn refuse_chain(&mut self, sources: &FieldSources<'a, '_>, graph: Graph, by: &Override) {
        let message = format!(
            "Field \"{}\" of subgraph \"{}\" is overridden more than once, or is an @override itself",
            sources.coordinate, by.from
        );
        let places = self.places([(graph, by.at)]);
        self.report.error(code::OVERRIDE_SOURCE_HAS_OVERRIDE, message, places);
    }

    fn hint_unknown_source(&mut self, sources: &FieldSources<'a, '_>, graph: Graph, by: &Override) {
        let message = format!(
            "@override on field \"{}\" names subgraph \"{}\", which does not exist",
            sources.coordinate, by.from
        );
        let places = self.places([(graph, by.at)]);
        self.report.hint(code::FROM_SUBGRAPH_DOES_NOT_EXIST, message, places);
    }
}

/// A name for a flag, or a percentage of requests.
fn is_label(label: &str) -> bool {
    let percent = label.strip_prefix("percent(").and_then(|rest| rest.strip_suffix(')'));
    if let Some(percent) = percent {
        let (whole, fraction) = percent.split_once('.').unwrap_or((percent, "0"));
        let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        return digits(whole)
            && digits(fraction)
            && fraction.len() <= 8
            && percent.parse::<f64>().is_ok_and(|value| value <= 100.0);
    }
    label.starts_with(|c: char| c.is_ascii_alphabetic())
        && label.chars().all(|c| c.is_ascii_alphanumeric() || "_-:./".contains(c))
}

#[cfg(test)]
mod tests {
    use super::is_label;

    #[test]
    fn a_label_is_a_flag_or_a_percentage() {
        for good in
            ["a", "beta:users/2", "percent(0)", "percent(100)", "percent(12.5)", "percent(0.00000001)"]
        {
            assert!(is_label(good), "{good}");
        }
        for bad in [
            "",
            "1st",
            "a b",
            "percent(101)",
            "percent(1.000000001)",
            "percent(-1)",
            "percent(1e1)",
            "percent(.5)",
        ] {
            assert!(!is_label(bad), "{bad}");
        }
    }
}
