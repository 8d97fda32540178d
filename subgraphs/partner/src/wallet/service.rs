//! What moves wallets: completed trips, and deposits.

use chrono::{DateTime, Utc};
use kit::error::{Error, Result};
use kit::{Envelope, Scope};
use serde::Deserialize;
use sqlx::PgConnection;
use uuid::Uuid;

use super::graphql::RecordDepositInput;
use super::ledger::{self, LedgerTransaction, Links, Posting, TripLink};
use super::repository::BookedTrip;
use super::{
    Account, Line, PaymentMethod, PaymentMode, TransactionType, TripFare, difference, repository, transfer,
    trip_earning, trip_lines,
};
use crate::actor::{Actor, App};
use crate::driver::repository as drivers;
use crate::input as check;
use crate::write::{Begun, Write};

/// What the wallet reads of trip.completed and trip.fare_adjusted; whatever else they carry is for others.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct TripSettled {
    trip_id: Uuid,
    driver_id: Option<Uuid>,
    completed_at: Option<DateTime<Utc>>,
    fare: TripFare,
    payment_mode: PaymentMode,
    #[serde(default)]
    short_id: Option<String>,
}

/// Brings the books up to a version of a completed trip: everything for the first that is heard of, the difference for a
/// later one, nothing for an older one. So it does not matter what is delivered how often and in which order.
/// Errors: a driver whom partner does not know, or a fare that makes no sense, which the bus then keeps for people.
pub(crate) async fn settle_trip(conn: &mut PgConnection, app: &App, event: &Envelope) -> Result<()> {
    let trip: TripSettled = event.read(1)?;
    // A fare that is adjusted before the end is part of the completion, when that comes.
    let (Some(completed_at), Some(driver_id)) = (trip.completed_at, trip.driver_id) else { return Ok(()) };
    // The lock makes trips of one driver wait for each other.
    let driver = drivers::lock(conn, &Scope::All, driver_id).await.map_err(|error| {
        Error::internal(format!("trip {}: driver {driver_id}: {}", trip.trip_id, error.cause()))
    })?;
    let before = repository::booked_trip(conn, trip.trip_id).await?;
    if before.as_ref().is_some_and(|booked| booked.version >= event.aggregate_version) {
        return Ok(());
    }
    let (model, share) = match &before {
        Some(booked) => (booked.payment_model, booked.rev_share_bp),
        None => (driver.payment_model, driver.rev_share_bp),
    };
    let booked = BookedTrip {
        payment_model: model,
        rev_share_bp: share,
        earned_paise: trip_earning(model, share, &trip.fare)?,
        version: event.aggregate_version,
    };
    let wanted = trip_lines(model, share, &trip.fare, trip.payment_mode)?;
    let lines = difference(&wanted, &repository::moved_by_trip(conn, trip.trip_id).await?);
    // A trip that cost nothing, or an adjustment of nothing, moves nothing.
    if !lines.is_empty() {
        let earned = booked.earned_paise - before.as_ref().map_or(0, |booked| booked.earned_paise);
        ledger::post(conn, &app.clock, &driver, posting_of(&trip, &booked, earned, before.is_some(), lines))
            .await?;
    }
    repository::note_trip(conn, trip.trip_id, driver.id, trip.fare.total, completed_at, &booked).await
}

fn posting_of(
    trip: &TripSettled,
    booked: &BookedTrip,
    earned: i64,
    adjusts: bool,
    lines: Vec<Line>,
) -> Posting {
    let name = trip.short_id.as_deref().unwrap_or("completed");
    Posting {
        kind: TransactionType::TripPayment,
        amount_paise: earned,
        method: match trip.payment_mode {
            PaymentMode::Cash => PaymentMethod::Cash,
            PaymentMode::Prepaid => PaymentMethod::BankTransfer,
            PaymentMode::Qr => PaymentMethod::VirtualQr,
        },
        description: if adjusts { format!("Trip {name}, fare adjusted") } else { format!("Trip {name}") },
        links: Links {
            trip: Some(TripLink { id: trip.trip_id, version: booked.version, adjusts }),
            ..Links::default()
        },
        external_id: None,
        by: None,
        lines,
    }
}

/// Books a security deposit that was paid in, by hand until there is a gateway.
pub(crate) async fn record_deposit(by: &Actor<'_>, input: RecordDepositInput) -> Result<LedgerTransaction> {
    let driver_id = check::required_id(&input.driver_id, "driverId")?;
    let amount = check::positive(input.amount_paise, "amountPaise")?;
    let external_id =
        input.external_id.as_deref().map(|id| check::text(id, "externalId", 100)).transpose()?;
    let description = check::optional_text(input.description.as_deref(), "description", 500)?;
    let mut write = match Write::begin(by, "recordDeposit", input.idempotency_key.as_deref(), &input).await? {
        Begun::Repeated(id) => return get(by, id).await,
        Begun::Fresh(write) => write,
    };
    let driver = drivers::lock(write.conn(), &by.scope(), driver_id).await?;
    let posting = Posting {
        kind: TransactionType::Deposit,
        amount_paise: amount,
        method: input.payment_method,
        description: description.unwrap_or_else(|| "Security deposit".to_owned()),
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
