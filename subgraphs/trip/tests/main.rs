//! Trip through its front door: GraphQL in, answers out, on a real PostgreSQL.

mod access;
mod assignment;
mod booking;
mod contract;
mod demo;
mod dispatch;
mod life;
mod lists;
mod manage;
mod operations;
mod reference;
mod subscription;
mod support;
