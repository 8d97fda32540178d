//! The federation as a program: brings up, serves, checks and explains it; the binary `drivers-klub` only calls it.

use clap::Parser;

use crate::args::{Cli, Command};

mod args;
pub mod client;
mod compose;
pub mod databases;
mod dev;
mod doctor;
mod events;
pub mod federation;
mod health;
mod plan;
mod playground;
mod seed;
mod serve;
mod smoke;
pub mod story;
mod terminal;

/// Reads the command line and does what it says; an error is a sentence on stderr and a failure.
pub fn main() -> std::process::ExitCode {
    let command = Cli::parse().command.unwrap_or_default();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return terminal::failed(&format!("the runtime does not start: {error}")),
    };
    match runtime.block_on(run(command)) {
        Ok(()) => std::process::ExitCode::SUCCESS,
        Err(error) => terminal::failed(&error),
    }
}

/// One arm per subcommand; an error is a sentence for the terminal.
async fn run(command: Command) -> Result<(), String> {
    match command {
        Command::Dev(args) => dev::run(args).await,
        Command::Serve(args) => serve::run(*args).await,
        Command::Migrate(args) => databases::migrate(args).await,
        Command::Seed(args) => seed::run(args).await,
        Command::Compose(args) => compose::run(&args),
        Command::Plan(args) => plan::run(&args),
        Command::Smoke(args) => smoke::run(args).await,
        Command::Doctor(args) => doctor::run(args).await,
        Command::Events(args) => events::run(args).await,
        Command::Health(args) => health::run(&args).await,
    }
}
