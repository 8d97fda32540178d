//! What all subgraphs of a process are given alike: bus, shared state, each other, the key that callers are signed with.

use std::sync::Arc;

use kit::bus::{EmbeddedBus, EventBus, RabbitBus, RabbitOptions};
use kit::peer::Directory;
use kit::server::Parts;
use kit::shared::SharedState;
use kit::{Clock, Peers, PrincipalKey};
use sqlx::PgPool;

use super::SUBGRAPHS;
use crate::args::PeerUrls;
use crate::events;

/// What all subgraphs of a process are given alike.
pub(crate) struct Shared {
    /// Where events go and come from.
    pub(crate) bus: Arc<dyn EventBus>,
    /// Where the subgraphs are; in-process ones are added once they are built.
    pub(crate) directory: Directory,
    state: Arc<dyn SharedState>,
    key: PrincipalKey,
}

impl Shared {
    /// With a bus, and connected to the Redis that the URL names; without one shared state stays in this process.
    pub(crate) async fn connect(
        principal_key: &str,
        bus: Arc<dyn EventBus>,
        redis_url: Option<&str>,
    ) -> Result<Self, String> {
        Ok(Shared {
            bus,
            directory: Directory::new(),
            state: kit::shared::connect(redis_url).await.map_err(|error| error.log_line())?,
            key: PrincipalKey::new(principal_key.as_bytes()).map_err(|error| error.log_line())?,
        })
    }

    /// The same with the subgraphs at these addresses.
    pub(crate) fn reaching(self, peers: &PeerUrls) -> Self {
        for subgraph in SUBGRAPHS {
            self.directory.http(subgraph, peers.of(subgraph));
        }
        self
    }

    /// What one subgraph is given.
    pub(crate) fn parts(&self, name: &str, pool: &PgPool, clock: &Clock) -> Parts {
        Parts {
            pool: pool.clone(),
            bus: Arc::clone(&self.bus),
            peers: Peers::new(name, self.directory.clone(), self.key.clone()),
            clock: clock.clone(),
            principal_key: self.key.clone(),
            shared: Arc::clone(&self.state),
        }
    }
}

/// The bus that the settings name: a broker, which must be there, or this process.
pub(crate) async fn bus(amqp_url: Option<&str>) -> Result<Arc<dyn EventBus>, String> {
    match amqp_url {
        Some(url) => broker(RabbitOptions::new(url)).await,
        None => Ok(Arc::new(EmbeddedBus::new())),
    }
}

/// The broker of a service, which starts also while it is away: what needs no other service goes on.
pub(crate) async fn service_bus(amqp_url: &str) -> Result<Arc<dyn EventBus>, String> {
    broker(RabbitOptions { may_be_away: true, ..RabbitOptions::new(amqp_url) }).await
}

async fn broker(options: RabbitOptions) -> Result<Arc<dyn EventBus>, String> {
    // A consumer may be deployed after its producers: every queue is there before anything is published.
    let options = RabbitOptions { topology: events::topology()?, ..options };
    let bus = RabbitBus::connect_with(options).await;
    Ok(Arc::new(bus.map_err(|error| format!("RabbitMQ: {}", error.cause()))?))
}
