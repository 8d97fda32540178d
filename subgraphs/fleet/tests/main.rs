//! Fleet through its front door: GraphQL in, real PostgreSQL behind.

#![expect(clippy::unwrap_used, reason = "a helper of a test fails the test")]

mod access;
mod accounts;
mod contract;
mod day;
mod entities;
mod fleets;
mod hubs;
mod managers;
mod mutations;
mod offers;
mod papers;
mod plans;
mod support;
mod vehicles;
mod watch;
