//! Identity through its front door: GraphQL in, real PostgreSQL behind.

#![expect(clippy::unwrap_used, reason = "a helper of a test fails the test")]

mod access;
mod appointment;
mod contract;
mod entities;
mod keys;
mod otp;
mod plans;
mod rights;
mod session;
mod signup;
mod support;
mod users;
