//! Rules about the whole tree, and the product from outside.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should say where")]

mod acceptance;
mod architecture;
mod browser;
mod chaos;
mod commands;
mod files;
mod letters;
mod matrix;
mod queues;
mod sagas;
mod screens;
mod weaknesses;
