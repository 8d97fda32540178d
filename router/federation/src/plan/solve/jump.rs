//! What a hop needs: a key that is complete at the place where it starts, and the required fields.

use super::position::Here;
use super::{Position, ResId, Solver};
use crate::operation::arena::SelId;
use crate::plan::PlanError;
use crate::supergraph::{FieldSet, SubgraphId, TypeDefId};

/// A possible hop from a type at a position.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Hop {
    pub(super) to: SubgraphId,
    pub(super) target: TypeDefId,
    /// The key's selection and how it is resolved; `None` for root types.
    pub(super) key: Option<(SelId, ResId)>,
    pub(super) requires: Option<(SelId, ResId)>,
    /// The target is resolved as an abstract type.
    pub(super) whole: bool,
}

impl Solver<'_> {
    /// The cheapest way to hop from a type to a target in another subgraph; `None` if there is none.
    pub(super) fn hop(
        &mut self,
        here: Option<&Here>,
        from: TypeDefId,
        target: TypeDefId,
        to: SubgraphId,
        requires: Option<&FieldSet>,
    ) -> Result<Option<Hop>, PlanError> {
        let mut hop = Hop { to, target, key: None, requires: None, whole: false };
        let Some(here) = here else { return Ok(Some(hop)) };
        if !self.supergraph.is_query_root(target) {
            hop.key = self.best_key(here, from, target, to)?;
            if hop.key.is_none() {
                return Ok(None);
            }
        }
        if let Some(set) = requires {
            hop.requires = self.complete(here, from, (set, to))?;
            if hop.requires.is_none() {
                return Ok(None);
            }
        }
        Ok(Some(hop))
    }

    fn best_key(
        &mut self,
        here: &Here,
        from: TypeDefId,
        target: TypeDefId,
        to: SubgraphId,
    ) -> Result<Option<(SelId, ResId)>, PlanError> {
        let supergraph = self.supergraph;
        let Some(there) = supergraph.type_in(target, to) else { return Ok(None) };
        let mut best: Option<(SelId, ResId)> = None;
        for key in there.keys.iter().filter(|key| key.resolvable) {
            let Some(found) = self.complete(here, from, (&key.fields, to))? else { continue };
            let cheaper = best.is_none_or(|(_, known)| self.res(found.1).cost < self.res(known).cost);
            if cheaper {
                best = Some(found);
            }
        }
        Ok(best)
    }

    /// The selection that a subgraph's field set is on a type, and its resolution here, if nothing of it is left over.
    fn complete(
        &mut self,
        here: &Here,
        from: TypeDefId,
        (set, to): (&FieldSet, SubgraphId),
    ) -> Result<Option<(SelId, ResId)>, PlanError> {
        let selection = self.field_set(set, to);
        let selection = self.project(selection, from);
        let position = Position { subgraph: here.subgraph, ty: from, selection, provided: here.provided };
        let resolution = self.solve(position)?;
        Ok((self.res(resolution).rest == SelId::EMPTY).then_some((selection, resolution)))
    }
}
