//! `events`: the letters that could not be handled, and copies that are rebuilt from their owners.

use std::sync::Arc;

use kit::peer::Directory;
use kit::server::Parts;
use kit::{Clock, EventBus, Peers, PrincipalKey};

use crate::args::{EventsArgs, EventsCommand, ResyncArgs};
use crate::federation::{self, SUBGRAPHS};
use crate::{databases, terminal};

/// Lists or redrives the dead letters of a queue in RabbitMQ, or rebuilds trip's copies.
pub(crate) async fn run(args: EventsArgs) -> Result<(), String> {
    match args.command {
        EventsCommand::Dead { amqp_url, queue, limit } => {
            dead(bus(&amqp_url).await?.as_ref(), &queue, limit).await
        }
        EventsCommand::Redrive { amqp_url, queue, limit } => {
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

/// Rebuilds what trip knows of drivers, vehicles and fleets from the subgraphs that own them.
async fn resync(args: ResyncArgs) -> Result<(), String> {
    let key = PrincipalKey::new(args.principal_key.as_bytes()).map_err(|error| error.log_line())?;
    let directory = Directory::new();
    for subgraph in SUBGRAPHS {
        directory.http(subgraph, args.peers.of(subgraph));
    }
    let parts = Parts {
        pool: databases::open_given("trip", &args.servers.databases).await?,
        bus: federation::bus(None).await?,
        peers: Peers::new("trip", directory, key.clone()),
        clock: Clock::system(),
        principal_key: key,
        shared: federation::shared_state(None).await?,
    };
    let repaired = trip::resync(trip::Config::default(), &parts).await.map_err(|error| error.log_line())?;
    parts.pool.close().await;
    terminal::say(format_args!("{repaired} copies repaired"));
    Ok(())
}
