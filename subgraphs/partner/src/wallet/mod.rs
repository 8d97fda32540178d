//! Wallets and the ledger: accounts, postings that balance, and what a completed trip is worth to its driver.

pub(crate) mod graphql;
pub(crate) mod ledger;
pub(crate) mod repository;
pub(crate) mod service;
pub(crate) mod subscription;

use async_graphql::Enum;
use chrono::{DateTime, Utc};
use kit::Paise;
use kit::error::{Error, Result};
use uuid::Uuid;

use crate::driver::PaymentModel;

/// A place where money is. The first three belong to one driver each, the others to the company.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum, sqlx::Type)]
#[sqlx(type_name = "text", rename_all = "SCREAMING_SNAKE_CASE")]
#[graphql(name = "LedgerAccount")]
pub(crate) enum Account {
    /// What the company owes the driver for work.
    Earnings,
    /// The driver's security deposit.
    Deposit,
    /// Fares in cash that the driver still has to hand over (a debit account: it shows as a positive balance).
    CashHeld,
    /// Money on its way to the company: prepaid and QR fares, deposits and rents received, cash handed over.
    Clearing,
    /// The company's part of fares.
    Revenue,
    /// Rents.
    Rent,
    /// Incentives granted.
    Incentives,
    /// Penalties taken.
    Penalties,
    /// Money paid out from the company's bank.
    Bank,
    /// Deposits that wait to be paid back.
    RefundsDue,
    /// Money nobody can be named for yet.
    Suspense,
}

impl Account {
    /// The database's and the wire's spelling.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Account::Earnings => "EARNINGS",
            Account::Deposit => "DEPOSIT",
            Account::CashHeld => "CASH_HELD",
            Account::Clearing => "CLEARING",
            Account::Revenue => "REVENUE",
            Account::Rent => "RENT",
            Account::Incentives => "INCENTIVES",
            Account::Penalties => "PENALTIES",
            Account::Bank => "BANK",
            Account::RefundsDue => "REFUNDS_DUE",
            Account::Suspense => "SUSPENSE",
        }
    }

    /// Whether the account is a driver's.
    pub(crate) fn is_drivers(self) -> bool {
        matches!(self, Account::Earnings | Account::Deposit | Account::CashHeld)
    }
}

/// Why money moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum, sqlx::Type)]
#[sqlx(type_name = "text", rename_all = "SCREAMING_SNAKE_CASE")]
pub(crate) enum TransactionType {
    /// A security deposit was paid in, or paid back.
    Deposit,
    /// Rent for the cab.
    Rental,
    /// A completed trip.
    TripPayment,
    /// A reward.
    Incentive,
    /// A fine, or its refund.
    Penalty,
    /// A day's collection was settled.
    DailyCollection,
    /// Earnings were paid out.
    Payout,
    /// A payment order was paid.
    OrderPayment,
}

impl TransactionType {
    /// The database's and the wire's spelling.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            TransactionType::Deposit => "DEPOSIT",
            TransactionType::Rental => "RENTAL",
            TransactionType::TripPayment => "TRIP_PAYMENT",
            TransactionType::Incentive => "INCENTIVE",
            TransactionType::Penalty => "PENALTY",
            TransactionType::DailyCollection => "DAILY_COLLECTION",
            TransactionType::Payout => "PAYOUT",
            TransactionType::OrderPayment => "ORDER_PAYMENT",
        }
    }
}

/// How far a transaction has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum, sqlx::Type)]
#[sqlx(type_name = "text", rename_all = "SCREAMING_SNAKE_CASE")]
pub(crate) enum TransactionStatus {
    /// Waits for somebody outside.
    Pending,
    /// Booked.
    Success,
    /// Did not happen.
    Failed,
    /// Was booked, then given back.
    Refunded,
}

impl TransactionStatus {
    /// The database's and the wire's spelling.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            TransactionStatus::Pending => "PENDING",
            TransactionStatus::Success => "SUCCESS",
            TransactionStatus::Failed => "FAILED",
            TransactionStatus::Refunded => "REFUNDED",
        }
    }
}

/// How money changed hands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum, sqlx::Type, serde::Serialize)]
#[sqlx(type_name = "text", rename_all = "SCREAMING_SNAKE_CASE")]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(crate) enum PaymentMethod {
    /// Card through the payment gateway.
    PgCard,
    /// UPI through the payment gateway.
    PgUpi,
    /// Net banking through the payment gateway.
    PgNetbanking,
    /// The cab's QR code.
    VirtualQr,
    /// Cash.
    Cash,
    /// Bank transfer.
    BankTransfer,
}

