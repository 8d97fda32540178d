//! Arguments of fields: the intersection of what the resolving subgraphs accept; and what `@external` copies say.

use apollo_compiler::ast::{Type, Value};
use apollo_compiler::{Name, Node};
use indexmap::IndexMap;

use super::super::code;
use super::super::model::{FieldDef, InputDef};
use super::fields::FieldSources;
use super::supergraph::{Graph, MergedInput};
use super::type_refs::MergedRef;
use super::{Merger, Sources, owner};

/// How messages and codes differ between arguments and input fields.
pub(super) struct InputCodes {
    /// `argument` or `input field`.
    pub(super) noun: &'static str,
    pub(super) type_mismatch: &'static str,
    pub(super) default_mismatch: &'static str,
    pub(super) required_missing: &'static str,
    pub(super) left_out: &'static str,
}

const ARGUMENT: InputCodes = InputCodes {
    noun: "argument",
    type_mismatch: code::FIELD_ARGUMENT_TYPE_MISMATCH,
    default_mismatch: code::FIELD_ARGUMENT_DEFAULT_MISMATCH,
    required_missing: code::REQUIRED_ARGUMENT_MISSING_IN_SOME_SUBGRAPH,
    left_out: code::INCONSISTENT_ARGUMENT_PRESENCE,
};

impl<'a> Merger<'a> {
    /// Merges the arguments of a field over the subgraphs that resolve it.
    pub(super) fn arguments(
        &mut self,
        coordinate: &str,
        fields: &Sources<'a, FieldDef>,
    ) -> IndexMap<Name, MergedInput> {
        let mut names: IndexMap<&'a Name, Sources<'a, InputDef>> = IndexMap::new();
        for (graph, field) in fields {
            for (name, argument) in &field.args {
                names.entry(name).or_default().push((*graph, argument));
            }
        }
        let mut merged = IndexMap::new();
        for (name, sources) in names {
            let coordinate = format!("{coordinate}({name}:)");
            let absent: Vec<(Graph, super::super::model::At)> = fields
                .iter()
                .filter(|(_, field)| !field.args.contains_key(name))
                .map(|(graph, field)| (*graph, field.at))
                .collect();
            if absent.is_empty() {
                merged.insert(name.clone(), self.input(name, &coordinate, &sources, &ARGUMENT));
            } else {
                self.report_absent_input(&coordinate, &sources, &absent, &ARGUMENT);
            }
        }
        merged
    }

    /// Merges an argument or input field that all subgraphs have.
    pub(super) fn input(
        &mut self,
        name: &Name,
        coordinate: &str,
        sources: &Sources<'a, InputDef>,
        codes: &InputCodes,
    ) -> MergedInput {
        let merged = self.input_type(sources.iter().map(|(_, input)| &input.ty));
        let merged = merged.unwrap_or_else(|| MergedRef::Equal(Type::Named(name.clone())));
        if !matches!(merged, MergedRef::Equal(_)) {
            let incompatible = matches!(merged, MergedRef::Incompatible(_));
            let types = self.describe_types(sources.iter().map(|(graph, input)| (*graph, &input.ty)));
            let adverb = if incompatible { "incompatible" } else { "different but compatible" };
            let message = format!(
                "Type of {} \"{coordinate}\" is {adverb} across subgraphs: it is {types}",
                codes.noun
            );
            let places = self.places(sources.iter().map(|(graph, input)| (*graph, input.at)));
            if incompatible {
                self.report.error(codes.type_mismatch, message, places);
            } else {
                self.report.hint(code::INCONSISTENT_BUT_COMPATIBLE_ARGUMENT_TYPE, message, places);
            }
        }
        MergedInput {
            name: name.clone(),
            description: self.description(
                owner(coordinate),
                &format!("The {} \"{coordinate}\"", codes.noun),
                sources.iter().map(|(graph, input)| (*graph, input.description.as_deref(), input.at)),
            ),
            ty: merged.into_parts().0,
            default: self.default_value(coordinate, sources, codes),
            joins: None,
            applied: self.applied(
                &format!("{} \"{coordinate}\"", codes.noun),
                sources.iter().map(|(graph, input)| (*graph, input.applied.as_slice())),
            ),
        }
    }

