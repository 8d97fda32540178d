//! Federation 1 subgraphs, read as Federation 2 would have them.
//!
//! Federation 1 had other habits: everything could be shared, key fields of extensions had to be `@external`, unused
//! externals and federation directives on interfaces were without meaning, and `@provides` or `@requires` of a field
//! that the subgraph resolves itself were ignored.

use apollo_compiler::Name;

use super::super::code;
use super::super::field_set::{FieldSet, Selection};
use super::super::model::{Applied, FieldsArgument, Key, Kind, Subgraph, TypeDef, Version};
use super::super::report::Report;
use super::usage;

/// Upgrades every Federation 1 subgraph in place.
pub(in super::super) fn upgrade(subgraphs: &mut [Subgraph], report: &mut Report) {
    check_bases(subgraphs, report);
    for index in 0..subgraphs.len() {
        if subgraphs[index].version != Version::One {
            continue;
        }
        import_keys(subgraphs, index);
        drop_repeated_tags(subgraphs, index);
        let subgraph = &mut subgraphs[index];
        usage::mark(subgraph);
        drop_meaningless_directives(subgraph);
        drop_externals_of_keys(subgraph);
        drop_inactive_fields(subgraph);
        usage::mark(subgraph);
        drop_unused_externals(subgraph, report);
        share_everything(subgraph);
        usage::mark(subgraph);
    }
}

/// An extension needs a definition in another subgraph. `@extends` makes an extension in Federation 1 only.
fn check_bases(subgraphs: &[Subgraph], report: &mut Report) {
    for (index, subgraph) in subgraphs.iter().enumerate() {
        let first = subgraph.version == Version::One;
        let extension = |ty: &&TypeDef| ty.only_extended || (first && ty.extends);
        for ty in subgraph.types.values().filter(extension).filter(|ty| !is_root(&ty.name)) {
            let mut others = subgraphs.iter().enumerate().filter(|(other, _)| *other != index);
            let defined =
                others.any(|(_, other)| other.types.get(&ty.name).is_some_and(|other| !other.only_extended));
            if !defined {
                let message = format!(
                    "Subgraph \"{}\" extends type \"{}\", which no other subgraph defines",
                    subgraph.name, ty.name
                );
                report.error(code::EXTENSION_WITH_NO_BASE, message, subgraph.location(ty.at));
            }
        }
    }
}

fn is_root(name: &str) -> bool {
    matches!(name, "Query" | "Mutation" | "Subscription")
}

/// An extension without a key uses the key of the type's owner.
fn import_keys(subgraphs: &mut [Subgraph], index: usize) {
    let mut imported: Vec<(Name, Key)> = Vec::new();
    for ty in subgraphs[index].types.values() {
        if !(ty.only_extended || ty.extends) || ty.is_entity() || is_root(&ty.name) || ty.kind != Kind::Object
        {
            continue;
        }
        let owner =
            subgraphs.iter().enumerate().filter(|(other, _)| *other != index).find_map(|(_, other)| {
                other.types.get(&ty.name)?.keys.iter().find(|key| {
                    let FieldsArgument::Set(set) = &key.fields else { return false };
                    set.0.iter().all(|selection| match selection {
                        Selection::Field { name, .. } => ty.fields.contains_key(name),
                        Selection::Fragment { .. } => false,
                    })
                })
            });
        if let Some(key) = owner {
            imported.push((ty.name.clone(), Key { extension: true, at: ty.at, ..key.clone() }));
        }
    }
    for (name, key) in imported {
        if let Some(ty) = subgraphs[index].types.get_mut(&name) {
            ty.keys.push(key);
        }
    }
}

/// A tag on an external field that its owner has as well says nothing new.
fn drop_repeated_tags(subgraphs: &mut [Subgraph], index: usize) {
    let mut repeated: Vec<(Name, Name)> = Vec::new();
    for ty in subgraphs[index].types.values() {
        for field in ty.fields.values().filter(|field| field.external.is_some() && !field.applied.is_empty())
        {
            let owned =
                subgraphs.iter().enumerate().filter(|(other, _)| *other != index).any(|(_, other)| {
                    let owner = other.types.get(&ty.name).and_then(|ty| ty.fields.get(&field.name));
                    owner.is_some_and(|owner| {
                        owner.external.is_none() && has_all(&owner.applied, &field.applied)
                    })
                });
            if owned {
                repeated.push((ty.name.clone(), field.name.clone()));
            }
        }
    }
    for (ty, field) in repeated {
        if let Some(field) = subgraphs[index].types.get_mut(&ty).and_then(|ty| ty.fields.get_mut(&field)) {
            field.applied.clear();
        }
    }
}

fn has_all(applied: &[Applied], wanted: &[Applied]) -> bool {
    wanted.iter().all(|wanted| {
        applied.iter().any(|one| one.directive == wanted.directive && one.arguments == wanted.arguments)
    })
}

