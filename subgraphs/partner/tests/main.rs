//! Partner through its front door: GraphQL in, real PostgreSQL behind.

#![expect(clippy::unwrap_used, reason = "a helper of a test that cannot go on stops the test")]

mod access;
mod attendance;
mod contract;
mod copies;
mod day;
mod demo;
mod downtime;
mod driver;
mod entities;
mod growth;
mod kyc;
mod live;
mod money;
mod odd_input;
mod own_vehicle;
mod plans;
mod resume;
mod sagas;
mod settlement;
mod support;
mod wallet;
