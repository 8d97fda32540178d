//! Fleet through its front door: GraphQL in, real PostgreSQL behind.

mod contract;
mod day;
mod support;
