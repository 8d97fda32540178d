//! A place in a fetch's document, and writing resolutions there.

use super::{DraftId, Emitter, NodeId, PathId};
use crate::operation::arena::SetId;
use crate::operation::conditions::CondId;
use crate::plan::PlanError;
use crate::plan::solve::{Pick, ResId};
use crate::supergraph::Role;

/// Where fields are written.
#[derive(Clone, Copy, Debug)]
pub(in crate::plan) struct Place {
    pub(in crate::plan) draft: DraftId,
    pub(in crate::plan) node: NodeId,
    /// The place in the response.
    pub(in crate::plan) path: PathId,
    /// Of the objects there, only those of these types are meant.
    pub(in crate::plan) narrow: Option<SetId>,
    /// Under which condition the place exists.
    pub(in crate::plan) cond: CondId,
}

impl Emitter<'_> {
    /// Writes a resolution at a place. `touched` collects the fetches that hold a part of it.
    pub(super) fn resolution(
        &mut self,
        place: Place,
        id: ResId,
        touched: &mut Vec<DraftId>,
    ) -> Result<(), PlanError> {
        self.solver.budget.take(1)?;
        let resolution = self.solver.res(id);
        let (picks, jumps) = (resolution.picks.clone(), resolution.jumps.clone());
        let from = self.drafts[place.draft.0 as usize].subgraph;
        self.explain(place.path, Some(from), id);
        for pick in picks {
            self.pick(place, pick, touched)?;
        }
        self.jumps(place, jumps, touched)
    }

    /// Writes a field and what is below it.
    pub(super) fn pick(
        &mut self,
        place: Place,
        pick: Pick,
        touched: &mut Vec<DraftId>,
    ) -> Result<(), PlanError> {
        let Some(cond) = self.solver.arena.conditions.and(place.cond, pick.entry.cond) else { return Ok(()) };
        if !touched.contains(&place.draft) {
            touched.push(place.draft);
        }
        let child = self.write(place.node, pick.entry.key, pick.entry.types, cond, pick.below);
        let Some(node) = child else { return Ok(()) };
        let hops = self.solver.res(pick.sub).cost.fetches > 0;
        let narrow = if hops { self.narrow(place, Some(pick.entry.types)) } else { None };
        let path = self.step(place.path, narrow, pick.entry.key);
        let below = Place { draft: place.draft, node, path, narrow: None, cond };
        self.resolution(below, pick.sub, touched)
    }

    /// The type condition that picks these types out of all objects at a place. Where there is one, the place's runtime
    /// types have to be asked.
    pub(super) fn narrow(&mut self, place: Place, types: Option<SetId>) -> Option<SetId> {
        let node = &self.nodes[place.node.0 as usize];
        let there = self.solver.supergraph.type_in(node.ty, node.subgraph);
        let (Some(types), Some(there)) = (types, there) else { return place.narrow };
        if there.role != Role::Abstract || there.possible.is_subset(self.solver.arena.types(types)) {
            return place.narrow;
        }
        self.nodes[place.node.0 as usize].typename = true;
        Some(types)
    }
}
