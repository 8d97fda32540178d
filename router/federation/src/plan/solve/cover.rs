//! The covering problem behind a choice of hops, in plain numbers.
//!
//! Items have options, an option may need a site (a subgraph) to be open. Opening a site costs a fetch; an option's needs (keys,
//! requirements) and its work (the selection below) cost once however many items share them. We look for the set of
//! sites that lets every item have an option at the least cost. The problem is NP-hard in general and tiny in practice, so: sites
//! that another site can replace at no cost are dropped; all subsets are tried while they are few; else sites are closed
//! greedily, starting from all.

use super::Cost;
use crate::plan::PlanError;
use crate::plan::options::Budget;

/// A site: index into the problem's list of sites.
pub(super) type Site = usize;

/// One way to have an item.
#[derive(Clone, Debug)]
pub(super) struct Offer {
    /// The site that has to be open; `None`: no site is needed.
    pub(super) site: Option<Site>,
    /// To rank the offers of one item.
    pub(super) rank: Cost,
    /// The longest chain of fetches that it brings.
    pub(super) depth: u32,
    /// Indexes into [`Problem::needs`].
    pub(super) needs: Vec<usize>,
    /// Index into [`Problem::works`].
    pub(super) work: usize,
    /// The site is asked once more before, for what this offer requires.
    pub(super) again: bool,
}

/// Something that has to be fetched before a site can be asked.
#[derive(Clone, Debug)]
pub(super) struct Need {
    /// Fetches beside those at `sites`, and fields.
    pub(super) cost: Cost,
    /// Sites that are asked for it, open or not.
    pub(super) sites: Vec<Site>,
}

/// All that a choice is about.
#[derive(Clone, Debug, Default)]
pub(super) struct Problem {
    pub(super) sites: usize,
    /// Of equally many fetches those from fewer sites are better, whatever else they cost.
    pub(super) few_sites: bool,
    /// The offers of each item, cheapest first.
    pub(super) items: Vec<Vec<Offer>>,
    pub(super) needs: Vec<Need>,
    pub(super) works: Vec<Cost>,
}

/// A set of open sites with its cost.
pub(super) type Solution = (Vec<Site>, Cost);

/// Beyond this number of sites to choose from, subsets are not enumerated.
const MAX_EXACT: usize = 10;

/// Beyond this number of looks at an item, subsets are not enumerated either.
const MAX_LOOKS: usize = 20_000;

/// Runner-ups kept for explanations.
const MAX_REJECTED: usize = 4;

/// Reused between evaluations.
#[derive(Default)]
struct Seen {
    round: u32,
    needs: Vec<u32>,
    works: Vec<u32>,
    sites: Vec<u32>,
}

impl Seen {
    /// Whether the last evaluation asked every open site: others are no alternatives, only waste.
    fn used_all(&self, open: &[bool]) -> bool {
        open.iter().zip(&self.sites).all(|(open, round)| !open || *round == self.round)
    }
}

impl Problem {
    /// The cheapest set of sites (or the one that `choose` or `fixed` says), and some that were rejected; an error if even all sites
    /// do not suffice.
    pub(super) fn solve(
        &self,
        budget: &mut Budget<'_>,
        choose: Option<&dyn Fn(usize) -> usize>,
        fixed: Option<&[Site]>,
    ) -> Result<(Solution, Vec<Solution>), PlanError> {
        let forced = self.forced();
        let candidates = self.candidates(&forced, choose.is_none());
        let mut seen = Seen {
            round: 0,
            needs: vec![0; self.needs.len()],
            works: vec![0; self.works.len()],
            sites: vec![0; self.sites],
        };
        let subsets = 1usize.checked_shl(candidates.len() as u32).unwrap_or(usize::MAX);
        let exact = candidates.len() <= MAX_EXACT && subsets.saturating_mul(self.items.len()) <= MAX_LOOKS;
        let mut found = if exact {
            self.enumerate(&forced, &candidates, &mut seen, budget)?
        } else {
            self.descend(&forced, &candidates, &mut seen, budget)?
        };
        if let Some(choose) = choose.filter(|_| found.len() > 1) {
            let chosen = choose(found.len()) % found.len();
            found.swap(0, chosen);
        }
        if let Some(solution) = fixed.and_then(|sites| self.solution(sites, &mut seen)) {
            found.retain(|(sites, _)| *sites != solution.0);
            found.insert(0, solution);
        }
        let mut ranked = found.into_iter();
        let none = || PlanError::Internal("no set of subgraphs covers the fields".to_owned());
        let best = ranked.next().ok_or_else(none)?;
        let mut rejected: Vec<Solution> = ranked.take(MAX_REJECTED).collect();
        self.add_replaced(&best, &forced, &mut rejected, &mut seen);
        Ok((best, rejected))
    }

