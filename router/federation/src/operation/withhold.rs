//! What the caller may not see is not fetched: the fields behind access rules that do not hold are left out of the tree to fetch,
//! and the response says null in their places.
//!
//! A field can be open for some of the object types that it counts for and closed for others. Each type is judged by itself.

use super::normalise::{ClientPlace, Found, Normaliser};
use crate::supergraph::{RuleSet, TypeDefId, TypeSet};
use indexmap::IndexSet;
use rustc_hash::FxBuildHasher;

/// The caller's side of the walk.
pub(super) struct Permission<'a> {
    /// The rules that do not hold for the caller.
    denied: &'a RuleSet,
    /// The rules that stand before anything that is selected.
    met: RuleSet,
    /// Closed fields, by the place of their object and their key.
    withheld: IndexSet<(ClientPlace, &'a str), FxBuildHasher>,
}

impl<'a> Permission<'a> {
    pub(super) fn new(denied: &'a RuleSet) -> Self {
        Self { denied, met: RuleSet::default(), withheld: IndexSet::default() }
    }
}

impl<'a> Normaliser<'a> {
    /// The field, for those of its types for which the caller may see it; `None` if there is none.
    pub(super) fn permitted(&mut self, found: Found<'a>) -> Option<Found<'a>> {
        if self.supergraph.rules().is_empty() {
            return Some(found);
        }
        let objects = self.arena.types(found.types).clone();
        if objects.is_empty() {
            return (!self.is_closed(found, found.owner)).then_some(found);
        }
        let mut open = TypeSet::default();
        for object in objects.iter() {
            if !self.is_closed(found, object) {
                open.insert(object);
            }
        }
        if open == objects {
            return Some(found);
        }
        (!open.is_empty()).then(|| Found { types: self.arena.set(&open), ..found })
    }

    /// Whether any of the fields, which meet under one response key, is closed for this object type. If so, it is noted.
    pub(super) fn withholds(&mut self, found: &[Found<'a>], object: TypeDefId) -> bool {
        let closed =
            found.iter().find(|one| !self.supergraph.rules().is_empty() && self.closes(**one, object));
        if let Some(one) = closed {
            self.permission.withheld.insert((one.at, one.field.response_key().as_str()));
        }
        closed.is_some()
    }

    fn is_closed(&mut self, found: Found<'a>, object: TypeDefId) -> bool {
        let rules = self.rules_before(found, object);
        self.permission.met.extend(&rules);
        rules.meets(self.permission.denied)
    }

    fn closes(&self, found: Found<'a>, object: TypeDefId) -> bool {
        self.rules_before(found, object).meets(self.permission.denied)
    }

    fn rules_before(&self, found: Found<'a>, object: TypeDefId) -> RuleSet {
        let mut rules = RuleSet::default();
        if let Some(name) =
            self.supergraph.name_id(&found.field.name).filter(|_| !found.field.name.starts_with("__"))
        {
            self.supergraph.add_rules(found.owner, object, name, &mut rules);
        }
        rules
    }

    /// The rules that the operation meets, and the closed fields as paths of response keys.
    pub(super) fn into_permission(self) -> (super::arena::Arena, RuleSet, Vec<Vec<String>>) {
        let path = |(at, key): &(ClientPlace, &str)| {
            let mut path = vec![(*key).to_owned()];
            let mut at = *at;
            while let Some((parent, key)) = at.index().and_then(|index| self.places.get_index(index)) {
                path.push((*key).to_owned());
                at = *parent;
            }
            path.reverse();
            path
        };
        let withheld = self.permission.withheld.iter().map(path).collect();
        (self.arena, self.permission.met, withheld)
    }
}
