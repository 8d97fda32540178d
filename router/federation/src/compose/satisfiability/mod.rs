//! Satisfiability: can every query that the supergraph allows be answered by its subgraphs?
//!
//! Think of one object in an answer, of a known type. What matters is in which subgraphs we can have it *at once*: from
//! the field that led to it in one or more of them, from others over a key whose fields can be resolved where we are.
//! That set only grows, so it is a closure: start with the subgraphs of the field, add every subgraph that has a key
//! we can fill, until nothing changes. A field can be answered when one of the set resolves it and its `@requires`, if
//! it has one, can be resolved from the set as well.
//!
//! `world` says what is where, `reach` computes the closures, `walk` goes breadth first over all fields of the visible
//! schema from the root types and stops where it has been with no more than it has now, `explain` tells why a field
//! cannot be had, subgraph by subgraph, and with a query that asks for it.

mod explain;
mod reach;
mod walk;
mod world;

use std::collections::BTreeSet;

use super::merge::supergraph::Supergraph;
use super::model::Subgraph;
use super::report::Report;
use walk::Walk;
use world::World;

/// With more labels of progressive overrides than this, not every combination is tried.
const LABELS_IN_ALL_COMBINATIONS: usize = 4;

/// Reports every field of the visible schema that some query cannot have.
pub(super) fn check(supergraph: &Supergraph, subgraphs: &[Subgraph], report: &mut Report) {
    let fields = supergraph.types.values().flat_map(|ty| ty.fields.values());
    let joins = fields.flat_map(|field| field.joins.iter().flatten());
    let labels: BTreeSet<&str> = joins.filter_map(|join| join.label.as_deref()).collect();
    let labels: Vec<&str> = labels.into_iter().collect();
    let mut told = walk::Told::default();
    for enabled in combinations(&labels) {
        let world = World::new(supergraph, subgraphs, enabled);
        Walk::new(&world, &mut told, report).run();
    }
}

/// Sets of labels that are on at the same time: all of them when they are few, else none, all, each alone, all but each.
fn combinations<'l>(labels: &[&'l str]) -> Vec<BTreeSet<&'l str>> {
    if labels.len() <= LABELS_IN_ALL_COMBINATIONS {
        return (0..1_usize << labels.len())
            .map(|bits| {
                let on = labels.iter().enumerate().filter(|(index, _)| bits >> index & 1 == 1);
                on.map(|(_, label)| *label).collect()
            })
            .collect();
    }
    let all: BTreeSet<&str> = labels.iter().copied().collect();
    let mut out = vec![BTreeSet::new(), all.clone()];
    for label in labels {
        out.push(BTreeSet::from([*label]));
        out.push(all.iter().copied().filter(|other| other != label).collect());
    }
    out
}
