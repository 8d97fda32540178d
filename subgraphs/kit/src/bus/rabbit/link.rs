//! The connection to the broker: opened when needed, opened anew when it broke, with everything declared on it.

use std::future::Future;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use futures_util::future::try_join_all;
use lapin::options::{
    BasicQosOptions, ConfirmSelectOptions, ExchangeDeclareOptions, QueueBindOptions, QueueDeclareOptions,
};
use lapin::tcp::OwnedTLSConfig;
use lapin::types::{AMQPValue, FieldTable};
use lapin::uri::AMQPUri;
use lapin::{Channel, Connection, ConnectionProperties, ExchangeKind};
use tokio::sync::Mutex;

use super::{RabbitOptions, dead};
use crate::bus::{Subscription, Topology};
use crate::error::{Error, Result};

/// Seconds between heartbeats: a dead peer is noticed after two.
const HEARTBEAT: u16 = 10;

/// How long one attempt to connect may take.
const CONNECT_PATIENCE: Duration = Duration::from_secs(8);

/// How long the broker may take over one step. One that has no memory or disk left does not answer at all.
const STEP_PATIENCE: Duration = Duration::from_secs(10);

/// How long it may take to declare all queues: a broker that has just started elects a leader for each.
const DECLARE_PATIENCE: Duration = Duration::from_secs(30);

/// How often the broker hands an event out again to consumers that die over it, before it gives the event up.
const DELIVERY_LIMIT: i32 = 20;

/// Dead letters are looked at without being taken, which must never use them up.
const NO_DELIVERY_LIMIT: i32 = 1_000_000;

/// One connection at a time, shared by all channels.
pub(super) struct Link {
    options: RabbitOptions,
    /// Held while connecting, so that many who need a connection open one.
    opening: Mutex<()>,
    connection: RwLock<Option<Arc<Connection>>>,
}

impl Link {
    pub(super) fn new(options: RabbitOptions) -> Self {
        Self { options, opening: Mutex::default(), connection: RwLock::default() }
    }

    pub(super) fn exchange(&self) -> &str {
        &self.options.exchange
    }

    pub(super) fn is_connected(&self) -> bool {
        self.current().is_some()
    }

    /// True if there is a connection, and the broker reads from it.
    pub(super) fn takes_messages(&self) -> bool {
        self.current().is_some_and(|connection| !connection.status().blocked())
    }

