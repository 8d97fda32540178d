//! Fields whose selection no single subgraph resolves all the way down: value types and root fields that several subgraphs share.
//!
//! The choice that does most is taken, what it leaves is offered to the next, and so on. What remains in the end goes up to
//! the caller, which may do better from its place.

use super::Solver;
use super::choose::Item;
use super::options::Choice;
use super::position::{Here, union};
use crate::operation::arena::{Entry, SelId};
use crate::plan::PlanError;

impl Solver<'_> {
    /// Splits an item over several choices; each becomes an item without alternatives.
    pub(super) fn split(
        &mut self,
        here: Option<&Here>,
        item: Item,
        open: &mut Vec<Item>,
        rest: &mut Vec<Entry>,
    ) -> Result<(), PlanError> {
        let Item { ty, mut entry, mut choices } = item;
        loop {
            let before = self.size(entry.sub);
            let Some((choice, left)) = self.most(choices, before) else {
                rest.push(entry);
                return Ok(());
            };
            open.push(Item { ty, entry, choices: vec![choice] });
            if left == SelId::EMPTY {
                return Ok(());
            }
            entry.sub = left;
            choices = self.choices(here, ty, entry)?;
        }
    }

    /// The choice that leaves least, and what it leaves; `None` if none resolves anything.
    fn most(&mut self, choices: Vec<Choice>, before: u32) -> Option<(Choice, SelId)> {
        let mut best: Option<(Choice, u32)> = None;
        for choice in choices {
            let size = self.size(choice.rest);
            let better = best.as_ref().is_none_or(|(known, known_size)| {
                let cost = self.res(choice.pick.sub).cost;
                (size, cost) < (*known_size, self.res(known.pick.sub).cost)
            });
            if size < before && better {
                best = Some((choice, size));
            }
        }
        best.map(|(choice, _)| {
            let rest = choice.rest;
            (choice, rest)
        })
    }

    /// Entries of single types as one selection, equal ones joined.
    pub(super) fn regroup(&mut self, entries: Vec<Entry>) -> SelId {
        let mut out: Vec<Entry> = Vec::new();
        for entry in entries {
            let same = |known: &&mut Entry| {
                known.key == entry.key && known.cond == entry.cond && known.sub == entry.sub
            };
            match out.iter_mut().find(same) {
                Some(known) => known.types = union(&mut self.arena, known.types, entry.types),
                None => out.push(entry),
            }
        }
        self.arena.selection(out)
    }
}
