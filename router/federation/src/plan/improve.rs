//! Better plans than the sum of the best choices.
//!
//! Positions are solved one by one, each as if its fetches were its own. But fetches of different places share requests, so what is
//! dearer for one place can be cheaper for all. Where a choice has alternatives that cost little more, planning runs again with
//! other choices: first with ties going to the subgraphs that are asked most, and with fewer subgraphs at each place; then with one
//! alternative at a time. The best plan is taken. An operation without such choices, and most are, is planned once.

use super::emit::{Chosen, Emitter};
use super::optimise::graph::Graph;
use super::solve::{Preference, Spot};
use super::{PlanError, PlanOptions};
use crate::supergraph::SubgraphId;
use rustc_hash::{FxHashMap, FxHashSet};

/// A plan as drafts and their groups.
pub(super) type Drafted<'a> = (Emitter<'a>, Graph);

/// Alternatives that cost so many fetches more, seen alone, are tried.
const MOST_EXTRA: u32 = 2;

/// Steps beside three times those of the first plan.
const STEPS: u64 = 5_000;

/// Looks for a better plan, within a few times the steps of the first.
pub(super) fn improve<'a>(
    first: Drafted<'a>,
    options: &PlanOptions<'a>,
    draft: impl Fn(&Emitter<'a>, &PlanOptions<'a>, Preference) -> Result<Drafted<'a>, PlanError>,
) -> Result<Drafted<'a>, PlanError> {
    let steps = first.0.solver.budget.taken();
    let mut left = 3 * steps + STEPS;
    let mut preferences = ties(&first.0.chosen);
    preferences.reverse();
    let mut tried = FxHashSet::default();
    let mut best = first;
    while let Some(preference) = preferences.pop().or_else(|| alternative(&best.0, &mut tried)) {
        match draft(&best.0, &PlanOptions { max_steps: left, ..*options }, preference) {
            Ok(other) => {
                left = left.saturating_sub(other.0.solver.budget.taken());
                if other.1.size() < best.1.size() {
                    best = other;
                }
            }
            Err(PlanError::Interrupted) => return Err(PlanError::Interrupted),
            Err(_) => left = left.saturating_sub(steps),
        }
        if left < steps {
            break;
        }
    }
    Ok(best)
}

/// If some place could ask other subgraphs at no more fetches: how often each subgraph is asked where there is no choice, as
/// a preference for such places; and once more with fewer subgraphs before anything else, where that makes a difference.
fn ties(choices: &[Chosen]) -> Vec<Preference> {
    let mut counts: FxHashMap<SubgraphId, u32> = FxHashMap::default();
    let (mut open, mut fewer) = (false, false);
    for chosen in choices {
        let equal = || chosen.rejected.iter().filter(|(_, cost)| cost.fetches == chosen.cost.fetches);
        fewer |= equal().any(|(others, _)| others.len() < chosen.to.len());
        for to in &chosen.to {
            let forced = equal().all(|(others, _)| others.contains(to));
            open |= !forced;
            *counts.entry(*to).or_default() += if forced { 1000 } else { 1 };
        }
    }
    let ranks: FxHashMap<_, _> =
        counts.into_iter().map(|(subgraph, count)| (subgraph, u32::MAX - count)).collect();
    let tried = [(open, false), (fewer, true)].into_iter().filter(|(useful, _)| *useful);
    tried
        .map(|(_, few_sites)| Preference { ranks: ranks.clone(), few_sites, ..Preference::default() })
        .collect()
}

/// The plan's choices but one, the cheapest that was not tried yet.
fn alternative(emitter: &Emitter<'_>, tried: &mut FxHashSet<(Spot, Vec<SubgraphId>)>) -> Option<Preference> {
    let mut best: Option<(u32, Spot, &[SubgraphId])> = None;
    for chosen in &emitter.chosen {
        let Some((spot, taken)) = &chosen.choice else { continue };
        tried.insert((*spot, taken.clone()));
        for (sites, cost) in &chosen.rejected {
            let extra = cost.fetches.saturating_sub(chosen.cost.fetches);
            let is_better = best.is_none_or(|(known, ..)| extra < known) && extra <= MOST_EXTRA;
            if is_better && !tried.contains(&(*spot, sites.clone())) {
                best = Some((extra, *spot, sites));
            }
        }
    }
    let (_, spot, sites) = best?;
    tried.insert((spot, sites.to_vec()));
    let mut preference = emitter.solver.preference.clone();
    preference.fixed.insert(spot, sites.to_vec());
    Some(preference)
}
