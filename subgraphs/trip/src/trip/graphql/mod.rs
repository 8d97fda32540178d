//! What clients see of trips and ask of them.

pub mod drive;
pub mod inputs;
pub mod loaders;
pub mod manage;
pub mod object;
pub mod public;
pub mod query;
pub mod record;
pub mod subscription;
mod watch;
