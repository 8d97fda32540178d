//! Partner through its front door: GraphQL in, real PostgreSQL behind.

mod access;
mod attendance;
mod contract;
mod day;
mod demo;
mod driver;
mod entities;
mod growth;
mod kyc;
mod live;
mod money;
mod plans;
mod settlement;
mod support;
mod wallet;
