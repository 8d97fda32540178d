//! Identity through its front door: GraphQL in, real PostgreSQL behind.

mod contract;
mod entities;
mod otp;
mod session;
mod support;
mod users;
