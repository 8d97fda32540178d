//! How entity representations are written.

use super::tables::Tables;
use crate::operation::arena::{SelId, TYPENAME};
use crate::plan::data::{Representation, RepresentationField, RepresentationObject};
use crate::plan::emit::{Draft, DraftRepresentation, Emitter};
use crate::supergraph::{Role, SubgraphId, TypeDefId, TypeKind, TypeSet};

/// The representations of a draft. Types that send the same fields share one, which then sends the object's own type.
pub(super) fn representations(
    emitter: &Emitter<'_>,
    draft: &Draft,
    tables: &mut Tables,
) -> Vec<Representation> {
    let supergraph = emitter.solver.supergraph;
    let mut out: Vec<(Representation, Option<TypeSet>)> = Vec::new();
    for one in &draft.representations {
        let types = one.types.map(|set| emitter.solver.arena.types(set).clone());
        let new = representation(emitter, draft.subgraph, one, tables);
        let shares = types.is_some() && supergraph.ty(one.target).kind == TypeKind::Object;
        let same = |(known, known_types): &&mut (Representation, Option<TypeSet>)| {
            shares && known_types.is_some() && known.keys == new.keys && known.requires == new.requires
        };
        match out.iter_mut().find(same) {
            Some((known, known_types)) => {
                known.typename = None;
                *known_types = known_types.as_ref().zip(types.as_ref()).map(|(a, b)| a.union(b));
            }
            None => out.push((new, types.filter(|_| shares))),
        }
    }
    for (one, types) in &mut out {
        if let Some(types) = types {
            one.types = Some(tables.set(supergraph, types));
        }
    }
    out.into_iter().map(|(one, _)| one).collect()
}

fn representation(
    emitter: &Emitter<'_>,
    subgraph: SubgraphId,
    one: &DraftRepresentation,
    tables: &mut Tables,
) -> Representation {
    let supergraph = emitter.solver.supergraph;
    let of = |selection: SelId, tables: &mut Tables| {
        let mut writer = Writer { emitter, subgraph, tables };
        writer.fields(selection, one.target, &supergraph.ty(one.from).possible)
    };
    let mut keys = of(one.key, tables);
    let mut requires = of(one.requires, tables);
    requires.retain(|field| match keys.iter_mut().find(|key| key.name == field.name) {
        Some(key) => {
            merge(key, field);
            false
        }
        None => true,
    });
    Representation {
        types: one.types.map(|set| tables.interned_set(supergraph, &emitter.solver.arena, set)),
        typename: Some(supergraph.ty(one.target).name.clone()),
        keys,
        requires,
    }
}

/// Adds what a required field needs to the key field of the same name.
fn merge(into: &mut RepresentationField, from: &RepresentationField) {
    let (Some(into), Some(from)) = (&mut into.object, &from.object) else { return };
    into.typename |= from.typename;
    for field in &from.fields {
        match into.fields.iter_mut().find(|known| known.name == field.name && known.types == field.types) {
            Some(known) => merge(known, field),
            None => into.fields.push(field.clone()),
        }
    }
}

struct Writer<'e, 'a, 't> {
    emitter: &'e Emitter<'a>,
    subgraph: SubgraphId,
    tables: &'t mut Tables,
}

impl Writer<'_, '_, '_> {
    /// The fields of a selection. `possible` are the types that the object can have at all.
    fn fields(
        &mut self,
        selection: SelId,
        parent: TypeDefId,
        possible: &TypeSet,
    ) -> Vec<RepresentationField> {
        let supergraph = self.emitter.solver.supergraph;
        let arena = &self.emitter.solver.arena;
        let mut out = Vec::new();
        for entry in arena.entries(selection).iter().filter(|entry| entry.key != TYPENAME) {
            let types = arena.types(entry.types);
            let narrowed = !possible.is_subset(types);
            let name = arena.key_info(entry.key).name;
            let first = types.iter().next().unwrap_or(parent);
            let field = supergraph.field(first, name).or_else(|| supergraph.field(parent, name));
            let object = match field {
                Some(field) if entry.sub != SelId::EMPTY => {
                    let here = supergraph
                        .home(first, name, self.subgraph)
                        .map_or(field.ty.named, |home| home.ty.named);
                    Some(self.object(entry.sub, field.ty.named, here))
                }
                _ => None,
            };
            out.push(RepresentationField {
                types: narrowed.then(|| self.tables.set(supergraph, types)),
                name: supergraph.name(name).to_owned(),
                key: entry.key,
                object,
            });
        }
        out
    }

    fn object(&mut self, selection: SelId, ty: TypeDefId, there: TypeDefId) -> RepresentationObject {
        let supergraph = self.emitter.solver.supergraph;
        let is_abstract = |ty: TypeDefId| {
            let role = supergraph.type_in(ty, self.subgraph).map(|there| there.role);
            role == Some(Role::Abstract)
        };
        let is_value = supergraph.ty(ty).kind == TypeKind::Object;
        let typename = !is_value && is_abstract(there);
        let possible = supergraph.ty(ty).possible.clone();
        RepresentationObject { typename, fields: self.fields(selection, ty, &possible) }
    }
}
