//! What is where: the merged schema and its subgraphs, asked the questions that reaching needs.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::rc::Rc;

use indexmap::IndexSet;
use rustc_hash::{FxHashMap, FxHashSet};

use super::super::field_set::{FieldSet, Selection};
use super::super::merge::supergraph::{FieldJoin, Graph, MergedType, Supergraph};
use super::super::model::{Carried, FieldDef, Kind, Subgraph, TypeDef, has};

/// A type of the merged schema, by its index.
pub(super) type TypeId = usize;

type TypeIds = Rc<FxHashSet<TypeId>>;

/// Where an object can be had: in a subgraph, as this type, with this provided beyond what the subgraph resolves anyway.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Place {
    pub(super) graph: Graph,
    /// The object's type, or an interface that the subgraph has as an `@interfaceObject`.
    pub(super) ty: TypeId,
    /// Index into the provided sets; 0 is the empty one.
    pub(super) provided: usize,
}

/// Places an object can be had in at once; sorted.
pub(super) type Places = Vec<Place>;

/// How a subgraph has a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Having {
    /// Not at all, or not for clients any more.
    Not,
    /// Only where a `@provides` leads to it.
    External,
    Resolved,
}

pub(super) struct World<'a> {
    pub(super) supergraph: &'a Supergraph,
    pub(super) subgraphs: &'a [Subgraph],
    /// Labels of progressive overrides that are on.
    enabled: BTreeSet<&'a str>,
    ids: FxHashMap<&'a str, TypeId>,
    /// Provided sets, by the index that places carry.
    provided: RefCell<IndexSet<ProvidedSet>>,
    /// Runtime types in the merged schema, once asked for.
    runtime: RefCell<FxHashMap<TypeId, Rc<[TypeId]>>>,
    /// Runtime types in a subgraph, once asked for.
    possible: RefCell<FxHashMap<(Graph, TypeId), TypeIds>>,
}

#[derive(PartialEq, Eq)]
struct ProvidedSet(FieldSet);

impl std::hash::Hash for ProvidedSet {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.0.to_string().hash(state);
    }
}

impl<'a> World<'a> {
    pub(super) fn new(
        supergraph: &'a Supergraph,
        subgraphs: &'a [Subgraph],
        enabled: BTreeSet<&'a str>,
    ) -> Self {
        let ids = supergraph.types.keys().enumerate().map(|(id, name)| (name.as_str(), id)).collect();
        let provided = RefCell::new(IndexSet::from([ProvidedSet(FieldSet::default())]));
        Self {
            supergraph,
            subgraphs,
            enabled,
            ids,
            provided,
            runtime: RefCell::default(),
            possible: RefCell::default(),
        }
    }

    pub(super) fn id(&self, name: &str) -> Option<TypeId> {
        self.ids.get(name).copied()
    }

