//! SQL of what happened to a trip, version by version.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use kit::error::Result;
use serde_json::Value;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::trip::TripStatus;
use crate::trip::lifecycle::Action;

/// One version of a trip: what was done, by whom, when and why.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Entry {
    pub trip_id: Uuid,
    pub version: i64,
    pub action: Action,
    pub from_status: Option<TripStatus>,
    pub to_status: TripStatus,
    pub actor_id: Option<Uuid>,
    pub reason: Option<String>,
    /// Before and after of what is not a change of status.
    pub detail: Option<Value>,
    pub at: DateTime<Utc>,
}

/// Stores one entry.
///
/// # Errors
/// INTERNAL when the database fails.
pub async fn insert(conn: &mut PgConnection, entry: &Entry) -> Result<()> {
    sqlx::query(
        "INSERT INTO trip_history (trip_id, version, action, from_status, to_status, actor_id, reason, detail, at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
    )
    .bind(entry.trip_id)
    .bind(entry.version)
    .bind(entry.action)
    .bind(entry.from_status)
    .bind(entry.to_status)
    .bind(entry.actor_id)
    .bind(&entry.reason)
    .bind(&entry.detail)
    .bind(entry.at)
    .execute(conn)
    .await?;
    Ok(())
}

/// The history of these trips, oldest first.
///
/// # Errors
/// INTERNAL when the database fails.
pub async fn of_trips(conn: &mut PgConnection, trips: &[Uuid]) -> Result<HashMap<Uuid, Vec<Entry>>> {
    let rows: Vec<Entry> = sqlx::query_as(
        "SELECT trip_id, version, action, from_status, to_status, actor_id, reason, detail, at
         FROM trip_history WHERE trip_id = ANY($1) ORDER BY trip_id, version",
    )
    .bind(trips)
    .fetch_all(conn)
    .await?;
    let mut by_trip: HashMap<Uuid, Vec<Entry>> = HashMap::new();
    for row in rows {
        by_trip.entry(row.trip_id).or_default().push(row);
    }
    Ok(by_trip)
}
