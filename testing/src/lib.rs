//! Test support: real servers that come up when a test asks for them, are shared by all tests, and leave by themselves.
//!
//! | function | what it gives |
//! |---|---|
//! | [`database`] | a fresh, migrated database on a PostgreSQL that all tests share |
//! | [`rabbitmq`] | the URL of a RabbitMQ node that all tests share; [`RabbitNode::start`] for one of your own to stop and start |
//! | [`Program`], [`free_port`] | a process that is killed with the test, a port for it |
//! | [`Statements`], [`on_statement`] | how many SQL statements, and which |
//! | [`redis`] | the URL of a Redis server that all tests share; [`RedisServer`] for one of your own to kill |
//! | [`browser`] | headless Chromium |
//! | `subgraph` | with the feature of that name: a subgraph asked as the router asks it, and its contract files |
//!
//! What is not installed is skipped, loudly: those functions return None then. Everything works under `cargo test` and
//! under nextest (a process per test), in parallel.

mod browser;
mod certificate;
mod lease;
mod postgres;
mod process;
mod rabbit;
mod redis;
mod statements;
#[cfg(feature = "subgraph")]
pub mod subgraph;

pub use browser::{Browser, browser};
pub use postgres::{Database, database, empty_database};
pub use process::{Program, answers, free_port};
pub use rabbit::{RabbitNode, rabbitmq};
pub use redis::{RedisServer, redis};
pub use statements::{Statements, on_statement};

/// Says that a test did not run what it is there for.
#[expect(clippy::print_stderr, reason = "a skipped test must not look like one that passed")]
pub(crate) fn skipped(what: &str, why: &str) {
    eprintln!("SKIPPED: {what}: {why}");
}
