//! Dead letters: kept in a queue of their own beside each queue, with why they are there.

use lapin::options::{BasicAckOptions, BasicGetOptions, BasicNackOptions, QueueDeclareOptions};
use lapin::types::{AMQPValue, FieldTable};
use lapin::{BasicProperties, Channel};

use super::link::{hang_up, in_time};
use super::publisher::{Outgoing, Publisher};
use crate::bus::DeadLetter;
use crate::error::Result;

/// The headers of a dead letter.
const ERROR_HEADER: &str = "x-error";
const ATTEMPTS_HEADER: &str = "x-attempts";

/// The queue that keeps the dead letters of another.
pub(super) fn queue_of(queue: &str) -> String {
    format!("{queue}.dead")
}

/// A message for the dead-letter queue, with why it is there.
pub(super) fn letter(queue: &str, body: Vec<u8>, error: &str, attempts: u32) -> Outgoing {
    let mut headers = FieldTable::default();
    headers.insert(ERROR_HEADER.into(), AMQPValue::LongString(error.into()));
    headers.insert(ATTEMPTS_HEADER.into(), AMQPValue::LongUInt(attempts));
    Outgoing::direct(&queue_of(queue), body, BasicProperties::default().with_headers(headers))
}

/// Looks at the oldest letters and leaves them where they are.
pub(super) async fn list(channel: &Channel, queue: &str, limit: usize) -> Result<Vec<DeadLetter>> {
    let mut letters = Vec::new();
    let mut last = None;
    while letters.len() < limit {
        let got = channel.basic_get(queue_of(queue).into(), BasicGetOptions::default());
        let Some(message) = in_time(got).await? else { break };
        letters.push(read(&message.delivery));
        last = Some(message.delivery.delivery_tag);
    }
    if let Some(last) = last {
        let all = BasicNackOptions { multiple: true, requeue: true };
        in_time(channel.basic_nack(last, all)).await?;
    }
    hang_up(channel).await;
    Ok(letters)
}

/// How many letters there are beside these queues.
pub(super) async fn count(channel: &Channel, queues: &[String]) -> Result<u64> {
    let mut count = 0;
    for queue in queues {
        let look = QueueDeclareOptions { passive: true, ..QueueDeclareOptions::default() };
        let found =
            in_time(channel.queue_declare(queue_of(queue).into(), look, FieldTable::default())).await?;
        count += u64::from(found.message_count());
    }
    hang_up(channel).await;
    Ok(count)
}

/// Puts the oldest letters back into their queue.
pub(super) async fn redrive(
    channel: &Channel,
    publisher: &Publisher,
    queue: &str,
    limit: usize,
) -> Result<usize> {
    let mut redriven = 0;
    // What dies again goes to the end of the queue: only as many as were there at first are taken.
    let mut there = limit;
    while redriven < there {
        let got = channel.basic_get(queue_of(queue).into(), BasicGetOptions::default());
        let Some(message) = in_time(got).await? else { break };
        if redriven == 0 {
            there = limit.min(message.message_count as usize + 1);
        }
        let outgoing = Outgoing::direct(queue, message.delivery.data.clone(), BasicProperties::default());
        // Confirmed in the queue before it is removed from the dead letters: at worst it is in both.
        publisher.publish(vec![outgoing]).await.into_iter().collect::<Result<()>>()?;
        in_time(message.delivery.acker.ack(BasicAckOptions::default())).await?;
        redriven += 1;
    }
    hang_up(channel).await;
    Ok(redriven)
}

fn read(delivery: &lapin::message::Delivery) -> DeadLetter {
    let headers = delivery.properties.headers().as_ref().map(FieldTable::inner);
    let header = |name: &str| headers.and_then(|headers| headers.get(name));
    let error = match header(ERROR_HEADER) {
        Some(AMQPValue::LongString(text)) => text.to_string(),
        _ => "the consumer was lost over it again and again".to_owned(),
    };
    let attempts = match header(ATTEMPTS_HEADER) {
        Some(AMQPValue::LongUInt(attempts)) => *attempts,
        _ => 0,
    };
    DeadLetter { event: serde_json::from_slice(&delivery.data).ok(), error, attempts }
}
