//! Bulk booking of completed trips.

use kit::error::{Error, Result};
use serde_json::{Value, json};
use sqlx::PgConnection;
use uuid::Uuid;

use super::DemoTrip;
use crate::wallet::{PaymentMode, TripFare, trip_earning, trip_lines};

/// Books completed trips into an empty part of the ledger by the production rule; gives how many were new. Meant for
/// seeding: it takes the ledger for itself, keeps the books without the row triggers, and checks the invariants at the
/// end with one look over everything.
pub async fn insert_trips(conn: &mut PgConnection, trips: &[DemoTrip]) -> Result<u64> {
    let mut tx = sqlx::Connection::begin(conn).await?;
    // Row triggers would touch a wallet per entry; here each wallet is touched once.
    sqlx::raw_sql(
        "ALTER TABLE ledger_entry DISABLE TRIGGER ledger_entry_moves_wallet, DISABLE TRIGGER ledger_entry_balance_check;
         ALTER TABLE driver_wallet DISABLE TRIGGER driver_wallet_derived",
    )
    .execute(&mut *tx)
    .await?;
    let mut booked = 0;
    for chunk in trips.chunks(20_000) {
        booked += insert_chunk(&mut tx, chunk).await?;
    }
    settle_wallets(&mut tx).await?;
    sqlx::raw_sql(
        "ALTER TABLE ledger_entry ENABLE TRIGGER ledger_entry_moves_wallet, ENABLE TRIGGER ledger_entry_balance_check;
         ALTER TABLE driver_wallet ENABLE TRIGGER driver_wallet_derived",
    )
    .execute(&mut *tx)
    .await?;
    tx.commit().await?;
    Ok(booked)
}

fn rows(trips: &[DemoTrip]) -> Result<(Vec<Value>, Vec<Value>)> {
    let mut transactions = Vec::with_capacity(trips.len());
    let mut lines = Vec::with_capacity(trips.len() * 3);
    for trip in trips {
        let fare =
            TripFare { total: trip.total_paise, toll: trip.pass_through_paise, parking: 0, state_tax: 0 };
        let mode = if trip.cash { PaymentMode::Cash } else { PaymentMode::Prepaid };
        let earned = trip_earning(Some(trip.payment_model), 7_000, &fare)?;
        let id = Uuid::new_v5(&Uuid::NAMESPACE_OID, trip.trip_id.as_bytes());
        transactions.push(json!({
            "id": id, "short_id": trip.transaction_short_id, "driver_id": trip.driver_id, "amount": earned,
            "method": if trip.cash { "CASH" } else { "BANK_TRANSFER" }, "trip_id": trip.trip_id, "at": trip.completed_at,
            "fare": trip.total_paise, "model": trip.payment_model,
        }));
        for line in trip_lines(Some(trip.payment_model), 7_000, &fare, mode)? {
            let driver = line.account.is_drivers().then_some(trip.driver_id);
            lines.push(json!({"id": id, "account": line.account.as_str(), "driver_id": driver, "trip_id": trip.trip_id,
                "amount": line.amount_paise, "at": trip.completed_at}));
        }
    }
    Ok((transactions, lines))
}

async fn insert_chunk(conn: &mut PgConnection, trips: &[DemoTrip]) -> Result<u64> {
    let (transactions, lines) = rows(trips)?;
    let done = sqlx::query(
        "INSERT INTO ledger_transaction (id, short_id, driver_id, type, status, amount_paise, payment_method, description,
             trip_id, trip_version, created_at, updated_at)
         SELECT id, short_id, driver_id, 'TRIP_PAYMENT', 'SUCCESS', amount, method, 'Trip', trip_id, 0, at, at
         FROM jsonb_to_recordset($1) AS r (id uuid, short_id text, driver_id uuid, amount bigint, method text, trip_id uuid,
             at timestamptz)
         ON CONFLICT ON CONSTRAINT ledger_transaction_trip_key DO NOTHING",
    )
    .bind(json!(transactions))
    .execute(&mut *conn)
    .await?;
    sqlx::query(
        "INSERT INTO ledger_entry (transaction_id, account, driver_id, trip_id, amount_paise, created_at)
         SELECT r.id, r.account, r.driver_id, r.trip_id, r.amount, r.at
         FROM jsonb_to_recordset($1) AS r (id uuid, account text, driver_id uuid, trip_id uuid, amount bigint, at timestamptz)
         ORDER BY r.at
         ON CONFLICT (trip_id, account) WHERE trip_id IS NOT NULL DO NOTHING",
    )
    .bind(json!(lines))
    .execute(&mut *conn)
    .await?;
    sqlx::query(
        "INSERT INTO trip_earning (trip_id, driver_id, fare_paise, earned_paise, payment_model, rev_share_bp, version,
             completed_at)
         SELECT trip_id, driver_id, fare, amount, model, 7000, 0, at
         FROM jsonb_to_recordset($1) AS r (trip_id uuid, driver_id uuid, fare bigint, amount bigint, model text, at timestamptz)
         ON CONFLICT DO NOTHING",
    )
    .bind(json!(transactions))
    .execute(conn)
    .await?;
    Ok(done.rows_affected())
}

/// Brings wallets, trip counters and running balances to what the entries say, then looks at the invariants.
async fn settle_wallets(conn: &mut PgConnection) -> Result<()> {
    sqlx::raw_sql(
        "INSERT INTO driver_wallet (driver_id, earnings_paise, deposit_paise, cash_held_paise, version, updated_at)
         SELECT driver_id, coalesce(sum(amount_paise) FILTER (WHERE account = 'EARNINGS'), 0),
             coalesce(sum(amount_paise) FILTER (WHERE account = 'DEPOSIT'), 0),
             coalesce(-sum(amount_paise) FILTER (WHERE account = 'CASH_HELD'), 0), count(*), max(created_at)
         FROM ledger_entry WHERE driver_id IS NOT NULL GROUP BY driver_id
         ON CONFLICT (driver_id) DO UPDATE SET earnings_paise = excluded.earnings_paise,
             deposit_paise = excluded.deposit_paise, cash_held_paise = excluded.cash_held_paise,
             version = excluded.version, updated_at = excluded.updated_at;
         ALTER TABLE ledger_entry DISABLE TRIGGER ledger_entry_append_only;
         UPDATE ledger_entry e SET balance_after = running.balance
         FROM (SELECT id, sum(CASE account WHEN 'CASH_HELD' THEN -amount_paise ELSE amount_paise END)
                   OVER (PARTITION BY driver_id, account ORDER BY id) AS balance
               FROM ledger_entry WHERE driver_id IS NOT NULL) running
         WHERE running.id = e.id AND e.balance_after IS DISTINCT FROM running.balance;
         ALTER TABLE ledger_entry ENABLE TRIGGER ledger_entry_append_only;
         UPDATE driver d SET completed_trips = t.trips
         FROM (SELECT driver_id, count(*) AS trips FROM trip_earning GROUP BY driver_id) t WHERE t.driver_id = d.id",
    )
    .execute(&mut *conn)
    .await?;
    let broken: i64 = sqlx::query_scalar(
        "SELECT (SELECT count(*) FROM wallet_drift)
              + (SELECT count(*) FROM (SELECT FROM ledger_entry GROUP BY transaction_id HAVING sum(amount_paise) <> 0) t)",
    )
    .fetch_one(conn)
    .await?;
    if broken == 0 {
        Ok(())
    } else {
        Err(Error::internal(format!("{broken} transactions or wallets don't add up")))
    }
}
