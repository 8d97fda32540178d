//! SQL of the positions that were reported.

use chrono::{DateTime, Utc};
use kit::error::Result;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::geo::Point;

/// Stores one position.
///
/// # Errors
/// INTERNAL when the database fails.
pub async fn insert(
    conn: &mut PgConnection,
    id: Uuid,
    (trip_id, driver_id): (Uuid, Uuid),
    point: Point,
    at: DateTime<Utc>,
) -> Result<()> {
    sqlx::query(
        "INSERT INTO trip_location (id, trip_id, driver_id, lat, lng, recorded_at) VALUES ($1, $2, $3, $4, $5, $6)",
    )
    .bind(id)
    .bind(trip_id)
    .bind(driver_id)
    .bind(point.lat)
    .bind(point.lng)
    .bind(at)
    .execute(conn)
    .await?;
    Ok(())
}

/// Deletes positions that are older than `before`; returns how many.
///
/// # Errors
/// INTERNAL when the database fails.
pub async fn prune(conn: &mut PgConnection, before: DateTime<Utc>) -> Result<u64> {
    let done =
        sqlx::query("DELETE FROM trip_location WHERE recorded_at < $1").bind(before).execute(conn).await?;
    Ok(done.rows_affected())
}
