//! The message that crosses process boundaries: one JSON shape for every event.

use chrono::{DateTime, Utc};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::error::{Code, Error, Result};

/// An event on its way: `{eventId, type, version, occurredAt, producer, aggregateId, aggregateVersion, correlationId, payload}`.
/// Unknown fields are accepted, so that producers may add some.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Envelope {
    /// Unique; what a consumer dedupes by.
    pub event_id: Uuid,
    /// The routing key: `order.completed`.
    #[serde(rename = "type")]
    pub event_type: String,
    /// The version of the payload's shape.
    pub version: u16,
    /// When it happened, by the producer's clock.
    pub occurred_at: DateTime<Utc>,
    /// The subgraph it comes from.
    pub producer: String,
    /// The thing that changed.
    pub aggregate_id: Uuid,
    /// Its version after the change; grows with every change of that thing.
    pub aggregate_version: i64,
    /// Ties the event to the request that caused it.
    pub correlation_id: String,
    /// What happened, in a shape given by type and version.
    pub payload: serde_json::Value,
}

impl Envelope {
    /// Reads the payload, unless its version is one that the caller does not know.
    /// Errors: UNREADABLE_EVENT for an unknown version or another shape, which sends it to the dead letters at once.
    pub fn read<T: DeserializeOwned>(&self, known_version: u16) -> Result<T> {
        if self.version != known_version {
            let (name, version) = (&self.event_type, self.version);
            let message = format!("{name} has version {version}, this consumer knows {known_version}");
            return Err(Error::new(Code::UNREADABLE_EVENT, message));
        }
        T::deserialize(&self.payload).map_err(|error| {
            Error::new(Code::UNREADABLE_EVENT, format!("{} does not read: {error}", self.event_type))
        })
    }
}
