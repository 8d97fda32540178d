//! The root fields of a mutation: executed one after another, in the order in which they are first *included*.
//!
//! `{ a @include(if: $x) b a }` runs `a` before `b` if `$x`, else after it. So a client key gets a slot for each of its occurrences: it
//! counts if its own occurrence is included and none before it, and it selects what that occurrence and all later ones do. Each
//! slot has a response key of its own; at most one slot of a client key counts in any request. Where the first occurrence is
//! unconditional, as nearly always, there is just that one slot.

use super::conditions::CondId;
use super::error::RequestError;
use super::normalise::{Found, Normaliser};
use crate::plan::KeyId;

/// A root field at one place in the order.
pub(super) struct Slot<'a> {
    pub(super) key: KeyId,
    /// When this slot is the one that counts.
    pub(super) cond: CondId,
    /// The occurrences that it merges, from the one that gives it its place.
    pub(super) found: Vec<Found<'a>>,
}

impl<'a> Normaliser<'a> {
    /// The slots of the root fields, in order of execution.
    pub(super) fn slots(&mut self, found: &[Found<'a>]) -> Result<Vec<Slot<'a>>, RequestError> {
        let mut slots = Vec::new();
        for (index, first) in found.iter().enumerate() {
            if first.field.name.starts_with("__") {
                continue;
            }
            let client_key = first.field.response_key();
            let same = |other: &&Found<'a>| other.field.response_key() == client_key;
            let mut cond = Some(first.cond);
            for earlier in found[..index].iter().filter(same) {
                cond = cond.and_then(|cond| self.arena.conditions.and_not(cond, earlier.cond));
            }
            if let Some(cond) = cond {
                let found: Vec<Found<'a>> = found[index..].iter().filter(same).copied().collect();
                self.check_merging(&found)?;
                let name = self.name_of(first.field);
                let args = self.args(first.field);
                let number = index as u32 + 1;
                let key = self.arena.key(self.supergraph, name, args, 0, number);
                slots.push(Slot { key, cond, found });
            }
        }
        Ok(slots)
    }
}
