//! Which hops to make: a small facility-location problem.
//!
//! Each field has its choices; opening a subgraph costs a fetch and what its key needs. We look for the set of subgraphs that
//! covers all fields at the least cost: all subsets while they are few, else greedily from all of them downwards. Fields
//! then take their cheapest choice among the open subgraphs.

use super::jump::Hop;
use super::options::Choice;
use super::position::{Here, add_pick, union};
use super::{Cost, Jump, Position, ResId, Resolution, Solver};
use crate::operation::arena::{Entry, SelId};
use crate::plan::PlanError;
use crate::supergraph::{SubgraphId, TypeDefId, TypeKind};

/// A field of one type that needs a choice.
#[derive(Clone, Debug)]
pub(super) struct Item {
    pub(super) ty: TypeDefId,
    pub(super) entry: Entry,
    pub(super) options: Vec<Choice>,
}

/// Beyond this number of subgraphs to choose from, subsets are not enumerated.
const MAX_EXACT: usize = 10;

/// Beyond this number of field evaluations, subsets are not enumerated either.
const MAX_EVALUATIONS: usize = 20_000;

/// Rejected alternatives kept for explanations.
const MAX_REJECTED: usize = 4;

impl Solver<'_> {
    /// Resolves the items over hops or here, and adds the result to the resolution.
    pub(super) fn choose(
        &mut self,
        here: Option<&Here>,
        items: Vec<Item>,
        resolution: &mut Resolution,
    ) -> Result<(), PlanError> {
        let mut open = Vec::new();
        let mut rest = Vec::new();
        for mut item in items {
            item.options = self.choices(here, item.ty, item.entry)?;
            if item.options.iter().any(|choice| choice.rest == SelId::EMPTY) {
                item.options.retain(|choice| choice.rest == SelId::EMPTY);
                open.push(item);
            } else {
                self.split(here, item, &mut open, &mut rest)?;
            }
        }
        resolution.rest = self.regroup(rest);
        if open.is_empty() {
            return Ok(());
        }
        let (chosen, cost) = self.best_set(&open, resolution)?;
        resolution.cost = resolution.cost.beside(cost);
        let picked: Vec<(Item, usize)> = open
            .into_iter()
            .map(|item| {
                let choice = self.cheapest(&item, &chosen).unwrap_or_default();
                (item, choice)
            })
            .collect();
        for (item, choice) in picked {
            self.take(item, choice, resolution);
        }
        self.finish_whole_jumps(resolution)?;
        self.list_here(resolution);
        Ok(())
    }

    /// The cheapest set of subgraphs to open.
    fn best_set(
        &mut self,
        items: &[Item],
        resolution: &mut Resolution,
    ) -> Result<(Vec<SubgraphId>, Cost), PlanError> {
        let mut forced = Vec::new();
        let mut candidates = Vec::new();
        for item in items {
            let only = item.options.len() == 1;
            for hop in item.options.iter().filter_map(|choice| choice.hop.as_ref()) {
                let list = if only { &mut forced } else { &mut candidates };
                if !list.contains(&hop.to) {
                    list.push(hop.to);
                }
            }
        }
        candidates.retain(|subgraph| !forced.contains(subgraph));
        candidates.sort_unstable();
        let subsets = 1usize.checked_shl(candidates.len() as u32).unwrap_or(usize::MAX);
        if candidates.len() <= MAX_EXACT && subsets.saturating_mul(items.len()) <= MAX_EVALUATIONS {
            self.enumerate(items, &forced, &candidates, resolution)
        } else {
            self.descend(items, &forced, &candidates)
        }
    }

    /// Tries all subsets of the candidates.
    fn enumerate(
        &mut self,
        items: &[Item],
        forced: &[SubgraphId],
        candidates: &[SubgraphId],
        resolution: &mut Resolution,
    ) -> Result<(Vec<SubgraphId>, Cost), PlanError> {
        let mut ranked: Vec<(Vec<SubgraphId>, Cost)> = Vec::new();
        for subset in 0..1usize << candidates.len() {
            self.budget.take(1 + items.len() as u64 / 8)?;
            let mut open = forced.to_vec();
            open.extend((0..candidates.len()).filter(|i| subset >> i & 1 == 1).map(|i| candidates[i]));
            if let Some(cost) = self.evaluate(items, &open) {
                ranked.push((open, cost));
            }
        }
        ranked.sort_by_key(|(open, cost)| (*cost, open.len()));
        let none =
            || PlanError::Internal("a field has choices, but no set of subgraphs covers it".to_owned());
        let mut ranked = ranked.into_iter();
        let best = ranked.next().ok_or_else(none)?;
        resolution.rejected.extend(ranked.take(MAX_REJECTED));
        Ok(best)
    }

    /// Starts with all candidates and closes the one that saves most, as long as one does.
    fn descend(
        &mut self,
        items: &[Item],
        forced: &[SubgraphId],
        candidates: &[SubgraphId],
    ) -> Result<(Vec<SubgraphId>, Cost), PlanError> {
        let mut open = [forced, candidates].concat();
        let none =
            || PlanError::Internal("a field has choices, but no set of subgraphs covers it".to_owned());
        let mut cost = self.evaluate(items, &open).ok_or_else(none)?;
        loop {
            let mut best: Option<(usize, Cost)> = None;
            for index in forced.len()..open.len() {
                self.budget.take(1 + items.len() as u64 / 8)?;
                let mut without = open.clone();
                without.remove(index);
                let Some(found) = self.evaluate(items, &without) else { continue };
                if found <= cost && best.is_none_or(|(_, known)| found < known) {
                    best = Some((index, found));
                }
            }
            let Some((index, found)) = best else { return Ok((open, cost)) };
            open.remove(index);
            cost = found;
        }
    }

    /// The cost of resolving all items with these subgraphs open; `None` if they do not suffice.
    fn evaluate(&self, items: &[Item], open: &[SubgraphId]) -> Option<Cost> {
        let mut asked: Vec<SubgraphId> = Vec::new();
        let mut needs: Vec<ResId> = Vec::new();
        let mut subs: Vec<(Entry, ResId, Option<SubgraphId>)> = Vec::new();
        let mut cost = Cost::default();
        for item in items {
            let choice = &item.options[self.cheapest(item, open)?];
            let hop = choice.hop.as_ref();
            let depth = self.depth(choice);
            cost.depth = cost.depth.max(depth);
            if let Some(hop) = hop {
                add_once(&mut asked, hop.to);
                for (_, need) in hop.key.iter().chain(&hop.requires) {
                    add_once(&mut needs, *need);
                }
                // Asking the subgraph once to be able to ask it again.
                let again = hop.requires.is_some_and(|(_, need)| self.res(need).here.contains(&hop.to));
                cost.fetches += u32::from(again);
            }
            let entry = Entry { types: item.entry.types, ..choice.pick.entry };
            let same = |known: &(Entry, ResId, Option<SubgraphId>)| {
                known.1 == choice.pick.sub && known.0.key == entry.key && known.2 == hop.map(|hop| hop.to)
            };
            if !subs.iter().any(same) {
                subs.push((entry, choice.pick.sub, hop.map(|hop| hop.to)));
                let sub = self.res(choice.pick.sub).cost;
                cost.fetches += sub.fetches;
                cost.fields += sub.fields + 1;
            }
        }
        for need in needs {
            let resolution = self.res(need);
            cost.fetches += resolution.cost.fetches - resolution.here.len() as u32;
            cost.fields += resolution.cost.fields;
            for subgraph in &resolution.here {
                add_once(&mut asked, *subgraph);
            }
        }
        cost.fetches += asked.len() as u32;
        Some(cost)
    }

    /// The longest chain of fetches that a choice brings.
    fn depth(&self, choice: &Choice) -> u32 {
        let sub = self.res(choice.pick.sub).cost.depth;
        let Some(hop) = &choice.hop else { return sub };
        let needs = hop.key.iter().chain(&hop.requires).map(|(_, need)| self.res(*need).cost.depth);
        1 + needs.max().unwrap_or_default() + sub
    }

    /// The index of an item's cheapest choice among open subgraphs.
    fn cheapest(&self, item: &Item, open: &[SubgraphId]) -> Option<usize> {
        let is_open = |choice: &Choice| choice.hop.as_ref().is_none_or(|hop| open.contains(&hop.to));
        let choices = item.options.iter().enumerate().filter(|(_, choice)| is_open(choice));
        choices.min_by_key(|(index, choice)| (self.choice_cost(choice), *index)).map(|(index, _)| index)
    }

    fn choice_cost(&self, choice: &Choice) -> Cost {
        let mut cost = self.res(choice.pick.sub).cost;
        cost.depth = self.depth(choice);
        if let Some(hop) = &choice.hop {
            for (_, need) in hop.key.iter().chain(&hop.requires) {
                let need = self.res(*need).cost;
                cost.fetches += need.fetches;
                cost.fields += need.fields;
            }
        }
        cost
    }

    /// Writes an item's choice into the resolution.
    fn take(&mut self, item: Item, choice: usize, resolution: &mut Resolution) {
        let choice = item.options[choice].clone();
        let Some(hop) = choice.hop else {
            add_pick(&mut self.arena, &mut resolution.picks, choice.pick);
            return;
        };
        let is_object = self.supergraph.ty(item.ty).kind == TypeKind::Object;
        let types = is_object.then_some(item.entry.types);
        let same = |jump: &Jump| {
            jump.to == hop.to
                && jump.target == hop.target
                && jump.from == item.ty
                && jump.key == hop.key
                && jump.requires == hop.requires
                && jump.whole.is_some() == hop.whole
        };
        let at = match resolution.jumps.iter().position(same) {
            Some(at) => at,
            None => {
                let Hop { to, target, key, requires, whole } = hop;
                let whole = whole.then_some((SelId::EMPTY, ResId::NOTHING));
                let jump = Jump { to, target, types, from: item.ty, key, requires, picks: Vec::new(), whole };
                resolution.jumps.push(jump);
                resolution.jumps.len() - 1
            }
        };
        let jump = &mut resolution.jumps[at];
        if let (Some(a), Some(b)) = (jump.types, types) {
            jump.types = Some(union(&mut self.arena, a, b));
        }
        match &mut jump.whole {
            Some((selection, _)) => {
                let before = *selection;
                let one = self.arena.selection(vec![choice.pick.entry]);
                let merged = self.merge_selections(before, one);
                if let Some((selection, _)) = &mut resolution.jumps[at].whole {
                    *selection = merged;
                }
            }
            None => add_pick(&mut self.arena, &mut jump.picks, choice.pick),
        }
    }

    /// Solves the selections of hops to an interface as a whole.
    fn finish_whole_jumps(&mut self, resolution: &mut Resolution) -> Result<(), PlanError> {
        for jump in &mut resolution.jumps {
            if let Some((selection, solved)) = &mut jump.whole {
                let (subgraph, ty, provided) = (jump.to, jump.target, SelId::EMPTY);
                *solved = self.solve(Position { subgraph, ty, selection: *selection, provided })?;
            }
        }
        Ok(())
    }

    fn list_here(&self, resolution: &mut Resolution) {
        for jump in &resolution.jumps {
            add_once(&mut resolution.here, jump.to);
            for (_, need) in jump.key.iter().chain(&jump.requires) {
                for subgraph in self.res(*need).here.clone() {
                    add_once(&mut resolution.here, subgraph);
                }
            }
        }
    }
}

fn add_once<T: PartialEq>(list: &mut Vec<T>, value: T) {
    if !list.contains(&value) {
        list.push(value);
    }
}
