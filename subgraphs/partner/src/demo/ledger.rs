//! Bulk posting to the ledger by the production rules.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use kit::error::{Error, Result};
use sqlx::PgConnection;
use uuid::Uuid;

use super::money::SHARE;
use crate::driver::PaymentModel;
use crate::wallet::{
    Account, Line, PaymentMethod, PaymentMode, TransactionType, TripFare, transfer, trip_earning, trip_lines,
};

/// Why money moves, with amounts in paise.
#[derive(Clone, Copy, Debug)]
pub enum Movement {
    /// A completed trip.
    Trip {
        /// Which.
        trip_id: Uuid,
        /// How money is shared.
        payment_model: PaymentModel,
        /// The whole fare.
        total: i64,
        /// What of it is toll, parking and state tax.
        pass_through: i64,
        /// The passenger paid in cash.
        cash: bool,
    },
    /// A deposit that was paid in.
    Deposit(i64),
    /// Rent that was paid at the office.
    Rent(i64),
    /// Cash of fares that was handed over.
    CashHandedOver(i64),
    /// A reward that is earned.
    Incentive(i64),
    /// A fine out of the deposit.
    FineFromDeposit(i64),
    /// A fine out of the earnings.
    FineFromEarnings(i64),
    /// Money that left the bank.
    Payout(i64),
}

/// What a movement is about.
#[derive(Clone, Copy, Debug, Default)]
pub struct DemoLinks {
    /// The penalty it takes.
    pub penalty_id: Option<Uuid>,
    /// The incentive it pays.
    pub incentive_id: Option<Uuid>,
    /// The day it settles.
    pub collection_id: Option<Uuid>,
    /// The rental it pays.
    pub rental_id: Option<Uuid>,
    /// The payout it is.
    pub payout_id: Option<Uuid>,
}

/// A movement of a driver's money, to be booked.
#[derive(Clone, Debug)]
pub struct DemoPosting {
    /// The transaction's id.
    pub id: Uuid,
    /// `TXN20260127001`, unique.
    pub short_id: String,
    /// Whose money.
    pub driver_id: Uuid,
    /// Why.
    pub movement: Movement,
    /// What about.
    pub links: DemoLinks,
    /// In words.
    pub description: String,
    /// When.
    pub at: DateTime<Utc>,
    /// Who booked it; nobody for trips.
    pub by: Option<Uuid>,
}

/// What a movement means: its row and its entries.
struct Booking<'a> {
    posting: &'a DemoPosting,
    kind: TransactionType,
    method: PaymentMethod,
    /// From the driver's side.
    amount: i64,
    lines: Vec<Line>,
}

fn booking(posting: &DemoPosting) -> Result<Booking<'_>> {
    use PaymentMethod::{BankTransfer, Cash};
    let (kind, method, amount, lines) = match posting.movement {
        Movement::Trip { payment_model, cash, .. } => {
            let fare = fare(posting)?;
            let mode = if cash { PaymentMode::Cash } else { PaymentMode::Prepaid };
            let earned = trip_earning(Some(payment_model), SHARE, &fare)?;
            let method = if cash { Cash } else { BankTransfer };
            let lines = trip_lines(Some(payment_model), SHARE, &fare, mode)?;
            (TransactionType::TripPayment, method, earned, lines)
        }
        Movement::Deposit(paise) => {
            let lines = transfer(Account::Clearing, Account::Deposit, paise);
            (TransactionType::Deposit, BankTransfer, paise, lines)
        }
        Movement::Rent(paise) => {
            (TransactionType::Rental, Cash, -paise, transfer(Account::Clearing, Account::Rent, paise))
        }
        Movement::CashHandedOver(paise) => {
            let lines = transfer(Account::Clearing, Account::CashHeld, paise);
            (TransactionType::DailyCollection, Cash, -paise, lines)
        }
        Movement::Incentive(paise) => {
            let lines = transfer(Account::Incentives, Account::Earnings, paise);
            (TransactionType::Incentive, BankTransfer, paise, lines)
        }
        Movement::FineFromDeposit(paise) => {
            let lines = transfer(Account::Deposit, Account::Penalties, paise);
            (TransactionType::Penalty, BankTransfer, -paise, lines)
        }
        Movement::FineFromEarnings(paise) => {
            let lines = transfer(Account::Earnings, Account::Penalties, paise);
            (TransactionType::Penalty, BankTransfer, -paise, lines)
        }
        Movement::Payout(paise) => {
            let lines = transfer(Account::Earnings, Account::Bank, paise);
            (TransactionType::Payout, BankTransfer, -paise, lines)
        }
    };
    if lines.iter().map(|line| i128::from(line.amount_paise)).sum::<i128>() != 0 {
        return Err(Error::internal("a posting that does not balance"));
    }
    Ok(Booking { posting, kind, method, amount, lines })
}

fn fare(posting: &DemoPosting) -> Result<TripFare> {
    match posting.movement {
        Movement::Trip { total, pass_through, .. } => {
            Ok(TripFare { total, toll: pass_through, parking: 0, state_tax: 0 })
        }
        _ => Err(Error::internal("only a trip has a fare")),
    }
}

