//! Marks each field with what keys, requirements and provisions of its subgraph say about it.

use apollo_compiler::Name;
use rustc_hash::FxHashMap;

use super::super::field_set::FieldSet;
use super::super::model::{FieldDef, Subgraph, TypeDef, Usage};

type Marks = FxHashMap<(Name, Name), Usage>;

/// Computes [`FieldDef::usage`] of every field anew.
pub(super) fn mark(subgraph: &mut Subgraph) {
    let mut marks = Marks::default();
    for ty in subgraph.types.values() {
        for key in &ty.keys {
            visit(subgraph, ty, key.fields.set(), &mut marks, &|usage, field| {
                usage.key = true;
                usage.extension_key |= key.extension && field.external.is_some();
            });
        }
        for field in ty.fields.values() {
            if let Some((fields, _)) = &field.requires {
                visit(subgraph, ty, fields.set(), &mut marks, &|_, _| {});
            }
            let target = subgraph.types.get(field.ty.inner_named_type());
            if let (Some((fields, _)), Some(target)) = (&field.provides, target) {
                visit(subgraph, target, fields.set(), &mut marks, &|usage, _| usage.provided = true);
            }
        }
    }
    let interfaces = interface_fields(subgraph);
    for ty in subgraph.types.values_mut() {
        for field in ty.fields.values_mut() {
            let id = (ty.name.clone(), field.name.clone());
            field.usage = marks.get(&id).copied().unwrap_or_default();
            field.usage.interface = interfaces.contains(&id);
        }
    }
}

fn visit(
    subgraph: &Subgraph,
    ty: &TypeDef,
    set: &FieldSet,
    marks: &mut Marks,
    mark: &dyn Fn(&mut Usage, &FieldDef),
) {
    set.visit(subgraph, ty, &mut |owner, field| {
        let usage = marks.entry((owner.name.clone(), field.name.clone())).or_default();
        usage.used = true;
        mark(usage, field);
    });
}

fn interface_fields(subgraph: &Subgraph) -> rustc_hash::FxHashSet<(Name, Name)> {
    let mut out = rustc_hash::FxHashSet::default();
    for ty in subgraph.types.values() {
        let interfaces = ty.implements.keys().filter_map(|name| subgraph.types.get(name));
        for field in interfaces.flat_map(|interface| interface.fields.keys()) {
            out.insert((ty.name.clone(), field.clone()));
        }
    }
    out
}
