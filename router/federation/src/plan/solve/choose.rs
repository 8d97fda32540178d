//! Which hops to make: gathers the ways to resolve each field, lets `cover` choose the subgraphs, and writes down who gets what.

use super::cover::{Need, Offer, Problem, Site};
use super::jump::Hop;
use super::options::Choice;
use super::position::{Here, Picks, union};
use super::{Cost, Jump, Position, ResId, Resolution, Solver, Spot};
use crate::operation::arena::{Entry, SelId};
use crate::plan::PlanError;
use crate::plan::data::KeyId;
use crate::supergraph::{SubgraphId, TypeDefId, TypeKind};
use rustc_hash::FxHashMap;

/// A field of one type that needs a choice.
#[derive(Clone, Debug)]
pub(super) struct Item {
    pub(super) ty: TypeDefId,
    pub(super) entry: Entry,
    /// Complete ways to resolve it, cheapest first.
    pub(super) choices: Vec<Choice>,
}

/// A problem under construction, with the meaning of its numbers.
#[derive(Default)]
struct Gather {
    at_root: bool,
    problem: Problem,
    sites: Vec<SubgraphId>,
    needs: FxHashMap<ResId, usize>,
    works: FxHashMap<(KeyId, ResId, Option<Site>), usize>,
}

impl Solver<'_> {
    /// Resolves the items over hops or here, and adds the result to the resolution. Without a place it is about a selection on a
    /// root type.
    pub(super) fn choose(
        &mut self,
        place: Result<&Here, SelId>,
        items: Vec<Item>,
        picks: &mut Picks,
        resolution: &mut Resolution,
    ) -> Result<(), PlanError> {
        let here = place.ok();
        let spot = place.map_or_else(Spot::Root, |here| Spot::At(here.position));
        let mut ready = Vec::new();
        let mut rest = Vec::new();
        for mut item in items {
            item.choices = self.choices(here, item.ty, item.entry)?;
            if item.choices.iter().any(|choice| choice.rest == SelId::EMPTY) {
                item.choices.retain(|choice| choice.rest == SelId::EMPTY);
                ready.push(item);
            } else {
                self.split(here, item, &mut ready, &mut rest)?;
            }
        }
        resolution.rest = self.regroup(rest);
        if ready.is_empty() {
            return Ok(());
        }
        let gather = self.gather(&mut ready, here.is_none());
        let fixed = self.preference.fixed.get(&spot);
        let fixed = fixed.map(|fixed| fixed.iter().map(|to| gather.site(*to)).collect::<Vec<_>>());
        let ((open, cost), rejected) =
            gather.problem.solve(&mut self.budget, self.options.choose, fixed.as_deref())?;
        resolution.cost = resolution.cost.beside(cost);
        let names = |sites: Vec<Site>| sites.into_iter().map(|site| gather.sites[site]).collect::<Vec<_>>();
        resolution.choice = Some((spot, names(open.clone())));
        resolution.rejected = rejected.into_iter().map(|(sites, cost)| (names(sites), cost)).collect();
        let mut is_open = vec![false; gather.sites.len()];
        open.into_iter().for_each(|site| is_open[site] = true);
        for (index, item) in ready.into_iter().enumerate() {
            let choice = gather.problem.cheapest(index, &is_open).unwrap_or_default();
            self.take(item, choice, picks, resolution);
        }
        self.finish_whole_jumps(resolution)?;
        self.list_here(resolution);
        Ok(())
    }

    /// The items' choices as a covering problem; sorts the choices of each item by rank.
    fn gather(&self, items: &mut [Item], at_root: bool) -> Gather {
        let mut gather = Gather { at_root, ..Gather::default() };
        for item in items.iter() {
            for hop in item.choices.iter().filter_map(|choice| choice.hop.as_ref()) {
                gather.add_site(hop.to);
                let needed = hop.key.iter().chain(&hop.requires);
                needed.flat_map(|(_, need)| &self.res(*need).here).for_each(|to| gather.add_site(*to));
            }
        }
        // Ties go to the subgraph that is preferred, then to the one that comes first in the supergraph.
        gather.sites.sort_unstable_by_key(|to| (self.preference.rank(*to), *to));
        gather.problem.sites = gather.sites.len();
        gather.problem.few_sites = self.preference.few_sites;
        for item in items {
            let site = |choice: &Choice| choice.hop.as_ref().map(|hop| gather.site(hop.to));
            item.choices.sort_by_cached_key(|choice| (self.rank(choice, gather.at_root), site(choice)));
            let offers = item.choices.iter().map(|choice| self.offer(choice, &mut gather)).collect();
            gather.problem.items.push(offers);
        }
        gather
    }

    fn offer(&self, choice: &Choice, gather: &mut Gather) -> Offer {
        let site = choice.hop.as_ref().map(|hop| gather.site(hop.to));
        let mut needs = Vec::new();
        let mut again = false;
        if let Some(hop) = &choice.hop {
            for (_, need) in hop.key.iter().chain(&hop.requires) {
                let resolution = self.res(*need);
                let sites: Vec<Site> = resolution.here.iter().map(|to| gather.site(*to)).collect();
                let known = gather.needs.get(need).copied();
                let index = known.unwrap_or_else(|| {
                    let fetches = resolution.cost.fetches.saturating_sub(sites.len() as u32);
                    let cost = Cost { fetches, ..resolution.cost };
                    gather.problem.needs.push(Need { cost, sites });
                    gather.needs.insert(*need, gather.problem.needs.len() - 1);
                    gather.problem.needs.len() - 1
                });
                needs.push(index);
            }
            // Asking the subgraph once to be able to ask it again.
            again = hop.requires.is_some_and(|(_, need)| self.res(need).here.contains(&hop.to));
        }
        let work_key = (choice.pick.entry.key, choice.pick.sub, site);
        let work = *gather.works.entry(work_key).or_insert_with(|| {
            gather.problem.works.push(self.work(choice, gather.at_root));
            gather.problem.works.len() - 1
        });
        Offer { site, rank: self.rank(choice, gather.at_root), depth: self.depth(choice), needs, work, again }
    }

    /// What a choice costs beside the fetch that it hops to. All that is asked over a hop is late, but for the root's.
    fn work(&self, choice: &Choice, at_root: bool) -> Cost {
        let sub = self.res(choice.pick.sub).cost;
        let fields = sub.fields + 1;
        let late = if choice.hop.is_some() && !at_root { fields } else { sub.late };
        Cost { late, fields, ..sub }
    }

    /// What a choice would cost on its own.
    fn rank(&self, choice: &Choice, at_root: bool) -> Cost {
        let mut cost = self.work(choice, at_root);
        cost.depth = self.depth(choice);
        if let Some(hop) = &choice.hop {
            cost.fetches += 1;
            for (_, need) in hop.key.iter().chain(&hop.requires) {
                let need = self.res(*need).cost;
                cost.fetches += need.fetches;
                cost.late += need.late;
                cost.fields += need.fields;
            }
        }
        cost
    }

    /// The longest chain of fetches that a choice brings.
    fn depth(&self, choice: &Choice) -> u32 {
        let sub = self.res(choice.pick.sub).cost.depth;
        let Some(hop) = &choice.hop else { return sub };
        let needs = hop.key.iter().chain(&hop.requires).map(|(_, need)| self.res(*need).cost.depth);
        1 + needs.max().unwrap_or_default() + sub
    }

    /// Writes an item's choice into the resolution.
    fn take(&mut self, mut item: Item, choice: usize, picks: &mut Picks, resolution: &mut Resolution) {
        let choice = item.choices.swap_remove(choice);
        let Some(hop) = choice.hop else {
            picks.add(&mut self.arena, choice.pick);
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
        // Items come type by type, so that the same hop is among the last.
        let at = resolution.jumps.iter().rposition(same).unwrap_or_else(|| {
            let Hop { to, target, key, requires, whole } = hop;
            let whole = whole.then_some((SelId::EMPTY, ResId::NOTHING));
            let jump = Jump { to, target, types, from: item.ty, key, requires, picks: Vec::new(), whole };
            resolution.jumps.push(jump);
            resolution.jumps.len() - 1
        });
        let jump = &mut resolution.jumps[at];
        if let (Some(a), Some(b)) = (jump.types, types) {
            jump.types = Some(union(&mut self.arena, a, b));
        }
        match &mut jump.whole {
            Some((selection, _)) => {
                let one = self.arena.selection(vec![choice.pick.entry]);
                *selection = self.merge_selections(*selection, one);
            }
            None => jump.picks.push(choice.pick),
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

    /// Lists the subgraphs asked from here, also for keys and requirements.
    fn list_here(&self, resolution: &mut Resolution) {
        let mut here = std::mem::take(&mut resolution.here);
        for jump in &resolution.jumps {
            here.push(jump.to);
            for (_, need) in jump.key.iter().chain(&jump.requires) {
                here.extend(&self.res(*need).here);
            }
        }
        here.sort_unstable();
        here.dedup();
        resolution.here = here;
    }
}

impl Gather {
    fn add_site(&mut self, subgraph: SubgraphId) {
        if !self.sites.contains(&subgraph) {
            self.sites.push(subgraph);
        }
    }

    fn site(&self, subgraph: SubgraphId) -> Site {
        self.sites.iter().position(|known| *known == subgraph).unwrap_or_default()
    }
}
