//! SQL of incentives.

use chrono::{DateTime, Utc};
use kit::Scope;
use kit::error::{Error, Result};
use kit::page::PageArgs;
use sqlx::{PgConnection, PgExecutor, PgPool, Postgres, QueryBuilder};
use uuid::Uuid;

use super::Incentive;
use crate::scope;

/// Which incentives to list.
#[derive(Debug, Clone, Default)]
pub(crate) struct Filter {
    pub(crate) driver: Option<Uuid>,
    pub(crate) fleet: Option<Uuid>,
    pub(crate) paid: Option<bool>,
    pub(crate) from: Option<DateTime<Utc>>,
    pub(crate) to: Option<DateTime<Utc>>,
}

/// Sums over incentives.
#[derive(Debug, Clone, sqlx::FromRow)]
pub(crate) struct Totals {
    pub(crate) count: i64,
    pub(crate) amount_paise: i64,
    pub(crate) paid_paise: i64,
}

const SELECT: &str = "SELECT i.* FROM incentive i JOIN driver d ON d.id = i.driver_id WHERE ";

/// One incentive of a driver in scope.
pub(crate) async fn find(
    executor: impl PgExecutor<'_>,
    scope: &Scope,
    id: Uuid,
) -> Result<Option<Incentive>> {
    let mut query = QueryBuilder::new(SELECT);
    query.push("i.id = ").push_bind(id).push(" AND ");
    scope::push(&mut query, scope);
    Ok(query.build_query_as().fetch_optional(executor).await?)
}

/// One incentive of a driver in scope, locked. Errors: NOT_FOUND.
pub(crate) async fn lock(conn: &mut PgConnection, scope: &Scope, id: Uuid) -> Result<Incentive> {
    let mut query = QueryBuilder::new(SELECT);
    query.push("i.id = ").push_bind(id).push(" AND ");
    scope::push(&mut query, scope);
    query.push(" FOR UPDATE OF i");
    query.build_query_as().fetch_optional(conn).await?.ok_or_else(|| Error::not_found("Incentive"))
}

/// A driver's unpaid incentives of a time, locked. The driver was loaded within the viewer's scope.
pub(crate) async fn lock_unpaid(
    conn: &mut PgConnection,
    driver_id: Uuid,
    from: DateTime<Utc>,
    to: DateTime<Utc>,
) -> Result<Vec<Incentive>> {
    Ok(sqlx::query_as(
        "SELECT * FROM incentive WHERE driver_id = $1 AND created_at >= $2 AND created_at < $3 AND NOT is_paid
         ORDER BY id FOR UPDATE",
    )
    .bind(driver_id)
    .bind(from)
    .bind(to)
    .fetch_all(conn)
    .await?)
}

/// One page of incentives of drivers in scope, the newest first.
pub(crate) async fn page(
    pool: &PgPool,
    scope: &Scope,
    filter: &Filter,
    page: &PageArgs,
) -> Result<Vec<Incentive>> {
    let mut query = QueryBuilder::new(SELECT);
    scope::push(&mut query, scope);
    push_filter(&mut query, filter);
    if let Some((at, id)) = page.after::<(DateTime<Utc>, Uuid)>()? {
        query.push(" AND (i.created_at, i.id) < (").push_bind(at).push(", ").push_bind(id).push(")");
    }
    query.push(" ORDER BY i.created_at DESC, i.id DESC LIMIT ").push_bind(page.limit());
    Ok(query.build_query_as().fetch_all(pool).await?)
}

/// Sums over the incentives of drivers in scope that match.
pub(crate) async fn totals(pool: &PgPool, scope: &Scope, filter: &Filter) -> Result<Totals> {
    let mut query = QueryBuilder::new(
        "SELECT count(*) AS count, coalesce(sum(i.amount_paise), 0)::bigint AS amount_paise,
             coalesce(sum(i.amount_paise) FILTER (WHERE i.is_paid), 0)::bigint AS paid_paise
         FROM incentive i JOIN driver d ON d.id = i.driver_id WHERE ",
    );
    scope::push(&mut query, scope);
    push_filter(&mut query, filter);
    Ok(query.build_query_as().fetch_one(pool).await?)
}

fn push_filter(query: &mut QueryBuilder<Postgres>, filter: &Filter) {
    if let Some(driver) = filter.driver {
        query.push(" AND i.driver_id = ").push_bind(driver);
    }
    if let Some(fleet) = filter.fleet {
        query.push(" AND d.fleet_id = ").push_bind(fleet);
    }
    if let Some(paid) = filter.paid {
        query.push(" AND i.is_paid = ").push_bind(paid);
    }
    if let Some(from) = filter.from {
        query.push(" AND i.created_at >= ").push_bind(from);
    }
    if let Some(to) = filter.to {
        query.push(" AND i.created_at < ").push_bind(to);
    }
}

/// Inserts an incentive; false if its referral was rewarded before.
pub(crate) async fn insert(conn: &mut PgConnection, row: &Incentive) -> Result<bool> {
    let done = sqlx::query(
        "INSERT INTO incentive (id, short_id, driver_id, amount_paise, reason, category, referral_id, created_at, created_by,
             updated_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $8)
         ON CONFLICT ON CONSTRAINT incentive_referral_key DO NOTHING",
    )
    .bind(row.id)
    .bind(&row.short_id)
    .bind(row.driver_id)
    .bind(row.amount_paise)
    .bind(&row.reason)
    .bind(row.category)
    .bind(row.referral_id)
    .bind(row.created_at)
    .bind(row.created_by)
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Marks a locked incentive as paid.
pub(crate) async fn mark_paid(
    conn: &mut PgConnection,
    id: Uuid,
    transaction_id: Uuid,
    by: Option<Uuid>,
    now: DateTime<Utc>,
) -> Result<Incentive> {
    Ok(sqlx::query_as(
        "UPDATE incentive SET is_paid = true, paid_at = $4, paid_by = $3, transaction_id = $2, updated_at = $4,
             version = version + 1
         WHERE id = $1 RETURNING *",
    )
    .bind(id)
    .bind(transaction_id)
    .bind(by)
    .bind(now)
    .fetch_one(conn)
    .await?)
}
