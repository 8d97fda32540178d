//! SQL of daily collections.

use chrono::{DateTime, NaiveDate, Utc};
use kit::Scope;
use kit::error::{Error, Result};
use kit::page::PageArgs;
use sqlx::{PgConnection, PgExecutor, PgPool, Postgres, QueryBuilder};
use uuid::Uuid;

use super::{CollectionState, DailyCollection};
use crate::scope;

/// Which days to list.
#[derive(Debug, Clone, Default)]
pub(crate) struct Filter {
    pub(crate) driver: Option<Uuid>,
    pub(crate) fleet: Option<Uuid>,
    pub(crate) states: Option<Vec<&'static str>>,
    pub(crate) from: Option<NaiveDate>,
    pub(crate) to: Option<NaiveDate>,
    /// Only days with something to pay out.
    pub(crate) payable: bool,
}

/// Sums over days.
#[derive(Debug, Clone, sqlx::FromRow)]
pub(crate) struct Totals {
    pub(crate) days: i64,
    pub(crate) qr_paise: i64,
    pub(crate) cash_paise: i64,
    pub(crate) net_payout_paise: i64,
    pub(crate) paid_paise: i64,
}

const SELECT: &str = "SELECT c.* FROM daily_collection c JOIN driver d ON d.id = c.driver_id WHERE ";

/// One day by id, of a driver in scope.
pub(crate) async fn find(
    executor: impl PgExecutor<'_>,
    scope: &Scope,
    id: Uuid,
) -> Result<Option<DailyCollection>> {
    let mut query = QueryBuilder::new(SELECT);
    query.push("c.id = ").push_bind(id).push(" AND ");
    scope::push(&mut query, scope);
    Ok(query.build_query_as().fetch_optional(executor).await?)
}

/// One day by id, locked, of a driver in scope. Errors: NOT_FOUND.
pub(crate) async fn lock(conn: &mut PgConnection, scope: &Scope, id: Uuid) -> Result<DailyCollection> {
    let mut query = QueryBuilder::new(SELECT);
    query.push("c.id = ").push_bind(id).push(" AND ");
    scope::push(&mut query, scope);
    query.push(" FOR UPDATE OF c");
    query.build_query_as().fetch_optional(conn).await?.ok_or_else(|| Error::not_found("Daily collection"))
}

/// One page of days of drivers in scope, the newest first.
pub(crate) async fn page(
    pool: &PgPool,
    scope: &Scope,
    filter: &Filter,
    page: &PageArgs,
) -> Result<Vec<DailyCollection>> {
    let mut query = QueryBuilder::new(SELECT);
    scope::push(&mut query, scope);
    push_filter(&mut query, filter);
    if let Some((date, id)) = page.after::<(NaiveDate, Uuid)>()? {
        query.push(" AND (c.date, c.id) < (").push_bind(date).push(", ").push_bind(id).push(")");
    }
    query.push(" ORDER BY c.date DESC, c.id DESC LIMIT ").push_bind(page.limit());
    Ok(query.build_query_as().fetch_all(pool).await?)
}

/// Sums over the days of drivers in scope that match.
pub(crate) async fn totals(pool: &PgPool, scope: &Scope, filter: &Filter) -> Result<Totals> {
    let mut query = QueryBuilder::new(
        "SELECT count(*) AS days, coalesce(sum(c.qr_paise), 0)::bigint AS qr_paise,
             coalesce(sum(c.cash_paise), 0)::bigint AS cash_paise,
             coalesce(sum(c.net_payout_paise), 0)::bigint AS net_payout_paise,
             coalesce(sum(c.net_payout_paise) FILTER (WHERE c.state = 'PAID'), 0)::bigint AS paid_paise
         FROM daily_collection c JOIN driver d ON d.id = c.driver_id WHERE ",
    );
    scope::push(&mut query, scope);
    push_filter(&mut query, filter);
    Ok(query.build_query_as().fetch_one(pool).await?)
}

