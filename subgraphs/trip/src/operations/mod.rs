//! The overview of a day: figures of a fleet, queues of a dispatcher, and who is on the roster.

pub mod graphql;
pub mod repository;
