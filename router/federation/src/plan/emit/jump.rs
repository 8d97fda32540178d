//! Hops: what they need at the place where they start, and what they ask where they end.

use super::{DraftId, DraftRepresentation, Emitter, Place};
use crate::operation::arena::{Arena, SelId, SetId};
use crate::operation::conditions::CondId;
use crate::plan::PlanError;
use crate::plan::data::KeyId;
use crate::plan::solve::{Jump, Pick, position::union};
use crate::supergraph::TypeKind;

/// Hops that ask the same of the same target, for objects of different types.
struct Group {
    jumps: Vec<Jump>,
    types: Option<SetId>,
}

impl Emitter<'_> {
    /// Writes the hops that start at a place.
    pub(super) fn jumps(
        &mut self,
        place: Place,
        jumps: Vec<Jump>,
        touched: &mut Vec<DraftId>,
    ) -> Result<(), PlanError> {
        for group in self.groups(jumps) {
            if let Some(cond) = self.jump_condition(place, &group.jumps[0]) {
                self.jump(place, &group, cond, touched)?;
            }
        }
        Ok(())
    }

    /// Hops to an interface (or an interface object) need not be told apart by the type of the object that they start from, as long as
    /// they send and ask the same.
    fn groups(&mut self, jumps: Vec<Jump>) -> Vec<Group> {
        let mut groups: Vec<Group> = Vec::new();
        for jump in jumps {
            let is_object = self.supergraph().ty(jump.target).kind == TypeKind::Object;
            let arena = &self.solver.arena;
            let same = groups.iter().position(|group| !is_object && alike(arena, &group.jumps[0], &jump));
            match same {
                Some(at) => {
                    let both = groups[at].types.zip(jump.types);
                    groups[at].types = both.map(|(a, b)| union(&mut self.solver.arena, a, b));
                    groups[at].jumps.push(jump);
                }
                None => groups.push(Group { types: jump.types, jumps: vec![jump] }),
            }
        }
        groups
    }

    fn jump(
        &mut self,
        place: Place,
        group: &Group,
        cond: CondId,
        touched: &mut Vec<DraftId>,
    ) -> Result<(), PlanError> {
        let narrow = self.narrow(place, group.types);
        let jump = &group.jumps[0];
        let mut after = vec![place.draft];
        for one in &group.jumps {
            for (_, resolution) in one.key.iter().chain(&one.requires) {
                let hops = self.solver.res(*resolution).cost.fetches > 0;
                let narrow = if hops { self.narrow(place, one.types) } else { place.narrow };
                self.resolution(Place { cond, narrow, ..place }, *resolution, &mut after)?;
            }
        }
        let requires = jump.requires.map_or(SelId::EMPTY, |(selection, _)| selection);
        let is_object = self.supergraph().ty(jump.target).kind == TypeKind::Object;
        let apart = if is_object { None } else { narrow };
        let is_root = jump.key.is_none();
        let draft = self.draft((jump.to, is_root, place.path, after, requires, apart));
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
        for pick in &jump.picks {
            self.pick(end, *pick, touched)?;
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

/// Whether two hops send the same fields and ask the same, whatever the objects' types.
fn alike(arena: &Arena, a: &Jump, b: &Jump) -> bool {
    let sent = |jump: &Jump| {
        let fields = |part: Option<(SelId, _)>| {
            let entries = part.map_or(&[][..], |(selection, _)| arena.entries(selection));
            entries.iter().map(|entry| (entry.key, entry.sub)).collect::<Vec<(KeyId, SelId)>>()
        };
        (fields(jump.key), fields(jump.requires))
    };
    let asked = |pick: &Pick| (pick.entry.key, pick.entry.cond, pick.below, pick.sub);
    a.to == b.to
        && a.target == b.target
        && a.types.is_some() == b.types.is_some()
        && a.whole == b.whole
        && a.picks.iter().map(asked).eq(b.picks.iter().map(asked))
        && sent(a) == sent(b)
}
