//! Fields of one key that count for different object types and meet on some of them.
//!
//! What the response says of an object there is split by its type if either field needs that, under whatever condition. So the
//! type has to be known wherever one of them is, and nothing must depend on the type that is the same for all types.

use super::arena::{Entry, SelId, SetId, TYPENAME};
use super::error::RequestError;
use super::normalise::{Found, Normaliser};
use crate::plan::KeyId;
use indexmap::IndexMap;
use rustc_hash::{FxBuildHasher, FxHashMap};

/// A leaf is compared with at most this many others of its key; one more is kept as it is.
const MAX_COMPARED: usize = 256;

/// Selections by those they were completed with, and whether the latter are there for sure.
type Completed = FxHashMap<(SelId, SelId, bool), SelId>;

impl<'a> Normaliser<'a> {
    /// Leaves out each leaf that another one of its key, at the same place of the response, brings whenever it counts. The first of both places is kept, since it is
    /// the field's place in the response.
    pub(super) fn without_covered(&self, found: Vec<Found<'a>>) -> Vec<Found<'a>> {
        let mut kept: Vec<Found<'a>> = Vec::with_capacity(found.len());
        let mut leaves: FxHashMap<&str, Vec<usize>> = FxHashMap::default();
        for one in found {
            if one.field.selection_set.selections.is_empty() {
                let known = leaves.entry(one.field.response_key().as_str()).or_default();
                if known.iter().any(|at| self.covers(kept[*at], one)) {
                    continue;
                }
                if let Some(at) = known.iter().find(|at| self.covers(one, kept[**at])) {
                    kept[*at] = one;
                    continue;
                }
                if known.len() < MAX_COMPARED {
                    known.push(kept.len());
                }
            }
            kept.push(one);
        }
        kept
    }

    fn covers(&self, all: Found<'_>, one: Found<'_>) -> bool {
        let types = |found: Found<'_>| self.arena.types(found.types);
        all.at == one.at
            && all.field.name == one.field.name
            && all.field.arguments == one.field.arguments
            && types(one).is_subset(types(all))
            && types(one).is_empty() == types(all).is_empty()
            && self.arena.conditions.implies(one.cond, all.cond)
    }

    /// Makes each of the entries that meet ask for the runtime types that another one needs below, where that other one may be left
    /// out by a condition.
    pub(super) fn share_typenames(&mut self, entries: &mut [Entry]) -> Result<(), RequestError> {
        if self.arena.conditions.is_empty() {
            return Ok(());
        }
        let mut by_key: IndexMap<KeyId, Vec<usize>, FxBuildHasher> = IndexMap::default();
        for (index, entry) in entries.iter().enumerate().filter(|(_, entry)| entry.sub != SelId::EMPTY) {
            by_key.entry(entry.key).or_default().push(index);
        }
        let mut completed = Completed::default();
        for same in by_key.into_values().filter(|same| same.len() > 1) {
            let before: Vec<Entry> = same.iter().map(|index| entries[*index]).collect();
            for (at, index) in same.iter().enumerate() {
                for (_, other) in before.iter().enumerate().filter(|(other, _)| *other != at) {
                    entries[*index] = self.completed(entries[*index], *other, true, &mut completed)?;
                }
            }
        }
        Ok(())
    }

    /// An entry with the runtime types that another one of its key needs. `sure`: the other's place exists wherever this one does.
    fn completed(
        &mut self,
        entry: Entry,
        other: Entry,
        sure: bool,
        known: &mut Completed,
    ) -> Result<Entry, RequestError> {
        let meet = !self.arena.types(entry.types).intersection(self.arena.types(other.types)).is_empty();
        if !meet || entry.sub == SelId::EMPTY || other.sub == SelId::EMPTY {
            return Ok(entry);
        }
        let sure = sure && self.arena.conditions.implies(entry.cond, other.cond);
        Ok(Entry { sub: self.complete(entry.sub, other.sub, sure, known)?, ..entry })
    }

    fn complete(
        &mut self,
        selection: SelId,
        other: SelId,
        sure: bool,
        known: &mut Completed,
    ) -> Result<SelId, RequestError> {
        if selection == other {
            return Ok(selection);
        }
        if let Some(completed) = known.get(&(selection, other, sure)) {
            return Ok(*completed);
        }
        let (mut entries, others) =
            (self.arena.entries(selection).to_vec(), self.arena.entries(other).to_vec());
        for entry in &mut entries {
            let key = entry.key;
            let start = others.partition_point(|other| other.key < key);
            for other in others[start..].iter().take_while(|other| other.key == key) {
                self.take_field()?;
                *entry = self.completed(*entry, *other, sure, known)?;
            }
        }
        let typename = others.iter().find(|other| other.key == TYPENAME);
        let known_here = entries.iter().any(|entry| entry.key == TYPENAME);
        let typename = typename.filter(|typename| {
            let splits = |other: &Entry| self.splits(*other, &entries, typename.types);
            !sure && !known_here && others.iter().any(splits)
        });
        entries.extend(typename);
        let completed = self.arena.selection(entries);
        known.insert((selection, other, sure), completed);
        Ok(completed)
    }

    /// Whether the response says different things of a field here, by runtime type, because of what another place asks of some types.
    fn splits(&self, other: Entry, entries: &[Entry], possible: SetId) -> bool {
        let (types, is_leaf) = (self.arena.types(other.types), other.sub == SelId::EMPTY);
        if other.key == TYPENAME || self.arena.types(possible).is_subset(types) {
            return false;
        }
        let implies = |entry: &Entry| self.arena.conditions.implies(other.cond, entry.cond);
        let covers = |entry: &Entry| types.is_subset(self.arena.types(entry.types)) && implies(entry);
        let same = |entry: &&Entry| entry.key == other.key;
        entries.iter().filter(same).any(|entry| !is_leaf || !covers(entry))
    }
}
