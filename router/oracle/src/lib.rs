//! Proof by comparison: for any valid operation, the federated answer equals the monolith's.
//!
//! - [`facts`]: what a subgraph's SDL says, read independently of the composer;
//! - [`world`]: one deterministic truth for all subgraphs and the monolith;
//! - [`mock`]: strict subgraphs over it, and the monolith;
//! - [`operation`]: random operations, other ways to put them, and making failing ones small;
//! - [`suite`]: the production code (compose, plan, execute) between the two, and the comparison;
//! - [`run`]: many of them; [`cases`] and [`schema`]: where subgraphs come from, files and random ones;
//! - [`fewest`]: the fewest requests that can do, found by a search that knows nothing of the planner;
//! - [`questions`]: operations in files, for what once went wrong.

pub mod cases;
pub mod compare;
pub mod facts;
pub mod fewest;
pub mod mock;
pub mod operation;
pub mod questions;
pub mod run;
pub mod schema;
pub mod suite;
pub mod world;
