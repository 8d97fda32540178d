//! Bulk booking of completed trips.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};
use kit::error::{Error, Result};
use sqlx::{Connection, PgConnection};
use uuid::Uuid;

use super::DemoTrip;
use crate::driver::PaymentModel;
use crate::wallet::{Account, Line, PaymentMode, TripFare, trip_earning, trip_lines};

/// The share by which demo trips are booked, in basis points.
const SHARE: i32 = 7_000;

/// Trips in one round of statements.
const CHUNK: usize = 20_000;

/// Books completed trips by the production rule; gives how many were new. Meant for seeding: it takes the ledger for
/// itself, moves each wallet once per 20,000 trips instead of once per entry, and refuses postings that don't balance.
pub async fn insert_trips(conn: &mut PgConnection, trips: &[DemoTrip]) -> Result<u64> {
    let mut tx = conn.begin().await?;
    sqlx::raw_sql(
        "ALTER TABLE ledger_entry DISABLE TRIGGER ledger_entry_moves_wallet, DISABLE TRIGGER ledger_entry_balance_check;
         ALTER TABLE driver_wallet DISABLE TRIGGER driver_wallet_derived",
    )
    .execute(&mut *tx)
    .await?;
    let mut booked = 0;
    for chunk in trips.chunks(CHUNK) {
        booked += book(&mut tx, chunk).await?;
    }
    sqlx::raw_sql(
        "ALTER TABLE ledger_entry ENABLE TRIGGER ledger_entry_moves_wallet, ENABLE TRIGGER ledger_entry_balance_check;
         ALTER TABLE driver_wallet ENABLE TRIGGER driver_wallet_derived",
    )
    .execute(&mut *tx)
    .await?;
    tx.commit().await?;
    Ok(booked as u64)
}

/// A trip with what it moves.
struct Booking<'a> {
    transaction_id: Uuid,
    trip: &'a DemoTrip,
    earned: i64,
    lines: Vec<Line>,
}

fn booking(trip: &DemoTrip) -> Result<Booking<'_>> {
    let fare = TripFare { total: trip.total_paise, toll: trip.pass_through_paise, parking: 0, state_tax: 0 };
    let mode = if trip.cash { PaymentMode::Cash } else { PaymentMode::Prepaid };
    let lines = trip_lines(Some(trip.payment_model), SHARE, &fare, mode)?;
    if lines.iter().map(|line| line.amount_paise).sum::<i64>() != 0 {
        return Err(Error::internal("a posting that does not balance"));
    }
    let transaction_id = Uuid::new_v5(&Uuid::NAMESPACE_OID, trip.trip_id.as_bytes());
    Ok(Booking { transaction_id, trip, earned: trip_earning(Some(trip.payment_model), SHARE, &fare)?, lines })
}

async fn book(conn: &mut PgConnection, trips: &[DemoTrip]) -> Result<usize> {
    let mut bookings = trips.iter().map(booking).collect::<Result<Vec<_>>>()?;
    let new: HashSet<Uuid> = insert_transactions(conn, &bookings).await?.into_iter().collect();
    bookings.retain(|booking| new.contains(&booking.transaction_id));
    // Balances are told in the order of time.
    bookings.sort_by_key(|booking| booking.trip.completed_at);
    insert_entries(conn, &bookings).await?;
    insert_earnings(conn, &bookings).await?;
    Ok(bookings.len())
}

fn column<'a, T>(bookings: &[Booking<'a>], value: impl Fn(&Booking<'a>) -> T) -> Vec<T> {
    bookings.iter().map(value).collect()
}

async fn insert_transactions(conn: &mut PgConnection, bookings: &[Booking<'_>]) -> Result<Vec<Uuid>> {
    Ok(sqlx::query_scalar(
        "INSERT INTO ledger_transaction (id, short_id, driver_id, type, status, amount_paise, payment_method, description,
             trip_id, trip_version, created_at, updated_at)
         SELECT id, short_id, driver_id, 'TRIP_PAYMENT', 'SUCCESS', amount, CASE WHEN cash THEN 'CASH' ELSE 'BANK_TRANSFER' END,
             'Trip', trip_id, 0, at, at
         FROM unnest($1::uuid[], $2::text[], $3::uuid[], $4::bigint[], $5::boolean[], $6::uuid[], $7::timestamptz[])
             AS r (id, short_id, driver_id, amount, cash, trip_id, at)
         ON CONFLICT DO NOTHING RETURNING id",
    )
    .bind(column(bookings, |booking| booking.transaction_id))
    .bind(column(bookings, |booking| booking.trip.transaction_short_id.clone()))
    .bind(column(bookings, |booking| booking.trip.driver_id))
    .bind(column(bookings, |booking| booking.earned))
    .bind(column(bookings, |booking| booking.trip.cash))
    .bind(column(bookings, |booking| booking.trip.trip_id))
    .bind(column(bookings, |booking| booking.trip.completed_at))
    .fetch_all(conn)
    .await?)
}

/// Earnings, cash held and entries of a driver.
#[derive(Default, Clone, Copy)]
struct Balance {
    earnings: i64,
    cash_held: i64,
    entries: i64,
    last: Option<DateTime<Utc>>,
}

