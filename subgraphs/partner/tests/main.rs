//! Partner through its front door: GraphQL in, real PostgreSQL behind.

mod contract;
