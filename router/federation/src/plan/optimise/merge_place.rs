//! Drafts for the same subgraph at the same place become one: plain fields join fields with requirements, and fields with
//! different requirements each other, as long as one representation can serve them.

use super::graph::Graph;
use crate::operation::arena::{Arena, SelId};
use crate::plan::emit::{Draft, DraftId, DraftRepresentation, Emitter};
use crate::supergraph::{TypeDefId, TypeKind};

/// Groups drafts for the same place, as long as no chain gets longer.
pub(super) fn group(emitter: &Emitter<'_>, graph: &mut Graph) {
    let limit = graph.longest();
    for into in 0..emitter.drafts.len() {
        for from in into + 1..emitter.drafts.len() {
            let is_open = !graph.members[into].is_empty() && !graph.members[from].is_empty();
            if is_open && same_place(&emitter.drafts[into], &emitter.drafts[from]) {
                let fits = |one: &DraftId| compatible(emitter, *one, DraftId(from as u32));
                if graph.members[into].iter().all(fits) {
                    graph.try_join(into, from, limit);
                }
            }
        }
    }
}

/// Makes drafts of one group and place one. Those that were joined into others are left empty (no parts).
pub(in crate::plan) fn join_places(emitter: &mut Emitter<'_>, graph: &mut Graph) {
    for members in &mut graph.members {
        let mut kept: Vec<(DraftId, Vec<DraftId>)> = Vec::new();
        for id in std::mem::take(members) {
            let fits = |(into, joined): &(DraftId, Vec<DraftId>)| {
                let places = [*into, id].map(|id| &emitter.drafts[id.0 as usize]);
                same_place(places[0], places[1]) && joined.iter().all(|one| compatible(emitter, *one, id))
            };
            match kept.iter().position(fits) {
                Some(at) => kept[at].1.push(id),
                None => kept.push((id, vec![id])),
            }
        }
        for (into, joined) in kept {
            joined.into_iter().skip(1).for_each(|from| join(emitter, into.0 as usize, from.0 as usize));
            members.push(into);
        }
    }
}

fn same_place(a: &Draft, b: &Draft) -> bool {
    a.subgraph == b.subgraph && a.path == b.path && a.is_root == b.is_root
}

/// Whether one representation can serve both: the same objects where they are represented by an interface, and no two
/// requirements of a type that ask for one field with different arguments.
fn compatible(emitter: &Emitter<'_>, a: DraftId, b: DraftId) -> bool {
    let (arena, supergraph) = (&emitter.solver.arena, emitter.solver.supergraph);
    let (a, b) = (&emitter.drafts[a.0 as usize], &emitter.drafts[b.0 as usize]);
    a.representations.iter().all(|left| {
        let is_object = supergraph.ty(left.target).kind == TypeKind::Object;
        let same_target = b.representations.iter().filter(|right| right.target == left.target);
        same_target.into_iter().all(|right| {
            let same_objects = is_object || left.types == right.types;
            same_objects && agree(arena, left, right)
        })
    })
}

fn agree(arena: &Arena, a: &DraftRepresentation, b: &DraftRepresentation) -> bool {
    let fields = |one: &DraftRepresentation| [one.key, one.requires];
    fields(a).into_iter().all(|left| fields(b).into_iter().all(|right| selections_agree(arena, left, right)))
}

fn selections_agree(arena: &Arena, a: SelId, b: SelId) -> bool {
    arena.entries(a).iter().all(|left| {
        let name = arena.key_info(left.key).name;
        arena.entries(b).iter().all(|right| {
            if arena.key_info(right.key).name != name {
                return true;
            }
            left.key == right.key && selections_agree(arena, left.sub, right.sub)
        })
    })
}

fn join(emitter: &mut Emitter<'_>, into: usize, from: usize) {
    let parts = std::mem::take(&mut emitter.drafts[from].parts);
    for part in parts {
        let known = emitter.drafts[into].parts.iter().find(|known| known.target == part.target);
        match known.map(|known| known.node) {
            Some(node) => emitter.merge_nodes(node, part.node),
            None => emitter.drafts[into].parts.push(part),
        }
    }
    for one in std::mem::take(&mut emitter.drafts[from].representations) {
        add_representation(emitter, into, one);
    }
}

/// Adds a representation to a draft. Whichever of a target's representations is sent, it is sent with all that the draft requires.
fn add_representation(emitter: &mut Emitter<'_>, into: usize, mut one: DraftRepresentation) {
    let mut is_new = true;
    for at in 0..emitter.drafts[into].representations.len() {
        let known = emitter.drafts[into].representations[at].clone();
        if known.target != one.target {
            continue;
        }
        let more = retyped(emitter, one.requires, one.from, known.from);
        let requires = emitter.solver.merge_selections(known.requires, more);
        emitter.drafts[into].representations[at].requires = requires;
        let more = retyped(emitter, known.requires, known.from, one.from);
        one.requires = emitter.solver.merge_selections(one.requires, more);
        is_new &= known.types != one.types || !sends_the_same(&emitter.solver.arena, known.key, one.key);
    }
    if is_new {
        emitter.drafts[into].representations.push(one);
    }
}

fn sends_the_same(arena: &Arena, a: SelId, b: SelId) -> bool {
    let fields = |selection| arena.entries(selection).iter().map(|entry| (entry.key, entry.sub));
    a == b || fields(a).eq(fields(b))
}

/// What is required of a type, as required of another type of the same objects (an interface and one of its types).
fn retyped(emitter: &mut Emitter<'_>, selection: SelId, from: TypeDefId, to: TypeDefId) -> SelId {
    if from == to || selection == SelId::EMPTY {
        return selection;
    }
    let supergraph = emitter.solver.supergraph;
    let arena = &mut emitter.solver.arena;
    let all = arena.set(&supergraph.ty(to).possible);
    let mut entries = arena.entries(selection).to_vec();
    for entry in &mut entries {
        entry.owner = to;
        if supergraph.ty(from).possible.is_subset(arena.types(entry.types)) {
            entry.types = all;
        }
    }
    arena.selection(entries)
}