/// Writes the entries with the balance behind each, then every wallet once.
async fn insert_entries(conn: &mut PgConnection, bookings: &[Booking<'_>]) -> Result<()> {
    let mut balances = balances(conn, bookings).await?;
    let (mut transactions, mut accounts, mut drivers) = (Vec::new(), Vec::new(), Vec::new());
    let (mut trips, mut amounts, mut behind, mut times) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for booking in bookings {
        let trip = booking.trip;
        let balance = balances.entry(trip.driver_id).or_default();
        for line in &booking.lines {
            transactions.push(booking.transaction_id);
            accounts.push(line.account.as_str());
            trips.push(trip.trip_id);
            amounts.push(line.amount_paise);
            times.push(trip.completed_at);
            drivers.push(line.account.is_drivers().then_some(trip.driver_id));
            behind.push(match line.account {
                Account::Earnings => {
                    balance.earnings += line.amount_paise;
                    Some(balance.earnings)
                }
                Account::CashHeld => {
                    balance.cash_held -= line.amount_paise;
                    Some(balance.cash_held)
                }
                _ => None,
            });
            balance.entries += i64::from(line.account.is_drivers());
        }
        balance.last = balance.last.max(Some(trip.completed_at));
    }
    sqlx::query(
        "INSERT INTO ledger_entry (transaction_id, account, driver_id, trip_id, amount_paise, balance_after, created_at)
         SELECT transaction_id, account, driver_id, trip_id, amount, behind, at
         FROM unnest($1::uuid[], $2::text[], $3::uuid[], $4::uuid[], $5::bigint[], $6::bigint[], $7::timestamptz[])
             WITH ORDINALITY AS r (transaction_id, account, driver_id, trip_id, amount, behind, at, place)
         ORDER BY place",
    )
    .bind(transactions)
    .bind(accounts)
    .bind(drivers)
    .bind(trips)
    .bind(amounts)
    .bind(behind)
    .bind(times)
    .execute(&mut *conn)
    .await?;
    write_wallets(conn, &balances).await
}

/// Where the wallets of these drivers stand.
async fn balances(conn: &mut PgConnection, bookings: &[Booking<'_>]) -> Result<HashMap<Uuid, Balance>> {
    let rows: Vec<(Uuid, i64, i64, i64, DateTime<Utc>)> = sqlx::query_as(
        "SELECT driver_id, earnings_paise, cash_held_paise, version, updated_at FROM driver_wallet WHERE driver_id = ANY($1)",
    )
    .bind(column(bookings, |booking| booking.trip.driver_id))
    .fetch_all(conn)
    .await?;
    Ok(rows
        .into_iter()
        .map(|(driver, earnings, cash_held, entries, at)| {
            (driver, Balance { earnings, cash_held, entries, last: Some(at) })
        })
        .collect())
}

async fn write_wallets(conn: &mut PgConnection, balances: &HashMap<Uuid, Balance>) -> Result<()> {
    let values = |value: fn(&Balance) -> i64| balances.values().map(value).collect::<Vec<i64>>();
    sqlx::query(
        "INSERT INTO driver_wallet (driver_id, earnings_paise, cash_held_paise, version, updated_at)
         SELECT * FROM unnest($1::uuid[], $2::bigint[], $3::bigint[], $4::bigint[], $5::timestamptz[])
         ON CONFLICT ON CONSTRAINT driver_wallet_pkey DO UPDATE SET earnings_paise = excluded.earnings_paise,
             cash_held_paise = excluded.cash_held_paise, version = excluded.version, updated_at = excluded.updated_at",
    )
    .bind(balances.keys().copied().collect::<Vec<Uuid>>())
    .bind(values(|balance| balance.earnings))
    .bind(values(|balance| balance.cash_held))
    .bind(values(|balance| balance.entries))
    .bind(balances.values().map(|balance| balance.last.unwrap_or_default()).collect::<Vec<DateTime<Utc>>>())
    .execute(conn)
    .await?;
    Ok(())
}

async fn insert_earnings(conn: &mut PgConnection, bookings: &[Booking<'_>]) -> Result<()> {
    sqlx::query(
        "WITH noted AS (
             INSERT INTO trip_earning (trip_id, driver_id, fare_paise, earned_paise, payment_model, rev_share_bp, version,
                 completed_at)
             SELECT trip_id, driver_id, fare, earned, model, $7, 0, at
             FROM unnest($1::uuid[], $2::uuid[], $3::bigint[], $4::bigint[], $5::text[], $6::timestamptz[])
                 AS r (trip_id, driver_id, fare, earned, model, at)
             ON CONFLICT DO NOTHING RETURNING driver_id
         )
         UPDATE driver SET completed_trips = completed_trips + t.trips
         FROM (SELECT driver_id, count(*) AS trips FROM noted GROUP BY driver_id) t WHERE t.driver_id = driver.id",
    )
    .bind(column(bookings, |booking| booking.trip.trip_id))
    .bind(column(bookings, |booking| booking.trip.driver_id))
    .bind(column(bookings, |booking| booking.trip.total_paise))
    .bind(column(bookings, |booking| booking.earned))
    .bind(column(bookings, |booking| match booking.trip.payment_model {
        PaymentModel::Rental => "RENTAL",
        PaymentModel::Payout => "PAYOUT",
    }))
    .bind(column(bookings, |booking| booking.trip.completed_at))
    .bind(SHARE)
    .execute(conn)
    .await?;
    Ok(())
}
