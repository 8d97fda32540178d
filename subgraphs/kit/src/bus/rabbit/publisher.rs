//! Publishing: batches in order, and each message confirmed by the broker before it counts.

use std::sync::Arc;
use std::time::Duration;

use lapin::options::BasicPublishOptions;
use lapin::{BasicProperties, Channel, Confirmation};
use tokio::sync::Mutex;
use tokio::time::{Instant, timeout_at};

use super::link::{Link, hang_up};
use crate::envelope::Envelope;
use crate::error::{Error, Result};
use crate::ids::new_id;

/// How long a batch may wait for its confirms before it counts as lost.
const PATIENCE: Duration = Duration::from_secs(15);

/// A message on its way out.
pub(super) struct Outgoing {
    exchange: String,
    routing_key: String,
    body: Vec<u8>,
    /// With a message id, by which a message that comes back is recognised.
    properties: BasicProperties,
    /// Whether a queue must take it: otherwise it comes back and counts as not published.
    mandatory: bool,
}

impl Outgoing {
    /// An event for the exchange; persistent JSON with what the broker's own tools show.
    pub(super) fn event(link: &Link, event: &Envelope) -> Result<Self> {
        let properties = BasicProperties::default()
            .with_content_type("application/json".into())
            .with_delivery_mode(2)
            .with_message_id(event.event_id.to_string().into())
            .with_type(event.event_type.as_str().into())
            .with_correlation_id(event.correlation_id.as_str().into())
            .with_timestamp(u64::try_from(event.occurred_at.timestamp()).unwrap_or(0));
        Ok(Self {
            exchange: link.exchange().to_owned(),
            routing_key: event.event_type.clone(),
            body: serde_json::to_vec(event)?,
            properties,
            mandatory: link.topology().wants(&event.event_type),
        })
    }

    /// A message straight into a queue, which must be there.
    pub(super) fn direct(queue: &str, body: Vec<u8>, properties: BasicProperties) -> Self {
        let properties = properties
            .with_content_type("application/json".into())
            .with_delivery_mode(2)
            .with_message_id(new_id().to_string().into());
        Self { exchange: String::new(), routing_key: queue.to_owned(), body, properties, mandatory: true }
    }
}

/// Whoever publishes, on one channel, one batch after the other.
pub(super) struct Publisher {
    link: Arc<Link>,
    channel: Mutex<Option<Channel>>,
}

impl Publisher {
    pub(super) fn new(link: Arc<Link>) -> Self {
        Self { link, channel: Mutex::default() }
    }

    /// Publishes messages in order and waits for all confirms; one result each. A channel that failed is not used again.
    pub(super) async fn publish(&self, messages: Vec<Outgoing>) -> Vec<Result<()>> {
        let count = messages.len();
        let mut slot = self.channel.lock().await;
        let channel = match slot.take().filter(|channel| channel.status().connected()) {
            Some(channel) => channel,
            None => match self.link.confirming_channel().await {
                Ok(channel) => channel,
                Err(error) => return vec![Err(error); count],
            },
        };
        let Sent { mut results, unroutable } = send(&channel, messages, Instant::now() + PATIENCE).await;
        if unroutable && let Err(error) = self.link.declare_all().await {
            tracing::warn!(error = error.cause(), "the queues could not be declared again");
        }
        if results.len() == count && results.iter().all(Result::is_ok) {
            *slot = Some(channel);
        } else {
            // Its late confirms must not be taken for those of the next batch.
            hang_up(&channel).await;
        }
        results.resize_with(count, || Err(Error::internal("not sent, because one before it could not be")));
        results
    }
}

/// What became of a batch.
struct Sent {
    results: Vec<Result<()>>,
    /// Some of it came back, because a queue that should have taken it is not there.
    unroutable: bool,
}

/// Sends all and waits for the confirms, until a moment. What is confirmed by then counts, so that a broker that is too slow
/// for the whole batch still gets somewhere.
async fn send(channel: &Channel, messages: Vec<Outgoing>, until: Instant) -> Sent {
    let mut confirms = Vec::with_capacity(messages.len());
    for Outgoing { exchange, routing_key, body, properties, mandatory } in messages {
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