/// The database's spelling.
fn method_text(method: PaymentMethod) -> &'static str {
    if method == PaymentMethod::Cash { "CASH" } else { "BANK_TRANSFER" }
}

/// Where a driver's wallet stands.
#[derive(Default, Clone, Copy)]
struct Balance {
    earnings: i64,
    deposit: i64,
    cash_held: i64,
    entries: i64,
    trips: i64,
    last: DateTime<Utc>,
}

impl Balance {
    /// Moves it by an entry; gives the balance of the entry's account behind it.
    fn take(&mut self, line: &Line) -> Option<i64> {
        let balance = match line.account {
            Account::Earnings => &mut self.earnings,
            Account::Deposit => &mut self.deposit,
            Account::CashHeld => {
                self.cash_held -= line.amount_paise;
                self.entries += 1;
                return Some(self.cash_held);
            }
            _ => return None,
        };
        *balance += line.amount_paise;
        self.entries += 1;
        Some(*balance)
    }
}

/// The ledger, taken for oneself: between `open` and `close`, in one transaction, wallets move here and are written once at
/// the end, instead of by a trigger once per entry.
pub struct Ledger {
    balances: HashMap<Uuid, Balance>,
}

impl Ledger {
    /// Takes the ledger of a database without wallets. Errors: somebody has a wallet.
    pub async fn open(conn: &mut PgConnection) -> Result<Ledger> {
        sqlx::raw_sql(
            "ALTER TABLE ledger_entry DISABLE TRIGGER ledger_entry_moves_wallet, DISABLE TRIGGER ledger_entry_balance_check;
             ALTER TABLE driver_wallet DISABLE TRIGGER driver_wallet_derived",
        )
        .execute(&mut *conn)
        .await?;
        let wallets: bool =
            sqlx::query_scalar("SELECT EXISTS (SELECT FROM driver_wallet)").fetch_one(conn).await?;
        if wallets {
            return Err(Error::conflict("There are wallets: demo money is for a ledger without any"));
        }
        Ok(Ledger { balances: HashMap::new() })
    }

    /// Books movements in their order. Errors: one that does not balance, or was booked before.
    pub async fn post(&mut self, conn: &mut PgConnection, postings: &[DemoPosting]) -> Result<()> {
        if postings.is_empty() {
            return Ok(());
        }
        let bookings = postings.iter().map(booking).collect::<Result<Vec<_>>>()?;
        insert_transactions(conn, &bookings).await?;
        self.insert_entries(conn, &bookings).await?;
        self.insert_earnings(conn, &bookings).await
    }

    /// Writes the wallets, and gives the ledger back to its triggers.
    pub async fn close(self, conn: &mut PgConnection) -> Result<()> {
        let values = |value: fn(&Balance) -> i64| self.balances.values().map(value).collect::<Vec<i64>>();
        sqlx::query(
            "WITH stand AS (
                 SELECT * FROM unnest($1::uuid[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[],
                     $7::timestamptz[]) AS s (driver_id, earnings, deposit, cash_held, entries, trips, at)
             ), counted AS (
                 UPDATE driver SET completed_trips = completed_trips + trips FROM stand WHERE driver.id = driver_id AND trips > 0
             )
             INSERT INTO driver_wallet (driver_id, earnings_paise, deposit_paise, cash_held_paise, version, updated_at)
             SELECT driver_id, earnings, deposit, cash_held, entries, at FROM stand",
        )
        .bind(self.balances.keys().copied().collect::<Vec<Uuid>>())
        .bind(values(|balance| balance.earnings))
        .bind(values(|balance| balance.deposit))
        .bind(values(|balance| balance.cash_held))
        .bind(values(|balance| balance.entries))
        .bind(values(|balance| balance.trips))
        .bind(self.balances.values().map(|balance| balance.last).collect::<Vec<_>>())
        .execute(&mut *conn)
        .await?;
        sqlx::raw_sql(
            "ALTER TABLE ledger_entry ENABLE TRIGGER ledger_entry_moves_wallet, ENABLE TRIGGER ledger_entry_balance_check;
             ALTER TABLE driver_wallet ENABLE TRIGGER driver_wallet_derived",
        )
        .execute(conn)
        .await?;
        Ok(())
    }

