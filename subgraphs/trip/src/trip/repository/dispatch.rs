//! SQL of who was given a trip.

use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};
use kit::error::{Error, OnConstraint, Result};
use sqlx::PgConnection;
use sqlx::postgres::types::PgRange;
use uuid::Uuid;

use crate::assignment::Assignment;
use crate::trip::dispatch::{Busy, Promise};
use crate::trip::{Trip, TripAssignmentStatus, TripStatus};

/// One giving of a trip to a driver.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Dispatch {
    pub id: Uuid,
    pub short_id: String,
    pub trip_id: Uuid,
    pub driver_id: Uuid,
    pub vehicle_id: Uuid,
    pub assignment_id: Uuid,
    pub status: TripAssignmentStatus,
    pub assigned_by: Option<Uuid>,
    pub assigned_at: DateTime<Utc>,
    pub unassigned_at: Option<DateTime<Utc>>,
    pub unassigned_by: Option<Uuid>,
    pub unassign_reason: Option<String>,
}

/// Who is sent with what.
#[derive(Clone, Copy, Debug)]
pub struct Crew {
    pub driver_id: Uuid,
    pub vehicle_id: Uuid,
    pub assignment_id: Uuid,
}

impl Crew {
    /// The driver and vehicle of a roster assignment.
    #[must_use]
    pub const fn of(assignment: &Assignment) -> Self {
        Self {
            driver_id: assignment.driver_id,
            vehicle_id: assignment.vehicle_id,
            assignment_id: assignment.id,
        }
    }
}

/// Stores that a trip was given to a driver.
///
/// # Errors
/// CONFLICT when the trip has a driver, or the driver a trip at that time, that a faster transaction gave them.
pub async fn insert(
    conn: &mut PgConnection,
    (id, short_id): (Uuid, &str),
    trip_id: Uuid,
    crew: Crew,
    busy: Busy,
    (by, at): (Option<Uuid>, DateTime<Utc>),
) -> Result<()> {
    sqlx::query(
        "INSERT INTO trip_assignment (id, short_id, trip_id, driver_id, vehicle_id, assignment_id, status, busy,
                                      assigned_by, assigned_at)
         VALUES ($1, $2, $3, $4, $5, $6, 'ASSIGNED', $7, $8, $9)",
    )
    .bind(id)
    .bind(short_id)
    .bind(trip_id)
    .bind(crew.driver_id)
    .bind(crew.vehicle_id)
    .bind(crew.assignment_id)
    .bind(PgRange::from(busy.from..busy.until))
    .bind(by)
    .bind(at)
    .execute(conn)
    .await
    .on_constraint("trip_assignment_live_key", || {
        Error::conflict("This trip was just given to another driver").field("tripId")
    })
    .on_constraint("trip_assignment_driver_overlap_excl", overlap)?;
    Ok(())
}

fn overlap() -> Error {
    Error::conflict("This driver was just given another trip at that time").field("driverId")
}

/// Ends the live record of a trip, if there is one.
///
/// # Errors
/// INTERNAL when the database fails.
pub async fn end(
    conn: &mut PgConnection,
    trip_id: Uuid,
    status: TripAssignmentStatus,
    (by, at): (Option<Uuid>, DateTime<Utc>),
    reason: Option<&str>,
) -> Result<()> {
    sqlx::query(
        "UPDATE trip_assignment
         SET status = $2, unassigned_at = $3, unassigned_by = $4, unassign_reason = $5
         WHERE trip_id = $1 AND status = 'ASSIGNED'",
    )
    .bind(trip_id)
    .bind(status)
    .bind(at)
    .bind(by)
    .bind(reason)
    .execute(conn)
    .await?;
    Ok(())
}

