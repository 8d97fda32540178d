//! Trip through its front door: GraphQL in, answers out, on a real PostgreSQL.
#![expect(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

mod access;
mod assignment;
mod booking;
mod contract;
mod demo;
mod dispatch;
mod hostile;
mod life;
mod lists;
mod manage;
mod mutations;
mod operations;
mod plans;
mod reference;
mod resume;
mod subscription;
mod support;
