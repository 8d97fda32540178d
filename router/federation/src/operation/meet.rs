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

/// Which of two places exists wherever the other one does, as far as the conditions above them say.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct Implied {
    /// The other's place exists wherever this one does.
    other: bool,
    /// This place exists wherever the other's does.
    this: bool,
}

/// Selections by those they were completed with, and which place implies which.
type Completed = FxHashMap<(SelId, SelId, Implied), SelId>;

impl<'a> Normaliser<'a> {
    /// Leaves out each leaf that another one of its key, at the same place of the response, brings whenever it counts. The first of their places is kept, since it is
    /// the field's place in the response.
    pub(super) fn without_covered(&self, found: Vec<Found<'a>>) -> Vec<Found<'a>> {
        let mut kept: Vec<Option<Found<'a>>> = Vec::with_capacity(found.len());
        let mut leaves: FxHashMap<&str, Vec<usize>> = FxHashMap::default();
        for one in found {
            if one.field.selection_set.selections.is_empty() {
                let known = leaves.entry(one.field.response_key().as_str()).or_default();
                if known.iter().any(|at| kept[*at].is_some_and(|all| self.covers(all, one))) {
                    continue;
                }
                let covered = |at: &usize| kept[*at].is_some_and(|other| self.covers(one, other));
                let (covered, mut left): (Vec<usize>, Vec<usize>) = known.iter().partition(|at| covered(at));
                if let Some(first) = covered.iter().min() {
                    covered.iter().for_each(|at| kept[*at] = None);
                    kept[*first] = Some(one);
                    left.push(*first);
                    *known = left;
                    continue;
                }
                if known.len() < MAX_COMPARED {
                    known.push(kept.len());
                }
            }
            kept.push(Some(one));
        }
        kept.into_iter().flatten().collect()
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
        let both = Implied { other: true, this: true };
        for same in by_key.into_values().filter(|same| same.len() > 1) {
            let before: Vec<Entry> = same.iter().map(|index| entries[*index]).collect();
            for (at, index) in same.iter().enumerate() {
                for (_, other) in before.iter().enumerate().filter(|(other, _)| *other != at) {
                    entries[*index] = self.completed(entries[*index], *other, both, &mut completed)?;
                }
            }
        }
        Ok(())
    }

    /// An entry with the runtime types that another one of its key needs. `implied` is about the places that have these entries.
    fn completed(
        &mut self,
        entry: Entry,
        other: Entry,
        implied: Implied,
        known: &mut Completed,
    ) -> Result<Entry, RequestError> {
        let meet = !self.arena.types(entry.types).intersection(self.arena.types(other.types)).is_empty();
        if !meet || entry.sub == SelId::EMPTY || other.sub == SelId::EMPTY {
            return Ok(entry);
        }
        let conditions = &self.arena.conditions;
        let implied = Implied {
            other: implied.other && conditions.implies(entry.cond, other.cond),
            this: implied.this && conditions.implies(other.cond, entry.cond),
        };
        Ok(Entry { sub: self.complete(entry.sub, other.sub, implied, known)?, ..entry })
    }

    fn complete(
        &mut self,
        selection: SelId,
        other: SelId,
        implied: Implied,
        known: &mut Completed,
    ) -> Result<SelId, RequestError> {
        if selection == other {
            return Ok(selection);
        }
        if let Some(completed) = known.get(&(selection, other, implied)) {
            return Ok(*completed);
        }
        let (mut entries, others) =
            (self.arena.entries(selection).to_vec(), self.arena.entries(other).to_vec());
        for entry in &mut entries {
            let key = entry.key;
            let start = others.partition_point(|other| other.key < key);
            for other in others[start..].iter().take_while(|other| other.key == key) {
                self.take_field()?;
                *entry = self.completed(*entry, *other, implied, known)?;
            }
        }
        let typename = others.iter().find(|other| other.key == TYPENAME);
        let known_here = entries.iter().any(|entry| entry.key == TYPENAME);
        let typename = typename.filter(|typename| {
            let splits = |other: &Entry| self.splits(*other, &entries, typename.types, implied);
            !implied.other && !known_here && others.iter().any(splits)
        });
        entries.extend(typename);
        let completed = self.arena.selection(entries);
        known.insert((selection, other, implied), completed);
        Ok(completed)
    }

    /// Whether the response says different things of a field here, by runtime type, because of what another place asks of some types.
    fn splits(&self, other: Entry, entries: &[Entry], possible: SetId, implied: Implied) -> bool {
        let (types, is_leaf) = (self.arena.types(other.types), other.sub == SelId::EMPTY);
        if other.key == TYPENAME || self.arena.types(possible).is_subset(types) {
            return false;
        }
        // Conditions of entries are as seen from their places: without those of the places they say nothing of one another.
        let implies = |entry: &Entry| implied.this && self.arena.conditions.implies(other.cond, entry.cond);
        let covers = |entry: &Entry| types.is_subset(self.arena.types(entry.types)) && implies(entry);
        let same = |entry: &&Entry| entry.key == other.key;
        entries.iter().filter(same).any(|entry| !is_leaf || !covers(entry))
    }
}
