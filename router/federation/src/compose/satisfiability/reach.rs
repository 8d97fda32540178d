//! Reaching: where else an object can be had, and which selections can be resolved from there.
//!
//! This is exact: a key of an object may need fields of *another* object from the very subgraph that the key leads to,
//! and such a query has a plan. (The reference composition refuses some of these.)

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use rustc_hash::{FxHashMap, FxHashSet};

use super::super::field_set::{FieldSet, Selection};
use super::super::merge::supergraph::Graph;
use super::super::model::{FieldDef, Key, Kind};
use super::world::{Having, Place, Places, TypeId, World};

/// Answers questions about one world, remembering the answers.
pub(super) struct Reach<'a> {
    pub(super) world: &'a World<'a>,
    closures: RefCell<FxHashMap<(TypeId, Places), Rc<Places>>>,
    /// Closures being computed, with what they hold so far: keys can lead around in a circle.
    open: RefCell<Vec<((TypeId, Places), Places)>>,
    /// Requirements being resolved; one that needs itself cannot be.
    requiring: RefCell<FxHashSet<(TypeId, Graph, apollo_compiler::Name)>>,
    /// An answer was cut short by a circle, so that it holds only for the question around it.
    cut: Cell<bool>,
}

impl<'a> Reach<'a> {
    pub(super) fn new(world: &'a World<'a>) -> Self {
        Self {
            world,
            closures: RefCell::default(),
            open: RefCell::default(),
            requiring: RefCell::default(),
            cut: Cell::new(false),
        }
    }

    /// All places an object can be had in when it is in `places`.
    pub(super) fn closure(&self, object: TypeId, places: Places) -> Rc<Places> {
        let key = (object, places);
        if let Some(known) = self.closures.borrow().get(&key) {
            return Rc::clone(known);
        }
        if let Some((_, partial)) = self.open.borrow().iter().find(|(open, _)| *open == key) {
            self.cut.set(true);
            return Rc::new(partial.clone());
        }
        let depth = self.open.borrow().len();
        let outer_cut = self.cut.replace(false);
        self.open.borrow_mut().push((key.clone(), key.1.clone()));
        let mut current = key.1.clone();
        loop {
            let more = self.one_hop(object, &current);
            if more.is_empty() {
                break;
            }
            current.extend(more);
            current.sort_unstable();
            current.dedup();
            if let Some(open) = self.open.borrow_mut().get_mut(depth) {
                open.1.clone_from(&current);
            }
        }
        self.open.borrow_mut().truncate(depth);
        let closure = Rc::new(current);
        let whole = !self.cut.get() || (depth == 0 && self.requiring.borrow().is_empty());
        if whole {
            self.closures.borrow_mut().insert(key, Rc::clone(&closure));
        }
        self.cut.set(outer_cut || !whole);
        closure
    }

    /// Places one key away from `places`.
    fn one_hop(&self, object: TypeId, places: &[Place]) -> Places {
        let mut found = Places::new();
        for graph in 0..self.world.subgraphs.len() {
            for (ty, keys) in self.entrances(object, graph, places) {
                let there = |place: &Place| place.graph == graph && place.ty == ty;
                if places.iter().any(there) || found.iter().any(there) {
                    continue;
                }
                let is_root = keys.is_empty();
                if is_root || keys.iter().any(|key| self.resolves(object, places, key.fields.set())) {
                    found.push(Place { graph, ty, provided: 0 });
                }
            }
        }
        found
    }

