//! The platform on real servers: PostgreSQL always, RabbitMQ and Redis where they are installed.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should say where")]

mod alarm;
mod away;
mod bus;
mod chaos;
mod door;
mod feed;
mod inbox;
mod outbox;
mod relay;
mod restart;
mod saga;
mod server;
mod shared;
mod storage;
mod support;
mod topology;
