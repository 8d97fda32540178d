//! The fewest requests that can teach all facts: every sequence of subgraphs is tried, and each is asked for everything it can tell.
//!
//! Knowing more never hurts, so asking a subgraph for all that can be asked of it at that moment is at least as good as any other
//! request to it. Where the truth is complicated the search knows too much rather than too little, so what it finds is a lower
//! bound. It is a bound for plans that ask nothing in advance, of objects that may turn out not to be concerned. A request asks either root fields or entities: both in one would make root fields wait for what entities need.

use super::Bound;
use super::places::{Fact, Tree, homes, keys};
use federation::supergraph::{FieldSet, Home, OverrideRole, Role, SubgraphId, TypeDefId, TypeSet};
use std::collections::HashSet;

/// Known facts, then known types of places, as bits.
type Known = Vec<u64>;

/// Beyond this many states the search is given up.
const MOST_STATES: usize = 20_000;

/// The fewest requests, if there is a way with at most `limit`.
pub(super) fn fewest(tree: &Tree<'_>, limit: usize) -> Bound {
    let search = Search { tree };
    let words = (tree.facts.len() + tree.places.len()).div_ceil(64);
    let mut states: HashSet<Known> = HashSet::from([vec![0; words]]);
    let mut seen = states.clone();
    for requests in 0..=limit {
        if states.iter().any(|known| search.is_enough(known, 0)) {
            return Bound::AtLeast(requests);
        }
        let mut next = HashSet::new();
        for known in &states {
            for subgraph in tree.supergraph.subgraph_ids() {
                for more in [search.ask_roots(known, subgraph), search.ask_entities(known, subgraph)] {
                    if seen.insert(more.clone()) {
                        next.insert(more);
                    }
                }
            }
        }
        if seen.len() > MOST_STATES {
            return Bound::NotSearched;
        }
        states = next;
    }
    Bound::NoWay
}

struct Search<'t, 'a> {
    tree: &'t Tree<'a>,
}

/// A visit to the objects of one type at a place, in one subgraph.
#[derive(Clone)]
struct Visit<'s> {
    subgraph: SubgraphId,
    place: usize,
    ty: TypeDefId,
    provided: Vec<&'s FieldSet>,
    /// What is known before, if the objects are asked for as entities.
    before: Option<&'s Known>,
}

