//! Composes subgraph SDLs into a supergraph and plans operations over it: pure values in, values out.
//!
//! Read in this order:
//! - [`compose`]: subgraph SDLs → supergraph SDL, or errors that say where;
//! - [`supergraph`]: the model of a supergraph: who has which field, keys, requirements;
//! - [`operation`]: a client's document → a validated, normalised tree of interned ids;
//! - [`plan`]: the operation → a DAG of fetches, with the shapes to read and the response to write;
//! - [`introspection`]: `__schema` and `__type`, answered from the API schema.

pub mod compose;
pub mod introspection;
pub mod operation;
pub mod plan;
pub mod supergraph;
