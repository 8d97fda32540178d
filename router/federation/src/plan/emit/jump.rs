//! Hops: what they need at the place where they start, and what they ask where they end.

use super::{DraftId, DraftRepresentation, Emitter, Place};
use crate::operation::arena::SelId;
use crate::operation::conditions::CondId;
use crate::plan::PlanError;
use crate::plan::solve::Jump;

impl Emitter<'_> {
    /// Writes the hops that start at a place.
    pub(super) fn jumps(
        &mut self,
        place: Place,
        jumps: Vec<Jump>,
        touched: &mut Vec<DraftId>,
    ) -> Result<(), PlanError> {
        for jump in jumps {
            if let Some(cond) = self.jump_condition(place, &jump) {
                self.jump(place, jump, cond, touched)?;
            }
        }
        Ok(())
    }

    fn jump(
        &mut self,
        place: Place,
        jump: Jump,
        cond: CondId,
        touched: &mut Vec<DraftId>,
    ) -> Result<(), PlanError> {
        let narrow = self.narrow(place, jump.types);
        let start = Place { cond, narrow, ..place };
        let mut after = vec![place.draft];
        let mut requires = SelId::EMPTY;
        if let Some((_, resolution)) = jump.key {
            self.resolution(start, resolution, &mut after)?;
        }
        if let Some((selection, resolution)) = jump.requires {
            requires = selection;
            self.resolution(start, resolution, &mut after)?;
        }
        let is_root = jump.key.is_none();
        let draft = self.draft(jump.to, is_root, place.path, after, requires);
        if let Some((key, _)) = jump.key {
            let (target, from) = (jump.target, jump.from);
            let one = DraftRepresentation { types: narrow, target, from, key, requires };
            let known = &mut self.drafts[draft.0 as usize].representations;
            if !known.contains(&one) {
                known.push(one);
            }
        }
        if !touched.contains(&draft) {
            touched.push(draft);
        }
        let node = self.part(draft, jump.target);
        let end = Place { draft, node, path: place.path, narrow, cond: place.cond };
        for pick in jump.picks {
            self.pick(end, pick, touched)?;
        }
        if let Some((_, resolution)) = jump.whole {
            self.resolution(end, resolution, touched)?;
        }
        Ok(())
    }

    /// Under which condition a hop is made: that any of its fields counts.
    fn jump_condition(&mut self, place: Place, jump: &Jump) -> Option<CondId> {
        let mut conds: Vec<CondId> = jump.picks.iter().map(|pick| pick.entry.cond).collect();
        if let Some((selection, _)) = jump.whole {
            conds.extend(self.solver.arena.entries(selection).iter().map(|entry| entry.cond));
        }
        let conditions = &mut self.solver.arena.conditions;
        let any = conds.into_iter().reduce(|a, b| conditions.or(a, b)).unwrap_or(CondId::TRUE);
        conditions.and(place.cond, any)
    }
}
