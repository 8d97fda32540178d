//! Trip through its front door: GraphQL in, answers out, on a real PostgreSQL.

mod assignment;
mod contract;
mod demo;
mod life;
mod support;