/// Moves the time that the live record of a trip takes.
///
/// # Errors
/// CONFLICT when the driver has another trip then.
pub async fn move_busy(conn: &mut PgConnection, trip_id: Uuid, busy: Busy) -> Result<()> {
    sqlx::query("UPDATE trip_assignment SET busy = $2 WHERE trip_id = $1 AND status = 'ASSIGNED'")
        .bind(trip_id)
        .bind(PgRange::from(busy.from..busy.until))
        .execute(conn)
        .await
        .on_constraint("trip_assignment_driver_overlap_excl", overlap)?;
    Ok(())
}

/// The trips of these drivers that matter for a pickup at `pickup`: live ones whenever they are, finished ones of the
/// days around it.
///
/// # Errors
/// INTERNAL when the database fails.
pub async fn promises(
    conn: &mut PgConnection,
    drivers: &[Uuid],
    pickup: DateTime<Utc>,
) -> Result<HashMap<Uuid, Vec<Promise>>> {
    // Two parts, so that neither looks at all that a driver has ever driven. The index of promised trips has these statuses.
    let rows: Vec<Promise> = sqlx::query_as(
        "SELECT id AS trip_id, driver_id, status, trip_type, pickup_time, distance_km
         FROM trip
         WHERE driver_id = ANY($1) AND status IN ('DRIVER_ASSIGNED', 'STARTED', 'ARRIVED', 'ONBOARDED')
         UNION ALL
         SELECT id, driver_id, status, trip_type, pickup_time, distance_km
         FROM trip
         WHERE driver_id = ANY($1) AND status = 'COMPLETED' AND pickup_time BETWEEN $2 AND $3",
    )
    .bind(drivers)
    .bind(pickup - TimeDelta::days(1))
    .bind(pickup + TimeDelta::days(1))
    .fetch_all(conn)
    .await?;
    let mut by_driver: HashMap<Uuid, Vec<Promise>> = HashMap::new();
    for row in rows {
        by_driver.entry(row.driver_id).or_default().push(row);
    }
    Ok(by_driver)
}

/// Whether one of the driver's trips is between start and completion.
///
/// # Errors
/// INTERNAL when the database fails.
pub async fn is_under_way(conn: &mut PgConnection, driver_id: Uuid) -> Result<bool> {
    let under_way = TripStatus::UNDER_WAY.map(TripStatus::as_str);
    let found =
        sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM trip WHERE driver_id = $1 AND status = ANY($2))")
            .bind(driver_id)
            .bind(under_way.as_slice())
            .fetch_one(conn)
            .await?;
    Ok(found)
}

/// The trips that are promised to a driver and not started: what a suspension takes away.
///
/// # Errors
/// INTERNAL when the database fails.
pub async fn undone_of_driver(conn: &mut PgConnection, driver_id: Uuid) -> Result<Vec<Trip>> {
    let mut sql = sqlx::QueryBuilder::new(super::SELECT);
    sql.push("trip.driver_id = ").push_bind(driver_id);
    sql.push(" AND trip.status = 'DRIVER_ASSIGNED' ORDER BY trip.id FOR UPDATE");
    Ok(sql.build_query_as().fetch_all(conn).await?)
}

/// Who was given these trips, in order of time.
///
/// # Errors
/// INTERNAL when the database fails.
pub async fn of_trips(conn: &mut PgConnection, trips: &[Uuid]) -> Result<HashMap<Uuid, Vec<Dispatch>>> {
    let rows: Vec<Dispatch> = sqlx::query_as(
        "SELECT id, short_id, trip_id, driver_id, vehicle_id, assignment_id, status, assigned_by, assigned_at,
                unassigned_at, unassigned_by, unassign_reason
         FROM trip_assignment WHERE trip_id = ANY($1) ORDER BY trip_id, assigned_at, id",
    )
    .bind(trips)
    .fetch_all(conn)
    .await?;
    let mut by_trip: HashMap<Uuid, Vec<Dispatch>> = HashMap::new();
    for row in rows {
        by_trip.entry(row.trip_id).or_default().push(row);
    }
    Ok(by_trip)
}
