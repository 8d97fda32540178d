//! Transactions of the ledger, and posting them: rows, entries, wallet and event in one go.

use async_graphql::{ID, InputObject};
use chrono::{DateTime, Utc};
use kit::Clock;
use kit::error::{Error, Result};
use kit::ids::{new_id, next_short_id};
use kit::outbox::{self, NewEvent};
use serde_json::json;
use sqlx::PgConnection;
use uuid::Uuid;

use super::{Account, Line, PaymentMethod, TransactionStatus, TransactionType, Wallet, repository};
use crate::driver::Driver;

/// A movement of money.
#[derive(Debug, Clone, sqlx::FromRow)]
pub(crate) struct LedgerTransaction {
    pub(crate) id: Uuid,
    pub(crate) short_id: String,
    pub(crate) driver_id: Option<Uuid>,
    #[sqlx(rename = "type")]
    pub(crate) kind: TransactionType,
    pub(crate) status: TransactionStatus,
    pub(crate) amount_paise: i64,
    pub(crate) payment_method: PaymentMethod,
    pub(crate) description: Option<String>,
    pub(crate) trip_id: Option<Uuid>,
    pub(crate) trip_version: Option<i64>,
    pub(crate) penalty_id: Option<Uuid>,
    pub(crate) incentive_id: Option<Uuid>,
    pub(crate) collection_id: Option<Uuid>,
    pub(crate) rental_id: Option<Uuid>,
    pub(crate) payout_id: Option<Uuid>,
    pub(crate) external_id: Option<String>,
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) created_by: Option<Uuid>,
}

/// One side of a movement.
#[derive(Debug, Clone, sqlx::FromRow)]
pub(crate) struct LedgerEntry {
    pub(crate) transaction_id: Uuid,
    pub(crate) account: Account,
    pub(crate) amount_paise: i64,
    pub(crate) balance_after: Option<i64>,
}

/// Which transactions to list. Every condition narrows the list; your scope does as well.
#[derive(Debug, Clone, Default, InputObject)]
pub(crate) struct LedgerFilter {
    /// Of this driver.
    pub(crate) driver_id: Option<ID>,
    /// Of one of these types.
    #[graphql(name = "type")]
    pub(crate) kind: Option<Vec<TransactionType>>,
    /// In one of these statuses.
    pub(crate) status: Option<Vec<TransactionStatus>>,
    /// At this instant or later.
    pub(crate) from: Option<DateTime<Utc>>,
    /// Before this instant.
    pub(crate) to: Option<DateTime<Utc>>,
}

/// A trip, as of one version of it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TripLink {
    pub(crate) id: Uuid,
    pub(crate) version: i64,
    /// False for the completion, true for a fare that was adjusted later.
    pub(crate) adjusts: bool,
}

/// What a transaction is about.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Links {
    pub(crate) trip: Option<TripLink>,
    pub(crate) penalty_id: Option<Uuid>,
    pub(crate) incentive_id: Option<Uuid>,
    pub(crate) collection_id: Option<Uuid>,
    pub(crate) rental_id: Option<Uuid>,
    pub(crate) payout_id: Option<Uuid>,
}

/// A movement about to be booked.
#[derive(Debug, Clone)]
pub(crate) struct Posting {
    pub(crate) kind: TransactionType,
    /// From the driver's side: negative is a deduction.
    pub(crate) amount_paise: i64,
    pub(crate) method: PaymentMethod,
    pub(crate) description: String,
    pub(crate) links: Links,
    pub(crate) external_id: Option<String>,
    pub(crate) by: Option<Uuid>,
    /// Sums to zero. Without lines the transaction waits (PENDING) for somebody outside.
    pub(crate) lines: Vec<Line>,
}

/// Books a movement for a driver and announces the new balances. None if this trip was booked before.
/// Errors: CONFLICT if the deposit does not suffice or the external id was booked before.
pub(crate) async fn post(
    conn: &mut PgConnection,
    clock: &Clock,
    driver: &Driver,
    posting: Posting,
) -> Result<Option<LedgerTransaction>> {
    if posting.lines.iter().map(|line| i128::from(line.amount_paise)).sum::<i128>() != 0 {
        return Err(Error::internal("a posting that does not balance"));
    }
    let now = clock.now();
    let row = LedgerTransaction {
        id: new_id(),
        short_id: next_short_id(conn, "TXN", now).await?,
        driver_id: Some(driver.id),
        kind: posting.kind,
        status: if posting.lines.is_empty() {
            TransactionStatus::Pending
        } else {
            TransactionStatus::Success
        },
        amount_paise: posting.amount_paise,
        payment_method: posting.method,
        description: Some(posting.description),
        trip_id: posting.links.trip.map(|trip| trip.id),
        trip_version: posting.links.trip.map(|trip| trip.version),
        penalty_id: posting.links.penalty_id,
        incentive_id: posting.links.incentive_id,
        collection_id: posting.links.collection_id,
        rental_id: posting.links.rental_id,
        payout_id: posting.links.payout_id,
        external_id: posting.external_id,
        created_at: now,
        created_by: posting.by,
    };
    if repository::insert(conn, &row).await?.is_none() {
        return Ok(None);
    }
    if !posting.lines.is_empty() {
        let completion = posting.links.trip.filter(|trip| !trip.adjusts).map(|trip| trip.id);
        repository::insert_entries(conn, &row, completion, &posting.lines).await?;
        if posting.lines.iter().any(|line| line.account.is_drivers()) {
            announce(conn, clock, driver, &row).await?;
        }
    }
    Ok(Some(row))
}

/// The event of a changed wallet: all balances, and what moved them.
async fn announce(
    conn: &mut PgConnection,
    clock: &Clock,
    driver: &Driver,
    cause: &LedgerTransaction,
) -> Result<()> {
    let wallet: Wallet = repository::lock(conn, driver.id, clock.now()).await?;
    let payload = json!({
        "driverId": driver.id,
        "userId": driver.user_id,
        "fleetId": driver.fleet_id,
        "hubId": driver.hub_id,
        "earnings": wallet.earnings_paise,
        "deposit": wallet.deposit_paise,
        "cashHeld": wallet.cash_held_paise,
        "netPayable": wallet.net_payable_paise(),
        "version": wallet.version,
        "transactionId": cause.id,
        "transactionType": cause.kind.as_str(),
        "amount": cause.amount_paise,
        "tripId": cause.trip_id,
    });
    let event = NewEvent {
        event_type: "wallet.updated",
        version: 1,
        aggregate_id: driver.id,
        aggregate_version: wallet.version,
        payload,
    };
    outbox::record(conn, clock, event).await?;
    Ok(())
}
