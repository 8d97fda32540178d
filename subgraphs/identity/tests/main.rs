//! Identity through its front door: GraphQL in, real PostgreSQL behind.

mod access;
mod appointment;
mod contract;
mod entities;
mod keys;
mod otp;
mod plans;
mod session;
mod signup;
mod support;
mod users;
