//! The bus on RabbitMQ: one topic exchange, a durable queue per subscription, confirms both ways, dead letters kept.
//!
//! Connections come and go. Nothing here survives one by magic: a publisher that loses its channel reports an error,
//! and the outbox relay publishes again; a consumer that loses its channel opens another, and the broker delivers
//! again what was not acknowledged.
//!
//! There are two connections. A broker that runs out of memory or disk stops reading from those that publish; if consumers
//! shared theirs, it could not hear that messages were handled, and would stay full.

mod consumer;
mod dead;
mod link;
mod publisher;

use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use futures_util::future::BoxFuture;
use tokio::sync::Mutex;

use super::{DeadLetter, EventBus, Handler, Subscription, Topology, belongs_to};
use crate::envelope::Envelope;
use crate::error::Result;
use crate::server::{Shutdown, ShutdownHandle};
use link::Link;
use publisher::{Outgoing, Publisher};

/// The exchange that every event goes through.
pub const EXCHANGE: &str = "dk.events";

/// Where the broker is, and under which names we use it.
#[derive(Clone)]
pub struct RabbitOptions {
    /// `amqp://user:password@host:5672/vhost`, or `amqps://` for TLS.
    pub url: String,
    /// The topic exchange; [`EXCHANGE`] but in tests.
    pub exchange: String,
    /// A PEM file with the authority that signed the broker's certificate, if the machine does not know it.
    pub tls_ca: Option<std::path::PathBuf>,
    /// The queues that are declared on every connection, before anything is published on it. A consumer that is deployed
    /// later then finds what was meant for it, and an event that none of them took counts as not published.
    pub topology: Topology,
    /// How long the first connection may take, tried again and again: the broker may still be starting.
    pub patience: Duration,
    /// Goes on without a connection after that, instead of failing: events wait in the outbox, consumers begin once the
    /// broker is there. A service must be able to start while the broker is away.
    pub may_be_away: bool,
}

impl fmt::Debug for RabbitOptions {
    /// Without the URL, which has a password in it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RabbitOptions").field("exchange", &self.exchange).finish_non_exhaustive()
    }
}

impl RabbitOptions {
    /// Half a minute for the first connection.
    pub fn new(url: &str) -> Self {
        Self {
            url: url.to_owned(),
            exchange: EXCHANGE.to_owned(),
            tls_ca: None,
            topology: Topology::default(),
            patience: Duration::from_secs(30),
            may_be_away: false,
        }
    }
}

/// A bus on a RabbitMQ broker. Clones share its connections.
#[derive(Clone)]
pub struct RabbitBus {
    publishing: Arc<Link>,
    publisher: Arc<Publisher>,
    consuming: Arc<Link>,
    consumers: Arc<Mutex<Vec<tokio::task::JoinHandle<()>>>>,
    /// The names of the queues that were subscribed to here.
    queues: Arc<RwLock<Vec<String>>>,
    may_be_away: bool,
    stop: ShutdownHandle,
    stopped: Shutdown,
}

impl RabbitBus {
    /// Connects to a broker and declares the exchange. Errors: nobody answers within half a minute.
    pub async fn connect(url: &str) -> Result<Self> {
        Self::connect_with(RabbitOptions::new(url)).await
    }

    /// Connects with options. Errors: the URL is none, or nobody answers in time and the broker may not be away.
    pub async fn connect_with(options: RabbitOptions) -> Result<Self> {
        link::read_url(&options.url)?;
        let may_be_away = options.may_be_away;
        // Consumers declare the one queue that is theirs.
        let consuming = RabbitOptions { topology: Topology::default(), ..options.clone() };
        let (publishing, consuming) = (Arc::new(Link::new(options)), Arc::new(Link::new(consuming)));
        for link in [&publishing, &consuming] {
            match link.first_channel().await {
                Err(error) if may_be_away => {
                    tracing::error!(
                        error = error.cause(),
                        "the broker is away, events wait until it is there"
                    );
                    break;
                }
                answer => drop(answer?),
            }
        }
        let (stop, stopped) = Shutdown::new();
        Ok(Self {
            publisher: Arc::new(Publisher::new(publishing.clone())),
            publishing,
            consuming,
            consumers: Arc::default(),
            queues: Arc::default(),
            may_be_away,
            stop,
            stopped,
        })
    }

    /// True if events of this type once flowed into the queue and are not wanted any more.
    fn has_retired(&self, queue: &str, event_type: &str) -> bool {
        self.publishing.topology().has_retired(queue, event_type)
    }
}

impl EventBus for RabbitBus {
    fn publish_all<'a>(&'a self, events: &'a [Envelope]) -> BoxFuture<'a, Vec<Result<()>>> {
        Box::pin(async move {
            let messages = events.iter().map(|event| Outgoing::event(&self.publishing, event));
            match messages.collect::<Result<Vec<_>>>() {
                Ok(messages) => self.publisher.publish(messages).await,
                Err(error) => vec![Err(error); events.len()],
            }
        })
    }

    fn subscribe(&self, subscription: Subscription, handler: Handler) -> BoxFuture<'_, Result<()>> {
        Box::pin(async move {
            let channel = if self.may_be_away && !self.consuming.is_connected() {
                None
            } else {
                Some(self.consuming.consuming_channel(&subscription).await?)
            };
            self.queues.write().unwrap_or_else(PoisonError::into_inner).push(subscription.queue.clone());
            let consumer = consumer::Worker::new(self.clone(), subscription, handler);
            let task = tokio::spawn(consumer.run(channel, self.stopped.clone()));
            self.consumers.lock().await.push(task);
            Ok(())
        })
    }

    fn dead_letters<'a>(&'a self, queue: &'a str, limit: usize) -> BoxFuture<'a, Result<Vec<DeadLetter>>> {
        Box::pin(async move { dead::list(&self.consuming.channel().await?, queue, limit).await })
    }

    fn count_dead_letters<'a>(&'a self, service: &'a str) -> BoxFuture<'a, Result<u64>> {
        let mut queues = self.queues.read().unwrap_or_else(PoisonError::into_inner).clone();
        queues.retain(|queue| belongs_to(queue, service));
        Box::pin(async move { dead::count(&self.consuming.channel().await?, &queues).await })
    }

    fn redrive<'a>(&'a self, queue: &'a str, limit: usize) -> BoxFuture<'a, Result<usize>> {
        Box::pin(async move {
            dead::redrive(&self.consuming.channel().await?, &self.publisher, queue, limit).await
        })
    }

    fn is_connected(&self) -> bool {
        self.publishing.takes_messages()
    }

    fn close(&self) -> BoxFuture<'_, ()> {
        Box::pin(async move {
            self.stop.request();
            for consumer in self.consumers.lock().await.drain(..) {
                let _ = consumer.await;
            }
            self.consuming.close().await;
            self.publishing.close().await;
        })
    }
}
