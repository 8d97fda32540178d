//! SQL of shifts and breaks.

use chrono::{DateTime, Utc};
use kit::error::{Error, Result};
use kit::page::PageArgs;
use kit::{OnConstraint, Scope};
use sqlx::{PgConnection, PgExecutor, PgPool, Postgres, QueryBuilder};
use uuid::Uuid;

use super::{Attendance, ShiftBreak};
use crate::scope;

/// Which shifts to list.
#[derive(Debug, Clone, Default)]
pub(crate) struct Filter {
    pub(crate) driver: Option<Uuid>,
    pub(crate) fleet: Option<Uuid>,
    pub(crate) hub: Option<Uuid>,
    pub(crate) statuses: Option<Vec<&'static str>>,
    pub(crate) from: Option<DateTime<Utc>>,
    pub(crate) to: Option<DateTime<Utc>>,
}

const SELECT: &str = "SELECT a.* FROM attendance a JOIN driver d ON d.id = a.driver_id WHERE ";

/// Shifts by id, of drivers in scope.
pub(crate) async fn find_many(
    executor: impl PgExecutor<'_>,
    scope: &Scope,
    ids: &[Uuid],
) -> Result<Vec<Attendance>> {
    let mut query = QueryBuilder::new(SELECT);
    query.push("a.id = ANY(").push_bind(ids.to_vec()).push(") AND ");
    scope::push(&mut query, scope);
    Ok(query.build_query_as().fetch_all(executor).await?)
}

/// The open shifts of drivers in scope.
pub(crate) async fn open_of(pool: &PgPool, scope: &Scope, drivers: &[Uuid]) -> Result<Vec<Attendance>> {
    let mut query = QueryBuilder::new(SELECT);
    query.push("a.driver_id = ANY(").push_bind(drivers.to_vec());
    query.push(") AND a.status IN ('PENDING', 'APPROVED') AND a.check_out_time IS NULL AND ");
    scope::push(&mut query, scope);
    Ok(query.build_query_as().fetch_all(pool).await?)
}

/// A shift by id, locked, of a driver in scope. Errors: NOT_FOUND.
pub(crate) async fn lock(conn: &mut PgConnection, scope: &Scope, id: Uuid) -> Result<Attendance> {
    let mut query = QueryBuilder::new(SELECT);
    query.push("a.id = ").push_bind(id).push(" AND ");
    scope::push(&mut query, scope);
    query.push(" FOR UPDATE OF a");
    query.build_query_as().fetch_optional(conn).await?.ok_or_else(|| Error::not_found("Attendance"))
}

/// The open shift of a driver, locked.
pub(crate) async fn lock_open(conn: &mut PgConnection, driver_id: Uuid) -> Result<Option<Attendance>> {
    Ok(sqlx::query_as(
        "SELECT * FROM attendance WHERE driver_id = $1 AND status IN ('PENDING', 'APPROVED') AND check_out_time IS NULL
         FOR UPDATE",
    )
    .bind(driver_id)
    .fetch_optional(conn)
    .await?)
}

/// One page of shifts of drivers in scope, the newest first.
pub(crate) async fn page(
    pool: &PgPool,
    scope: &Scope,
    filter: &Filter,
    page: &PageArgs,
) -> Result<Vec<Attendance>> {
    let mut query = QueryBuilder::new(SELECT);
    scope::push(&mut query, scope);
    push_filter(&mut query, filter);
    if let Some((at, id)) = page.after::<(DateTime<Utc>, Uuid)>()? {
        query.push(" AND (a.check_in_time, a.id) < (").push_bind(at).push(", ").push_bind(id).push(")");
    }
    query.push(" ORDER BY a.check_in_time DESC, a.id DESC LIMIT ").push_bind(page.limit());
    Ok(query.build_query_as().fetch_all(pool).await?)
}

/// How many shifts of drivers in scope match.
pub(crate) async fn count(pool: &PgPool, scope: &Scope, filter: &Filter) -> Result<i64> {
    let mut query =
        QueryBuilder::new("SELECT count(*) FROM attendance a JOIN driver d ON d.id = a.driver_id WHERE ");
    scope::push(&mut query, scope);
    push_filter(&mut query, filter);
    Ok(query.build_query_scalar().fetch_one(pool).await?)
}