    /// An input that some subgraphs lack: left out when it is optional, an error when somebody insists on it.
    pub(super) fn report_absent_input(
        &mut self,
        coordinate: &str,
        sources: &Sources<'a, InputDef>,
        absent: &[(Graph, super::super::model::At)],
        codes: &InputCodes,
    ) {
        let without = self.names(absent.iter().map(|(graph, _)| *graph));
        let required: Vec<_> = sources.iter().filter(|(_, input)| input.is_required()).collect();
        if required.is_empty() {
            let message =
                format!("Optional {} \"{coordinate}\" is left out: it is not in {without}", codes.noun);
            let places = self.places(absent.iter().copied());
            self.report.hint(codes.left_out, message, places);
            return;
        }
        let message = format!(
            "The {} \"{coordinate}\" is required in {} but does not exist in {without}",
            codes.noun,
            self.names(required.iter().map(|(graph, _)| *graph)),
        );
        let places = required.iter().map(|(graph, input)| (*graph, input.at)).chain(absent.iter().copied());
        let places = self.places(places);
        self.report.error(codes.required_missing, message, places);
    }

    /// The default that all subgraphs give. Two different ones are an error; one that is missing somewhere is dropped.
    fn default_value(
        &mut self,
        coordinate: &str,
        sources: &Sources<'a, InputDef>,
        codes: &InputCodes,
    ) -> Option<Node<Value>> {
        let first = sources.iter().find_map(|(_, input)| input.default.as_ref())?;
        let differs =
            sources.iter().filter_map(|(_, input)| input.default.as_ref()).any(|other| other != first);
        if !differs && sources.iter().all(|(_, input)| input.default.is_some()) {
            return Some(first.clone());
        }
        let defaults: Vec<String> = sources
            .iter()
            .map(|(graph, input)| {
                let default = input.default.as_ref().map_or_else(|| "no default".to_owned(), literal);
                format!("{default} in subgraph \"{}\"", self.subgraphs[*graph].name)
            })
            .collect();
        let message =
            format!("Default of {} \"{coordinate}\" differs: it is {}", codes.noun, defaults.join(", "));
        let places = self.places(sources.iter().map(|(graph, input)| (*graph, input.at)));
        if differs {
            self.report.error(codes.default_mismatch, message, places);
        } else {
            self.report.hint(code::INCONSISTENT_DEFAULT_VALUE_PRESENCE, message, places);
        }
        None
    }

    /// Compares `@external` copies of a field with the merged one. Whether their types are the same.
    pub(super) fn check_externals(
        &mut self,
        sources: &FieldSources<'a, '_>,
        (ty, equal_where_resolved): (&Type, bool),
        args: &IndexMap<Name, MergedInput>,
    ) -> bool {
        let mut equal = true;
        for (graph, field) in sources.all.iter().filter(|(_, field)| field.is_external()) {
            equal &= field.ty == *ty;
            let fits = field.ty == *ty || (!equal_where_resolved && self.is_subtype(&field.ty, ty));
            if !fits {
                let message = format!(
                    "Type of @external field \"{}\" is \"{}\" in subgraph \"{}\" but \"{ty}\" where it is resolved",
                    sources.coordinate, field.ty, self.subgraphs[*graph].name
                );
                let places = self.places([(*graph, field.at)]);
                self.report.error(code::EXTERNAL_TYPE_MISMATCH, message, places);
            }
            for argument in args.values() {
                self.check_external_argument(sources, *graph, field, argument);
            }
        }
        equal
    }

    fn check_external_argument(
        &mut self,
        sources: &FieldSources<'a, '_>,
        graph: Graph,
        field: &'a FieldDef,
        argument: &MergedInput,
    ) {
        let what = format!("Argument \"{}({}:)\"", sources.coordinate, argument.name);
        let subgraph = &self.subgraphs[graph].name;
        let Some(theirs) = field.args.get(&argument.name) else {
            let message = format!("{what} is missing on the @external field in subgraph \"{subgraph}\"");
            let places = self.places([(graph, field.at)]);
            self.report.error(code::EXTERNAL_ARGUMENT_MISSING, message, places);
            return;
        };
        if !self.is_subtype(&theirs.ty, &argument.ty) {
            let message = format!(
                "{what} of the @external field is of type \"{}\" in subgraph \"{subgraph}\" but \"{}\" where it is resolved",
                theirs.ty, argument.ty
            );
            let places = self.places([(graph, theirs.at)]);
            self.report.error(code::EXTERNAL_ARGUMENT_TYPE_MISMATCH, message, places);
        } else if theirs.default != argument.default {
            let message = format!(
                "{what} of the @external field has another default in subgraph \"{subgraph}\" than where it is resolved"
            );
            let places = self.places([(graph, theirs.at)]);
            self.report.error(code::EXTERNAL_ARGUMENT_DEFAULT_MISMATCH, message, places);
        }
    }
}

fn literal(value: &Node<Value>) -> String {
    value.serialize().no_indent().to_string()
}