    pub(super) fn ty(&self, id: TypeId) -> &'a MergedType {
        &self.supergraph.types[id]
    }

    /// The type as a subgraph declares it.
    pub(super) fn declared(&self, graph: Graph, ty: TypeId) -> Option<&'a TypeDef> {
        self.subgraphs[graph].types.get(&self.ty(ty).name)
    }

    /// A field as a subgraph declares it.
    pub(super) fn field(&self, place: Place, field: &str) -> Option<&'a FieldDef> {
        self.declared(place.graph, place.ty)?.fields.get(field)
    }

    /// How a subgraph has a field of a type.
    pub(super) fn having(&self, graph: Graph, ty: TypeId, field: &str) -> Having {
        let declared = self.declared(graph, ty).is_some_and(|ty| ty.fields.contains_key(field));
        let Some(merged) = self.ty(ty).fields.get(field).filter(|_| declared) else { return Having::Not };
        let Some(joins) = &merged.joins else { return Having::Resolved };
        match joins.iter().find(|join| join.graph == graph) {
            None => Having::Not,
            Some(join) if join.external => Having::External,
            Some(join) if self.is_switched_off(join) => {
                if join.used_overridden {
                    Having::External
                } else {
                    Having::Not
                }
            }
            Some(_) => Having::Resolved,
        }
    }

    /// Whether an override, progressive or not, gives the field to the other side.
    fn is_switched_off(&self, join: &FieldJoin) -> bool {
        match &join.label {
            None => join.used_overridden,
            Some(label) => self.enabled.contains(label.as_str()) != join.overrides.is_some(),
        }
    }

    /// How the label of a progressive override on a field stands, for messages.
    pub(super) fn switches(&self, place: Place, field: &str) -> String {
        let joins = self.ty(place.ty).fields.get(field).and_then(|field| field.joins.as_ref());
        let join = joins.and_then(|joins| joins.iter().find(|join| join.graph == place.graph));
        let Some(label) = join.and_then(|join| join.label.as_deref()) else { return String::new() };
        let stands = if self.enabled.contains(label) { "on" } else { "off" };
        format!(" while the label \"{label}\" is {stands}")
    }

    /// Whether clients see a type, field or argument with these directives.
    pub(super) fn is_visible(applied: &[super::super::model::Applied]) -> bool {
        !has(applied, &Carried::Inaccessible)
    }

    /// What is provided at `place` for one of its fields: the selection below it.
    pub(super) fn provided_below(&self, place: Place, field: &str) -> Option<FieldSet> {
        let sets = self.provided.borrow();
        let mut below = FieldSet::default();
        let found = self.collect_provided(&sets[place.provided].0, place, field, &mut below);
        found.then_some(below)
    }

    fn collect_provided(&self, set: &FieldSet, place: Place, field: &str, below: &mut FieldSet) -> bool {
        let mut found = false;
        for selection in &set.0 {
            match selection {
                Selection::Field { name, selections, .. } if name == field => {
                    below.0.extend(selections.0.iter().cloned());
                    found = true;
                }
                Selection::Field { .. } => {}
                Selection::Fragment { on, selections } => {
                    let fits = on.as_ref().is_none_or(|on| self.fits(place.ty, on));
                    found |= fits && self.collect_provided(selections, place, field, below);
                }
            }
        }
        found
    }

    /// Remembers a provided set.
    pub(super) fn provide(&self, set: FieldSet) -> usize {
        self.provided.borrow_mut().insert_full(ProvidedSet(set)).0
    }

    /// Whether every object of type `ty` is one of type `condition`.
    pub(super) fn fits(&self, ty: TypeId, condition: &str) -> bool {
        let merged = self.ty(ty);
        merged.name == condition
            || merged.implements.contains_key(condition)
            || self
                .supergraph
                .types
                .get(condition)
                .is_some_and(|union| union.members.contains_key(&merged.name))
    }

    /// The object types that a field of this type can return.
    pub(super) fn runtime_types(&self, ty: TypeId) -> Rc<[TypeId]> {
        let compute = || {
            let names = self.supergraph.runtime_types(self.ty(ty));
            names.into_iter().filter_map(|name| self.id(name)).collect()
        };
        Rc::clone(self.runtime.borrow_mut().entry(ty).or_insert_with(compute))
    }

    /// The object types that a value of this type can have in one subgraph.
    fn possible(&self, graph: Graph, ty: TypeId, declared: &TypeDef) -> TypeIds {
        let compute = || {
            let names = self.subgraphs[graph].runtime_types(declared);
            Rc::new(names.into_iter().filter_map(|name| self.id(name)).collect())
        };
        Rc::clone(self.possible.borrow_mut().entry((graph, ty)).or_insert_with(compute))
    }

    /// The places that can hold an object of type `object`, out of places of a more general type.
    pub(super) fn narrow(&self, places: &[Place], object: TypeId) -> Places {
        let mut narrowed: Places = places
            .iter()
            .filter_map(|place| {
                let declared = self.declared(place.graph, place.ty)?;
                if declared.interface_object {
                    return (place.ty == object || self.fits(object, &declared.name)).then_some(*place);
                }
                let possible = self.possible(place.graph, place.ty, declared);
                possible.contains(&object).then_some(Place { ty: object, ..*place })
            })
            .collect();
        narrowed.sort_unstable();
        narrowed.dedup();
        narrowed
    }

    /// The place knows the very type of its object, not only an interface of it.
    pub(super) fn knows_type(&self, place: Place) -> bool {
        self.ty(place.ty).kind == Kind::Object
    }
}
