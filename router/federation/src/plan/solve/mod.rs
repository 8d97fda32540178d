//! Chooses how to resolve every selection: the first half of planning.
//!
//! An operation is a tree, and an entity hop starts afresh from (type, subgraph). So the best way to resolve a selection depends
//! only on the [`Position`]: subgraph, type there, selection, and what is provided there. [`Solver::solve`] answers that once
//! per position and remembers it.
//!
//! - `position`: what kind of type is it, and which fields can be sent as they stand;
//! - `options`: for each field left, here or in which other subgraph it can be resolved;
//! - `jump`: what a hop to another subgraph costs: its key and its requirements, solved at the same position;
//! - `choose`: which hops to make, over `cover`: which set of subgraphs covers all fields at the least cost;
//! - `remainder`: fields that no single subgraph resolves all the way down;
//! - `project`: selections narrowed to one object type, and field sets as selections.

mod choose;
mod cover;
mod jump;
mod options;
pub(super) mod position;
mod project;
mod remainder;

use super::options::{Budget, PlanError, PlanOptions};
use crate::operation::arena::{Arena, Entry, SelId, SetId};
use crate::supergraph::{Home, OverrideRole, SubgraphId, Supergraph, TypeDefId};
use rustc_hash::FxHashMap;

/// Where a selection is to be resolved.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Position {
    pub(super) subgraph: SubgraphId,
    /// The type there.
    pub(super) ty: TypeDefId,
    pub(super) selection: SelId,
    /// External fields that are resolved here all the same.
    pub(super) provided: SelId,
}

/// Where hops are chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Spot {
    /// A selection on a root type.
    Root(SelId),
    /// Anywhere else.
    At(Position),
}

/// What a way of resolving costs, most important first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Cost {
    /// Further fetches.
    pub(super) fetches: u32,
    /// The longest chain of them.
    pub(super) depth: u32,
    /// Fields that only those further fetches bring: what is there early is asked once, not entity by entity.
    pub(super) late: u32,
    /// Fields asked for.
    pub(super) fields: u32,
}

/// A resolution: index into [`Solver::resolutions`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct ResId(pub(super) u32);

impl ResId {
    /// Nothing to resolve.
    pub(super) const NOTHING: Self = Self(0);
}

/// How a selection is resolved at a position.
#[derive(Clone, Debug, Default)]
pub(super) struct Resolution {
    pub(super) cost: Cost,
    /// The subgraphs that are asked from this very place.
    pub(super) here: Vec<SubgraphId>,
    /// Where hops were chosen, and the subgraphs that they go to; `None` without hops.
    pub(super) choice: Option<(Spot, Vec<SubgraphId>)>,
    /// What this position cannot resolve.
    pub(super) rest: SelId,
    /// Fields asked in the current fetch.
    pub(super) picks: Vec<Pick>,
    /// Hops from here.
    pub(super) jumps: Vec<Jump>,
    /// Other sets of subgraphs to hop to that would have done, with their cost.
    pub(super) rejected: Vec<(Vec<SubgraphId>, Cost)>,
}

/// A field asked in the current fetch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Pick {
    /// The field; its `types` are those of this subgraph for which it is asked.
    pub(super) entry: Entry,
    /// The field's type here; `None` for a leaf.
    pub(super) below: Option<TypeDefId>,
    /// How its selection is resolved here.
    pub(super) sub: ResId,
}

/// A hop to a subgraph.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Jump {
    pub(super) to: SubgraphId,
    /// The type to ask for there: the object's own, or an interface that it implements.
    pub(super) target: TypeDefId,
    /// The objects to hop from; `None`: all of an interface object, whose types nobody knows.
    pub(super) types: Option<SetId>,
    /// The type that the key and the requirements are selections on.
    pub(super) from: TypeDefId,
    /// The key, as a selection and its resolution at the place where the hop starts; `None` for root types.
    pub(super) key: Option<(SelId, ResId)>,
    /// Required fields, likewise.
    pub(super) requires: Option<(SelId, ResId)>,
    /// Fields of the target type.
    pub(super) picks: Vec<Pick>,
    /// A selection on the target as an abstract type, resolved there as a whole.
    pub(super) whole: Option<(SelId, ResId)>,
}