    /// The ways into a subgraph: what the object is there, and the keys that lead to it. Root types need none.
    pub(super) fn entrances(
        &self,
        object: TypeId,
        graph: Graph,
        places: &[Place],
    ) -> Vec<(TypeId, Vec<&'a Key>)> {
        let world = self.world;
        let mut entrances = Vec::new();
        if world.ty(object).name == "Query" {
            entrances.extend(world.declared(graph, object).map(|_| (object, Vec::new())));
            return entrances;
        }
        let resolvable = |ty: TypeId| -> Vec<&'a Key> {
            let keys = world.declared(graph, ty).map(|ty| ty.keys.as_slice()).unwrap_or_default();
            keys.iter().filter(|key| key.resolvable).collect()
        };
        let known = places.iter().any(|place| world.knows_type(*place));
        if known {
            entrances.push((object, resolvable(object)));
        }
        for interface in world.ty(object).implements.keys().filter_map(|name| world.id(name)) {
            let Some(declared) = world.declared(graph, interface) else { continue };
            if declared.interface_object {
                entrances.push((interface, resolvable(interface)));
            } else if !known && declared.kind == Kind::Interface {
                let name = &world.ty(object).name;
                if world.subgraphs[graph].runtime_types(declared).contains(&name) {
                    entrances.push((object, resolvable(interface)));
                }
            }
        }
        entrances.retain(|(_, keys)| !keys.is_empty());
        entrances
    }

    /// Whether a selection on an object can be resolved from these places.
    pub(super) fn resolves(&self, object: TypeId, places: &[Place], set: &FieldSet) -> bool {
        set.0.iter().all(|selection| match selection {
            Selection::Field { name, .. } if name == "__typename" => true,
            Selection::Field { name, selections, .. } => {
                let next = self.step(object, places, name);
                !next.is_empty()
                    && (selections.is_empty() || self.resolves_below(object, name, &next, selections))
            }
            Selection::Fragment { on, selections } => {
                let applies = on.as_ref().is_none_or(|on| self.world.fits(object, on));
                !applies || self.resolves(object, places, selections)
            }
        })
    }

    fn resolves_below(&self, object: TypeId, field: &str, places: &[Place], set: &FieldSet) -> bool {
        let world = self.world;
        let target = world.ty(object).fields.get(field);
        let Some(target) = target.and_then(|field| world.id(field.ty.inner_named_type())) else {
            return false;
        };
        world.runtime_types(target).iter().all(|runtime| {
            let runtime = *runtime;
            let narrowed = world.narrow(places, runtime);
            narrowed.is_empty() || self.resolves(runtime, &self.closure(runtime, narrowed), set)
        })
    }

    /// Where the value of a field can be had: in every place that resolves the field.
    pub(super) fn step(&self, object: TypeId, places: &[Place], field: &str) -> Places {
        let mut next: Places =
            places.iter().filter_map(|place| self.step_in(object, places, *place, field)).collect();
        next.sort_unstable();
        next.dedup();
        next
    }

    fn step_in(&self, object: TypeId, places: &[Place], place: Place, field: &str) -> Option<Place> {
        let world = self.world;
        let declared = world.field(place, field)?;
        let provided = match world.having(place.graph, place.ty, field) {
            Having::Not => return None,
            Having::External => world.provided_below(place, field)?,
            Having::Resolved => {
                if !self.requirement_holds(object, places, place, declared) {
                    return None;
                }
                world.provided_below(place, field).unwrap_or_default()
            }
        };
        let mut provided = provided;
        if let Some((own, _)) = &declared.provides {
            provided.0.extend(own.set().0.iter().cloned());
        }
        let target = declared.ty.inner_named_type();
        // Scalars and enums have no places of their own, but a field of theirs can be had all the same.
        let ty = world.id(target).unwrap_or(object);
        Some(Place { graph: place.graph, ty, provided: world.provide(provided) })
    }

    /// Whether what a field requires can be resolved, and brought to its subgraph over a key.
    pub(super) fn requirement_holds(
        &self,
        object: TypeId,
        places: &[Place],
        place: Place,
        field: &FieldDef,
    ) -> bool {
        let Some((requires, _)) = &field.requires else { return true };
        let asked = (place.ty, place.graph, field.name.clone());
        if !self.requiring.borrow_mut().insert(asked.clone()) {
            self.cut.set(true);
            return false;
        }
        let holds = self.resolves(object, places, requires.set()) && self.can_return(object, places, place);
        self.requiring.borrow_mut().remove(&asked);
        holds
    }

    /// A required value comes back as part of a representation, which needs a key.
    pub(super) fn can_return(&self, object: TypeId, places: &[Place], place: Place) -> bool {
        let declared = self.world.declared(place.graph, place.ty);
        let keys = declared.map(|ty| ty.keys.as_slice()).unwrap_or_default();
        keys.iter().any(|key| key.resolvable && self.resolves(object, places, key.fields.set()))
    }
}
