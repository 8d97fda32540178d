//! SQL of preferences and requests to change them.

use chrono::{DateTime, Utc};
use kit::error::{Error, Result};
use kit::page::PageArgs;
use kit::{OnConstraint, Scope};
use sqlx::types::Json;
use sqlx::{PgConnection, PgPool, Postgres, QueryBuilder};
use uuid::Uuid;

use super::{PreferenceDefinition, PreferenceRequest, Values};
use crate::scope;

/// The preferences that can be had, in their order.
pub(crate) async fn definitions(pool: &PgPool) -> Result<Vec<PreferenceDefinition>> {
    Ok(sqlx::query_as("SELECT * FROM preference_definition WHERE is_active ORDER BY position")
        .fetch_all(pool)
        .await?)
}

/// What drivers have chosen; they were loaded within the viewer's scope.
pub(crate) async fn stored(pool: &PgPool, drivers: &[Uuid]) -> Result<Vec<(Uuid, Json<Values>)>> {
    Ok(sqlx::query_as("SELECT driver_id, preferences FROM driver_preference WHERE driver_id = ANY($1)")
        .bind(drivers)
        .fetch_all(pool)
        .await?)
}

/// What a locked driver has chosen.
pub(crate) async fn stored_of(conn: &mut PgConnection, driver: Uuid) -> Result<Values> {
    let found: Option<Json<Values>> =
        sqlx::query_scalar("SELECT preferences FROM driver_preference WHERE driver_id = $1")
            .bind(driver)
            .fetch_optional(conn)
            .await?;
    Ok(found.map(|Json(values)| values).unwrap_or_default())
}

/// Merges approved values over what a driver has chosen.
pub(crate) async fn merge(
    conn: &mut PgConnection,
    driver: Uuid,
    short_id: &str,
    values: &Values,
    by: Uuid,
    now: DateTime<Utc>,
) -> Result<()> {
    sqlx::query(
        "INSERT INTO driver_preference AS p (driver_id, short_id, preferences, approved_by, approved_at)
         VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT ON CONSTRAINT driver_preference_pkey DO UPDATE SET preferences = p.preferences || excluded.preferences,
             approved_by = excluded.approved_by, approved_at = excluded.approved_at",
    )
    .bind(driver)
    .bind(short_id)
    .bind(Json(values))
    .bind(by)
    .bind(now)
    .execute(conn)
    .await?;
    Ok(())
}

/// Opens a request. Errors: CONFLICT if the driver has one that waits.
pub(crate) async fn insert(conn: &mut PgConnection, row: &PreferenceRequest) -> Result<()> {
    sqlx::query(
        "INSERT INTO preference_request (id, short_id, driver_id, current_values, requested_values, status, requested_at,
             requested_by)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(row.id)
    .bind(&row.short_id)
    .bind(row.driver_id)
    .bind(&row.current_values)
    .bind(&row.requested_values)
    .bind(row.status)
    .bind(row.requested_at)
    .bind(row.requested_by)
    .execute(conn)
    .await
    .on_constraint("preference_request_pending_key", || Error::conflict("A request is waiting already"))?;
    Ok(())
}

/// Writes the decision onto a locked request.
pub(crate) async fn decide(conn: &mut PgConnection, row: &PreferenceRequest) -> Result<()> {
    sqlx::query(
        "UPDATE preference_request SET status = $2, reviewed_at = $3, reviewed_by = $4, rejection_reason = $5 WHERE id = $1",
    )
    .bind(row.id)
    .bind(row.status)
    .bind(row.reviewed_at)
    .bind(row.reviewed_by)
    .bind(&row.rejection_reason)
    .execute(conn)
    .await?;
    Ok(())
}

const SELECT: &str = "SELECT r.* FROM preference_request r JOIN driver d ON d.id = r.driver_id WHERE ";

/// One request of a driver in scope.
pub(crate) async fn find(pool: &PgPool, scope: &Scope, id: Uuid) -> Result<Option<PreferenceRequest>> {
    let mut query = QueryBuilder::new(SELECT);
    query.push("r.id = ").push_bind(id).push(" AND ");
    scope::push(&mut query, scope);
    Ok(query.build_query_as().fetch_optional(pool).await?)
}

/// One request of a driver in scope, locked. Errors: NOT_FOUND.
pub(crate) async fn lock(conn: &mut PgConnection, scope: &Scope, id: Uuid) -> Result<PreferenceRequest> {
    let mut query = QueryBuilder::new(SELECT);
    query.push("r.id = ").push_bind(id).push(" AND ");
    scope::push(&mut query, scope);
    query.push(" FOR UPDATE OF r");
    query.build_query_as().fetch_optional(conn).await?.ok_or_else(|| Error::not_found("Preference request"))
}

/// Which requests to list.
#[derive(Debug, Clone, Default)]
pub(crate) struct Filter {
    pub(crate) fleet: Option<Uuid>,
    pub(crate) only_pending: bool,
}

/// One page of requests of drivers in scope, the newest first.
pub(crate) async fn page(
    pool: &PgPool,
    scope: &Scope,
    filter: &Filter,
    page: &PageArgs,
) -> Result<Vec<PreferenceRequest>> {
    let mut query = QueryBuilder::new(SELECT);
    push_filter(&mut query, scope, filter);
    if let Some((at, id)) = page.after::<(DateTime<Utc>, Uuid)>()? {
        query.push(" AND (r.requested_at, r.id) < (").push_bind(at).push(", ").push_bind(id).push(")");
    }
    query.push(" ORDER BY r.requested_at DESC, r.id DESC LIMIT ").push_bind(page.limit());
    Ok(query.build_query_as().fetch_all(pool).await?)
}

/// How many requests of drivers in scope match.
pub(crate) async fn count(pool: &PgPool, scope: &Scope, filter: &Filter) -> Result<i64> {
    let mut query = QueryBuilder::new(
        "SELECT count(*) FROM preference_request r JOIN driver d ON d.id = r.driver_id WHERE ",
    );
    push_filter(&mut query, scope, filter);
    Ok(query.build_query_scalar().fetch_one(pool).await?)
}

fn push_filter(query: &mut QueryBuilder<Postgres>, scope: &Scope, filter: &Filter) {
    scope::push(query, scope);
    if let Some(fleet) = filter.fleet {
        query.push(" AND d.fleet_id = ").push_bind(fleet);
    }
    if filter.only_pending {
        query.push(" AND r.status = 'PENDING'");
    }
}