    /// Writes the entries with the balance behind each.
    async fn insert_entries(&mut self, conn: &mut PgConnection, bookings: &[Booking<'_>]) -> Result<()> {
        let (mut transactions, mut accounts, mut drivers) = (Vec::new(), Vec::new(), Vec::new());
        let (mut trips, mut amounts, mut behind, mut times) =
            (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for booking in bookings {
            let posting = booking.posting;
            let balance = self.balances.entry(posting.driver_id).or_default();
            let trip = trip_of(posting);
            for line in &booking.lines {
                transactions.push(posting.id);
                accounts.push(line.account.as_str());
                trips.push(trip);
                amounts.push(line.amount_paise);
                times.push(posting.at);
                drivers.push(line.account.is_drivers().then_some(posting.driver_id));
                behind.push(balance.take(line));
            }
            balance.trips += i64::from(trip.is_some());
            balance.last = balance.last.max(posting.at);
        }
        sqlx::query(
            "INSERT INTO ledger_entry (transaction_id, account, driver_id, trip_id, amount_paise, balance_after, created_at)
             SELECT transaction_id, account, driver_id, trip_id, amount, behind, at
             FROM unnest($1::uuid[], $2::text[], $3::uuid[], $4::uuid[], $5::bigint[], $6::bigint[], $7::timestamptz[])
                 AS r (transaction_id, account, driver_id, trip_id, amount, behind, at)",
        )
        .bind(transactions)
        .bind(accounts)
        .bind(drivers)
        .bind(trips)
        .bind(amounts)
        .bind(behind)
        .bind(times)
        .execute(conn)
        .await?;
        Ok(())
    }

    /// Notes completed trips for earnings and referrals.
    async fn insert_earnings(&self, conn: &mut PgConnection, bookings: &[Booking<'_>]) -> Result<()> {
        let (mut ids, mut drivers, mut fares) = (Vec::new(), Vec::new(), Vec::new());
        let (mut earned, mut models, mut times) = (Vec::new(), Vec::new(), Vec::new());
        for booking in bookings {
            if let Movement::Trip { trip_id, payment_model, total, .. } = booking.posting.movement {
                ids.push(trip_id);
                drivers.push(booking.posting.driver_id);
                fares.push(total);
                earned.push(booking.amount);
                models.push(if payment_model == PaymentModel::Rental { "RENTAL" } else { "PAYOUT" });
                times.push(booking.posting.at);
            }
        }
        sqlx::query(
            "INSERT INTO trip_earning (trip_id, driver_id, fare_paise, earned_paise, payment_model, rev_share_bp, version,
                 completed_at)
             SELECT trip_id, driver_id, fare, earned, model, $7, 0, at
             FROM unnest($1::uuid[], $2::uuid[], $3::bigint[], $4::bigint[], $5::text[], $6::timestamptz[])
                 AS r (trip_id, driver_id, fare, earned, model, at)",
        )
        .bind(ids)
        .bind(drivers)
        .bind(fares)
        .bind(earned)
        .bind(models)
        .bind(times)
        .bind(SHARE)
        .execute(conn)
        .await?;
        Ok(())
    }
}

fn trip_of(posting: &DemoPosting) -> Option<Uuid> {
    match posting.movement {
        Movement::Trip { trip_id, .. } => Some(trip_id),
        _ => None,
    }
}

async fn insert_transactions(conn: &mut PgConnection, bookings: &[Booking<'_>]) -> Result<()> {
    sqlx::query(
        "INSERT INTO ledger_transaction (id, short_id, driver_id, type, status, amount_paise, payment_method, description,
             trip_id, trip_version, penalty_id, incentive_id, collection_id, rental_id, payout_id, created_at, created_by,
             updated_at)
         SELECT id, short_id, driver_id, type, 'SUCCESS', amount, method, description, trip_id,
             CASE WHEN trip_id IS NOT NULL THEN 0 END, penalty_id, incentive_id, collection_id, rental_id, payout_id, at, by, at
         FROM unnest($1::uuid[], $2::text[], $3::uuid[], $4::text[], $5::bigint[], $6::text[], $7::text[], $8::uuid[],
                 $9::uuid[], $10::uuid[], $11::uuid[], $12::uuid[], $13::uuid[], $14::timestamptz[], $15::uuid[])
             AS r (id, short_id, driver_id, type, amount, method, description, trip_id, penalty_id, incentive_id,
                 collection_id, rental_id, payout_id, at, by)",
    )
    .bind(column(bookings, |booking| booking.posting.id))
    .bind(column(bookings, |booking| booking.posting.short_id.clone()))
    .bind(column(bookings, |booking| booking.posting.driver_id))
    .bind(column(bookings, |booking| booking.kind.as_str()))
    .bind(column(bookings, |booking| booking.amount))
    .bind(column(bookings, |booking| method_text(booking.method)))
    .bind(column(bookings, |booking| booking.posting.description.clone()))
    .bind(column(bookings, |booking| trip_of(booking.posting)))
    .bind(column(bookings, |booking| booking.posting.links.penalty_id))
    .bind(column(bookings, |booking| booking.posting.links.incentive_id))
    .bind(column(bookings, |booking| booking.posting.links.collection_id))
    .bind(column(bookings, |booking| booking.posting.links.rental_id))
    .bind(column(bookings, |booking| booking.posting.links.payout_id))
    .bind(column(bookings, |booking| booking.posting.at))
    .bind(column(bookings, |booking| booking.posting.by))
    .execute(conn)
    .await?;
    Ok(())
}

fn column<'a, T>(bookings: &[Booking<'a>], value: impl Fn(&Booking<'a>) -> T) -> Vec<T> {
    bookings.iter().map(value).collect()
}
