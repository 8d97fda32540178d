//! Fewer requests from the same drafts, each step on its own.
//!
//! - `merge_place`: drafts for the same subgraph at the same place become one;
//! - `batch`: drafts for the same subgraph at different places go into one request.
//!
//! Both keep the DAG acyclic and never make its longest chain longer.

pub(super) mod batch;
pub(super) mod graph;
pub(super) mod merge_place;
