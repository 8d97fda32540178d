//! The bus on RabbitMQ: one topic exchange, a durable queue per subscription, confirms both ways, dead letters kept.
//!
//! Connections come and go. Nothing here survives one by magic: a publisher that loses its channel reports an error,
//! and the outbox relay publishes again; a consumer that loses its channel opens another, and the broker delivers
//! again what was not acknowledged.

mod consumer;
mod link;

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use lapin::options::{BasicAckOptions, BasicGetOptions, BasicNackOptions, BasicPublishOptions};
use lapin::types::{AMQPValue, FieldTable};
use lapin::{BasicProperties, Channel, Confirmation};
use tokio::sync::Mutex;
use tokio::time::{Instant, timeout_at};

use super::{DeadLetter, EventBus, Handler, Subscription, Topology};
use crate::envelope::Envelope;
use crate::error::{Error, Result};
use crate::ids::new_id;
use crate::server::{Shutdown, ShutdownHandle};
use link::Link;

/// The exchange that every event goes through.
pub const EXCHANGE: &str = "dk.events";

/// How long a batch may wait for its confirms before it counts as lost.
const PATIENCE: Duration = Duration::from_secs(15);

/// The headers of a dead letter.
const ERROR_HEADER: &str = "x-error";
const ATTEMPTS_HEADER: &str = "x-attempts";

/// Where the broker is, and under which names we use it.
#[derive(Clone, Debug)]
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
        }
    }
}

/// A bus on a RabbitMQ broker. Clones share its connection.
#[derive(Clone)]
pub struct RabbitBus {
    link: Arc<Link>,
    publisher: Arc<Mutex<Option<Channel>>>,
    consumers: Arc<Mutex<Vec<tokio::task::JoinHandle<()>>>>,
    stop: ShutdownHandle,
    stopped: Shutdown,
}

impl RabbitBus {
    /// Connects to a broker and declares the exchange. Errors: nobody answers within half a minute.
    pub async fn connect(url: &str) -> Result<Self> {
        Self::connect_with(RabbitOptions::new(url)).await
    }

    /// Connects with options.
    pub async fn connect_with(options: RabbitOptions) -> Result<Self> {
        let link = Arc::new(Link::new(options));
        link.first_channel().await?;
        let (stop, stopped) = Shutdown::new();
        Ok(Self { link, publisher: Arc::default(), consumers: Arc::default(), stop, stopped })
    }

    /// Publishes bodies to (exchange, routing key) pairs in order, and waits for all confirms. A channel that failed
    /// is not used again.
    async fn publish_bodies(&self, bodies: Vec<Outgoing>) -> Vec<Result<()>> {
        let count = bodies.len();
        let mut slot = self.publisher.lock().await;
        let channel = match slot.take().filter(|channel| channel.status().connected()) {
            Some(channel) => channel,
            None => match self.link.confirming_channel().await {
                Ok(channel) => channel,
                Err(error) => return vec![Err(error); count],
            },
        };
        let Sent { results, unroutable } = send(&channel, bodies, Instant::now() + PATIENCE).await;
        if unroutable && let Err(error) = self.link.declare_all().await {
            tracing::warn!(error = error.cause(), "the queues could not be declared again");
        }
        let complete = results.len() == count && results.iter().all(Result::is_ok);
        if complete {
            *slot = Some(channel);
        } else {
            // Its late confirms must not be taken for those of the next batch.
            let _ = channel.close(200, "giving up".into()).await;
        }
        let mut results = results;
        results.resize_with(count, || Err(Error::internal("not sent, because one before it could not be")));
        results
    }
}

/// A message on its way out.
struct Outgoing {
    exchange: String,
    routing_key: String,
    body: Vec<u8>,
    /// With a message id, by which a message that comes back is recognised.
    properties: BasicProperties,
    /// Whether a queue must take it: otherwise it comes back and counts as not published.
    mandatory: bool,
}