    /// A channel on a connection that may take a while to come about.
    pub(super) async fn first_channel(&self) -> Result<Channel> {
        let deadline = tokio::time::Instant::now() + self.options.patience;
        loop {
            match self.channel().await {
                Ok(channel) => return Ok(channel),
                Err(error) if tokio::time::Instant::now() >= deadline => return Err(error),
                Err(error) => tracing::warn!(error = error.cause(), "the broker does not answer yet"),
            }
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
    }

    pub(super) async fn channel(&self) -> Result<Channel> {
        let connection = self.connection().await?;
        in_time(connection.create_channel()).await
    }

    /// A channel whose publications the broker confirms.
    pub(super) async fn confirming_channel(&self) -> Result<Channel> {
        let channel = self.channel().await?;
        in_time(channel.confirm_select(ConfirmSelectOptions::default())).await?;
        Ok(channel)
    }

    /// A channel on which the queue of a subscription, its dead letters and its bindings exist.
    pub(super) async fn consuming_channel(&self, subscription: &Subscription) -> Result<Channel> {
        let channel = self.channel().await?;
        declared(self.declare_queue(&channel, &subscription.queue, &subscription.patterns)).await?;
        let prefetch = subscription.prefetch.max(1);
        in_time(channel.basic_qos(prefetch, BasicQosOptions::default())).await?;
        Ok(channel)
    }

    /// Declares every queue that is known, again: somebody has deleted one.
    pub(super) async fn declare_all(&self) -> Result<()> {
        let channel = self.channel().await?;
        self.declare_topology(&channel).await?;
        hang_up(&channel).await;
        Ok(())
    }

    /// Every queue with its bindings; then what was bound by earlier versions and is not wanted any more is taken away.
    async fn declare_topology(&self, channel: &Channel) -> Result<()> {
        let topology = &self.options.topology;
        let declaring =
            topology.queues().map(|(queue, patterns)| self.declare_queue(channel, queue, patterns));
        declared(try_join_all(declaring)).await?;
        let retiring = topology.retired().map(|(queue, patterns)| self.unbind(channel, queue, patterns));
        declared(try_join_all(retiring)).await.map(drop)
    }

    /// A queue, the queue of its dead letters, and its bindings.
    async fn declare_queue(&self, channel: &Channel, queue: &str, patterns: &[String]) -> Result<()> {
        let dead = dead::queue_of(queue);
        declare(channel, &dead, &[("x-delivery-limit", AMQPValue::LongInt(NO_DELIVERY_LIMIT))]).await?;
        let arguments = [
            ("x-delivery-limit", AMQPValue::LongInt(DELIVERY_LIMIT)),
            ("x-dead-letter-exchange", AMQPValue::LongString("".into())),
            ("x-dead-letter-routing-key", AMQPValue::LongString(dead.as_str().into())),
        ];
        declare(channel, queue, &arguments).await?;
        for pattern in patterns {
            let (exchange, key) = (self.exchange().into(), pattern.as_str().into());
            let (options, none) = (QueueBindOptions::default(), FieldTable::default());
            channel.queue_bind(queue.into(), exchange, key, options, none).await.map_err(Error::internal)?;
        }
        Ok(())
    }

    /// Takes bindings away. What is not there, binding or queue, is as it should be.
    async fn unbind(&self, channel: &Channel, queue: &str, patterns: &[String]) -> Result<()> {
        for pattern in patterns {
            let (exchange, key) = (self.exchange().into(), pattern.as_str().into());
            let unbinding = channel.queue_unbind(queue.into(), exchange, key, FieldTable::default());
            unbinding.await.map_err(Error::internal)?;
        }
        Ok(())
    }

    pub(super) fn topology(&self) -> &Topology {
        &self.options.topology
    }

    pub(super) async fn close(&self) {
        let connection = self.connection.write().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(connection) = connection {
            let _ = in_time(connection.close(200, "bye".into())).await;
        }
    }

    fn current(&self) -> Option<Arc<Connection>> {
        let connection = self.connection.read().unwrap_or_else(PoisonError::into_inner);
        connection.clone().filter(|connection| connection.status().connected())
    }

    async fn connection(&self) -> Result<Arc<Connection>> {
        if let Some(connection) = self.current() {
            return Ok(connection);
        }
        let _opening = self.opening.lock().await;
        if let Some(connection) = self.current() {
            return Ok(connection);
        }
        let opened = tokio::time::timeout(CONNECT_PATIENCE, self.open()).await;
        let connection = Arc::new(opened.map_err(|_| Error::internal("the broker does not answer"))??);
        // On every connection: the broker behind it may be another one than before, and empty.
        let channel = in_time(connection.create_channel()).await?;
        self.declare_topology(&channel).await?;
        hang_up(&channel).await;
        *self.connection.write().unwrap_or_else(PoisonError::into_inner) = Some(connection.clone());
        tracing::info!(exchange = self.exchange(), "connected to the broker");
        Ok(connection)
    }

    async fn open(&self) -> Result<Connection> {
        let mut uri = read_url(&self.options.url)?;
        uri.query.heartbeat = uri.query.heartbeat.or(Some(HEARTBEAT));
        let properties = ConnectionProperties::default().with_connection_name("drivers-klub".into());
        let connection = match &self.options.tls_ca {
            None => Connection::connect_uri(uri, properties).await,
            Some(path) => {
                let cert_chain = std::fs::read_to_string(path)
                    .map_err(|error| Error::internal(format!("{}: {error}", path.display())))?;
                let tls = OwnedTLSConfig { identity: None, cert_chain: Some(cert_chain) };
                let runtime = lapin::runtime::default_runtime().map_err(Error::internal)?;
                Connection::connect_uri_with_config(uri, properties, tls, runtime).await
            }
        };
        let connection = connection.map_err(Error::internal)?;
        let channel = connection.create_channel().await.map_err(Error::internal)?;
        let options = ExchangeDeclareOptions { durable: true, ..ExchangeDeclareOptions::default() };
        channel
            .exchange_declare(self.exchange().into(), ExchangeKind::Topic, options, FieldTable::default())
            .await
            .map_err(Error::internal)?;
        hang_up(&channel).await;
        Ok(connection)
    }
}

/// Reads the URL of a broker. Errors: it is none.
pub(super) fn read_url(url: &str) -> Result<AMQPUri> {
    url.parse().map_err(|error| Error::internal(format!("AMQP_URL: {error}")))
}

/// The outcome of a step, if the broker gets it done in time.
pub(super) async fn in_time<T>(step: impl Future<Output = lapin::Result<T>>) -> Result<T> {
    let done = tokio::time::timeout(STEP_PATIENCE, step).await;
    done.map_err(|_| Error::internal("the broker does not answer"))?.map_err(Error::internal)
}

/// Closes a channel. If that cannot be said, whoever drops it does without.
pub(super) async fn hang_up(channel: &Channel) {
    let _ = in_time(channel.close(200, "done".into())).await;
}

/// The outcome of declarations, if the broker gets them done in time.
async fn declared<T>(declaring: impl Future<Output = Result<T>>) -> Result<T> {
    let done = tokio::time::timeout(DECLARE_PATIENCE, declaring).await;
    done.map_err(|_| Error::internal("the broker does not declare our queues"))?
}

/// A replicated durable queue.
async fn declare(channel: &Channel, queue: &str, arguments: &[(&str, AMQPValue)]) -> Result<()> {
    let mut table = FieldTable::default();
    table.insert("x-queue-type".into(), AMQPValue::LongString("quorum".into()));
    for (name, value) in arguments {
        table.insert((*name).into(), value.clone());
    }
    channel
        .queue_declare(queue.into(), QueueDeclareOptions::durable(), table)
        .await
        .map_err(Error::internal)?;
    Ok(())
}
