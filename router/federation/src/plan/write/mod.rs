//! From drafts to the finished [`Plan`](crate::plan::Plan): documents, shapes, representations, output.
//!
//! - `document`: the GraphQL text, fragments folded back;
//! - `fold`: which fields of an abstract type can stand without a type condition, or under that of an interface;
//! - `shape`: what the answer may hold;
//! - `representation`: how to write entity representations;
//! - `tables`: the plan's tables of types, sets, conditions and enums;
//! - `target`: which objects a fetch is about;
//! - `entities`: what drafts that share a request ask together;
//! - `response`: the client's response;
//! - `fetches`: putting it together, in an order in which every fetch stands behind its dependencies.

mod document;
mod entities;
mod fetches;
mod fold;
mod representation;
mod response;
mod shape;
mod tables;
mod target;

pub(super) use fetches::write;
