//! Composing, through the front door: SDLs in, supergraph or errors out.

mod audit;
mod join_model;