/// What to choose other than what is cheapest for a place alone.
#[derive(Clone, Debug, Default)]
pub(super) struct Preference {
    /// Where costs are equal: the lower, the better.
    pub(super) ranks: FxHashMap<SubgraphId, u32>,
    /// Of equally many fetches those from fewer subgraphs are better, even if they are deeper or bring more.
    pub(super) few_sites: bool,
    /// The subgraphs to hop to from some places, whatever it costs.
    pub(super) fixed: FxHashMap<Spot, Vec<SubgraphId>>,
}

impl Preference {
    fn rank(&self, subgraph: SubgraphId) -> u32 {
        self.ranks.get(&subgraph).copied().unwrap_or(u32::MAX)
    }
}

/// Solves positions and remembers the answers.
pub(super) struct Solver<'a> {
    pub(super) supergraph: &'a Supergraph,
    pub(super) arena: Arena,
    pub(super) options: PlanOptions<'a>,
    pub(super) budget: Budget<'a>,
    pub(super) resolutions: Vec<Resolution>,
    solved: FxHashMap<Position, ResId>,
    /// Positions being solved, with their depth on the stack.
    open: FxHashMap<Position, u32>,
    /// The lowest stack depth that the current answer depends on by having met it unfinished.
    lowest: u32,
    projections: FxHashMap<(SelId, TypeDefId), SelId>,
    field_sets: FxHashMap<usize, SelId>,
    sizes: FxHashMap<SelId, u32>,
    pub(super) preference: Preference,
}

impl<'a> Solver<'a> {
    pub(super) fn new(
        supergraph: &'a Supergraph,
        arena: Arena,
        options: PlanOptions<'a>,
        preference: Preference,
    ) -> Self {
        Self {
            supergraph,
            arena,
            budget: Budget::new(&options),
            options,
            resolutions: vec![Resolution::default()],
            solved: FxHashMap::default(),
            open: FxHashMap::default(),
            lowest: u32::MAX,
            projections: FxHashMap::default(),
            field_sets: FxHashMap::default(),
            sizes: FxHashMap::default(),
            preference,
        }
    }

    /// A resolution.
    pub(super) fn res(&self, id: ResId) -> &Resolution {
        &self.resolutions[id.0 as usize]
    }

    fn push(&mut self, resolution: Resolution) -> ResId {
        self.resolutions.push(resolution);
        ResId(self.resolutions.len() as u32 - 1)
    }

    /// The best way to resolve a selection at a position.
    ///
    /// Keys and requirements are solved at the position where the hop starts, so a position can be needed to solve itself. It
    /// then counts as unresolvable there. An answer found that way holds only below the unfinished position, and is
    /// not remembered.
    pub(super) fn solve(&mut self, position: Position) -> Result<ResId, PlanError> {
        if position.selection == SelId::EMPTY {
            return Ok(ResId::NOTHING);
        }
        if let Some(id) = self.solved.get(&position) {
            return Ok(*id);
        }
        if let Some(depth) = self.open.get(&position) {
            self.lowest = self.lowest.min(*depth);
            let rest = position.selection;
            return Ok(self.push(Resolution { rest, ..Resolution::default() }));
        }
        self.budget.take(1)?;
        let depth = self.open.len() as u32;
        let outer = std::mem::replace(&mut self.lowest, u32::MAX);
        self.open.insert(position, depth);
        let resolution = self.position(position);
        self.open.remove(&position);
        let id = self.push(resolution?);
        if self.lowest >= depth {
            self.solved.insert(position, id);
            self.lowest = outer;
        } else {
            self.lowest = self.lowest.min(outer);
        }
        Ok(id)
    }

    /// Whether a home resolves its field, given the active override labels.
    fn is_active(&self, home: &Home) -> bool {
        home.label.as_ref().is_none_or(|(label, role)| {
            let active = self.options.override_labels.iter().any(|known| known == label);
            active == (*role == OverrideRole::Overriding)
        })
    }
}
