//! SQL of penalties.

use chrono::{DateTime, Utc};
use kit::Scope;
use kit::error::{Error, Result};
use kit::page::PageArgs;
use sqlx::{PgConnection, PgExecutor, PgPool, Postgres, QueryBuilder};
use uuid::Uuid;

use super::{Penalty, PenaltyType};
use crate::scope;
use crate::wallet::Line;

/// Which penalties to list.
#[derive(Debug, Clone, Default)]
pub(crate) struct Filter {
    pub(crate) driver: Option<Uuid>,
    pub(crate) fleet: Option<Uuid>,
    pub(crate) kinds: Option<Vec<&'static str>>,
    pub(crate) states: Option<Vec<&'static str>>,
    pub(crate) from: Option<DateTime<Utc>>,
    pub(crate) to: Option<DateTime<Utc>>,
}

/// Sums over penalties.
#[derive(Debug, Clone, sqlx::FromRow)]
pub(crate) struct Totals {
    pub(crate) count: i64,
    pub(crate) amount_paise: i64,
    pub(crate) outstanding_paise: i64,
    pub(crate) waived_paise: i64,
}

const SELECT: &str = "SELECT p.* FROM penalty p JOIN driver d ON d.id = p.driver_id WHERE ";

/// One penalty of a driver in scope.
pub(crate) async fn find(executor: impl PgExecutor<'_>, scope: &Scope, id: Uuid) -> Result<Option<Penalty>> {
    let mut query = QueryBuilder::new(SELECT);
    query.push("p.id = ").push_bind(id).push(" AND ");
    scope::push(&mut query, scope);
    Ok(query.build_query_as().fetch_optional(executor).await?)
}

/// One penalty of a driver in scope, locked. Errors: NOT_FOUND.
pub(crate) async fn lock(conn: &mut PgConnection, scope: &Scope, id: Uuid) -> Result<Penalty> {
    let mut query = QueryBuilder::new(SELECT);
    query.push("p.id = ").push_bind(id).push(" AND ");
    scope::push(&mut query, scope);
    query.push(" FOR UPDATE OF p");
    query.build_query_as().fetch_optional(conn).await?.ok_or_else(|| Error::not_found("Penalty"))
}

/// A driver's unpaid fines from before a moment, locked. The driver was loaded within the viewer's scope.
pub(crate) async fn lock_unpaid_fines(
    conn: &mut PgConnection,
    driver_id: Uuid,
    before: DateTime<Utc>,
) -> Result<Vec<Penalty>> {
    Ok(sqlx::query_as(
        "SELECT * FROM penalty WHERE driver_id = $1 AND created_at < $2 AND type = 'MONETARY' AND state = 'OPEN'
         ORDER BY id FOR UPDATE",
    )
    .bind(driver_id)
    .bind(before)
    .fetch_all(conn)
    .await?)
}

/// The kinds of penalties that hold for a driver now.
pub(crate) async fn holding(conn: &mut PgConnection, driver_id: Uuid) -> Result<Vec<PenaltyType>> {
    Ok(sqlx::query_scalar("SELECT type FROM penalty WHERE driver_id = $1 AND effect = 'IN_EFFECT'")
        .bind(driver_id)
        .fetch_all(conn)
        .await?)
}

/// Suspensions whose beginning or end has come: (penalty, driver).
pub(crate) async fn due(pool: &PgPool, now: DateTime<Utc>) -> Result<Vec<(Uuid, Uuid)>> {
    Ok(sqlx::query_as(
        "SELECT id, driver_id FROM penalty WHERE effect = 'SCHEDULED' AND suspension_start <= $1
         UNION SELECT id, driver_id FROM penalty
             WHERE effect = 'IN_EFFECT' AND type = 'SUSPENSION' AND suspension_end <= $1
         ORDER BY 1 LIMIT 1000",
    )
    .bind(now)
    .fetch_all(pool)
    .await?)
}

/// One page of penalties of drivers in scope, the newest first.
pub(crate) async fn page(
    pool: &PgPool,
    scope: &Scope,
    filter: &Filter,
    page: &PageArgs,
) -> Result<Vec<Penalty>> {
    let mut query = QueryBuilder::new(SELECT);
    scope::push(&mut query, scope);
    push_filter(&mut query, filter);
    if let Some((at, id)) = page.after::<(DateTime<Utc>, Uuid)>()? {
        query.push(" AND (p.created_at, p.id) < (").push_bind(at).push(", ").push_bind(id).push(")");
    }
    query.push(" ORDER BY p.created_at DESC, p.id DESC LIMIT ").push_bind(page.limit());
    Ok(query.build_query_as().fetch_all(pool).await?)
}

