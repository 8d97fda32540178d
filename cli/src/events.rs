//! `events`: the letters that could not be handled, and copies that are rebuilt from their owners.

use std::sync::Arc;

use kit::bus::Topology;
use kit::{Clock, EventBus};

use crate::args::{EventsArgs, EventsCommand, Keeper, ResyncArgs};
use crate::federation::{self, Shared};
use crate::{databases, terminal};

/// How many dead letters of each queue are tried again at a start.
const REDRIVEN_AT_START: usize = 1_000;

/// Lists or redrives the dead letters of a queue in RabbitMQ, or rebuilds copies.
pub(crate) async fn run(args: EventsArgs) -> Result<(), String> {
    match args.command {
        EventsCommand::Dead { amqp_url, queue, limit } => {
            check(&queue)?;
            dead(bus(&amqp_url).await?.as_ref(), &queue, limit).await
        }
        EventsCommand::Redrive { amqp_url, queue, limit } => {
            check(&queue)?;
            let redriven = bus(&amqp_url).await?.redrive(&queue, limit).await;
            let redriven = redriven.map_err(|error| error.log_line())?;
            terminal::say(format_args!("{redriven} put back into {queue}"));
            Ok(())
        }
        EventsCommand::Resync(args) => resync(*args).await,
    }
}

async fn bus(amqp_url: &str) -> Result<Arc<dyn EventBus>, String> {
    federation::bus(Some(amqp_url)).await
}

/// Errors: there is no queue of this name; which ones there are.
fn check(queue: &str) -> Result<(), String> {
    let topology = topology()?;
    let mut known = topology.queues().chain(topology.retired()).map(|(name, _)| name);
    if known.any(|name| name == queue) {
        return Ok(());
    }
    let names: Vec<&str> = topology.queues().map(|(name, _)| name).collect();
    Err(format!("there is no queue {queue}; there are {}", names.join(", ")))
}

/// Puts the dead letters back that the bus of this process left when it ran before: it was stopped since, and with luck the
/// cause is gone. A broker's are put back by `events redrive`, without a stop.
pub(crate) async fn redrive_own(bus: Arc<dyn EventBus>, topology: Topology) {
    for (queue, _) in topology.queues() {
        match bus.redrive(queue, REDRIVEN_AT_START).await {
            Ok(0) => {}
            Ok(redriven) => tracing::info!(queue, redriven, "dead letters were tried again"),
            Err(error) => {
                tracing::warn!(queue, error = error.log_line(), "dead letters cannot be tried again")
            }
        }
    }
}

async fn dead(bus: &dyn EventBus, queue: &str, limit: usize) -> Result<(), String> {
    let letters = bus.dead_letters(queue, limit).await.map_err(|error| error.log_line())?;
    for letter in &letters {
        let what = match &letter.event {
            Some(event) => format!("{}  {} v{}", event.event_id, event.event_type, event.version),
            None => "not an event of ours".to_owned(),
        };
        terminal::say(format_args!("{what}, {} attempts: {}", letter.attempts, letter.error));
    }
    terminal::say(format_args!("{} dead letters in {queue}", letters.len()));
    Ok(())
}

/// Rebuilds copies from the subgraphs that own what they are of.
async fn resync(args: ResyncArgs) -> Result<(), String> {
    let shared = Shared::connect(&args.principal_key, federation::bus(None).await?, None).await?;
    let shared = shared.reaching(&args.peers);
    let keepers = args.keeper.map_or_else(|| vec![Keeper::Partner, Keeper::Trip], |keeper| vec![keeper]);
    for keeper in keepers {
        let name = match keeper {
            Keeper::Partner => "partner",
            Keeper::Trip => "trip",
        };
        let pool = databases::open_given(name, &args.databases).await?;
        let parts = shared.parts(name, &pool, &Clock::system());
        let copies = match keeper {
            Keeper::Partner => partner::resync(partner::Config::default(), &parts).await,
            Keeper::Trip => trip::resync(trip::Config::default(), &parts).await,
        };
        pool.close().await;
        terminal::say(format_args!(
            "{name}: {} copies are as their owners say",
            copies.map_err(|error| error.log_line())?
        ));
    }
    Ok(())
}

/// Every queue of the federation. A test compares the file with what the subgraphs subscribe to.
pub(crate) fn topology() -> Result<Topology, String> {
    serde_json::from_str(include_str!("../../schema/queues.json"))
        .map_err(|error| format!("queues.json: {error}"))
}
