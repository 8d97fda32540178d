//! SQL of the local copies: newer replaces older, never the other way round.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use kit::Scope;
use kit::error::Result;
use sqlx::{PgConnection, QueryBuilder};
use uuid::Uuid;

use super::{AttendanceRef, DriverRef, FleetRef, VehicleRef};
use crate::access;

/// Makes everything that concerns a driver's trips and roster wait for its turn, until the transaction ends. Taken
/// before any row of the driver is locked, so that two transactions never wait for each other.
pub async fn lock_driver(conn: &mut PgConnection, driver_id: Uuid) -> Result<()> {
    sqlx::query("SELECT pg_advisory_xact_lock(hashtextextended('driver:' || $1::text, 0))")
        .bind(driver_id)
        .execute(conn)
        .await?;
    Ok(())
}

/// When a copy is stored, and over what.
#[derive(Clone, Copy, Debug)]
pub struct Put {
    pub at: DateTime<Utc>,
    /// Also over a copy of the same version: for repairing copies, not for following events.
    pub also_equal: bool,
}

impl Put {
    /// Over older copies only.
    #[must_use]
    pub const fn newer(at: DateTime<Utc>) -> Self {
        Self { at, also_equal: false }
    }

    /// Over older copies and over one of the same version.
    #[must_use]
    pub const fn repair(at: DateTime<Utc>) -> Self {
        Self { at, also_equal: true }
    }
}

/// Stores a driver unless a newer version is stored; true if it was.
pub async fn put_driver(conn: &mut PgConnection, driver: &DriverRef, put: Put) -> Result<bool> {
    let done = sqlx::query(
        "INSERT INTO driver_ref AS own (id, user_id, fleet_id, hub_id, name, status, kyc_status, is_available,
                                        is_forced_unavailable, payment_model, version, synced_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
         ON CONFLICT (id) DO UPDATE SET
             user_id = excluded.user_id, fleet_id = excluded.fleet_id, hub_id = excluded.hub_id,
             name = excluded.name, status = excluded.status, kyc_status = excluded.kyc_status,
             is_available = excluded.is_available, is_forced_unavailable = excluded.is_forced_unavailable,
             payment_model = excluded.payment_model, version = excluded.version, synced_at = excluded.synced_at
         WHERE own.version < excluded.version OR ($13 AND own.version = excluded.version)",
    )
    .bind(driver.id)
    .bind(driver.user_id)
    .bind(driver.fleet_id)
    .bind(driver.hub_id)
    .bind(&driver.name)
    .bind(driver.status)
    .bind(driver.kyc_status)
    .bind(driver.is_available)
    .bind(driver.is_forced_unavailable)
    .bind(&driver.payment_model)
    .bind(driver.version)
    .bind(put.at)
    .bind(put.also_equal)
    .execute(conn)
    .await?;
    Ok(done.rows_affected() > 0)
}

/// Stores a vehicle unless a newer version is stored; true if it was.
pub async fn put_vehicle(conn: &mut PgConnection, vehicle: &VehicleRef, put: Put) -> Result<bool> {
    let done = sqlx::query(
        "INSERT INTO vehicle_ref AS own (id, fleet_id, hub_id, number, status, fuel_type, docs_valid_until,
                                         version, synced_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
         ON CONFLICT (id) DO UPDATE SET
             fleet_id = excluded.fleet_id, hub_id = excluded.hub_id, number = excluded.number,
             status = excluded.status, fuel_type = excluded.fuel_type,
             docs_valid_until = excluded.docs_valid_until, version = excluded.version,
             synced_at = excluded.synced_at
         WHERE own.version < excluded.version OR ($10 AND own.version = excluded.version)",
    )
    .bind(vehicle.id)
    .bind(vehicle.fleet_id)
    .bind(vehicle.hub_id)
    .bind(&vehicle.number)
    .bind(vehicle.status)
    .bind(&vehicle.fuel_type)
    .bind(vehicle.docs_valid_until)
    .bind(vehicle.version)
    .bind(put.at)
    .bind(put.also_equal)
    .execute(conn)
    .await?;
    Ok(done.rows_affected() > 0)
}

