//! Working one queue off, across as many channels as it takes.

use std::time::Duration;

use futures_util::StreamExt;
use lapin::{Acker, Channel};

use lapin::options::{BasicAckOptions, BasicCancelOptions, BasicConsumeOptions, BasicNackOptions};
use lapin::types::{FieldTable, ShortString};

use super::link::{hang_up, in_time};
use super::{RabbitBus, dead};
use crate::bus::lanes::{Job, Lanes, Verdict};
use crate::bus::{Delivery, Handler, Subscription, shortened};
use crate::envelope::Envelope;
use crate::error::{Error, Result};
use crate::server::Shutdown;

const FIRST_PAUSE: Duration = Duration::from_millis(200);
const MAX_PAUSE: Duration = Duration::from_secs(10);

/// What the end of an attempt is told to.
struct Receipt {
    acker: Acker,
    body: Vec<u8>,
}

/// The consumer of one queue.
pub(super) struct Worker {
    bus: RabbitBus,
    subscription: Subscription,
    handler: Handler,
}

impl Worker {
    pub(super) fn new(bus: RabbitBus, subscription: Subscription, handler: Handler) -> Self {
        Self { bus, subscription, handler }
    }

    /// Consumes until it is stopped, on this channel first if there is one, and on new ones after it.
    pub(super) async fn run(self, first: Option<Channel>, stop: Shutdown) {
        let mut channel = first;
        let mut pause = FIRST_PAUSE;
        while !stop.is_requested() {
            let opened = match channel.take() {
                Some(channel) => Ok(channel),
                None => self.bus.consuming.consuming_channel(&self.subscription).await,
            };
            let ended = match opened {
                Ok(channel) => {
                    pause = FIRST_PAUSE;
                    self.consume(&channel, &stop).await
                }
                Err(error) => Err(error),
            };
            let Err(error) = ended else { return };
            tracing::warn!(
                queue = self.subscription.queue,
                error = error.cause(),
                "consumer without the broker, connecting again"
            );
            if !stop.sleep(pause).await {
                return;
            }
            pause = (pause * 2).min(MAX_PAUSE);
        }
    }

    /// Consumes on one channel. Ok when it was stopped and everything in work is finished; Err when the channel broke.
    async fn consume(&self, channel: &Channel, stop: &Shutdown) -> Result<()> {
        let bus = self.bus.clone();
        let queue = self.subscription.queue.clone();
        let lanes = Lanes::start(&self.subscription, &self.handler, move |delivery, receipt, verdict| {
            settle(bus.clone(), queue.clone(), delivery, receipt, verdict)
        });
        let tag: ShortString = format!("{}-{}", self.subscription.queue, uuid::Uuid::new_v4()).into();
        let (queue, options) = (self.subscription.queue.as_str().into(), BasicConsumeOptions::default());
        let consuming = channel.basic_consume(queue, tag.clone(), options, FieldTable::default());
        let mut deliveries = in_time(consuming).await?;
        loop {
            let next = tokio::select! {
                () = stop.requested() => break,
                next = deliveries.next() => next,
            };
            let delivery = match next {
                Some(Ok(delivery)) => delivery,
                Some(Err(error)) => return Err(Error::internal(error)),
                None => return Err(Error::internal("the broker ended the consumer")),
            };
            self.accept(&lanes, delivery).await?;
        }
        // Nothing more is handed out, to be handed back at once.
        let _ = in_time(channel.basic_cancel(tag, BasicCancelOptions::default())).await;
        lanes.finish().await;
        hang_up(channel).await;
        Ok(())
    }

    async fn accept(&self, lanes: &Lanes<Receipt>, message: lapin::message::Delivery) -> Result<()> {
        let lapin::message::Delivery { acker, data: body, redelivered, .. } = message;
        let receipt = Receipt { acker, body };
        let event = match serde_json::from_slice::<Envelope>(&receipt.body) {
            Ok(event) => event,
            Err(error) => return self.refuse(receipt, format!("the message is not an event: {error}")).await,
        };
        let (queue, name) = (&self.subscription.queue, &event.event_type);
        if self.subscription.wants(name) {
            return lanes.send(Job { delivery: Delivery { event, redelivered }, receipt });
        }
        if self.bus.has_retired(queue, name) {
            tracing::info!(queue, event_type = name, "an event that is not wanted any more is let go");
            acknowledge(receipt).await;
            return Ok(());
        }
        // Put there by hand, or meant for a newer version of this consumer, which must not miss it.
        self.refuse(receipt, format!("this version of the consumer does not ask for {name}")).await
    }

    /// Puts a message that must not be handled among the dead letters.
    async fn refuse(&self, receipt: Receipt, error: String) -> Result<()> {
        let queue = &self.subscription.queue;
        tracing::error!(queue, error, "message goes to the dead letters");
        bury(&self.bus, queue, receipt, &shortened(error), 0).await;
        Ok(())
    }
}

async fn settle(bus: RabbitBus, queue: String, _: Delivery, receipt: Receipt, verdict: Verdict) {
    match verdict {
        Verdict::Done => acknowledge(receipt).await,
        Verdict::Dead { error, attempts } => bury(&bus, &queue, receipt, &error, attempts).await,
        // The channel is about to be closed, and what was not acknowledged on it is delivered again.
        Verdict::GivenBack => {}
    }
}

async fn acknowledge(receipt: Receipt) {
    // An error means that the channel is gone: the broker delivers again, and the inbox tells.
    let _ = receipt.acker.ack(BasicAckOptions::default()).await;
}

/// Kept with the dead letters before it is taken out of the queue: at worst it is in both, never in neither.
async fn bury(bus: &RabbitBus, queue: &str, receipt: Receipt, error: &str, attempts: u32) {
    let letter = dead::letter(queue, receipt.body, error, attempts);
    let kept = bus.publisher.publish(vec![letter]).await.into_iter().all(|result| result.is_ok());
    let answered = if kept {
        receipt.acker.ack(BasicAckOptions::default()).await
    } else {
        receipt.acker.nack(BasicNackOptions { requeue: true, ..BasicNackOptions::default() }).await
    };
    if let Err(error) = answered {
        tracing::warn!(queue, %error, "a dead letter could not be settled, the broker delivers it again");
    }
}
