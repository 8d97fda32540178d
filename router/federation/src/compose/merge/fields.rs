//! Fields of objects and interfaces: the union of what all subgraphs have.

use apollo_compiler::Name;
use indexmap::IndexMap;

use super::super::code;
use super::super::model::{FieldDef, FieldsArgument, Kind, TypeDef};
use super::overrides::Overrides;
use super::supergraph::{FieldJoin, Graph, MergedField, MergedType};
use super::type_refs::MergedRef;
use super::{Merger, Sources, owner};

/// One field in all subgraphs that have it.
pub(super) struct FieldSources<'a, 't> {
    /// `Type.field`, for messages.
    pub(super) coordinate: String,
    pub(super) all: Sources<'a, FieldDef>,
    pub(super) types: &'t Sources<'a, TypeDef>,
    /// Subgraphs that do not know the type but resolve the field for it through an interface object.
    pub(super) through_interface_objects: Vec<(Graph, &'a TypeDef, &'a FieldDef)>,
}

impl<'a> FieldSources<'a, '_> {
    /// The subgraphs that do not call it external.
    pub(super) fn owners(&self) -> Sources<'a, FieldDef> {
        self.all.iter().filter(|(_, field)| !field.is_external()).copied().collect()
    }
}

impl<'a> Merger<'a> {
    /// Merges the fields of an object or interface.
    pub(super) fn fields(&mut self, merged: &mut MergedType, types: &Sources<'a, TypeDef>) {
        let mut names: IndexMap<&'a Name, Sources<'a, FieldDef>> = IndexMap::new();
        for (graph, ty) in types {
            for (name, field) in &ty.fields {
                names.entry(name).or_default().push((*graph, field));
            }
        }
        for (name, all) in names {
            let sources = FieldSources {
                coordinate: format!("{}.{name}", merged.name),
                through_interface_objects: self.through_interface_objects(merged, types, name),
                all,
                types,
            };
            let overrides = self.overrides(&sources);
            if let Some(field) = self.field(name, &sources, &overrides) {
                merged.fields.insert(name.clone(), field);
            }
            if merged.kind == Kind::Object {
                self.check_sharing(&sources, &overrides);
            }
            self.hint_missing_field(merged, &sources);
        }
    }

    fn field(
        &mut self,
        name: &Name,
        sources: &FieldSources<'a, '_>,
        overrides: &Overrides,
    ) -> Option<MergedField> {
        let owners = sources.owners();
        if owners.is_empty() && sources.through_interface_objects.is_empty() {
            let message = format!(
                "Field \"{}\" is marked @external on all the subgraphs in which it is listed ({})",
                sources.coordinate,
                self.names(sources.all.iter().map(|(graph, _)| *graph))
            );
            let places = self.places(sources.all.iter().map(|(graph, field)| (*graph, field.at)));
            self.report.error(code::EXTERNAL_MISSING_ON_BASE, message, places);
            return None;
        }
        let decisive = if owners.is_empty() { sources.all.clone() } else { owners };
        let what = format!("field \"{}\"", sources.coordinate);
        let merged = self.output_type(decisive.iter().map(|(_, field)| &field.ty))?;
        self.report_field_type(&sources.coordinate, &merged, &decisive);
        let (ty, equal) = merged.into_parts();
        let args = self.arguments(&sources.coordinate, &decisive);
        let equal = self.check_externals(sources, (&ty, equal), &args) && equal;
        self.check_directives_on_externals(sources);
        Some(MergedField {
            name: name.clone(),
            description: self.description(
                owner(&sources.coordinate),
                &format!("Field \"{}\"", sources.coordinate),
                decisive.iter().map(|(graph, field)| (*graph, field.description.as_deref(), field.at)),
            ),
            ty,
            args,
            joins: self.field_joins(sources, overrides, equal),
            applied: self
                .applied(&what, decisive.iter().map(|(graph, field)| (*graph, field.applied.as_slice()))),
        })
    }