/// How the passenger paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(crate) enum PaymentMode {
    Cash,
    Prepaid,
    Qr,
}

/// A driver's wallet: what the sums of their ledger entries are.
#[derive(Debug, Clone, sqlx::FromRow)]
pub(crate) struct Wallet {
    pub(crate) driver_id: Uuid,
    pub(crate) earnings_paise: i64,
    pub(crate) deposit_paise: i64,
    pub(crate) cash_held_paise: i64,
    pub(crate) version: i64,
    pub(crate) updated_at: DateTime<Utc>,
}

impl Wallet {
    /// The wallet of a driver to whom nothing has happened yet.
    pub(crate) fn empty(driver_id: Uuid, at: DateTime<Utc>) -> Wallet {
        Wallet {
            driver_id,
            earnings_paise: 0,
            deposit_paise: 0,
            cash_held_paise: 0,
            version: 0,
            updated_at: at,
        }
    }

    /// What the company would pay out now: earnings less the cash that the driver still holds.
    pub(crate) fn net_payable_paise(&self) -> i64 {
        self.earnings_paise - self.cash_held_paise
    }
}

/// One side of a posting. Credit is positive, debit negative.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Line {
    pub(crate) account: Account,
    pub(crate) amount_paise: i64,
}

/// Moves `amount` from one account to another; nothing for zero.
pub(crate) fn transfer(from: Account, to: Account, amount_paise: i64) -> Vec<Line> {
    if amount_paise == 0 {
        return Vec::new();
    }
    vec![Line { account: from, amount_paise: -amount_paise }, Line { account: to, amount_paise }]
}

/// The parts of a final fare that decide who gets what, in paise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TripFare {
    pub(crate) total: i64,
    #[serde(default)]
    pub(crate) toll: i64,
    #[serde(default)]
    pub(crate) parking: i64,
    #[serde(default)]
    pub(crate) state_tax: i64,
}

/// What a driver earns with a trip. Toll, parking and state tax were laid out by the driver and go back whole; of the
/// rest a PAYOUT driver (or one without a model) gets the share, rounded half up to a paisa; a RENTAL driver gets all.
pub(crate) fn trip_earning(model: Option<PaymentModel>, rev_share_bp: i32, fare: &TripFare) -> Result<i64> {
    let parts = [fare.total, fare.toll, fare.parking, fare.state_tax];
    let pass_through = fare.toll.checked_add(fare.parking).and_then(|sum| sum.checked_add(fare.state_tax));
    let Some(pass_through) =
        pass_through.filter(|sum| parts.iter().all(|part| *part >= 0) && *sum <= fare.total)
    else {
        return Err(Error::validation("fare", "The fare's parts are negative or exceed its total"));
    };
    if model == Some(PaymentModel::Rental) {
        return Ok(fare.total);
    }
    let share = Paise(fare.total - pass_through).basis_points(i64::from(rev_share_bp))?;
    Ok(share.0 + pass_through)
}

/// The posting of a completed trip: who holds the fare now, what the driver earned, what the company keeps.
pub(crate) fn trip_lines(
    model: Option<PaymentModel>,
    rev_share_bp: i32,
    fare: &TripFare,
    mode: PaymentMode,
) -> Result<Vec<Line>> {
    let earning = trip_earning(model, rev_share_bp, fare)?;
    let holder = if mode == PaymentMode::Cash { Account::CashHeld } else { Account::Clearing };
    let lines = [
        Line { account: holder, amount_paise: -fare.total },
        Line { account: Account::Earnings, amount_paise: earning },
        Line { account: Account::Revenue, amount_paise: fare.total - earning },
    ];
    Ok(lines.into_iter().filter(|line| line.amount_paise != 0).collect())
}

/// What is missing from `moved` to `wanted`, by account. Balanced if both are.
pub(crate) fn difference(wanted: &[Line], moved: &[Line]) -> Vec<Line> {
    let mut sums: Vec<Line> = wanted.to_vec();
    for line in moved {
        match sums.iter_mut().find(|sum| sum.account == line.account) {
            Some(sum) => sum.amount_paise -= line.amount_paise,
            None => sums.push(Line { account: line.account, amount_paise: -line.amount_paise }),
        }
    }
    sums.retain(|line| line.amount_paise != 0);
    sums
}

#[cfg(test)]
mod tests;