    /// What these sites cost, if they suffice.
    fn solution(&self, sites: &[Site], seen: &mut Seen) -> Option<Solution> {
        let mut open = vec![false; self.sites];
        sites.iter().for_each(|site| open[*site] = true);
        Some((list(&open), self.evaluate(&open, seen)?))
    }

    /// Adds what sites that were not even considered would have cost, for explanations.
    fn add_replaced(&self, best: &Solution, forced: &[bool], rejected: &mut Vec<Solution>, seen: &mut Seen) {
        let mut offered: Vec<Site> = self.items.iter().flatten().filter_map(|offer| offer.site).collect();
        offered.sort_unstable();
        offered.dedup();
        offered.retain(|site| !best.0.contains(site));
        for site in offered.into_iter().take(MAX_REJECTED.saturating_sub(rejected.len())) {
            let mut open = forced.to_vec();
            best.0.iter().for_each(|site| open[*site] = true);
            open[site] = true;
            for other in best.0.iter().copied().filter(|other| !forced[*other]) {
                open[other] = false;
                open[other] = (0..self.items.len()).any(|item| self.cheapest(item, &open).is_none());
            }
            let alternative = list(&open);
            let known = rejected.iter().any(|(known, _)| *known == alternative);
            let cost = self.evaluate(&open, seen).filter(|_| seen.used_all(&open));
            if let Some(cost) = cost.filter(|_| !known && alternative != best.0) {
                rejected.push((alternative, cost));
            }
        }
    }

    /// The index of an item's cheapest offer among open sites.
    pub(super) fn cheapest(&self, item: usize, open: &[bool]) -> Option<usize> {
        self.items[item].iter().position(|offer| offer.site.is_none_or(|site| open[site]))
    }

    /// Sites without which some item has nothing.
    fn forced(&self) -> Vec<bool> {
        let mut forced = vec![false; self.sites];
        for offers in &self.items {
            let first = offers.first().and_then(|offer| offer.site);
            if let Some(site) = first.filter(|site| offers.iter().all(|offer| offer.site == Some(*site))) {
                forced[site] = true;
            }
        }
        forced
    }

    /// Sites worth considering: offered, not forced, and not replaceable by another site at no cost.
    fn candidates(&self, forced: &[bool], only_useful: bool) -> Vec<Site> {
        let mut ranks: Vec<Vec<(usize, Cost)>> = vec![Vec::new(); self.sites];
        for (item, offers) in self.items.iter().enumerate() {
            for offer in offers {
                if let Some(site) = offer.site {
                    ranks[site].push((item, offer.rank));
                }
            }
        }
        let replaces = |by: &[(usize, Cost)], site: &[(usize, Cost)]| {
            let mut by = by.iter().peekable();
            site.iter().all(|(item, rank)| {
                while by.peek().is_some_and(|(other, _)| other < item) {
                    by.next();
                }
                by.peek().is_some_and(|(other, other_rank)| other == item && other_rank <= rank)
            })
        };
        let mut kept: Vec<Site> =
            (0..self.sites).filter(|site| !ranks[*site].is_empty() && !forced[*site]).collect();
        let all = kept.clone();
        kept.retain(|site| {
            let forced_instead =
                (0..self.sites).any(|other| forced[other] && replaces(&ranks[other], &ranks[*site]));
            let other_instead = all.iter().any(|other| {
                *other != *site
                    && replaces(&ranks[*other], &ranks[*site])
                    && (*other < *site || !replaces(&ranks[*site], &ranks[*other]))
            });
            !only_useful || !forced_instead && !other_instead
        });
        kept
    }

