//! SQL of the roster.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use kit::Scope;
use kit::error::{Error, OnConstraint, Result};
use kit::page::PageArgs;
use sqlx::{PgConnection, Postgres, QueryBuilder};
use uuid::Uuid;

use super::{Assignment, RosterStatus};
use crate::access;
use crate::id::Key;
use crate::input::instant;

const SELECT: &str = "SELECT assignment.id, assignment.short_id, assignment.fleet_id, assignment.driver_id, \
    assignment.vehicle_id, assignment.status, assignment.start_time, assignment.end_time, assignment.end_reason, \
    assignment.created_by, assignment.ended_by, assignment.version, assignment.created_at, assignment.updated_at \
    FROM assignment WHERE ";

/// Which rows of the roster a list is about.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    pub fleet_id: Option<Uuid>,
    pub driver_id: Option<Uuid>,
    pub vehicle_id: Option<Uuid>,
    pub status: Option<RosterStatus>,
}

/// Stores a new ACTIVE row.
///
/// # Errors
/// CONFLICT on `driverId` or `vehicleId` when one of them is on the roster already.
pub async fn insert(conn: &mut PgConnection, row: &Assignment) -> Result<()> {
    sqlx::query(
        "INSERT INTO assignment (id, short_id, fleet_id, driver_id, vehicle_id, status, start_time, created_by,
                                 version, created_at, updated_at)
         VALUES ($1, $2, $3, $4, $5, 'ACTIVE', $6, $7, 1, $6, $6)",
    )
    .bind(row.id)
    .bind(&row.short_id)
    .bind(row.fleet_id)
    .bind(row.driver_id)
    .bind(row.vehicle_id)
    .bind(row.start_time)
    .bind(row.created_by)
    .execute(conn)
    .await
    .on_constraint("assignment_driver_active_key", || {
        Error::conflict("This driver already has a vehicle on the roster").field("driverId")
    })
    .on_constraint("assignment_vehicle_active_key", || {
        Error::conflict("This vehicle is already with a driver").field("vehicleId")
    })?;
    Ok(())
}

/// Ends an ACTIVE row; None when it is not ACTIVE any more.
pub async fn end(
    conn: &mut PgConnection,
    id: Uuid,
    at: DateTime<Utc>,
    by: Option<Uuid>,
    reason: Option<&str>,
) -> Result<Option<Assignment>> {
    let ended = sqlx::query_as(
        "UPDATE assignment
         SET status = 'ENDED', end_time = $2, ended_by = $3, end_reason = $4, version = version + 1, updated_at = $2
         WHERE id = $1 AND status = 'ACTIVE'
         RETURNING id, short_id, fleet_id, driver_id, vehicle_id, status, start_time, end_time, end_reason,
                   created_by, ended_by, version, created_at, updated_at",
    )
    .bind(id)
    .bind(at)
    .bind(by)
    .bind(reason)
    .fetch_optional(conn)
    .await?;
    Ok(ended)
}

/// One row by either kind of id, within the scope.
pub async fn find(conn: &mut PgConnection, scope: &Scope, key: &Key) -> Result<Option<Assignment>> {
    let mut sql = QueryBuilder::new(SELECT);
    match key {
        Key::Id(id) => sql.push("assignment.id = ").push_bind(*id),
        Key::Short(short) => sql.push("assignment.short_id = ").push_bind(short.clone()),
    };
    sql.push(" AND (");
    access::assignments(&mut sql, scope);
    sql.push(")");
    Ok(sql.build_query_as().fetch_optional(conn).await?)
}

/// The ACTIVE rows of these drivers, locked against ending.
pub async fn active_of_driver(conn: &mut PgConnection, driver_id: Uuid) -> Result<Option<Assignment>> {
    let mut sql = QueryBuilder::new(SELECT);
    sql.push("assignment.driver_id = ")
        .push_bind(driver_id)
        .push(" AND assignment.status = 'ACTIVE' FOR UPDATE");
    Ok(sql.build_query_as().fetch_optional(conn).await?)
}

/// The ACTIVE row of a vehicle, locked against ending.
pub async fn active_of_vehicle(conn: &mut PgConnection, vehicle_id: Uuid) -> Result<Option<Assignment>> {
    let mut sql = QueryBuilder::new(SELECT);
    sql.push("assignment.vehicle_id = ")
        .push_bind(vehicle_id)
        .push(" AND assignment.status = 'ACTIVE' FOR UPDATE");
    Ok(sql.build_query_as().fetch_optional(conn).await?)
}

/// The row itself, locked until the transaction ends.
pub async fn lock(conn: &mut PgConnection, id: Uuid) -> Result<Option<Assignment>> {
    let mut sql = QueryBuilder::new(SELECT);
    sql.push("assignment.id = ").push_bind(id).push(" FOR UPDATE");
    Ok(sql.build_query_as().fetch_optional(conn).await?)
}

