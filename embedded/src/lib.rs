//! A private PostgreSQL for machines that have none: find the programs, make a cluster, start it, stop it, leave nothing behind.
//!
//! | module | what it does |
//! |---|---|
//! | [`config`] | what the machine says: where programs and caches are |
//! | [`binaries`], `package` | the programs: installed, cached, or fetched and checked |
//! | `user` | who the server runs as; PostgreSQL refuses to be root |
//! | `files` | the folder of a cluster: secrets, port, log, who owns it |
//! | `cluster` | bring up, take over, join, stop |
//! | `server` | the process: initdb, start, settings |
//! | `supervisor` | stops the server when the process that started it is gone, however it went |
//! | `databases` | one database and one role per service, closed to each other |

pub mod binaries;
mod cluster;
pub mod config;
mod databases;
mod error;
mod files;
mod package;
mod server;
mod supervisor;
mod user;

pub use cluster::{Cluster, Lifetime, Options, Progress, start};
pub use config::Machine;
pub use error::Error;
pub use supervisor::stop_when_idle;

/// The result of everything here.
pub type Result<T, E = Error> = std::result::Result<T, E>;
