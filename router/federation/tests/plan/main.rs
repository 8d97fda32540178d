//! Planning, through the front door: subgraphs and a query in, a plan out.
#![expect(clippy::unwrap_used, reason = "a test says what went wrong by failing")]

mod audit;
mod cases;
mod fewest;
mod join_versions;
mod pathological;
mod refused;
mod robust;
mod shapes;
mod subgraph;
