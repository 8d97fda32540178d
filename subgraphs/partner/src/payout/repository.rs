//! SQL of payouts.

use chrono::{DateTime, Utc};
use kit::Scope;
use kit::error::Result;
use kit::page::PageArgs;
use sqlx::{PgConnection, PgPool, Postgres, QueryBuilder};
use uuid::Uuid;

use super::{Payout, PayoutStatus};
use crate::driver::Driver;
use crate::scope;

/// Which payouts to list.
#[derive(Debug, Clone, Default)]
pub(crate) struct Filter {
    pub(crate) driver: Option<Uuid>,
    pub(crate) fleet: Option<Uuid>,
    pub(crate) statuses: Option<Vec<&'static str>>,
}

/// Drivers in scope with these mobile numbers, locked in one order.
pub(crate) async fn lock_drivers_by_mobile(
    conn: &mut PgConnection,
    scope: &Scope,
    mobiles: &[String],
) -> Result<Vec<Driver>> {
    let mut query = QueryBuilder::new("SELECT d.* FROM driver d WHERE d.mobile = ANY(");
    query.push_bind(mobiles.to_vec()).push(") AND ");
    scope::push(&mut query, scope);
    query.push(" ORDER BY d.id FOR SHARE OF d");
    Ok(query.build_query_as().fetch_all(conn).await?)
}

/// Inserts an order; false if the same driver, amount and cycle was ordered before.
pub(crate) async fn insert(conn: &mut PgConnection, row: &Payout) -> Result<bool> {
    let done = sqlx::query(
        "INSERT INTO payout (id, short_id, driver_id, amount_paise, incentive_paise, penalty_paise, cycle, status, created_at,
             created_by, bank_account_sealed, bank_ifsc, bank_account_name)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
         ON CONFLICT (driver_id, amount_paise, cycle) WHERE status IN ('PENDING', 'SUCCESS') DO NOTHING",
    )
    .bind(row.id)
    .bind(&row.short_id)
    .bind(row.driver_id)
    .bind(row.amount_paise)
    .bind(row.incentive_paise)
    .bind(row.penalty_paise)
    .bind(&row.cycle)
    .bind(row.status)
    .bind(row.created_at)
    .bind(row.created_by)
    .bind(&row.bank_account_sealed)
    .bind(&row.bank_ifsc)
    .bind(&row.bank_account_name)
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Orders that the bank has not answered, the oldest first, after the one of this id.
pub(crate) async fn pending(pool: &PgPool, after: Uuid) -> Result<Vec<Payout>> {
    Ok(sqlx::query_as("SELECT * FROM payout WHERE status = 'PENDING' AND id > $1 ORDER BY id LIMIT 500")
        .bind(after)
        .fetch_all(pool)
        .await?)
}

/// An order that still waits, locked; None if it was answered meanwhile.
pub(crate) async fn lock_pending(conn: &mut PgConnection, id: Uuid) -> Result<Option<Payout>> {
    Ok(sqlx::query_as("SELECT * FROM payout WHERE id = $1 AND status = 'PENDING' FOR UPDATE")
        .bind(id)
        .fetch_optional(conn)
        .await?)
}

/// Writes the bank's answer onto a locked order.
pub(crate) async fn answer(
    conn: &mut PgConnection,
    id: Uuid,
    status: PayoutStatus,
    transaction_id: Option<Uuid>,
    now: DateTime<Utc>,
) -> Result<()> {
    sqlx::query("UPDATE payout SET status = $2, transaction_id = $3, processed_at = $4 WHERE id = $1")
        .bind(id)
        .bind(status)
        .bind(transaction_id)
        .bind(now)
        .execute(conn)
        .await?;
    Ok(())
}

const SELECT: &str = "SELECT p.* FROM payout p JOIN driver d ON d.id = p.driver_id WHERE ";

/// One page of payouts of drivers in scope, the newest first.
pub(crate) async fn page(
    pool: &PgPool,
    scope: &Scope,
    filter: &Filter,
    page: &PageArgs,
) -> Result<Vec<Payout>> {
    let mut query = QueryBuilder::new(SELECT);
    scope::push(&mut query, scope);
    push_filter(&mut query, filter);
    if let Some((at, id)) = page.after::<(DateTime<Utc>, Uuid)>()? {
        query.push(" AND (p.created_at, p.id) < (").push_bind(at).push(", ").push_bind(id).push(")");
    }
    query.push(" ORDER BY p.created_at DESC, p.id DESC LIMIT ").push_bind(page.limit());
    Ok(query.build_query_as().fetch_all(pool).await?)
}

/// How many payouts of drivers in scope match.
pub(crate) async fn count(pool: &PgPool, scope: &Scope, filter: &Filter) -> Result<i64> {
    let mut query =
        QueryBuilder::new("SELECT count(*) FROM payout p JOIN driver d ON d.id = p.driver_id WHERE ");
    scope::push(&mut query, scope);
    push_filter(&mut query, filter);
    Ok(query.build_query_scalar().fetch_one(pool).await?)
}

fn push_filter(query: &mut QueryBuilder<Postgres>, filter: &Filter) {
    if let Some(driver) = filter.driver {
        query.push(" AND p.driver_id = ").push_bind(driver);
    }
    if let Some(fleet) = filter.fleet {
        query.push(" AND d.fleet_id = ").push_bind(fleet);
    }
    if let Some(statuses) = &filter.statuses {
        query.push(" AND p.status = ANY(").push_bind(statuses.clone()).push(")");
    }
}