/// Rows by id, within the scope.
pub async fn by_ids(
    conn: &mut PgConnection,
    scope: &Scope,
    ids: &[Uuid],
) -> Result<HashMap<Uuid, Assignment>> {
    let rows = select_any(conn, scope, "assignment.id = ANY(", ids, ")").await?;
    Ok(rows.into_iter().map(|row| (row.id, row)).collect())
}

/// The ACTIVE rows by driver, within the scope.
pub async fn active_by_drivers(
    conn: &mut PgConnection,
    scope: &Scope,
    drivers: &[Uuid],
) -> Result<HashMap<Uuid, Assignment>> {
    let active = ") AND assignment.status = 'ACTIVE'";
    let rows = select_any(conn, scope, "assignment.driver_id = ANY(", drivers, active).await?;
    Ok(rows.into_iter().map(|row| (row.driver_id, row)).collect())
}

/// The ACTIVE rows by vehicle, within the scope.
pub async fn active_by_vehicles(
    conn: &mut PgConnection,
    scope: &Scope,
    vehicles: &[Uuid],
) -> Result<HashMap<Uuid, Assignment>> {
    let active = ") AND assignment.status = 'ACTIVE'";
    let rows = select_any(conn, scope, "assignment.vehicle_id = ANY(", vehicles, active).await?;
    Ok(rows.into_iter().map(|row| (row.vehicle_id, row)).collect())
}

async fn select_any(
    conn: &mut PgConnection,
    scope: &Scope,
    before: &'static str,
    ids: &[Uuid],
    after: &'static str,
) -> Result<Vec<Assignment>> {
    let mut sql = QueryBuilder::new(SELECT);
    sql.push(before).push_bind(ids.to_vec()).push(after).push(" AND (");
    access::assignments(&mut sql, scope);
    sql.push(")");
    Ok(sql.build_query_as().fetch_all(conn).await?)
}

/// One page, newest first.
pub async fn page(
    conn: &mut PgConnection,
    scope: &Scope,
    filter: &Filter,
    page: &PageArgs,
) -> Result<Vec<Assignment>> {
    let mut sql = QueryBuilder::new(SELECT);
    restrict(&mut sql, scope, filter);
    if let Some((start, id)) = page.after::<(DateTime<Utc>, Uuid)>()? {
        let start = instant("after", start)?;
        sql.push(" AND (assignment.start_time, assignment.id) < (").push_bind(start);
        sql.push(", ").push_bind(id).push(")");
    }
    sql.push(" ORDER BY assignment.start_time DESC, assignment.id DESC LIMIT ").push_bind(page.limit());
    Ok(sql.build_query_as().fetch_all(conn).await?)
}

/// The first page of many fleets with one statement: the latest `limit` shifts of each, within the scope.
pub async fn latest_of_fleets(
    conn: &mut PgConnection,
    scope: &Scope,
    fleets: &[Uuid],
    status: Option<RosterStatus>,
    limit: i64,
) -> Result<HashMap<Uuid, Vec<Assignment>>> {
    let mut sql = QueryBuilder::new("SELECT page.* FROM unnest(");
    sql.push_bind(fleets.to_vec()).push("::uuid[]) AS parent (id) CROSS JOIN LATERAL (");
    sql.push(SELECT).push("assignment.fleet_id = parent.id AND (");
    access::assignments(&mut sql, scope);
    sql.push(")");
    if let Some(status) = status {
        sql.push(" AND assignment.status = ").push_bind(status.as_str());
    }
    sql.push(" ORDER BY assignment.start_time DESC, assignment.id DESC LIMIT ")
        .push_bind(limit)
        .push(") AS page");
    let rows: Vec<Assignment> = sql.build_query_as().fetch_all(conn).await?;
    let mut by_fleet: HashMap<Uuid, Vec<Assignment>> = HashMap::new();
    for row in rows {
        by_fleet.entry(row.fleet_id).or_default().push(row);
    }
    Ok(by_fleet)
}

/// How many rows all pages have together.
pub async fn count(conn: &mut PgConnection, scope: &Scope, filter: &Filter) -> Result<i64> {
    let mut sql = QueryBuilder::new("SELECT count(*) FROM assignment WHERE ");
    restrict(&mut sql, scope, filter);
    Ok(sql.build_query_scalar().fetch_one(conn).await?)
}

fn restrict(sql: &mut QueryBuilder<Postgres>, scope: &Scope, filter: &Filter) {
    sql.push("(");
    access::assignments(sql, scope);
    sql.push(")");
    if let Some(fleet) = filter.fleet_id {
        sql.push(" AND assignment.fleet_id = ").push_bind(fleet);
    }
    if let Some(driver) = filter.driver_id {
        sql.push(" AND assignment.driver_id = ").push_bind(driver);
    }
    if let Some(vehicle) = filter.vehicle_id {
        sql.push(" AND assignment.vehicle_id = ").push_bind(vehicle);
    }
    if let Some(status) = filter.status {
        sql.push(" AND assignment.status = ").push_bind(status.as_str());
    }
}
