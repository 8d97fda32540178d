//! Plans as text and as JSON, with the reasons.

mod json;
mod text;

use super::emit::Emitter;
use super::solve::Cost;

/// Why the plan hops where it does.
#[derive(Clone, Debug, Default)]
pub struct Why {
    /// One per place from which other subgraphs are asked.
    pub choices: Vec<WhyChoice>,
}

/// A choice at one place.
#[derive(Clone, Debug)]
pub struct WhyChoice {
    /// The place in the response; empty for the root.
    pub path: String,
    /// The subgraph at whose answer we stand; `None` at the root.
    pub from: Option<String>,
    /// The subgraphs that are asked.
    pub to: Vec<String>,
    /// What resolving everything below here costs.
    pub cost: WhyCost,
    /// Other sets of subgraphs that would have done.
    pub rejected: Vec<(Vec<String>, WhyCost)>,
}

/// A cost: fetches first, then the longest chain of them, then fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WhyCost {
    /// Further fetches.
    pub fetches: u32,
    /// The longest chain of them.
    pub depth: u32,
    /// Fields asked for.
    pub fields: u32,
}

impl From<Cost> for WhyCost {
    fn from(cost: Cost) -> Self {
        Self { fetches: cost.fetches, depth: cost.depth, fields: cost.fields }
    }
}

impl Why {
    /// Collects the reasons of the plan being written.
    pub(super) fn new(emitter: &Emitter<'_>) -> Self {
        let supergraph = emitter.solver.supergraph;
        let name = |id: &crate::supergraph::SubgraphId| supergraph.subgraphs()[id.index()].name.clone();
        let names = |ids: &[crate::supergraph::SubgraphId]| ids.iter().map(name).collect::<Vec<_>>();
        let choice = |chosen: &super::emit::Chosen| WhyChoice {
            path: emitter.path_text(chosen.path),
            from: chosen.from.as_ref().map(name),
            to: names(&chosen.to),
            cost: chosen.cost.into(),
            rejected: chosen.rejected.iter().map(|(to, cost)| (names(to), (*cost).into())).collect(),
        };
        Self { choices: emitter.chosen.iter().map(choice).collect() }
    }
}

impl Emitter<'_> {
    /// A path as keys with dots.
    pub(super) fn path_text(&self, id: super::emit::PathId) -> String {
        let mut keys = Vec::new();
        let mut at = id;
        while let Some(Some(step)) = self.paths.get_index(at.0 as usize) {
            keys.push(self.solver.arena.key_info(step.key).text.as_str());
            at = step.parent;
        }
        keys.reverse();
        keys.join(".")
    }
}
