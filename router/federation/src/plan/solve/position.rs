//! One position: what can be sent as it stands, and what has to be looked at type by type.

use super::choose::Item;
use super::{Cost, Pick, Position, ResId, Resolution, Solver};
use crate::operation::arena::{Arena, Entry, SelId, SetId, TYPENAME};
use crate::plan::PlanError;
use crate::supergraph::{Role, SubgraphId, TypeDefId, TypeKind, TypeSet};
use rustc_hash::FxHashMap;
use std::collections::hash_map::Entry as MapEntry;

/// The object types of a position, or the interface object.
pub(super) struct Here {
    pub(super) position: Position,
    pub(super) subgraph: SubgraphId,
    pub(super) provided: SelId,
    /// Each type with what is asked of it.
    pub(super) types: Vec<(TypeDefId, SelId)>,
}

impl Solver<'_> {
    /// Solves a position that is not solved yet.
    pub(super) fn position(&mut self, position: Position) -> Result<Resolution, PlanError> {
        let Position { subgraph, ty, selection, provided } = position;
        let Some(there) = self.supergraph.type_in(ty, subgraph) else {
            return Ok(Resolution { rest: selection, ..Resolution::default() });
        };
        let mut picks = Picks::default();
        let types = match there.role {
            Role::Abstract => {
                let possible = there.possible.clone();
                let left = self.as_they_stand(position, &possible, &mut picks)?;
                if possible.is_empty() {
                    // An interface that nobody implements: what it cannot do itself, nobody can.
                    return Ok(Resolution { rest: left, picks: picks.list, ..Resolution::default() });
                }
                let mut types = Vec::new();
                if left != SelId::EMPTY {
                    types.extend(possible.iter().map(|ty| (ty, self.project(left, ty))));
                }
                types
            }
            _ => vec![(ty, self.project(selection, ty))],
        };
        self.by_type(Here { position, subgraph, provided, types }, picks)
    }

    /// Solves the selection on a root type, where every subgraph can be asked without a key.
    pub(in crate::plan) fn root(&mut self, ty: TypeDefId, selection: SelId) -> Result<ResId, PlanError> {
        let mut resolution = Resolution::default();
        let entries = self.arena.entries(selection).to_vec();
        let items = entries.into_iter().map(|entry| Item { ty, entry, choices: Vec::new() }).collect();
        self.choose(Err(selection), items, &mut Picks::default(), &mut resolution)?;
        if resolution.rest != SelId::EMPTY {
            return Err(PlanError::Unreachable { fields: self.unresolved(ty, resolution.rest) });
        }
        self.resolutions.push(resolution);
        Ok(ResId(self.resolutions.len() as u32 - 1))
    }

    /// `Type.field` of the fields at the ends of a selection.
    fn unresolved(&self, ty: TypeDefId, selection: SelId) -> Vec<String> {
        let supergraph = self.supergraph;
        let mut out = Vec::new();
        for entry in self.arena.entries(selection) {
            let name = self.arena.key_info(entry.key).name;
            let field = supergraph.field(entry.owner, name);
            match field {
                Some(field) if entry.sub != SelId::EMPTY => {
                    out.extend(self.unresolved(field.ty.named, entry.sub));
                }
                _ => out.push(format!("{}.{}", supergraph.ty(ty).name, supergraph.name(name))),
            }
        }
        out.sort();
        out.dedup();
        out
    }

    /// Takes the fields of a selection on an abstract type that can be sent on that type (or on the abstract type of a
    /// fragment) as they were written; returns the selection that is left.
    fn as_they_stand(
        &mut self,
        position: Position,
        possible: &TypeSet,
        picks: &mut Picks,
    ) -> Result<SelId, PlanError> {
        let mut left = Vec::new();
        for entry in self.arena.entries(position.selection).to_vec() {
            let asked = self.arena.types(entry.types);
            let types = asked.intersection(possible);
            if types.is_empty() && !asked.is_empty() {
                continue;
            }
            let types_id = self.arena.set(&types);
            let entry = Entry { types: types_id, ..entry };
            match self.as_it_stands(position, entry, possible, &types)? {
                Some(pick) => picks.add(&mut self.arena, pick),
                None => left.push(entry),
            }
        }
        Ok(self.arena.selection(left))
    }

    fn as_it_stands(
        &mut self,
        position: Position,
        entry: Entry,
        possible: &TypeSet,
        types: &TypeSet,
    ) -> Result<Option<Pick>, PlanError> {
        if entry.key == TYPENAME {
            return Ok(Some(Pick { entry, below: None, sub: ResId::NOTHING }));
        }
        let supergraph = self.supergraph;
        let name = self.arena.key_info(entry.key).name;
        let owner_there = supergraph.type_in(entry.owner, position.subgraph);
        let Some(owner_there) = owner_there.filter(|there| there.role == Role::Abstract) else {
            return Ok(None);
        };
        if owner_there.possible.intersection(possible) != *types {
            return Ok(None);
        }
        let Some(home) = supergraph.home(entry.owner, name, position.subgraph) else { return Ok(None) };
        let mut below_provided = None;
        for object in types.iter() {
            let Some((own, provided)) = self.local_home(position.subgraph, object, entry, position.provided)
            else {
                return Ok(None);
            };
            let same_provided = below_provided.is_none_or(|known| known == provided);
            if supergraph.shape(own) != supergraph.shape(home) || !same_provided {
                return Ok(None);
            }
            below_provided = Some(provided);
        }
        let below = self.composite(home.ty.named);
        let Some(ty) = below else { return Ok(Some(Pick { entry, below, sub: ResId::NOTHING })) };
        let provided = below_provided.unwrap_or_default();
        let sub = Position { subgraph: position.subgraph, ty, selection: entry.sub, provided };
        let sub = self.solve(sub)?;
        let resolution = self.res(sub);
        let simple = resolution.rest == SelId::EMPTY && resolution.cost.fetches == 0;
        Ok(simple.then_some(Pick { entry, below, sub }))
    }

    /// The type if it has fields.
    pub(super) fn composite(&self, ty: TypeDefId) -> Option<TypeDefId> {
        let kind = self.supergraph.ty(ty).kind;
        matches!(kind, TypeKind::Object | TypeKind::Interface | TypeKind::Union).then_some(ty)
    }

    /// Resolves what is asked of each type, all types together, since they share hops.
    fn by_type(&mut self, here: Here, mut picks: Picks) -> Result<Resolution, PlanError> {
        let mut items = Vec::new();
        for (ty, selection) in here.types.clone() {
            for entry in self.arena.entries(selection).to_vec() {
                self.budget.take(1)?;
                if entry.key == TYPENAME && self.supergraph.ty(ty).kind == TypeKind::Object {
                    continue;
                }
                match self.cheap(&here, ty, entry)? {
                    Some(pick) => picks.add(&mut self.arena, pick),
                    None => items.push(Item { ty, entry, choices: Vec::new() }),
                }
            }
        }
        let mut resolution = Resolution::default();
        for pick in &picks.list {
            resolution.cost.fields += 1 + self.res(pick.sub).cost.fields;
        }
        if !items.is_empty() {
            self.choose(Ok(&here), items, &mut picks, &mut resolution)?;
        }
        resolution.picks = picks.list;
        Ok(resolution)
    }

    /// A field that is resolved here without any further fetch needs no choice.
    fn cheap(&mut self, here: &Here, ty: TypeDefId, entry: Entry) -> Result<Option<Pick>, PlanError> {
        let Some(pick) = self.local(here, ty, entry)? else { return Ok(None) };
        let resolution = self.res(pick.sub);
        let is_cheap = resolution.rest == SelId::EMPTY && resolution.cost.fetches == 0;
        Ok(is_cheap.then_some(pick))
    }

    /// The field resolved here, if this subgraph has it.
    pub(super) fn local(
        &mut self,
        here: &Here,
        ty: TypeDefId,
        entry: Entry,
    ) -> Result<Option<Pick>, PlanError> {
        let Some((home, provided)) = self.local_home(here.subgraph, ty, entry, here.provided) else {
            return Ok(None);
        };
        let below = self.composite(home.ty.named);
        let sub = match below {
            Some(ty) => {
                self.solve(Position { subgraph: here.subgraph, ty, selection: entry.sub, provided })?
            }
            None => ResId::NOTHING,
        };
        Ok(Some(Pick { entry, below, sub }))
    }
}