fn push_filter(query: &mut QueryBuilder<Postgres>, filter: &Filter) {
    if let Some(driver) = filter.driver {
        query.push(" AND a.driver_id = ").push_bind(driver);
    }
    if let Some(fleet) = filter.fleet {
        query.push(" AND d.fleet_id = ").push_bind(fleet);
    }
    if let Some(hub) = filter.hub {
        query.push(" AND a.hub_id = ").push_bind(hub);
    }
    if let Some(statuses) = &filter.statuses {
        query.push(" AND a.status = ANY(").push_bind(statuses.clone()).push(")");
    }
    if let Some(from) = filter.from {
        query.push(" AND a.check_in_time >= ").push_bind(from);
    }
    if let Some(to) = filter.to {
        query.push(" AND a.check_in_time < ").push_bind(to);
    }
}

/// Opens a shift. Errors: CONFLICT if one is open.
pub(crate) async fn insert(conn: &mut PgConnection, row: &Attendance) -> Result<()> {
    sqlx::query(
        "INSERT INTO attendance (id, short_id, driver_id, hub_id, status, check_in_time, check_in_lat, check_in_lng,
             distance_m, selfie_url, odometer_start, created_at, updated_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $6, $6)",
    )
    .bind(row.id)
    .bind(&row.short_id)
    .bind(row.driver_id)
    .bind(row.hub_id)
    .bind(row.status)
    .bind(row.check_in_time)
    .bind(row.check_in_lat)
    .bind(row.check_in_lng)
    .bind(row.distance_m)
    .bind(&row.selfie_url)
    .bind(row.odometer_start)
    .execute(conn)
    .await
    .on_constraint("attendance_open_key", || Error::conflict("You have checked in already"))?;
    Ok(())
}

/// Writes what changes in a locked shift; its version grows by one.
pub(crate) async fn save(
    conn: &mut PgConnection,
    row: &Attendance,
    now: DateTime<Utc>,
) -> Result<Attendance> {
    let saved = sqlx::query_as(
        "UPDATE attendance SET status = $2, check_out_time = $3, odometer_end = $4, odometer_image_url = $5,
             cash_deposited_paise = $6, reviewed_by = $7, reviewed_at = $8, admin_remarks = $9, updated_at = $10,
             version = version + 1
         WHERE id = $1 RETURNING *",
    )
    .bind(row.id)
    .bind(row.status)
    .bind(row.check_out_time)
    .bind(row.odometer_end)
    .bind(&row.odometer_image_url)
    .bind(row.cash_deposited_paise)
    .bind(row.reviewed_by)
    .bind(row.reviewed_at)
    .bind(&row.admin_remarks)
    .bind(now)
    .fetch_one(conn)
    .await
    .on_constraint("attendance_odometer_check", || {
        Error::validation("odometerEnd", format!("The odometer was at {} when you checked in", row.odometer_start))
    })?;
    Ok(saved)
}

/// Opens a break. Errors: CONFLICT if one is open.
pub(crate) async fn open_break(conn: &mut PgConnection, row: &ShiftBreak) -> Result<()> {
    sqlx::query("INSERT INTO shift_break (id, short_id, attendance_id, start_time) VALUES ($1, $2, $3, $4)")
        .bind(row.id)
        .bind(&row.short_id)
        .bind(row.attendance_id)
        .bind(row.start_time)
        .execute(conn)
        .await
        .on_constraint("shift_break_open_key", || Error::conflict("You are on a break already"))?;
    Ok(())
}

/// Closes the open break of a shift; false if there is none.
pub(crate) async fn close_break(
    conn: &mut PgConnection,
    attendance_id: Uuid,
    now: DateTime<Utc>,
) -> Result<bool> {
    let done =
        sqlx::query("UPDATE shift_break SET end_time = $2 WHERE attendance_id = $1 AND end_time IS NULL")
            .bind(attendance_id)
            .bind(now)
            .execute(conn)
            .await?;
    Ok(done.rows_affected() == 1)
}

/// The breaks of shifts that were loaded within the viewer's scope.
pub(crate) async fn breaks(pool: &PgPool, attendances: &[Uuid]) -> Result<Vec<ShiftBreak>> {
    Ok(sqlx::query_as("SELECT * FROM shift_break WHERE attendance_id = ANY($1) ORDER BY start_time, id")
        .bind(attendances)
        .fetch_all(pool)
        .await?)
}
