//! What all subgraphs of a process are given alike: bus, shared state, each other, the key that callers are signed with.

use std::sync::Arc;

use kit::bus::{EventBus, RabbitBus, RabbitOptions};
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
    /// Connects to what the URLs name; without them events and shared state stay in this process.
    pub(crate) async fn connect(
        principal_key: &str,
        amqp_url: Option<&str>,
        redis_url: Option<&str>,
    ) -> Result<Self, String> {
        Ok(Shared {
            bus: bus(amqp_url).await?,
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

/// The bus that the settings name.
pub(crate) async fn bus(amqp_url: Option<&str>) -> Result<Arc<dyn EventBus>, String> {
    Ok(match amqp_url {
        None => Arc::new(kit::bus::EmbeddedBus::new()),
        Some(url) => {
            // A consumer may be deployed after its producers: every queue is there before anything is published.
            let options = RabbitOptions { topology: events::topology()?, ..RabbitOptions::new(url) };
            Arc::new(RabbitBus::connect_with(options).await.map_err(|error| error.log_line())?)
        }
    })
}