/// Fields asked in one selection; the same field of several types is one.
#[derive(Default)]
pub(super) struct Picks {
    list: Vec<Pick>,
    index: FxHashMap<(Entry, Option<TypeDefId>, ResId), usize>,
}

impl Picks {
    /// Adds a field, joining it with the same field of other types.
    pub(super) fn add(&mut self, arena: &mut Arena, pick: Pick) {
        let any_type = Entry { types: SetId(0), owner: TypeDefId(0), ..pick.entry };
        match self.index.entry((any_type, pick.below, pick.sub)) {
            MapEntry::Occupied(at) => {
                let known = &mut self.list[*at.get()].entry;
                known.types = union(arena, known.types, pick.entry.types);
            }
            MapEntry::Vacant(at) => {
                at.insert(self.list.len());
                self.list.push(pick);
            }
        }
    }
}

/// The union of two interned sets.
pub(in crate::plan) fn union(arena: &mut Arena, a: SetId, b: SetId) -> SetId {
    if a == b {
        return a;
    }
    let both = arena.types(a).union(arena.types(b));
    arena.set(&both)
}

impl Cost {
    /// Both after one another's fetches at the same time.
    pub(super) fn beside(self, other: Self) -> Self {
        Self {
            fetches: self.fetches + other.fetches,
            depth: self.depth.max(other.depth),
            late: self.late + other.late,
            fields: self.fields + other.fields,
        }
    }
}