fn drop_meaningless_directives(subgraph: &mut Subgraph) {
    let composite: Vec<Name> = subgraph
        .types
        .values()
        .filter(|ty| matches!(ty.kind, Kind::Object | Kind::Interface | Kind::Union))
        .map(|ty| ty.name.clone())
        .collect();
    for ty in subgraph.types.values_mut() {
        let interface = ty.kind == Kind::Interface;
        if interface {
            ty.keys.clear();
        }
        for field in ty.fields.values_mut() {
            if interface {
                field.external = None;
                field.requires = None;
                field.provides = None;
            }
            if !composite.contains(field.ty.inner_named_type()) {
                field.provides = None;
            }
        }
    }
}

/// Key fields of an extension are resolved here whatever `@external` says, and the extension is a type like any other.
fn drop_externals_of_keys(subgraph: &mut Subgraph) {
    for ty in subgraph.types.values_mut() {
        for field in ty.fields.values_mut().filter(|field| field.usage.extension_key) {
            field.external = None;
        }
        for key in &mut ty.keys {
            key.extension = ty.extends;
        }
        ty.only_extended = false;
    }
}

/// Takes out of `@requires` and `@provides` what the subgraph resolves itself.
fn drop_inactive_fields(subgraph: &mut Subgraph) {
    let mut changed: Vec<(Name, Name, bool, Option<FieldSet>)> = Vec::new();
    for ty in subgraph.types.values() {
        for field in ty.fields.values() {
            if let Some((FieldsArgument::Set(set), _)) = &field.requires {
                changed.push((
                    ty.name.clone(),
                    field.name.clone(),
                    true,
                    active(subgraph, &ty.name, set, false),
                ));
            }
            if let Some((FieldsArgument::Set(set), _)) = &field.provides {
                let target = field.ty.inner_named_type();
                changed.push((
                    ty.name.clone(),
                    field.name.clone(),
                    false,
                    active(subgraph, target, set, false),
                ));
            }
        }
    }
    for (ty, field, requires, set) in changed {
        let Some(field) = subgraph.types.get_mut(&ty).and_then(|ty| ty.fields.get_mut(&field)) else {
            continue;
        };
        let slot = if requires { &mut field.requires } else { &mut field.provides };
        *slot = match (slot.take(), set) {
            (Some((_, at)), Some(set)) => Some((FieldsArgument::Set(set), at)),
            _ => None,
        };
    }
}

/// The part of a set that is external, or lies below something external.
fn active(subgraph: &Subgraph, parent: &str, set: &FieldSet, below: bool) -> Option<FieldSet> {
    let Some(ty) = subgraph.types.get(parent) else { return Some(set.clone()) };
    let mut kept = Vec::new();
    for selection in &set.0 {
        match selection {
            Selection::Field { name, arguments, selections } => {
                let Some(field) = ty.fields.get(name) else { return Some(set.clone()) };
                let below = below || field.external.is_some();
                if selections.is_empty() {
                    kept.extend(below.then(|| selection.clone()));
                } else if let Some(selections) =
                    active(subgraph, field.ty.inner_named_type(), selections, below)
                {
                    let (name, arguments) = (name.clone(), arguments.clone());
                    kept.push(Selection::Field { name, arguments, selections });
                }
            }
            Selection::Fragment { on, selections } => {
                let inner = on.as_ref().map_or(parent, Name::as_str);
                if let Some(selections) = active(subgraph, inner, selections, below) {
                    kept.push(Selection::Fragment { on: on.clone(), selections });
                }
            }
        }
    }
    if kept.is_empty() { None } else { Some(FieldSet(kept)) }
}

fn drop_unused_externals(subgraph: &mut Subgraph, report: &mut Report) {
    let mut emptied = Vec::new();
    for ty in subgraph.types.values_mut() {
        let before = ty.fields.len();
        ty.fields.retain(|_, field| field.external.is_none() || field.usage.used || field.usage.interface);
        if ty.fields.is_empty() && before > 0 {
            emptied.push((ty.name.clone(), ty.at));
        }
    }
    for (name, at) in emptied {
        let message = format!(
            "Subgraph \"{}\": type \"{name}\" has nothing but @external fields that nothing uses",
            subgraph.name
        );
        report.error(code::TYPE_WITH_ONLY_UNUSED_EXTERNAL, message, subgraph.location(at));
    }
}

fn share_everything(subgraph: &mut Subgraph) {
    let shared = |ty: &&mut TypeDef| ty.kind == Kind::Object && ty.name != "Subscription";
    for ty in subgraph.types.values_mut().filter(shared) {
        for field in ty.fields.values_mut() {
            field.type_shareable = true;
        }
    }
}
