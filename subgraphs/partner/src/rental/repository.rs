//! SQL of rental plans and drivers' rentals.

use chrono::{DateTime, Utc};
use kit::error::{Error, Result};
use kit::page::PageArgs;
use kit::{OnConstraint, Scope};
use sqlx::{PgConnection, PgPool, QueryBuilder};
use uuid::Uuid;

use super::{DriverRental, EndReason, RentalPlan};
use crate::scope;

/// Plans by id. Whoever knows a rental may know its plan.
pub(crate) async fn plans(pool: &PgPool, ids: &[Uuid]) -> Result<Vec<RentalPlan>> {
    Ok(sqlx::query_as("SELECT * FROM rental_plan WHERE id = ANY($1)").bind(ids).fetch_all(pool).await?)
}

/// A plan by id, locked against changes.
pub(crate) async fn lock_plan(conn: &mut PgConnection, id: Uuid) -> Result<Option<RentalPlan>> {
    Ok(sqlx::query_as("SELECT * FROM rental_plan WHERE id = $1 FOR UPDATE")
        .bind(id)
        .fetch_optional(conn)
        .await?)
}

/// One page of a fleet's plans, the newest first. The caller has checked that the viewer may see the fleet's plans.
pub(crate) async fn plans_of_fleet(
    pool: &PgPool,
    fleet: Uuid,
    only_active: bool,
    page: &PageArgs,
) -> Result<Vec<RentalPlan>> {
    let mut query = QueryBuilder::new("SELECT * FROM rental_plan WHERE fleet_id = ");
    query.push_bind(fleet);
    if only_active {
        query.push(" AND is_active");
    }
    if let Some((at, id)) = page.after::<(DateTime<Utc>, Uuid)>()? {
        query.push(" AND (created_at, id) < (").push_bind(at).push(", ").push_bind(id).push(")");
    }
    query.push(" ORDER BY created_at DESC, id DESC LIMIT ").push_bind(page.limit());
    Ok(query.build_query_as().fetch_all(pool).await?)
}

/// How many plans a fleet has.
pub(crate) async fn count_of_fleet(pool: &PgPool, fleet: Uuid, only_active: bool) -> Result<i64> {
    Ok(sqlx::query_scalar("SELECT count(*) FROM rental_plan WHERE fleet_id = $1 AND (is_active OR NOT $2)")
        .bind(fleet)
        .bind(only_active)
        .fetch_one(pool)
        .await?)
}

/// Inserts a plan. Errors: CONFLICT if the fleet has an active plan of the name.
pub(crate) async fn insert_plan(conn: &mut PgConnection, row: &RentalPlan) -> Result<()> {
    sqlx::query(
        "INSERT INTO rental_plan (id, short_id, fleet_id, name, rental_paise, deposit_paise, validity_days, is_active,
             created_at, created_by, updated_at, updated_by)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $9, $10)",
    )
    .bind(row.id)
    .bind(&row.short_id)
    .bind(row.fleet_id)
    .bind(&row.name)
    .bind(row.rental_paise)
    .bind(row.deposit_paise)
    .bind(row.validity_days)
    .bind(row.is_active)
    .bind(row.created_at)
    .bind(row.created_by)
    .execute(conn)
    .await
    .on_constraint("rental_plan_fleet_name_key", || taken(&row.name))?;
    Ok(())
}

/// Writes a locked plan; its version grows by one. Errors: CONFLICT if the fleet has an active plan of the name.
pub(crate) async fn save_plan(
    conn: &mut PgConnection,
    row: &RentalPlan,
    by: Uuid,
    now: DateTime<Utc>,
) -> Result<RentalPlan> {
    sqlx::query_as(
        "UPDATE rental_plan SET name = $2, rental_paise = $3, deposit_paise = $4, validity_days = $5, is_active = $6,
             updated_at = $7, updated_by = $8, version = version + 1
         WHERE id = $1 RETURNING *",
    )
    .bind(row.id)
    .bind(&row.name)
    .bind(row.rental_paise)
    .bind(row.deposit_paise)
    .bind(row.validity_days)
    .bind(row.is_active)
    .bind(now)
    .bind(by)
    .fetch_one(conn)
    .await
    .on_constraint("rental_plan_fleet_name_key", || taken(&row.name))
}

fn taken(name: &str) -> Error {
    Error::conflict(format!("There is an active plan called {name}")).field("name")
}

