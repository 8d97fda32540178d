//! Partner through its front door: GraphQL in, real PostgreSQL behind.

mod contract;
mod day;
mod demo;
mod driver;
mod entities;
mod kyc;
mod support;
mod wallet;
