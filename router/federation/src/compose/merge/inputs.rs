//! Input objects: only what every subgraph accepts.

use apollo_compiler::Name;
use indexmap::IndexMap;

use super::super::code;
use super::super::model::{At, Carried, InputDef, TypeDef, has};
use super::arguments::InputCodes;
use super::supergraph::{FieldJoin, Graph, MergedType};
use super::{Merger, Sources};

const INPUT_FIELD: InputCodes = InputCodes {
    noun: "input field",
    type_mismatch: code::FIELD_TYPE_MISMATCH,
    default_mismatch: code::INPUT_FIELD_DEFAULT_MISMATCH,
    required_missing: code::REQUIRED_INPUT_FIELD_MISSING_IN_SOME_SUBGRAPH,
    left_out: code::INCONSISTENT_INPUT_OBJECT_FIELD,
};

impl<'a> Merger<'a> {
    /// Merges the fields of an input object.
    pub(super) fn input_object(&mut self, merged: &mut MergedType, types: &Sources<'a, TypeDef>) {
        let mut names: IndexMap<&'a Name, Sources<'a, InputDef>> = IndexMap::new();
        for (graph, ty) in types {
            for (name, input) in &ty.inputs {
                names.entry(name).or_default().push((*graph, input));
            }
        }
        let mut required_missing = false;
        for (name, sources) in names {
            let coordinate = format!("{}.{name}", merged.name);
            let absent: Vec<(Graph, At)> = types
                .iter()
                .filter(|(_, ty)| !ty.inputs.contains_key(name))
                .map(|(graph, ty)| (*graph, ty.at))
                .collect();
            let mut input = self.input(name, &coordinate, &sources, &INPUT_FIELD);
            // What clients do not see may be missing somewhere.
            if !absent.is_empty() && !has(&input.applied, &Carried::Inaccessible) {
                required_missing |= sources.iter().any(|(_, input)| input.is_required());
                self.report_absent_input(&coordinate, &sources, &absent, &INPUT_FIELD);
                continue;
            }
            let equal = sources.iter().all(|(_, source)| source.ty == input.ty);
            if !equal || !absent.is_empty() {
                let join = |(graph, source): &(Graph, &InputDef)| FieldJoin {
                    graph: *graph,
                    ty: (!equal).then(|| source.ty.to_string()),
                    ..FieldJoin::default()
                };
                input.joins = Some(sources.iter().map(join).collect());
            }
            merged.inputs.insert(name.clone(), input);
        }
        if merged.inputs.is_empty() && !required_missing {
            let message =
                format!("No field of input object \"{}\" is in all subgraphs that define it", merged.name);
            let places = self.places(types.iter().map(|(graph, ty)| (*graph, ty.at)));
            self.report.error(code::EMPTY_MERGED_INPUT_TYPE, message, places);
        }
    }
}