    fn report_field_type(&mut self, coordinate: &str, merged: &MergedRef, sources: &Sources<'a, FieldDef>) {
        let (code, adverb) = match merged {
            MergedRef::Equal(_) => return,
            MergedRef::Compatible(_) => {
                (code::INCONSISTENT_BUT_COMPATIBLE_FIELD_TYPE, "different but compatible")
            }
            MergedRef::Incompatible(_) => (code::FIELD_TYPE_MISMATCH, "incompatible"),
        };
        let types = self.describe_types(sources.iter().map(|(graph, field)| (*graph, &field.ty)));
        let message = format!("Type of field \"{coordinate}\" is {adverb} across subgraphs: it is {types}");
        let places = self.places(sources.iter().map(|(graph, field)| (*graph, field.at)));
        if matches!(merged, MergedRef::Incompatible(_)) {
            self.report.error(code, message, places);
        } else {
            self.report.hint(code, message, places);
        }
    }

    /// The joins of a field, unless all subgraphs with the type have it in the same plain way.
    fn field_joins(
        &self,
        sources: &FieldSources<'a, '_>,
        overrides: &Overrides,
        equal: bool,
    ) -> Option<Vec<FieldJoin>> {
        let joins: Vec<FieldJoin> = sources
            .all
            .iter()
            .filter(|(graph, _)| !overrides.is_gone(*graph))
            .map(|(graph, field)| FieldJoin {
                graph: *graph,
                requires: set(field.requires.as_ref()),
                provides: set(field.provides.as_ref()),
                ty: (!equal).then(|| field.ty.to_string()),
                external: field.is_external(),
                overrides: field.overrides.as_ref().map(|it| it.from.clone()),
                used_overridden: overrides.is_used(*graph),
                label: overrides.label(*graph),
            })
            .collect();
        let plain = equal
            && joins.len() == sources.types.len()
            && joins.iter().all(|join| {
                join.requires.is_none()
                    && join.provides.is_none()
                    && !join.external
                    && !join.used_overridden
                    && join.label.is_none()
            });
        (!plain).then_some(joins)
    }

    fn check_directives_on_externals(&mut self, sources: &FieldSources<'a, '_>) {
        for (graph, field) in sources.all.iter().filter(|(_, field)| field.is_external()) {
            for applied in field.applied.iter().filter(|applied| applied.directive.is_federation()) {
                let message = format!(
                    "In subgraph \"{}\": cannot apply merged directive @{} to external field \"{}\"",
                    self.subgraphs[*graph].name,
                    applied.directive.name(),
                    sources.coordinate
                );
                let places = self.places([(*graph, applied.at)]);
                self.report.error(code::MERGED_DIRECTIVE_APPLICATION_ON_EXTERNAL, message, places);
            }
        }
    }

    /// Value types and interfaces usually look the same everywhere.
    fn hint_missing_field(&mut self, merged: &MergedType, sources: &FieldSources<'a, '_>) {
        let root = matches!(merged.name.as_str(), "Query" | "Mutation" | "Subscription");
        let entity = sources.types.iter().any(|(_, ty)| ty.is_entity() || ty.interface_object);
        if root || entity || sources.all.len() == sources.types.len() {
            return;
        }
        let has = |graph: Graph| sources.all.iter().any(|(with, _)| *with == graph);
        let without: Vec<_> = sources.types.iter().filter(|(graph, _)| !has(*graph)).collect();
        let code = match merged.kind {
            Kind::Interface => code::INCONSISTENT_INTERFACE_VALUE_TYPE_FIELD,
            _ => code::INCONSISTENT_OBJECT_VALUE_TYPE_FIELD,
        };
        let message = format!(
            "Field \"{}\" is in {} but not in {}",
            sources.coordinate,
            self.names(sources.all.iter().map(|(graph, _)| *graph)),
            self.names(without.iter().map(|(graph, _)| *graph)),
        );
        let places = self.places(without.iter().map(|(graph, ty)| (*graph, ty.at)));
        self.report.hint(code, message, places);
    }
}

fn set<At>(argument: Option<&(FieldsArgument, At)>) -> Option<String> {
    argument.map(|(fields, _)| fields.set().to_string())
}
