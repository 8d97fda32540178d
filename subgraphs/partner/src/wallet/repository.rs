//! SQL of wallets and the ledger.

use chrono::{DateTime, Utc};
use kit::error::{Error, Result};
use kit::page::PageArgs;
use kit::{OnConstraint, Scope};
use sqlx::{PgConnection, PgPool, Postgres, QueryBuilder};
use uuid::Uuid;

use super::ledger::{LedgerEntry, LedgerFilter, LedgerTransaction};
use super::{Account, Line, Wallet};
use crate::driver::PaymentModel;
use crate::input as check;
use crate::scope;

const WALLET: &str = "SELECT d.id AS driver_id, coalesce(w.earnings_paise, 0) AS earnings_paise,
        coalesce(w.deposit_paise, 0) AS deposit_paise, coalesce(w.cash_held_paise, 0) AS cash_held_paise,
        coalesce(w.version, 0) AS version, coalesce(w.updated_at, d.created_at) AS updated_at
    FROM driver d LEFT JOIN driver_wallet w ON w.driver_id = d.id WHERE ";

/// Wallets of drivers in scope. A driver to whom nothing has happened has an empty one.
pub(crate) async fn find_many(pool: &PgPool, scope: &Scope, drivers: &[Uuid]) -> Result<Vec<Wallet>> {
    let mut query = QueryBuilder::new(WALLET);
    query.push("d.id = ANY(").push_bind(drivers.to_vec()).push(") AND ");
    scope::push(&mut query, scope);
    Ok(query.build_query_as().fetch_all(pool).await?)
}

/// The driver's wallet within a transaction, locked against other postings until it ends.
pub(crate) async fn lock(conn: &mut PgConnection, driver_id: Uuid, now: DateTime<Utc>) -> Result<Wallet> {
    let found = sqlx::query_as(
        "SELECT driver_id, earnings_paise, deposit_paise, cash_held_paise, version, updated_at
         FROM driver_wallet WHERE driver_id = $1 FOR UPDATE",
    )
    .bind(driver_id)
    .fetch_optional(conn)
    .await?;
    Ok(found.unwrap_or_else(|| Wallet::empty(driver_id, now)))
}

/// Inserts a transaction. None if this version of its trip was booked before.
pub(crate) async fn insert(conn: &mut PgConnection, row: &LedgerTransaction) -> Result<Option<()>> {
    let done = sqlx::query(
        "INSERT INTO ledger_transaction (id, short_id, driver_id, type, status, amount_paise, payment_method, description,
             trip_id, trip_version, penalty_id, incentive_id, collection_id, rental_id, payout_id, external_id, created_at,
             created_by, updated_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $17)
         ON CONFLICT ON CONSTRAINT ledger_transaction_trip_key DO NOTHING",
    )
    .bind(row.id)
    .bind(&row.short_id)
    .bind(row.driver_id)
    .bind(row.kind)
    .bind(row.status)
    .bind(row.amount_paise)
    .bind(row.payment_method)
    .bind(&row.description)
    .bind(row.trip_id)
    .bind(row.trip_version)
    .bind(row.penalty_id)
    .bind(row.incentive_id)
    .bind(row.collection_id)
    .bind(row.rental_id)
    .bind(row.payout_id)
    .bind(&row.external_id)
    .bind(row.created_at)
    .bind(row.created_by)
    .execute(conn)
    .await
    .on_constraint("ledger_transaction_external_id_key", || {
        Error::conflict("This payment was booked before").field("externalId")
    })?;
    Ok((done.rows_affected() == 1).then_some(()))
}

/// Inserts the entries of a transaction; the database moves the wallet and refuses entries that don't sum to zero.
/// `completion` is the trip whose completion this books: the database refuses a second one.
pub(crate) async fn insert_entries(
    conn: &mut PgConnection,
    of: &LedgerTransaction,
    completion: Option<Uuid>,
    lines: &[Line],
) -> Result<()> {
    let accounts: Vec<&str> = lines.iter().map(|line| line.account.as_str()).collect();
    let drivers: Vec<Option<Uuid>> =
        lines.iter().map(|line| if line.account.is_drivers() { of.driver_id } else { None }).collect();
    let amounts: Vec<i64> = lines.iter().map(|line| line.amount_paise).collect();
    sqlx::query(
        "INSERT INTO ledger_entry (transaction_id, account, driver_id, trip_id, amount_paise, created_at)
         SELECT $1, line.account, line.driver_id, $2, line.amount, $3
         FROM unnest($4::text[], $5::uuid[], $6::bigint[]) WITH ORDINALITY AS line (account, driver_id, amount, place)
         ORDER BY line.place",
    )
    .bind(of.id)
    .bind(completion)
    .bind(of.created_at)
    .bind(accounts)
    .bind(drivers)
    .bind(amounts)
    .execute(conn)
    .await
    .on_constraint("driver_wallet_deposit_check", || Error::conflict("The deposit is not enough for this"))?;
    Ok(())
}

/// One transaction of a driver in scope.
pub(crate) async fn find(pool: &PgPool, scope: &Scope, id: Uuid) -> Result<Option<LedgerTransaction>> {
    let mut query = QueryBuilder::new(
        "SELECT t.* FROM ledger_transaction t JOIN driver d ON d.id = t.driver_id WHERE t.id = ",
    );
    query.push_bind(id).push(" AND ");
    scope::push(&mut query, scope);
    Ok(query.build_query_as().fetch_optional(pool).await?)
}

