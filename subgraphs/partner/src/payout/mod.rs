//! Payouts from a file: orders to the bank, carried out by a job, each booked once.

pub(crate) mod bank;
pub(crate) mod graphql;
pub(crate) mod import;
pub(crate) mod repository;
pub(crate) mod service;

use async_graphql::Enum;
use chrono::{DateTime, Utc};
use uuid::Uuid;

/// How far a payout has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum, sqlx::Type)]
#[sqlx(type_name = "text", rename_all = "SCREAMING_SNAKE_CASE")]
pub(crate) enum PayoutStatus {
    /// The bank has not answered.
    Pending,
    /// The money has left.
    Success,
    /// The bank refused.
    Failed,
}

/// An order to pay a driver.
#[derive(Debug, Clone, sqlx::FromRow)]
pub(crate) struct Payout {
    pub(crate) id: Uuid,
    pub(crate) short_id: String,
    pub(crate) driver_id: Uuid,
    pub(crate) amount_paise: i64,
    pub(crate) incentive_paise: i64,
    pub(crate) penalty_paise: i64,
    pub(crate) cycle: String,
    /// Where it goes: the driver's account as it was when the file named it.
    pub(crate) bank_account_sealed: Option<Vec<u8>>,
    pub(crate) bank_ifsc: Option<String>,
    pub(crate) bank_account_name: Option<String>,
    pub(crate) status: PayoutStatus,
    pub(crate) transaction_id: Option<Uuid>,
    pub(crate) processed_at: Option<DateTime<Utc>>,
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) created_by: Option<Uuid>,
}
