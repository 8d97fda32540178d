//! The SQL of shifts and trips as far as vehicles care.

use chrono::{DateTime, Utc};
use kit::Result;
use sqlx::PgConnection;
use uuid::Uuid;

/// Notes that a driver was given a vehicle.
pub async fn drove(conn: &mut PgConnection, driver: Uuid, vehicle: Uuid, since: DateTime<Utc>) -> Result<()> {
    sqlx::query(
        "INSERT INTO driver_vehicle (driver_id, vehicle_id, since) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
    )
    .bind(driver)
    .bind(vehicle)
    .bind(since)
    .execute(conn)
    .await?;
    Ok(())
}

/// Notes which vehicle a trip keeps on the road right now, if any, unless newer news of the trip is known.
pub async fn trip(
    conn: &mut PgConnection,
    trip: Uuid,
    busy_vehicle: Option<Uuid>,
    version: i64,
    at: DateTime<Utc>,
) -> Result<()> {
    sqlx::query(
        "INSERT INTO trip_ref AS t (trip_id, vehicle_id, is_live, version, updated_at)
         VALUES ($1, $2, $2 IS NOT NULL, $3, $4)
         ON CONFLICT (trip_id) DO UPDATE
            SET vehicle_id = $2, is_live = $2 IS NOT NULL, version = $3, updated_at = $4
          WHERE t.version < $3",
    )
    .bind(trip)
    .bind(busy_vehicle)
    .bind(version)
    .bind(at)
    .execute(conn)
    .await?;
    Ok(())
}

/// Forgets trips that ended before a moment.
pub async fn sweep(conn: &mut PgConnection, before: DateTime<Utc>) -> Result<u64> {
    let done = sqlx::query("DELETE FROM trip_ref WHERE NOT is_live AND updated_at < $1")
        .bind(before)
        .execute(conn)
        .await?;
    Ok(done.rows_affected())
}