/// One page of transactions of drivers in scope, the newest first.
pub(crate) async fn page(
    pool: &PgPool,
    scope: &Scope,
    filter: &LedgerFilter,
    page: &PageArgs,
) -> Result<Vec<LedgerTransaction>> {
    let mut query =
        QueryBuilder::new("SELECT t.* FROM ledger_transaction t JOIN driver d ON d.id = t.driver_id WHERE ");
    scope::push(&mut query, scope);
    push_filter(&mut query, filter)?;
    if let Some((at, id)) = page.after::<(DateTime<Utc>, Uuid)>()? {
        query.push(" AND (t.created_at, t.id) < (").push_bind(at).push(", ").push_bind(id).push(")");
    }
    query.push(" ORDER BY t.created_at DESC, t.id DESC LIMIT ").push_bind(page.limit());
    Ok(query.build_query_as().fetch_all(pool).await?)
}

/// How many transactions of drivers in scope match.
pub(crate) async fn count(pool: &PgPool, scope: &Scope, filter: &LedgerFilter) -> Result<i64> {
    let mut query = QueryBuilder::new("SELECT count(*) FROM ledger_transaction t ");
    // Whoever sees everybody needs no look at each driver: the slowest of all counts.
    if *scope == Scope::All {
        query.push("WHERE t.driver_id IS NOT NULL");
    } else {
        query.push("JOIN driver d ON d.id = t.driver_id WHERE ");
        scope::push(&mut query, scope);
    }
    push_filter(&mut query, filter)?;
    Ok(query.build_query_scalar().fetch_one(pool).await?)
}

fn push_filter(query: &mut QueryBuilder<Postgres>, filter: &LedgerFilter) -> Result<()> {
    if let Some(driver) = check::id(filter.driver_id.as_ref(), "filter.driverId")? {
        query.push(" AND t.driver_id = ").push_bind(driver);
    }
    if let Some(kinds) = &filter.kind {
        let kinds: Vec<&str> = kinds.iter().map(|kind| kind.as_str()).collect();
        query.push(" AND t.type = ANY(").push_bind(kinds).push(")");
    }
    if let Some(statuses) = &filter.status {
        let statuses: Vec<&str> = statuses.iter().map(|status| status.as_str()).collect();
        query.push(" AND t.status = ANY(").push_bind(statuses).push(")");
    }
    if let Some(from) = check::instant(filter.from, "filter.from")? {
        query.push(" AND t.created_at >= ").push_bind(from);
    }
    if let Some(to) = check::instant(filter.to, "filter.to")? {
        query.push(" AND t.created_at < ").push_bind(to);
    }
    Ok(())
}

/// The entries of several transactions that belong to a driver.
pub(crate) async fn entries(pool: &PgPool, transactions: &[Uuid]) -> Result<Vec<LedgerEntry>> {
    Ok(sqlx::query_as(
        "SELECT transaction_id, account, amount_paise, balance_after FROM ledger_entry
         WHERE transaction_id = ANY($1) ORDER BY id",
    )
    .bind(transactions)
    .fetch_all(pool)
    .await?)
}

/// What the books say of a trip, and by which terms it was booked.
#[derive(Debug, Clone, sqlx::FromRow)]
pub(crate) struct BookedTrip {
    pub(crate) payment_model: Option<PaymentModel>,
    pub(crate) rev_share_bp: i32,
    pub(crate) earned_paise: i64,
    pub(crate) version: i64,
}

/// A trip that was booked before.
pub(crate) async fn booked_trip(conn: &mut PgConnection, trip_id: Uuid) -> Result<Option<BookedTrip>> {
    Ok(sqlx::query_as(
        "SELECT payment_model, rev_share_bp, earned_paise, version FROM trip_earning WHERE trip_id = $1",
    )
    .bind(trip_id)
    .fetch_optional(conn)
    .await?)
}

/// What a trip has moved so far, by account.
pub(crate) async fn moved_by_trip(conn: &mut PgConnection, trip_id: Uuid) -> Result<Vec<Line>> {
    let sums: Vec<(Account, i64)> = sqlx::query_as(
        "SELECT e.account, sum(e.amount_paise)::bigint FROM ledger_entry e
         JOIN ledger_transaction t ON t.id = e.transaction_id WHERE t.trip_id = $1 GROUP BY e.account ORDER BY e.account",
    )
    .bind(trip_id)
    .fetch_all(conn)
    .await?;
    Ok(sums.into_iter().map(|(account, amount_paise)| Line { account, amount_paise }).collect())
}

/// Notes a completed trip for earnings and referral, or what became of its fare.
pub(crate) async fn note_trip(
    conn: &mut PgConnection,
    trip_id: Uuid,
    driver_id: Uuid,
    fare_paise: i64,
    completed_at: DateTime<Utc>,
    booked: &BookedTrip,
) -> Result<()> {
    sqlx::query(
        "WITH noted AS (
             INSERT INTO trip_earning AS t
                 (trip_id, driver_id, fare_paise, earned_paise, payment_model, rev_share_bp, version, completed_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
             ON CONFLICT ON CONSTRAINT trip_earning_pkey DO UPDATE SET fare_paise = excluded.fare_paise,
                 earned_paise = excluded.earned_paise, version = excluded.version
             RETURNING driver_id, xmax = 0 AS is_new
         )
         UPDATE driver SET completed_trips = completed_trips + 1 FROM noted WHERE driver.id = noted.driver_id AND noted.is_new",
    )
    .bind(trip_id)
    .bind(driver_id)
    .bind(fare_paise)
    .bind(booked.earned_paise)
    .bind(booked.payment_model)
    .bind(booked.rev_share_bp)
    .bind(booked.version)
    .bind(completed_at)
    .execute(conn)
    .await?;
    Ok(())
}