/// Stores a fleet unless a newer version is stored; true if it was.
pub async fn put_fleet(conn: &mut PgConnection, fleet: &FleetRef, put: Put) -> Result<bool> {
    let done = sqlx::query(
        "INSERT INTO fleet_ref AS own (id, status, version, synced_at) VALUES ($1, $2, $3, $4)
         ON CONFLICT (id) DO UPDATE SET
             status = excluded.status, version = excluded.version, synced_at = excluded.synced_at
         WHERE own.version < excluded.version OR ($5 AND own.version = excluded.version)",
    )
    .bind(fleet.id)
    .bind(&fleet.status)
    .bind(fleet.version)
    .bind(put.at)
    .bind(put.also_equal)
    .execute(conn)
    .await?;
    Ok(done.rows_affected() > 0)
}

/// Stores a check-in unless a newer version is stored; true if it was.
pub async fn put_attendance(conn: &mut PgConnection, row: &AttendanceRef, at: DateTime<Utc>) -> Result<bool> {
    let done = sqlx::query(
        "INSERT INTO attendance_ref AS own (id, driver_id, status, check_in_time, check_out_time, on_break,
                                            version, synced_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
         ON CONFLICT (id) DO UPDATE SET
             status = excluded.status, check_in_time = excluded.check_in_time,
             check_out_time = excluded.check_out_time, on_break = excluded.on_break,
             version = excluded.version, synced_at = excluded.synced_at
         WHERE own.version < excluded.version",
    )
    .bind(row.id)
    .bind(row.driver_id)
    .bind(row.status)
    .bind(row.check_in_time)
    .bind(row.check_out_time)
    .bind(row.on_break)
    .bind(row.version)
    .bind(at)
    .execute(conn)
    .await?;
    Ok(done.rows_affected() > 0)
}

/// Drivers by id. Callers check the scope with [`crate::access::covers_driver`], because a refusal needs the driver.
pub async fn drivers(conn: &mut PgConnection, ids: &[Uuid]) -> Result<HashMap<Uuid, DriverRef>> {
    let rows: Vec<DriverRef> = sqlx::query_as(
        "SELECT id, user_id, fleet_id, hub_id, name, status, kyc_status, is_available, is_forced_unavailable,
                payment_model, version
         FROM driver_ref WHERE id = ANY($1)",
    )
    .bind(ids)
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(|row| (row.id, row)).collect())
}

/// The driver that a user is.
pub async fn driver_of_user(conn: &mut PgConnection, user_id: Uuid) -> Result<Option<Uuid>> {
    let found = sqlx::query_scalar("SELECT id FROM driver_ref WHERE user_id = $1").bind(user_id);
    Ok(found.fetch_optional(conn).await?)
}

/// Vehicles by id.
pub async fn vehicles(conn: &mut PgConnection, ids: &[Uuid]) -> Result<HashMap<Uuid, VehicleRef>> {
    let rows: Vec<VehicleRef> = sqlx::query_as(
        "SELECT id, fleet_id, hub_id, number, status, fuel_type, docs_valid_until, version
         FROM vehicle_ref WHERE id = ANY($1)",
    )
    .bind(ids)
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(|row| (row.id, row)).collect())
}

/// Fleets by id.
pub async fn fleets(conn: &mut PgConnection, ids: &[Uuid]) -> Result<HashMap<Uuid, FleetRef>> {
    let rows: Vec<FleetRef> = sqlx::query_as("SELECT id, status, version FROM fleet_ref WHERE id = ANY($1)")
        .bind(ids)
        .fetch_all(conn)
        .await?;
    Ok(rows.into_iter().map(|row| (row.id, row)).collect())
}

