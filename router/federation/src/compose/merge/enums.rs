//! Enums: what is returned may be anything that any subgraph knows, what is accepted only what all know.

use apollo_compiler::Name;
use apollo_compiler::ast::Type;
use indexmap::IndexMap;
use rustc_hash::FxHashSet;

use super::super::code;
use super::super::model::{Carried, EnumValueDef, Kind, TypeDef, has};
use super::supergraph::{Graph, MergedInput, MergedType, MergedValue, Supergraph};
use super::{Merger, Sources};

/// Where the merged schema uses types.
#[derive(Default)]
struct Positions {
    input: FxHashSet<Name>,
    output: FxHashSet<Name>,
}

impl Positions {
    fn of(supergraph: &Supergraph) -> Self {
        let mut positions = Self::default();
        for ty in supergraph.types.values() {
            positions.inputs(&ty.inputs);
            for field in ty.fields.values() {
                positions.output.insert(named(&field.ty));
                positions.inputs(&field.args);
            }
        }
        for directive in &supergraph.directives {
            positions.input.extend(directive.arguments.iter().map(|argument| named(&argument.ty)));
        }
        positions
    }

    fn inputs(&mut self, inputs: &IndexMap<Name, MergedInput>) {
        self.input.extend(inputs.values().map(|input| named(&input.ty)));
    }
}

fn named(ty: &Type) -> Name {
    ty.inner_named_type().clone()
}

impl<'a> Merger<'a> {
    /// Merges all enums, once it is known where they are used.
    pub(super) fn enums(
        &mut self,
        types: &IndexMap<Name, Sources<'a, TypeDef>>,
        supergraph: &mut Supergraph,
    ) {
        let positions = Positions::of(supergraph);
        for (name, sources) in types {
            if sources[0].1.merged_kind() != Kind::Enum {
                continue;
            }
            let mut merged = self.shell(name, sources);
            self.values(&mut merged, sources, &positions);
            supergraph.types.insert(name.clone(), merged);
        }
    }

    fn values(&mut self, merged: &mut MergedType, types: &Sources<'a, TypeDef>, positions: &Positions) {
        let input = positions.input.contains(&merged.name);
        let output = positions.output.contains(&merged.name);
        if !input && !output {
            let message = format!("Enum \"{}\" is used neither in inputs nor in outputs", merged.name);
            let places = self.places(types.iter().map(|(graph, ty)| (*graph, ty.at)));
            self.report.hint(code::UNUSED_ENUM_TYPE, message, places);
        }
        let mut names: IndexMap<&'a Name, Sources<'a, EnumValueDef>> = IndexMap::new();
        for (graph, ty) in types {
            for (name, value) in &ty.values {
                names.entry(name).or_default().push((*graph, value));
            }
        }
        for (name, sources) in names {
            let value = self.value(merged, name, &sources);
            let hidden = has(&value.applied, &Carried::Inaccessible);
            let everywhere = sources.len() == types.len();
            if everywhere
                || hidden
                || self.report_partial_value(merged, name, types, &sources, (input, output))
            {
                merged.values.insert(name.clone(), value);
            }
        }
        if merged.values.is_empty() {
            let message = format!("No value of enum \"{}\" is in all subgraphs that define it", merged.name);
            let places = self.places(types.iter().map(|(graph, ty)| (*graph, ty.at)));
            self.report.error(code::EMPTY_MERGED_ENUM_TYPE, message, places);
        }
    }

    fn value(
        &mut self,
        merged: &MergedType,
        name: &Name,
        sources: &Sources<'a, EnumValueDef>,
    ) -> MergedValue {
        let coordinate = format!("{}.{name}", merged.name);
        MergedValue {
            description: self.description(
                &merged.name,
                &format!("Enum value \"{coordinate}\""),
                sources.iter().map(|(graph, value)| (*graph, value.description.as_deref(), value.at)),
            ),
            graphs: sources.iter().map(|(graph, _)| *graph).collect(),
            applied: self.applied(
                &format!("enum value \"{coordinate}\""),
                sources.iter().map(|(graph, value)| (*graph, value.applied.as_slice())),
            ),
        }
    }

    /// Says what is to be said about a value that some subgraphs lack; whether it stays.
    fn report_partial_value(
        &mut self,
        merged: &MergedType,
        name: &Name,
        types: &Sources<'a, TypeDef>,
        sources: &Sources<'a, EnumValueDef>,
        (input, output): (bool, bool),
    ) -> bool {
        let has = |graph: Graph| sources.iter().any(|(with, _)| *with == graph);
        let without: Vec<_> = types.iter().filter(|(graph, _)| !has(*graph)).collect();
        let presence = format!(
            "value \"{name}\" of enum \"{}\" is in {} but not in {}",
            merged.name,
            self.names(sources.iter().map(|(graph, _)| *graph)),
            self.names(without.iter().map(|(graph, _)| *graph)),
        );
        let places = sources.iter().map(|(graph, value)| (*graph, value.at));
        let places = self.places(places.chain(without.iter().map(|(graph, ty)| (*graph, ty.at))));
        match (input, output) {
            (true, true) => {
                let message =
                    format!("Enum \"{}\" is used both in inputs and in outputs, but {presence}", merged.name);
                self.report.error(code::ENUM_VALUE_MISMATCH, message, places);
                true
            }
            (true, false) => {
                let message = format!("Left out, because the enum is used in inputs: {presence}");
                self.report.hint(code::INCONSISTENT_ENUM_VALUE_FOR_INPUT_ENUM, message, places);
                false
            }
            (false, _) => {
                let message = format!("Only some subgraphs return it: {presence}");
                self.report.hint(code::INCONSISTENT_ENUM_VALUE_FOR_OUTPUT_ENUM, message, places);
                true
            }
        }
    }
}
