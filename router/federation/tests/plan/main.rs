//! Planning, through the front door: subgraphs and a query in, a plan out.

mod audit;
mod cases;
mod pathological;
mod refused;
mod subgraph;