fn push_filter(query: &mut QueryBuilder<Postgres>, filter: &Filter) {
    if let Some(driver) = filter.driver {
        query.push(" AND c.driver_id = ").push_bind(driver);
    }
    if let Some(fleet) = filter.fleet {
        query.push(" AND d.fleet_id = ").push_bind(fleet);
    }
    if let Some(states) = &filter.states {
        query.push(" AND c.state = ANY(").push_bind(states.clone()).push(")");
    }
    if let Some(from) = filter.from {
        query.push(" AND c.date >= ").push_bind(from);
    }
    if let Some(to) = filter.to {
        query.push(" AND c.date <= ").push_bind(to);
    }
    if filter.payable {
        query.push(" AND c.net_payout_paise > 0");
    }
}

/// What is written onto a day.
pub(crate) struct Entry {
    pub(crate) id: Uuid,
    pub(crate) short_id: String,
    pub(crate) driver_id: Uuid,
    pub(crate) vehicle_id: Option<Uuid>,
    pub(crate) date: NaiveDate,
    /// Added to the day's cash.
    pub(crate) add_cash: i64,
    /// Replaces the day's QR money.
    pub(crate) set_qr: Option<i64>,
    /// Replaces the day's cash, before anything is added.
    pub(crate) set_cash: Option<i64>,
    pub(crate) at: DateTime<Utc>,
}

/// A locked driver's day as it stands: its state, and the cash in it.
pub(crate) async fn standing(
    conn: &mut PgConnection,
    driver_id: Uuid,
    date: NaiveDate,
) -> Result<Option<(CollectionState, i64)>> {
    Ok(sqlx::query_as("SELECT state, cash_paise FROM daily_collection WHERE driver_id = $1 AND date = $2")
        .bind(driver_id)
        .bind(date)
        .fetch_optional(conn)
        .await?)
}

/// Writes onto an open day, making it if it is not there. None if the day was settled before.
pub(crate) async fn record(conn: &mut PgConnection, entry: &Entry) -> Result<Option<DailyCollection>> {
    Ok(sqlx::query_as(
        "INSERT INTO daily_collection AS c (id, short_id, driver_id, vehicle_id, date, qr_paise, cash_paise, created_at, updated_at)
         VALUES ($1, $2, $3, $4, $5, coalesce($7, 0), coalesce($8, 0) + $6, $9, $9)
         ON CONFLICT ON CONSTRAINT daily_collection_driver_date_key DO UPDATE SET
             qr_paise = coalesce($7, c.qr_paise), cash_paise = coalesce($8, c.cash_paise) + $6,
             vehicle_id = coalesce(excluded.vehicle_id, c.vehicle_id), updated_at = excluded.updated_at, version = c.version + 1
         WHERE c.state = 'OPEN'
         RETURNING c.*",
    )
    .bind(entry.id)
    .bind(&entry.short_id)
    .bind(entry.driver_id)
    .bind(entry.vehicle_id)
    .bind(entry.date)
    .bind(entry.add_cash)
    .bind(entry.set_qr)
    .bind(entry.set_cash)
    .bind(entry.at)
    .fetch_optional(conn)
    .await?)
}

/// Writes the settlement of a locked day; its version grows by one.
pub(crate) async fn save(
    conn: &mut PgConnection,
    row: &DailyCollection,
    now: DateTime<Utc>,
) -> Result<DailyCollection> {
    Ok(sqlx::query_as(
        "UPDATE daily_collection SET expected_paise = $2, rev_share_bp = $3, share_paise = $4, incentive_paise = $5,
             penalty_paise = $6, net_payout_paise = $7, state = $8, reconciled_by = $9, reconciled_at = $10,
             reconciliation_notes = $11, paid_by = $12, paid_at = $13, payout_transaction_id = $14, updated_at = $15,
             version = version + 1
         WHERE id = $1 RETURNING *",
    )
    .bind(row.id)
    .bind(row.expected_paise)
    .bind(row.rev_share_bp)
    .bind(row.share_paise)
    .bind(row.incentive_paise)
    .bind(row.penalty_paise)
    .bind(row.net_payout_paise)
    .bind(row.state)
    .bind(row.reconciled_by)
    .bind(row.reconciled_at)
    .bind(&row.reconciliation_notes)
    .bind(row.paid_by)
    .bind(row.paid_at)
    .bind(row.payout_transaction_id)
    .bind(now)
    .fetch_one(conn)
    .await?)
}
