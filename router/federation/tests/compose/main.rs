//! Composing, through the front door: SDLs in, supergraph or errors out.
#![expect(clippy::unwrap_used, clippy::print_stderr, reason = "a test says why it fails and what it skips")]

mod audit;
mod cases;
mod edges;
mod join_model;
mod project;
mod read_back;
