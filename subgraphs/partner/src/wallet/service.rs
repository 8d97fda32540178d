//! What moves wallets: completed trips, and deposits.

use chrono::{DateTime, Utc};
use kit::error::{Error, Result};
use kit::{Envelope, Paise};
use serde::Deserialize;
use sqlx::PgConnection;
use uuid::Uuid;

use super::graphql::RecordDepositInput;
use super::ledger::{self, LedgerTransaction, Links, Posting};
use super::{
    Account, PaymentMethod, PaymentMode, TransactionType, TripFare, repository, transfer, trip_earning,
    trip_lines,
};
use crate::actor::{Actor, App};
use crate::driver::repository as drivers;
use crate::input as check;
use crate::write::{Begun, Write};

/// What the wallet reads of trip.completed; whatever else it carries is for others.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TripCompleted {
    pub(crate) trip_id: Uuid,
    pub(crate) driver_id: Uuid,
    pub(crate) completed_at: DateTime<Utc>,
    pub(crate) fare: TripFare,
    pub(crate) payment_mode: PaymentMode,
    #[serde(default)]
    pub(crate) short_id: Option<String>,
}

/// Credits the driver of a completed trip, once per trip whatever is delivered how often and in which order.
/// Errors: a driver whom partner does not know, or a fare that makes no sense, which the bus then keeps for people.
pub(crate) async fn credit_trip(conn: &mut PgConnection, app: &App, event: &Envelope) -> Result<()> {
    let trip: TripCompleted = event.read(1)?;
    let driver = drivers::find(conn, &kit::Scope::All, trip.driver_id)
        .await?
        .ok_or_else(|| Error::internal(format!("trip {} was driven by an unknown driver", trip.trip_id)))?;
    let earning = trip_earning(driver.payment_model, driver.rev_share_bp, &trip.fare)?;
    let lines = trip_lines(driver.payment_model, driver.rev_share_bp, &trip.fare, trip.payment_mode)?;
    let posting = Posting {
        kind: TransactionType::TripPayment,
        amount_paise: earning,
        method: match trip.payment_mode {
            PaymentMode::Cash => PaymentMethod::Cash,
            PaymentMode::Prepaid => PaymentMethod::BankTransfer,
            PaymentMode::Qr => PaymentMethod::VirtualQr,
        },
        description: format!("Trip {}", trip.short_id.as_deref().unwrap_or("completed")),
        links: Links { trip_id: Some(trip.trip_id), ..Links::default() },
        external_id: None,
        by: None,
        lines,
    };
    // A trip that cost nothing leaves no lines, and nothing to wait for either.
    if !posting.lines.is_empty() && ledger::post(conn, &app.clock, &driver, posting).await?.is_none() {
        return Ok(());
    }
    repository::note_trip(conn, trip.trip_id, driver.id, trip.fare.total, earning, trip.completed_at).await
}

/// Books a security deposit that was paid in, by hand until there is a gateway.
pub(crate) async fn record_deposit(by: &Actor<'_>, input: RecordDepositInput) -> Result<LedgerTransaction> {
    let driver_id = check::required_id(&input.driver_id, "driverId")?;
    let amount = check::positive(Paise(input.amount_paise.0), "amountPaise")?;
    let external_id =
        input.external_id.as_deref().map(|id| check::text(id, "externalId", 100)).transpose()?;
    let mut write = match Write::begin(by, "recordDeposit", input.idempotency_key.as_deref(), &input).await? {
        Begun::Repeated(id) => return get(by, id).await,
        Begun::Fresh(write) => write,
    };
    let driver = drivers::lock(write.conn(), &by.scope(), driver_id).await?;
    let posting = Posting {
        kind: TransactionType::Deposit,
        amount_paise: amount,
        method: input.payment_method,
        description: input.description.clone().unwrap_or_else(|| "Security deposit".to_owned()),
        links: Links::default(),
        external_id,
        by: Some(by.viewer.user_id),
        lines: transfer(Account::Clearing, Account::Deposit, amount),
    };
    let booked = ledger::post(write.conn(), &by.app.clock, &driver, posting).await?;
    let booked = booked.ok_or_else(|| Error::internal("a deposit has no trip"))?;
    write.commit(booked.id).await?;
    Ok(booked)
}

/// One transaction in the actor's scope. Errors: NOT_FOUND.
pub(crate) async fn get(by: &Actor<'_>, id: Uuid) -> Result<LedgerTransaction> {
    repository::find(&by.app.pool, &by.scope(), id).await?.ok_or_else(|| Error::not_found("Transaction"))
}