/// Every driver, vehicle and fleet that there is a copy of, or that a shift or a trip names, `limit` behind `after`.
pub async fn named(conn: &mut PgConnection, kind: Kind, after: Uuid, limit: i64) -> Result<Vec<Uuid>> {
    let statement = match kind {
        Kind::Driver => {
            "SELECT id FROM (SELECT id FROM driver_ref UNION SELECT driver_id FROM assignment
                             UNION SELECT driver_id FROM trip) AS named WHERE id > $1 ORDER BY id LIMIT $2"
        }
        Kind::Vehicle => {
            "SELECT id FROM (SELECT id FROM vehicle_ref UNION SELECT vehicle_id FROM assignment
                             UNION SELECT vehicle_id FROM trip) AS named WHERE id > $1 ORDER BY id LIMIT $2"
        }
        Kind::Fleet => {
            "SELECT id FROM (SELECT id FROM fleet_ref UNION SELECT fleet_id FROM assignment
                             UNION SELECT fleet_id FROM trip) AS named WHERE id > $1 ORDER BY id LIMIT $2"
        }
    };
    Ok(sqlx::query_scalar(statement).bind(after).bind(limit).fetch_all(conn).await?)
}

/// What there are copies of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Driver,
    Vehicle,
    Fleet,
}

/// The newest check-in of each driver.
pub async fn attendance(conn: &mut PgConnection, drivers: &[Uuid]) -> Result<HashMap<Uuid, AttendanceRef>> {
    let rows: Vec<AttendanceRef> = sqlx::query_as(
        "SELECT DISTINCT ON (driver_id) id, driver_id, status, check_in_time, check_out_time, on_break, version
         FROM attendance_ref WHERE driver_id = ANY($1)
         ORDER BY driver_id, check_in_time DESC",
    )
    .bind(drivers)
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(|row| (row.driver_id, row)).collect())
}

/// The drivers of a fleet (of all fleets when None) within the scope, those who may work first.
pub async fn drivers_of_fleet(
    conn: &mut PgConnection,
    scope: &Scope,
    fleet_id: Option<Uuid>,
    limit: i64,
) -> Result<Vec<DriverRef>> {
    let mut sql = QueryBuilder::new(
        "SELECT id, user_id, fleet_id, hub_id, name, status, kyc_status, is_available, is_forced_unavailable,
                payment_model, version
         FROM driver_ref WHERE (",
    );
    access::drivers(&mut sql, scope);
    sql.push(")");
    if let Some(fleet) = fleet_id {
        sql.push(" AND driver_ref.fleet_id = ").push_bind(fleet);
    }
    sql.push(" ORDER BY (status = 'ACTIVE' AND kyc_status = 'APPROVED') DESC, name, id LIMIT ")
        .push_bind(limit);
    Ok(sql.build_query_as().fetch_all(conn).await?)
}

/// The newest check-in of each driver that touches a span of time: also one from before it that was still open then.
pub async fn attendance_on(
    conn: &mut PgConnection,
    drivers: &[Uuid],
    (from, until): (DateTime<Utc>, DateTime<Utc>),
) -> Result<HashMap<Uuid, AttendanceRef>> {
    let rows: Vec<AttendanceRef> = sqlx::query_as(
        "SELECT newest.id, driver_id, status, check_in_time, check_out_time, on_break, version
         FROM unnest($1::uuid[]) AS driver (id) CROSS JOIN LATERAL (
             SELECT * FROM attendance_ref WHERE driver_id = driver.id AND check_in_time < $3
             ORDER BY check_in_time DESC LIMIT 1) AS newest
         WHERE check_in_time >= $2 OR check_out_time IS NULL OR check_out_time >= $2",
    )
    .bind(drivers)
    .bind(from)
    .bind(until)
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(|row| (row.driver_id, row)).collect())
}

/// The ids of a fleet's active vehicles within the scope, by registration.
pub async fn vehicles_of_fleet(
    conn: &mut PgConnection,
    scope: &Scope,
    fleet_id: Uuid,
    limit: i64,
) -> Result<Vec<Uuid>> {
    let mut sql = QueryBuilder::new("SELECT id FROM vehicle_ref WHERE status = 'ACTIVE' AND fleet_id = ");
    sql.push_bind(fleet_id).push(" AND (");
    access::vehicles(&mut sql, scope);
    sql.push(") ORDER BY number LIMIT ").push_bind(limit);
    Ok(sql.build_query_scalar().fetch_all(conn).await?)
}