const SELECT: &str = "SELECT r.* FROM driver_rental r JOIN driver d ON d.id = r.driver_id WHERE ";

/// One rental of a driver in scope.
pub(crate) async fn find(pool: &PgPool, scope: &Scope, id: Uuid) -> Result<Option<DriverRental>> {
    let mut query = QueryBuilder::new(SELECT);
    query.push("r.id = ").push_bind(id).push(" AND ");
    scope::push(&mut query, scope);
    Ok(query.build_query_as().fetch_optional(pool).await?)
}

/// The rentals that drivers in scope are on at a moment.
pub(crate) async fn active_of(
    pool: &PgPool,
    scope: &Scope,
    drivers: &[Uuid],
    now: DateTime<Utc>,
) -> Result<Vec<DriverRental>> {
    let mut query = QueryBuilder::new(SELECT);
    query.push("r.is_active AND r.expires_at > ").push_bind(now);
    query.push(" AND r.driver_id = ANY(").push_bind(drivers.to_vec()).push(") AND ");
    scope::push(&mut query, scope);
    Ok(query.build_query_as().fetch_all(pool).await?)
}

/// One page of a driver's rentals, if in scope, the newest first.
pub(crate) async fn history(
    pool: &PgPool,
    scope: &Scope,
    driver: Uuid,
    page: &PageArgs,
) -> Result<Vec<DriverRental>> {
    let mut query = QueryBuilder::new(SELECT);
    query.push("r.driver_id = ").push_bind(driver).push(" AND ");
    scope::push(&mut query, scope);
    if let Some((at, id)) = page.after::<(DateTime<Utc>, Uuid)>()? {
        query.push(" AND (r.start_at, r.id) < (").push_bind(at).push(", ").push_bind(id).push(")");
    }
    query.push(" ORDER BY r.start_at DESC, r.id DESC LIMIT ").push_bind(page.limit());
    Ok(query.build_query_as().fetch_all(pool).await?)
}

/// How many rentals a driver has had, if in scope.
pub(crate) async fn count_history(pool: &PgPool, scope: &Scope, driver: Uuid) -> Result<i64> {
    let mut query = QueryBuilder::new(
        "SELECT count(*) FROM driver_rental r JOIN driver d ON d.id = r.driver_id WHERE r.driver_id = ",
    );
    query.push_bind(driver).push(" AND ");
    scope::push(&mut query, scope);
    Ok(query.build_query_scalar().fetch_one(pool).await?)
}

/// Ends the rental that a locked driver is on; gives when it would have expired.
pub(crate) async fn end_active(
    conn: &mut PgConnection,
    driver: Uuid,
    reason: EndReason,
    now: DateTime<Utc>,
) -> Result<Option<DateTime<Utc>>> {
    Ok(sqlx::query_scalar(
        "UPDATE driver_rental SET is_active = false, ended_at = $3, end_reason = CASE WHEN expires_at <= $3 THEN 'EXPIRED' ELSE $2 END
         WHERE driver_id = $1 AND is_active RETURNING expires_at",
    )
    .bind(driver)
    .bind(reason)
    .bind(now)
    .fetch_optional(conn)
    .await?)
}

/// Starts a rental of a locked driver.
pub(crate) async fn insert(conn: &mut PgConnection, row: &DriverRental, by: Uuid) -> Result<()> {
    sqlx::query(
        "INSERT INTO driver_rental (id, short_id, driver_id, plan_id, rental_paise, start_at, expires_at, created_at, created_by)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $6, $8)",
    )
    .bind(row.id)
    .bind(&row.short_id)
    .bind(row.driver_id)
    .bind(row.plan_id)
    .bind(row.rental_paise)
    .bind(row.start_at)
    .bind(row.expires_at)
    .bind(by)
    .execute(conn)
    .await
    .on_constraint("driver_rental_active_key", || Error::conflict("The driver is on a rental already"))?;
    Ok(())
}

/// Ends every rental whose time is over; gives how many.
pub(crate) async fn expire(pool: &PgPool, now: DateTime<Utc>) -> Result<u64> {
    let done = sqlx::query(
        "UPDATE driver_rental SET is_active = false, ended_at = expires_at, end_reason = 'EXPIRED'
         WHERE is_active AND expires_at <= $1",
    )
    .bind(now)
    .execute(pool)
    .await?;
    Ok(done.rows_affected())
}