/// What became of a batch.
struct Sent {
    results: Vec<Result<()>>,
    /// Some of it came back, because a queue that should have taken it is not there.
    unroutable: bool,
}

/// Sends all and waits for the confirms, until a moment. What is confirmed by then counts, so that a broker that is too slow
/// for the whole batch still gets somewhere.
async fn send(channel: &Channel, bodies: Vec<Outgoing>, until: Instant) -> Sent {
    let mut confirms = Vec::with_capacity(bodies.len());
    for Outgoing { exchange, routing_key, body, properties, mandatory } in bodies {
        let options = BasicPublishOptions { mandatory, ..BasicPublishOptions::default() };
        let id = properties.message_id().clone();
        let sending = channel.basic_publish(exchange.into(), routing_key.into(), options, &body, properties);
        let sent = timeout_at(until, sending).await;
        let failed = !matches!(sent, Ok(Ok(_)));
        confirms.push((id, sent));
        if failed {
            break;
        }
    }
    // A message that came back arrives with a confirm of its batch, not necessarily with its own.
    let mut returned = Vec::new();
    let mut outcomes = Vec::with_capacity(confirms.len());
    for (id, confirm) in confirms {
        let answer = match confirm {
            Ok(Ok(confirm)) => timeout_at(until, confirm).await,
            Ok(Err(error)) => Ok(Err(error)),
            Err(late) => Err(late),
        };
        let outcome = match answer {
            Ok(Ok(Confirmation::Ack(came_back))) => {
                returned.extend(came_back.map(|message| message.delivery.properties.message_id().clone()));
                Ok(())
            }
            Ok(Ok(_)) => Err(Error::internal("the broker refused a message")),
            Ok(Err(error)) => Err(Error::internal(error)),
            Err(_) => Err(Error::internal("the broker did not confirm in time")),
        };
        outcomes.push((id, outcome));
    }
    let unroutable = !returned.is_empty();
    let results = outcomes.into_iter().map(|(id, outcome)| match outcome {
        Ok(()) if returned.contains(&id) => {
            Err(Error::internal("no queue took a message that one waits for"))
        }
        outcome => outcome,
    });
    Sent { results: results.collect(), unroutable }
}

/// Persistent JSON with what the broker's own tools show.
fn properties(event: &Envelope) -> BasicProperties {
    BasicProperties::default()
        .with_content_type("application/json".into())
        .with_delivery_mode(2)
        .with_message_id(event.event_id.to_string().into())
        .with_type(event.event_type.as_str().into())
        .with_correlation_id(event.correlation_id.as_str().into())
        .with_timestamp(u64::try_from(event.occurred_at.timestamp()).unwrap_or(0))
}

/// The queue that keeps the dead letters of another.
fn dead_queue(queue: &str) -> String {
    format!("{queue}.dead")
}

/// A message for the dead-letter queue, with why it is there.
fn dead_letter(queue: &str, body: Vec<u8>, error: &str, attempts: u32) -> Outgoing {
    let mut headers = FieldTable::default();
    headers.insert(ERROR_HEADER.into(), AMQPValue::LongString(error.into()));
    headers.insert(ATTEMPTS_HEADER.into(), AMQPValue::LongUInt(attempts));
    direct(&dead_queue(queue), body, BasicProperties::default().with_headers(headers))
}

/// A message straight into a queue, which must be there.
fn direct(queue: &str, body: Vec<u8>, properties: BasicProperties) -> Outgoing {
    let properties = properties
        .with_content_type("application/json".into())
        .with_delivery_mode(2)
        .with_message_id(new_id().to_string().into());
    Outgoing { exchange: String::new(), routing_key: queue.to_owned(), body, properties, mandatory: true }
}

