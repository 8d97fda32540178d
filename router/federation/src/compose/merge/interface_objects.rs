//! Interface objects: fields that a subgraph adds to an interface are fields of everything that implements it.

use super::super::code;
use super::super::model::Kind;
use super::Merger;
use super::supergraph::{MergedField, Supergraph};

impl Merger<'_> {
    /// Gives objects the fields they only have through interface objects.
    pub(super) fn copy_interface_object_fields(&mut self, supergraph: &mut Supergraph) {
        let mut copies: Vec<(apollo_compiler::Name, MergedField)> = Vec::new();
        for object in supergraph.types.values().filter(|ty| ty.kind == Kind::Object) {
            for interface in object.implements.keys().filter_map(|name| supergraph.types.get(name)) {
                for field in
                    interface.fields.values().filter(|field| !object.fields.contains_key(&field.name))
                {
                    let through = self.subgraphs.iter().any(|subgraph| {
                        let ty = subgraph.types.get(&interface.name);
                        ty.is_some_and(|ty| ty.interface_object && ty.fields.contains_key(&field.name))
                    });
                    let copied =
                        copies.iter().any(|(name, copy)| *name == object.name && copy.name == field.name);
                    if through && !copied {
                        let mut field = MergedField { joins: Some(Vec::new()), ..field.clone() };
                        for argument in field.args.values_mut() {
                            argument.joins = None;
                        }
                        copies.push((object.name.clone(), field));
                    }
                }
            }
        }
        for (name, field) in copies {
            if let Some(object) = supergraph.types.get_mut(&name) {
                object.fields.insert(field.name.clone(), field);
            }
        }
        self.check_implementations(supergraph);
    }

    /// After merging, every object must have the fields of its interfaces.
    fn check_implementations(&mut self, supergraph: &Supergraph) {
        for ty in supergraph.types.values() {
            for (interface, graphs) in &ty.implements {
                let Some(interface) = supergraph.types.get(interface) else { continue };
                for field in interface.fields.keys().filter(|name| !ty.fields.contains_key(*name)) {
                    let with: Vec<usize> = (0..self.subgraphs.len())
                        .filter(|graph| {
                            let declared = self.subgraphs[*graph].types.get(&interface.name);
                            declared.is_some_and(|declared| declared.fields.contains_key(field))
                        })
                        .collect();
                    let message = format!(
                        "Interface field \"{}.{field}\" is declared in {} but type \"{}\", which implements \"{}\" in {}, does not have it in any subgraph",
                        interface.name,
                        self.names(with.iter().copied()),
                        ty.name,
                        interface.name,
                        self.names(graphs.iter().copied()),
                    );
                    let field_at = |graph: usize| {
                        let declared = self.subgraphs[graph].types.get(&interface.name)?;
                        declared.fields.get(field)?.at
                    };
                    let type_at = |graph: usize| self.subgraphs[graph].types.get(&ty.name)?.at;
                    let places = with.iter().map(|graph| (*graph, field_at(*graph)));
                    let places = places.chain(graphs.iter().map(|graph| (*graph, type_at(*graph))));
                    let places = self.places(places);
                    self.report.error(code::INTERFACE_FIELD_NO_IMPLEM, message, places);
                }
            }
        }
    }
}
