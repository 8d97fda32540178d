//! Execution through its front door: subgraph SDLs and an operation in, scripted subgraph answers, the response out.

mod data;
mod failures;
mod order;
mod random;
mod scripted;
