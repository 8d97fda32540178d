//! The ways to resolve one field: here, or over a hop to a subgraph that has it.

use super::jump::Hop;
use super::position::Here;
use super::{Pick, Position, ResId, Solver};
use crate::operation::arena::{Entry, SelId, TYPENAME};
use crate::plan::PlanError;
use crate::supergraph::{Home, Role, SubgraphId, TypeDefId, TypeKind};

/// One way to resolve a field.
#[derive(Clone, Debug)]
pub(super) struct Choice {
    /// `None`: here.
    pub(super) hop: Option<Hop>,
    pub(super) pick: Pick,
    /// What it leaves of the field's own selection (of the entry, if `nothing` is resolved).
    pub(super) rest: SelId,
}

impl<'a> Solver<'a> {
    /// The field's home here if it is resolved here, with what is provided below it.
    pub(super) fn local_home(
        &mut self,
        subgraph: SubgraphId,
        ty: TypeDefId,
        entry: Entry,
        provided: SelId,
    ) -> Option<(&'a Home, SelId)> {
        let supergraph = self.supergraph;
        let name = self.arena.key_info(entry.key).name;
        let home = supergraph.home(ty, name, subgraph)?;
        let given = self.arena.entries(provided).iter().find(|given| {
            given.key == entry.key && (given.owner == ty || self.arena.types(given.types).contains(ty))
        });
        let given = given.map(|given| given.sub);
        if (home.external && given.is_none()) || home.requires.is_some() || !self.is_active(home) {
            return None;
        }
        if supergraph.ty(ty).kind != TypeKind::Object && !self.concerns_all(ty, entry) {
            return None;
        }
        let own = home.provides.as_ref().map_or(SelId::EMPTY, |set| self.field_set(set, subgraph));
        Some((home, self.merge_selections(given.unwrap_or_default(), own)))
    }

    /// Whether a field asked of an interface object's types can be asked of the interface object: it was written on the interface,
    /// or there is but one type, or its types have it from interface objects only.
    fn concerns_all(&self, interface: TypeDefId, entry: Entry) -> bool {
        let types = self.arena.types(entry.types);
        let name = self.arena.key_info(entry.key).name;
        let from_interface_only =
            |ty: TypeDefId| self.supergraph.field(ty, name).is_some_and(|field| field.homes.is_empty());
        let possible = &self.supergraph.ty(interface).possible;
        let is_for_all = entry.owner == interface
            || self.supergraph.ty(entry.owner).kind != TypeKind::Object
            || possible.single().is_some();
        is_for_all && possible.is_subset(types) || !types.is_empty() && types.iter().all(from_interface_only)
    }

    /// All ways to resolve a field of a type, best effort each: some may leave a rest.
    pub(super) fn choices(
        &mut self,
        here: Option<&Here>,
        ty: TypeDefId,
        entry: Entry,
    ) -> Result<Vec<Choice>, PlanError> {
        let mut choices = Vec::new();
        let local = here.map(|here| self.local(here, ty, entry)).transpose()?.flatten();
        if let Some(pick) = local {
            let rest = self.res(pick.sub).rest;
            choices.push(Choice { hop: None, pick, rest });
        }
        for (target, home) in self.homes_elsewhere(here, ty, entry) {
            let Some(hop) = self.hop(here, ty, target, home.subgraph, home.requires.as_ref())? else {
                continue;
            };
            let below = self.composite(home.ty.named);
            let mut sub = ResId::NOTHING;
            if let Some(ty) = below {
                let own = home.provides.as_ref();
                let provided = own.map_or(SelId::EMPTY, |set| self.field_set(set, home.subgraph));
                let position = Position { subgraph: home.subgraph, ty, selection: entry.sub, provided };
                sub = self.solve(position)?;
            }
            let rest = self.res(sub).rest;
            choices.push(Choice { hop: Some(hop), pick: Pick { entry, below, sub }, rest });
        }
        if let (Some(here), true) = (here, self.supergraph.ty(ty).kind != TypeKind::Object) {
            self.whole_choices(here, ty, entry, &mut choices)?;
        }
        Ok(choices)
    }

    /// Where else the field is resolved, with the type to ask for there.
    fn homes_elsewhere(
        &self,
        here: Option<&Here>,
        ty: TypeDefId,
        entry: Entry,
    ) -> Vec<(TypeDefId, &'a Home)> {
        let supergraph = self.supergraph;
        let name = self.arena.key_info(entry.key).name;
        let mut out = Vec::new();
        let usable = |home: &&Home| {
            let same = here.is_some_and(|here| here.subgraph == home.subgraph);
            !home.external && self.is_active(home) && (!same || home.requires.is_some())
        };
        let mut add = |target: TypeDefId, role: Role| {
            let homes = supergraph.field(target, name).into_iter().flat_map(|field| &field.homes);
            for home in homes.filter(usable) {
                if supergraph.type_in(target, home.subgraph).is_some_and(|there| there.role == role) {
                    out.push((target, home));
                }
            }
        };
        if supergraph.ty(ty).kind == TypeKind::Object {
            add(ty, Role::Object);
            for interface in &supergraph.ty(ty).interfaces {
                add(*interface, Role::InterfaceObject);
            }
        } else if self.concerns_all(ty, entry) {
            add(ty, Role::InterfaceObject);
        }
        out
    }

    /// From an interface object: hops to subgraphs that know the interface itself, where the field is resolved like any
    /// other selection on an abstract type.
    fn whole_choices(
        &mut self,
        here: &Here,
        ty: TypeDefId,
        entry: Entry,
        choices: &mut Vec<Choice>,
    ) -> Result<(), PlanError> {
        for subgraph in self.supergraph.subgraph_ids() {
            let there = self.supergraph.type_in(ty, subgraph);
            if there.is_none_or(|there| there.role != Role::Abstract) || subgraph == here.subgraph {
                continue;
            }
            let Some(mut hop) = self.hop(Some(here), ty, ty, subgraph, None)? else { continue };
            hop.whole = true;
            let selection = self.arena.selection(vec![entry]);
            let sub = self.solve(Position { subgraph, ty, selection, provided: SelId::EMPTY })?;
            let rest = self.res(sub).rest;
            // What remains of a whole entry is an entry again; only all or nothing can be offered elsewhere.
            if rest == SelId::EMPTY || entry.key == TYPENAME {
                choices.push(Choice { hop: Some(hop), pick: Pick { entry, below: None, sub }, rest });
            }
        }
        Ok(())
    }
}