impl<'t> Search<'t, '_> {
    fn typename(&self, place: usize) -> usize {
        self.tree.facts.len() + place
    }

    /// Whether all that the client wants at a place and below is known.
    fn is_enough(&self, known: &Known, place: usize) -> bool {
        let at = &self.tree.places[place];
        if at.typename_wanted && at.types.single().is_none() && !has(known, self.typename(place)) {
            return false;
        }
        at.facts.iter().all(|index| {
            let fact = &self.tree.facts[*index];
            let wanted = fact.wanted && at.sure.contains(fact.ty);
            !wanted || has(known, *index) && fact.below.is_none_or(|below| self.is_enough(known, below))
        })
    }

    /// Whether a field set of the objects of a type at a place is known.
    fn is_known(&self, known: &Known, place: usize, ty: TypeDefId, set: &FieldSet) -> bool {
        set.0.iter().filter(|field| field.types.contains(ty)).all(|field| {
            let found = self.tree.places[place].facts.iter().find(|index| {
                let fact = &self.tree.facts[**index];
                fact.ty == ty && fact.name == field.name && fact.arguments == field.arguments
            });
            let Some(index) = found.filter(|index| has(known, **index)) else { return false };
            let Some(below) = self.tree.facts[*index].below else { return true };
            let sure: &TypeSet = &self.tree.places[below].sure;
            sure.iter().all(|inner| self.is_known(known, below, inner, &field.fields))
        })
    }

    /// What is known after a request to a subgraph for all root fields.
    fn ask_roots(&self, before: &Known, subgraph: SubgraphId) -> Known {
        let (tree, mut known) = (self.tree, before.clone());
        for (place, at) in tree.places.iter().enumerate() {
            let is_root =
                at.parent.is_none_or(|parent| has(before, parent) && tree.supergraph.is_query_root(at.ty));
            if is_root {
                let visit = Visit { subgraph, place, ty: at.ty, provided: Vec::new(), before: None };
                self.visit(&visit, &mut known);
            }
        }
        known
    }

    /// What is known after a request to a subgraph for everything it can tell of entities.
    fn ask_entities(&self, before: &Known, subgraph: SubgraphId) -> Known {
        let (tree, mut known) = (self.tree, before.clone());
        for (place, at) in tree.places.iter().enumerate() {
            if at.parent.is_none_or(|parent| !has(before, parent)) {
                continue;
            }
            for ty in at.types.iter() {
                let type_known = at.types.single().is_some() || has(before, self.typename(place));
                let usable = keys(tree.supergraph, ty).any(|((to, names_type), key)| {
                    to == subgraph && (type_known || !names_type) && self.is_known(before, place, ty, key)
                });
                if usable {
                    let visit = Visit { subgraph, place, ty, provided: Vec::new(), before: Some(before) };
                    self.visit(&visit, &mut known);
                    self.learn_type(&visit, place, at.ty, &mut known);
                }
            }
        }
        known
    }

    /// The type of objects is known from subgraphs that know the types themselves.
    fn learn_type(&self, visit: &Visit<'_>, place: usize, declared: TypeDefId, known: &mut Known) {
        let there = self.tree.supergraph.type_in(declared, visit.subgraph);
        if there.is_some_and(|there| there.role != Role::InterfaceObject) {
            set(known, self.typename(place));
        }
    }

    fn visit(&self, visit: &Visit<'_>, known: &mut Known) {
        let tree = self.tree;
        for index in &tree.places[visit.place].facts {
            let fact = &tree.facts[*index];
            if fact.ty != visit.ty || !self.may_be_asked(visit, fact) {
                continue;
            }
            let mut all = homes(tree.supergraph, fact.ty, fact.name);
            let Some((_, home)) = all.find(|(_, home)| home.subgraph == visit.subgraph) else { continue };
            let given: Vec<&FieldSet> = visit
                .provided
                .iter()
                .flat_map(|set| &set.0)
                .filter(|field| field.name == fact.name && field.types.contains(fact.ty))
                .map(|field| &field.fields)
                .collect();
            if !self.resolves(visit, home, !given.is_empty()) {
                continue;
            }
            set(known, *index);
            let Some(below) = fact.below else { continue };
            self.learn_type(visit, below, home.ty.named, known);
            let Some(there) = tree.supergraph.type_in(home.ty.named, visit.subgraph) else { continue };
            let provided: Vec<&FieldSet> = given.into_iter().chain(&home.provides).collect();
            for ty in tree.places[below].types.intersection(&there.possible).iter() {
                let inner = Visit { place: below, ty, provided: provided.clone(), before: None, ..*visit };
                self.visit(&inner, known);
            }
        }
    }

    /// Where an object stands for an interface and its type is not known yet, it is asked what concerns objects of all types: nobody
    /// asks an object for what the client does not want of its type.
    fn may_be_asked(&self, visit: &Visit<'_>, fact: &Fact) -> bool {
        let place = &self.tree.places[visit.place];
        let there = self.tree.supergraph.type_in(place.ty, visit.subgraph);
        let stands_for_all = there.is_some_and(|there| there.role == Role::InterfaceObject);
        let type_known = visit.before.is_some_and(|before| has(before, self.typename(visit.place)));
        let concerns = |ty: TypeDefId| {
            let facts = place.facts.iter().map(|index| &self.tree.facts[*index]);
            let same = |other: &Fact| other.name == fact.name && other.arguments == fact.arguments;
            facts.into_iter().any(|other| other.ty == ty && same(other))
        };
        // What a type has from nobody but such objects, they may be asked for it.
        let own = self.tree.supergraph.field(fact.ty, fact.name);
        let has_none = own.is_some_and(|field| field.homes.is_empty());
        !stands_for_all || type_known || has_none || place.types.iter().all(concerns)
    }

    fn resolves(&self, visit: &Visit<'_>, home: &Home, given: bool) -> bool {
        let active = home.label.as_ref().is_none_or(|(_, role)| *role == OverrideRole::Overridden);
        let required = home.requires.as_ref().is_none_or(|set| {
            visit.before.is_some_and(|before| self.is_known(before, visit.place, visit.ty, set))
        });
        active && (given || !home.external) && required
    }
}

fn has(known: &Known, bit: usize) -> bool {
    known[bit / 64] >> (bit % 64) & 1 == 1
}

fn set(known: &mut Known, bit: usize) {
    known[bit / 64] |= 1 << (bit % 64);
}