impl EventBus for RabbitBus {
    fn publish_all<'a>(&'a self, events: &'a [Envelope]) -> BoxFuture<'a, Vec<Result<()>>> {
        Box::pin(async move {
            let mut bodies = Vec::with_capacity(events.len());
            for event in events {
                match serde_json::to_vec(event) {
                    Ok(body) => bodies.push(Outgoing {
                        exchange: self.link.exchange().to_owned(),
                        routing_key: event.event_type.clone(),
                        body,
                        properties: properties(event),
                        mandatory: self.link.topology().wants(&event.event_type),
                    }),
                    Err(error) => return vec![Err(Error::from(error)); events.len()],
                }
            }
            self.publish_bodies(bodies).await
        })
    }

    fn subscribe(&self, subscription: Subscription, handler: Handler) -> BoxFuture<'_, Result<()>> {
        Box::pin(async move {
            let channel = self.link.consuming_channel(&subscription).await?;
            let consumer = consumer::Worker::new(self.clone(), subscription, handler);
            let task = tokio::spawn(consumer.run(channel, self.stopped.clone()));
            self.consumers.lock().await.push(task);
            Ok(())
        })
    }

    fn dead_letters<'a>(&'a self, queue: &'a str, limit: usize) -> BoxFuture<'a, Result<Vec<DeadLetter>>> {
        Box::pin(async move {
            let channel = self.link.channel().await?;
            let mut letters = Vec::new();
            let mut last = None;
            while letters.len() < limit {
                let got = channel.basic_get(dead_queue(queue).into(), BasicGetOptions::default()).await;
                let Some(message) = got.map_err(Error::internal)? else { break };
                letters.push(read_dead_letter(&message.delivery));
                last = Some(message.delivery.delivery_tag);
            }
            if let Some(last) = last {
                let all = BasicNackOptions { multiple: true, requeue: true };
                channel.basic_nack(last, all).await.map_err(Error::internal)?;
            }
            let _ = channel.close(200, "done".into()).await;
            Ok(letters)
        })
    }

    fn redrive<'a>(&'a self, queue: &'a str, limit: usize) -> BoxFuture<'a, Result<usize>> {
        Box::pin(async move {
            let channel = self.link.channel().await?;
            let mut redriven = 0;
            // What dies again goes to the end of the queue: only as many as were there at first are taken.
            let mut there = limit;
            while redriven < there {
                let got = channel.basic_get(dead_queue(queue).into(), BasicGetOptions::default()).await;
                let Some(message) = got.map_err(Error::internal)? else { break };
                if redriven == 0 {
                    there = limit.min(message.message_count as usize + 1);
                }
                let outgoing = direct(queue, message.delivery.data.clone(), BasicProperties::default());
                // Confirmed in the queue before it is removed from the dead letters: at worst it is in both.
                self.publish_bodies(vec![outgoing]).await.into_iter().collect::<Result<()>>()?;
                message.delivery.acker.ack(BasicAckOptions::default()).await.map_err(Error::internal)?;
                redriven += 1;
            }
            let _ = channel.close(200, "done".into()).await;
            Ok(redriven)
        })
    }

    fn is_connected(&self) -> bool {
        self.link.is_connected()
    }

    fn close(&self) -> BoxFuture<'_, ()> {
        Box::pin(async move {
            self.stop.request();
            for consumer in self.consumers.lock().await.drain(..) {
                let _ = consumer.await;
            }
            self.link.close().await;
        })
    }
}

fn read_dead_letter(delivery: &lapin::message::Delivery) -> DeadLetter {
    let headers = delivery.properties.headers().as_ref().map(FieldTable::inner);
    let header = |name: &str| headers.and_then(|headers| headers.get(name));
    let error = match header(ERROR_HEADER) {
        Some(AMQPValue::LongString(text)) => text.to_string(),
        _ => "the consumer failed without saying why".to_owned(),
    };
    let attempts = match header(ATTEMPTS_HEADER) {
        Some(AMQPValue::LongUInt(attempts)) => *attempts,
        _ => 0,
    };
    DeadLetter { event: serde_json::from_slice(&delivery.data).ok(), error, attempts }
}
