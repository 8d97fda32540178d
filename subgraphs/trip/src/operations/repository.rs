//! SQL of the overview: every figure of many fleets with one statement.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use kit::Scope;
use kit::error::Result;
use sqlx::{PgConnection, Postgres, QueryBuilder};
use uuid::Uuid;

use crate::access;
use crate::assignment::Assignment;

/// A business day as a half-open span of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Day {
    pub from: DateTime<Utc>,
    pub until: DateTime<Utc>,
}

/// What happened on a day, and what is going on.
#[derive(Clone, Debug, Default, sqlx::FromRow)]
pub struct Figures {
    pub fleet_id: Option<Uuid>,
    pub trips: i64,
    pub active: i64,
    pub unassigned: i64,
    pub completed: i64,
    pub cancelled: i64,
    pub no_show: i64,
    pub revenue_paise: i64,
}

const FIGURES: &str = "
    count(*) FILTER (WHERE trip.pickup_time >= day.start AND trip.pickup_time < day.stop) AS trips,
    count(*) FILTER (WHERE trip.status IN ('CREATED', 'DRIVER_ASSIGNED', 'STARTED', 'ARRIVED', 'ONBOARDED')) AS active,
    count(*) FILTER (WHERE trip.status = 'CREATED') AS unassigned,
    count(*) FILTER (WHERE trip.completed_at >= day.start AND trip.completed_at < day.stop) AS completed,
    count(*) FILTER (WHERE trip.status = 'CANCELLED'
                       AND trip.pickup_time >= day.start AND trip.pickup_time < day.stop) AS cancelled,
    count(*) FILTER (WHERE trip.status = 'NO_SHOW'
                       AND trip.pickup_time >= day.start AND trip.pickup_time < day.stop) AS no_show,
    coalesce(sum(trip.total_paise) FILTER (
        WHERE trip.completed_at >= day.start AND trip.completed_at < day.stop), 0)::bigint AS revenue_paise
    FROM trip CROSS JOIN day
    WHERE ((trip.pickup_time >= day.start AND trip.pickup_time < day.stop)
        OR (trip.completed_at >= day.start AND trip.completed_at < day.stop)
        OR trip.status IN ('CREATED', 'DRIVER_ASSIGNED', 'STARTED', 'ARRIVED', 'ONBOARDED')) AND (";

fn with_day(day: Day) -> QueryBuilder<Postgres> {
    let mut sql = QueryBuilder::new("WITH day (start, stop) AS (VALUES (");
    sql.push_bind(day.from).push(", ").push_bind(day.until).push("))");
    sql
}

/// The figures of these fleets, as far as the scope goes.
///
/// # Errors
/// INTERNAL when the database fails.
pub async fn of_fleets(
    conn: &mut PgConnection,
    scope: &Scope,
    fleets: &[Uuid],
    day: Day,
) -> Result<HashMap<Uuid, Figures>> {
    let mut sql = with_day(day);
    sql.push(" SELECT trip.fleet_id,").push(FIGURES);
    access::trips(&mut sql, scope);
    sql.push(") AND trip.fleet_id = ANY(").push_bind(fleets.to_vec()).push(") GROUP BY trip.fleet_id");
    let rows: Vec<Figures> = sql.build_query_as().fetch_all(conn).await?;
    Ok(rows.into_iter().filter_map(|row| row.fleet_id.map(|fleet| (fleet, row))).collect())
}

/// The figures of everything in the scope, the pool of public bookings included where it is.
///
/// # Errors
/// INTERNAL when the database fails.
pub async fn of_scope(conn: &mut PgConnection, scope: &Scope, day: Day) -> Result<Figures> {
    let mut sql = with_day(day);
    sql.push(" SELECT NULL::uuid AS fleet_id,").push(FIGURES);
    access::trips(&mut sql, scope);
    sql.push(")");
    Ok(sql.build_query_as().fetch_one(conn).await?)
}

/// The shifts of a fleet that touch a day, within the scope, by driver.
///
/// # Errors
/// INTERNAL when the database fails.
pub async fn shifts(
    conn: &mut PgConnection,
    scope: &Scope,
    fleet: Uuid,
    day: Day,
) -> Result<Vec<Assignment>> {
    let mut sql = QueryBuilder::new(
        "SELECT id, short_id, fleet_id, driver_id, vehicle_id, status, start_time, end_time, end_reason, created_by,
                ended_by, version, created_at, updated_at
         FROM assignment WHERE assignment.fleet_id = ",
    );
    sql.push_bind(fleet).push(" AND assignment.start_time < ").push_bind(day.until);
    sql.push(" AND (assignment.end_time IS NULL OR assignment.end_time >= ")
        .push_bind(day.from)
        .push(") AND (");
    access::assignments(&mut sql, scope);
    sql.push(") ORDER BY assignment.start_time, assignment.id");
    Ok(sql.build_query_as().fetch_all(conn).await?)
}
