//! SQL of the copies of trips and roster assignments.

use kit::error::Result;
use sqlx::PgConnection;
use uuid::Uuid;

use super::{AssignmentRef, TripRef};

/// What keeping a trip changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Kept {
    /// The driver the trip had before, if another.
    pub(crate) driver_before: Option<Uuid>,
}

/// Keeps a trip unless a newer version is known; None for old news.
pub(crate) async fn keep_trip(conn: &mut PgConnection, trip: &TripRef, version: i64) -> Result<Option<Kept>> {
    // Two events of a new trip at once: the second waits for the row of the first, and sees whose trip it was.
    sqlx::query(
        "INSERT INTO trip_ref (trip_id, is_live, version) VALUES ($1, false, -1) ON CONFLICT DO NOTHING",
    )
    .bind(trip.trip_id)
    .execute(&mut *conn)
    .await?;
    let (driver_before, known): (Option<Uuid>, i64) =
        sqlx::query_as("SELECT driver_id, version FROM trip_ref WHERE trip_id = $1 FOR UPDATE")
            .bind(trip.trip_id)
            .fetch_one(&mut *conn)
            .await?;
    if known >= version {
        return Ok(None);
    }
    sqlx::query("UPDATE trip_ref SET driver_id = $2, is_live = $3, version = $4 WHERE trip_id = $1")
        .bind(trip.trip_id)
        .bind(trip.driver_id)
        .bind(trip.is_live())
        .bind(version)
        .execute(conn)
        .await?;
    Ok(Some(Kept { driver_before: driver_before.filter(|driver| Some(*driver) != trip.driver_id) }))
}

/// The trip that a driver is on.
pub(crate) async fn live_trip(conn: &mut PgConnection, driver_id: Uuid) -> Result<Option<Uuid>> {
    Ok(sqlx::query_scalar(
        "SELECT trip_id FROM trip_ref WHERE driver_id = $1 AND is_live ORDER BY trip_id LIMIT 1",
    )
    .bind(driver_id)
    .fetch_optional(conn)
    .await?)
}

/// Keeps a roster assignment unless a newer version is known.
pub(crate) async fn keep_assignment(
    conn: &mut PgConnection,
    assignment: &AssignmentRef,
    version: i64,
) -> Result<()> {
    sqlx::query(
        "INSERT INTO assignment_ref AS a (assignment_id, driver_id, vehicle_id, is_active, version)
         VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT ON CONSTRAINT assignment_ref_pkey DO UPDATE
             SET driver_id = excluded.driver_id, vehicle_id = excluded.vehicle_id, is_active = excluded.is_active,
                 version = excluded.version
             WHERE a.version < excluded.version",
    )
    .bind(assignment.assignment_id)
    .bind(assignment.driver_id)
    .bind(assignment.vehicle_id)
    .bind(assignment.status == "ACTIVE")
    .bind(version)
    .execute(conn)
    .await?;
    Ok(())
}

/// The vehicle that a driver has today: the assigned one.
pub(crate) async fn vehicle_of(conn: &mut PgConnection, driver_id: Uuid) -> Result<Option<Uuid>> {
    Ok(sqlx::query_scalar(
        "SELECT vehicle_id FROM assignment_ref WHERE driver_id = $1 AND is_active ORDER BY assignment_id DESC LIMIT 1",
    )
    .bind(driver_id)
    .fetch_optional(conn)
    .await?)
}
