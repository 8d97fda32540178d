//! Interfaces as entities, and objects that stand for interfaces.

use super::super::code;
use super::super::merge::supergraph::Supergraph;
use super::super::model::{At, Kind, Subgraph, TypeDef};
use super::super::report::{Location, Report, quoted};
use super::Rules;

impl Rules<'_> {
    /// An interface object must be an entity whose implementations its subgraph does not know.
    pub(super) fn interface_object(&mut self, ty: &TypeDef) {
        if ty.interface_object && !ty.is_entity() {
            let message = format!("@interfaceObject on type \"{}\", which has no @key", ty.name);
            self.error(code::INTERFACE_OBJECT_USAGE_ERROR, message, ty.at);
        }
    }

    /// Every key of an interface must be a key of its implementations.
    pub(super) fn interface(&mut self, ty: &TypeDef) {
        if ty.kind != Kind::Interface {
            return;
        }
        let subgraph = self.subgraph;
        let objects = || subgraph.implementations(&ty.name).filter(|other| other.kind == Kind::Object);
        for key in &ty.keys {
            for object in objects() {
                let same = object.keys.iter().find(|other| same_fields(key.fields.set(), other.fields.set()));
                let problem = match same {
                    None => "is missing",
                    Some(other) if key.resolvable && !other.resolvable => "is not resolvable",
                    Some(_) => continue,
                };
                let message = format!(
                    "@key(fields: \"{}\") of interface \"{}\" {problem} on implementation \"{}\"",
                    key.fields.set(),
                    ty.name,
                    object.name
                );
                self.error(code::INTERFACE_KEY_NOT_ON_IMPLEMENTATION, message, object.at);
            }
        }
    }
}

fn same_fields(a: &super::super::field_set::FieldSet, b: &super::super::field_set::FieldSet) -> bool {
    a.0.len() == b.0.len() && a.0.iter().all(|selection| b.0.contains(selection))
}

/// An interface object needs the interface in another subgraph, and none of its implementations in its own.
pub(super) fn interface_objects(subgraphs: &[Subgraph], report: &mut Report) {
    for subgraph in subgraphs {
        for ty in subgraph.types.values().filter(|ty| ty.interface_object) {
            let elsewhere = |other: &Subgraph| {
                other.types.get(&ty.name).is_some_and(|other| other.kind == Kind::Interface)
            };
            if !subgraphs.iter().any(elsewhere) {
                let message = format!(
                    "Type \"{}\" is an @interfaceObject in every subgraph that defines it: no subgraph has the interface",
                    ty.name
                );
                report.error(code::INTERFACE_OBJECT_USAGE_ERROR, message, subgraph.location(ty.at));
            }
            let implementations: Vec<&TypeDef> = subgraphs
                .iter()
                .flat_map(|other| other.implementations(&ty.name))
                .filter_map(|implementation| subgraph.types.get(&implementation.name))
                .collect();
            if let Some(first) = implementations.first() {
                let message = format!(
                    "Subgraph \"{}\" has \"{}\" as an @interfaceObject and so cannot define its implementation \"{}\"",
                    subgraph.name, ty.name, first.name
                );
                let places = locations(subgraph, [ty.at, first.at]);
                report.error(code::INTERFACE_OBJECT_USAGE_ERROR, message, places);
            }
        }
    }
}

/// A subgraph that resolves an interface by key must know everything that implements it.
pub(super) fn interface_keys(supergraph: &Supergraph, subgraphs: &[Subgraph], report: &mut Report) {
    for merged in supergraph.types.values().filter(|ty| ty.kind == Kind::Interface) {
        let all = supergraph.runtime_types(merged);
        for subgraph in subgraphs {
            let Some(ty) = subgraph.types.get(&merged.name).filter(|ty| ty.kind == Kind::Interface) else {
                continue;
            };
            let Some(key) = ty.keys.iter().find(|key| key.resolvable) else { continue };
            let known = subgraph.runtime_types(ty);
            let unknown: Vec<&str> =
                all.iter().filter(|name| !known.contains(name)).map(|name| name.as_str()).collect();
            if unknown.is_empty() {
                continue;
            }
            let message = format!(
                "Interface \"{}\" has a resolvable @key in subgraph \"{}\", which therefore must define all its \
                 implementations; it lacks {}",
                ty.name,
                subgraph.name,
                quoted(unknown)
            );
            let places = locations(subgraph, [key.at]);
            report.error(code::INTERFACE_KEY_MISSING_IMPLEMENTATION_TYPE, message, places);
        }
    }
}

fn locations<const N: usize>(subgraph: &Subgraph, places: [At; N]) -> Vec<Location> {
    places.into_iter().filter_map(|at| subgraph.location(at)).collect()
}
