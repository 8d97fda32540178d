//! Fewer requests from the same drafts, each step on its own.
//!
//! - `merge_place`: drafts for the same subgraph at the same place become one;
//! - `batch`: drafts for the same subgraph at different places go into one request;
//! - `sequence`: other groups of drafts, where that saves requests. The first two never make the longest chain longer; this one may,
//!   since fewer requests come before shorter chains.

mod batch;
pub(super) mod graph;
mod merge_place;
mod sequence;

use super::emit::Emitter;
use graph::Graph;

/// Which drafts share a request.
pub(super) fn group(emitter: &Emitter<'_>) -> Graph {
    let mut graph = Graph::new(&emitter.drafts);
    merge_place::group(emitter, &mut graph);
    batch::batch(&emitter.drafts, &mut graph);
    sequence::shorter(&emitter.drafts, &graph).unwrap_or(graph)
}

pub(super) use merge_place::join_places;