    fn enumerate(
        &self,
        forced: &[bool],
        candidates: &[Site],
        seen: &mut Seen,
        budget: &mut Budget<'_>,
    ) -> Result<Vec<Solution>, PlanError> {
        let mut ranked: Vec<Solution> = Vec::new();
        for subset in 0..1usize << candidates.len() {
            budget.take(1 + self.items.len() as u64 / 8)?;
            let mut open = forced.to_vec();
            for (bit, site) in candidates.iter().enumerate() {
                open[*site] = subset >> bit & 1 == 1;
            }
            if let Some(cost) = self.evaluate(&open, seen).filter(|_| seen.used_all(&open)) {
                ranked.push((list(&open), cost));
            }
        }
        ranked.sort_by_key(|(open, cost)| self.order(*cost, open.len()));
        Ok(ranked)
    }

    fn descend(
        &self,
        forced: &[bool],
        candidates: &[Site],
        seen: &mut Seen,
        budget: &mut Budget<'_>,
    ) -> Result<Vec<Solution>, PlanError> {
        let mut open = forced.to_vec();
        candidates.iter().for_each(|site| open[*site] = true);
        let Some(mut cost) = self.evaluate(&open, seen) else { return Ok(Vec::new()) };
        let mut rejected = vec![(list(&open), cost)];
        loop {
            let mut best: Option<(Site, Cost)> = None;
            for site in candidates.iter().rev().filter(|site| open[**site]).copied().collect::<Vec<_>>() {
                budget.take(1 + self.items.len() as u64 / 8)?;
                open[site] = false;
                let found = self.evaluate(&open, seen);
                open[site] = true;
                let fits = |found: &Cost| self.order(*found, 0) <= self.order(cost, 1);
                let better = |found: &Cost| fits(found) && best.is_none_or(|(_, known)| *found < known);
                if let Some(found) = found.filter(better) {
                    best = Some((site, found));
                }
            }
            let Some((site, found)) = best else { break };
            open[site] = false;
            cost = found;
        }
        rejected.retain(|(sites, _)| *sites != list(&open));
        rejected.insert(0, (list(&open), cost));
        Ok(rejected)
    }

    /// What makes a solution better than another, the smaller the better.
    fn order(&self, cost: Cost, sites: usize) -> (u32, usize, Cost, usize) {
        if self.few_sites { (cost.fetches, sites, cost, 0) } else { (0, 0, cost, sites) }
    }

    /// The cost of having all items with these sites open; `None` if some item has no offer then.
    fn evaluate(&self, open: &[bool], seen: &mut Seen) -> Option<Cost> {
        seen.round += 1;
        let round = seen.round;
        let mut cost = Cost::default();
        for item in 0..self.items.len() {
            let offer = &self.items[item][self.cheapest(item, open)?];
            cost.depth = cost.depth.max(offer.depth);
            cost.fetches += u32::from(offer.again);
            if let Some(site) = offer.site {
                cost.fetches += u32::from(std::mem::replace(&mut seen.sites[site], round) != round);
            }
            if std::mem::replace(&mut seen.works[offer.work], round) != round {
                let work = self.works[offer.work];
                cost.fetches += work.fetches;
                cost.late += work.late;
                cost.fields += work.fields;
            }
            for need in &offer.needs {
                if std::mem::replace(&mut seen.needs[*need], round) == round {
                    continue;
                }
                let need = &self.needs[*need];
                cost.fetches += need.cost.fetches;
                cost.late += need.cost.late;
                cost.fields += need.cost.fields;
                for site in &need.sites {
                    cost.fetches += u32::from(std::mem::replace(&mut seen.sites[*site], round) != round);
                }
            }
        }
        Some(cost)
    }
}

fn list(open: &[bool]) -> Vec<Site> {
    open.iter().enumerate().filter(|(_, open)| **open).map(|(site, _)| site).collect()
}