/// Sums over the penalties of drivers in scope that match.
pub(crate) async fn totals(pool: &PgPool, scope: &Scope, filter: &Filter) -> Result<Totals> {
    let mut query = QueryBuilder::new(
        "SELECT count(*) AS count, coalesce(sum(p.amount_paise), 0)::bigint AS amount_paise,
             coalesce(sum(p.amount_paise - p.deducted_deposit_paise) FILTER (WHERE p.state = 'OPEN'), 0)::bigint
                 AS outstanding_paise,
             coalesce(sum(p.amount_paise) FILTER (WHERE p.state = 'WAIVED'), 0)::bigint AS waived_paise
         FROM penalty p JOIN driver d ON d.id = p.driver_id WHERE ",
    );
    scope::push(&mut query, scope);
    push_filter(&mut query, filter);
    Ok(query.build_query_as().fetch_one(pool).await?)
}

fn push_filter(query: &mut QueryBuilder<Postgres>, filter: &Filter) {
    if let Some(driver) = filter.driver {
        query.push(" AND p.driver_id = ").push_bind(driver);
    }
    if let Some(fleet) = filter.fleet {
        query.push(" AND d.fleet_id = ").push_bind(fleet);
    }
    if let Some(kinds) = &filter.kinds {
        query.push(" AND p.type = ANY(").push_bind(kinds.clone()).push(")");
    }
    if let Some(states) = &filter.states {
        query.push(" AND p.state = ANY(").push_bind(states.clone()).push(")");
    }
    if let Some(from) = filter.from {
        query.push(" AND p.created_at >= ").push_bind(from);
    }
    if let Some(to) = filter.to {
        query.push(" AND p.created_at < ").push_bind(to);
    }
}

/// Inserts a penalty.
pub(crate) async fn insert(conn: &mut PgConnection, row: &Penalty) -> Result<()> {
    sqlx::query(
        "INSERT INTO penalty (id, short_id, driver_id, type, amount_paise, reason, category, suspension_start,
             suspension_end, effect, created_at, created_by, updated_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $11)",
    )
    .bind(row.id)
    .bind(&row.short_id)
    .bind(row.driver_id)
    .bind(row.kind)
    .bind(row.amount_paise)
    .bind(&row.reason)
    .bind(row.category)
    .bind(row.suspension_start)
    .bind(row.suspension_end)
    .bind(row.effect)
    .bind(row.created_at)
    .bind(row.created_by)
    .execute(conn)
    .await?;
    Ok(())
}

/// Writes what changes in a locked penalty; its version grows by one.
pub(crate) async fn save(conn: &mut PgConnection, row: &Penalty, now: DateTime<Utc>) -> Result<Penalty> {
    Ok(sqlx::query_as(
        "UPDATE penalty SET state = $2, deducted_deposit_paise = $3, deducted_at = $4, paid_at = $5, effect = $6,
             waived_by = $7, waived_at = $8, waiver_reason = $9, reviewed_by = $10, reviewed_at = $11, review_notes = $12,
             updated_at = $13, version = version + 1
         WHERE id = $1 RETURNING *",
    )
    .bind(row.id)
    .bind(row.state)
    .bind(row.deducted_deposit_paise)
    .bind(row.deducted_at)
    .bind(row.paid_at)
    .bind(row.effect)
    .bind(row.waived_by)
    .bind(row.waived_at)
    .bind(&row.waiver_reason)
    .bind(row.reviewed_by)
    .bind(row.reviewed_at)
    .bind(&row.review_notes)
    .bind(now)
    .fetch_one(conn)
    .await?)
}

/// What a penalty has moved so far, by account, the other way around: booking it takes everything back.
pub(crate) async fn reversal(conn: &mut PgConnection, penalty_id: Uuid) -> Result<Vec<Line>> {
    let sums: Vec<(crate::wallet::Account, i64)> = sqlx::query_as(
        "SELECT e.account, -sum(e.amount_paise)::bigint FROM ledger_entry e
         JOIN ledger_transaction t ON t.id = e.transaction_id WHERE t.penalty_id = $1
         GROUP BY e.account HAVING sum(e.amount_paise) <> 0 ORDER BY e.account",
    )
    .bind(penalty_id)
    .fetch_all(conn)
    .await?;
    Ok(sums.into_iter().map(|(account, amount_paise)| Line { account, amount_paise }).collect())
}

/// Marks what a penalty has taken as given back. The entries stay; [`reversal`] is booked beside them.
pub(crate) async fn mark_refunded(
    conn: &mut PgConnection,
    penalty_id: Uuid,
    now: DateTime<Utc>,
) -> Result<()> {
    sqlx::query(
        "UPDATE ledger_transaction SET status = 'REFUNDED', updated_at = $2 WHERE penalty_id = $1 AND status = 'SUCCESS'",
    )
    .bind(penalty_id)
    .bind(now)
    .execute(conn)
    .await?;
    Ok(())
}

/// Closes the payment that a fine was waiting for.
pub(crate) async fn drop_waiting_payment(
    conn: &mut PgConnection,
    penalty_id: Uuid,
    now: DateTime<Utc>,
) -> Result<()> {
    sqlx::query(
        "UPDATE ledger_transaction SET status = 'FAILED', updated_at = $2 WHERE penalty_id = $1 AND status = 'PENDING'",
    )
    .bind(penalty_id)
    .bind(now)
    .execute(conn)
    .await?;
    Ok(())
}
