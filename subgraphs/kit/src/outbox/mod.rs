//! Events out: recorded in the transaction that causes them, so that commit and event are one thing.

mod log;

use serde_json::Value;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::clock::Clock;
use crate::correlation;
use crate::error::{Error, Result};
use crate::ids::new_id;
use crate::wake;

pub use log::{Filter, Placed, check_readable, find, head, place, prune, read_after};

/// An event about to be recorded.
#[derive(Clone, Debug)]
pub struct NewEvent {
    /// The routing key: `order.completed`.
    pub event_type: &'static str,
    /// The version of the payload's shape.
    pub version: u16,
    /// The thing that changed. Lock or update its row before recording: that is what keeps its events in order.
    pub aggregate_id: Uuid,
    /// Its version after the change.
    pub aggregate_version: i64,
    /// What happened.
    pub payload: Value,
}

/// The largest payload, in bytes of JSON. One that no broker takes would be in the way of all events behind it.
pub const MAX_PAYLOAD: usize = 256 * 1024;

/// Writes an event into the outbox of the transaction at hand and returns its id. It is published if and only if
/// that transaction commits. Errors: INTERNAL for a payload of more than [`MAX_PAYLOAD`].
pub async fn record(conn: &mut PgConnection, clock: &Clock, event: NewEvent) -> Result<Uuid> {
    let size = serde_json::to_vec(&event.payload)?.len();
    if size > MAX_PAYLOAD {
        return Err(Error::internal(format!("a payload of {size} bytes for {}", event.event_type)));
    }
    let event_id = new_id();
    sqlx::query(
        "INSERT INTO outbox (event_id, event_type, version, occurred_at, aggregate_id, aggregate_version,
                             correlation_id, payload)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(event_id)
    .bind(event.event_type)
    .bind(i32::from(event.version))
    .bind(clock.now())
    .bind(event.aggregate_id)
    .bind(event.aggregate_version)
    .bind(correlation::current())
    .bind(event.payload)
    .execute(conn)
    .await?;
    wake::recorded();
    Ok(event_id)
}
