//! What penalties do to a driver's standing, when they begin, end or are waived.

use chrono::{DateTime, Utc};
use kit::Scope;
use kit::error::Result;
use sqlx::PgConnection;
use uuid::Uuid;

use super::{Penalty, PenaltyEffect, PenaltyType, repository, status_by};
use crate::actor::App;
use crate::driver::standing::{self, Because};
use crate::driver::{Driver, DriverStatus, repository as drivers};
use crate::jobs::Tally;
use crate::rental::{EndReason, repository as rentals};
use crate::wallet::ledger::{self, Links, Posting};
use crate::wallet::{Account, PaymentMethod, TransactionType, repository as wallets, transfer};

/// Brings a locked driver's status to what the penalties that hold say. Nothing happens if it says so already.
pub(crate) async fn refresh(
    conn: &mut PgConnection,
    app: &App,
    driver: Driver,
    because: Because<'_>,
) -> Result<Driver> {
    let holding = repository::holding(conn, driver.id).await?;
    let status = status_by(&holding, driver.status_before_suspension);
    let outside = matches!(driver.status, DriverStatus::Active | DriverStatus::Inactive);
    if holding.is_empty() && outside || status == driver.status {
        return Ok(driver);
    }
    // What the driver was before the first of several penalties is what they become after the last.
    let status_before_suspension = match (holding.is_empty(), outside) {
        (true, _) => None,
        (false, true) => Some(driver.status),
        (false, false) => driver.status_before_suspension,
    };
    let after = Driver { status, status_before_suspension, ..driver.clone() };
    standing::change(conn, &app.clock, &driver, after, because).await
}

/// Puts a suspension or blacklisting into force on a locked driver.
pub(crate) async fn begin(
    conn: &mut PgConnection,
    app: &App,
    driver: Driver,
    penalty: &Penalty,
) -> Result<Driver> {
    let reason = match penalty.kind {
        PenaltyType::Suspension => EndReason::Suspended,
        PenaltyType::Blacklist => EndReason::Blacklisted,
        PenaltyType::Monetary | PenaltyType::Warning => return Ok(driver),
    };
    rentals::end_active(conn, driver.id, reason, app.clock.now()).await?;
    if penalty.kind == PenaltyType::Blacklist {
        hold_deposit_for_refund(conn, app, &driver, penalty).await?;
    }
    let because = Because { by: penalty.created_by, reason: Some(&penalty.reason) };
    refresh(conn, app, driver, because).await
}

/// The remaining deposit waits to be paid back.
async fn hold_deposit_for_refund(
    conn: &mut PgConnection,
    app: &App,
    driver: &Driver,
    penalty: &Penalty,
) -> Result<()> {
    let deposit = wallets::lock(conn, driver.id, app.clock.now()).await?.deposit_paise;
    if deposit == 0 {
        return Ok(());
    }
    let posting = Posting {
        kind: TransactionType::Deposit,
        amount_paise: -deposit,
        method: PaymentMethod::BankTransfer,
        description: "Deposit to be paid back".to_owned(),
        links: Links { penalty_id: Some(penalty.id), ..Links::default() },
        external_id: None,
        by: penalty.created_by,
        lines: transfer(Account::Deposit, Account::RefundsDue, deposit),
    };
    ledger::post(conn, &app.clock, driver, posting).await?;
    Ok(())
}

/// Begins and ends the suspensions whose time has come; gives how many. Each in a transaction of its own, safe to repeat.
pub(crate) async fn run_due(app: &App, now: DateTime<Utc>) -> Result<usize> {
    let mut tally = Tally::default();
    for (penalty, driver) in repository::due(&app.pool, now).await? {
        tally.note(penalty, turn(app, penalty, driver, now).await);
    }
    tally.end()
}

async fn turn(app: &App, penalty: Uuid, driver: Uuid, now: DateTime<Utc>) -> Result<bool> {
    let mut tx = app.pool.begin().await?;
    let conn = &mut *tx;
    let driver = drivers::lock(conn, &Scope::All, driver).await?;
    let penalty = repository::lock(conn, &Scope::All, penalty).await?;
    let over = penalty.suspension_end.is_some_and(|end| end <= now);
    match penalty.effect {
        // After a downtime both may have come at once: then it never held.
        Some(PenaltyEffect::Scheduled | PenaltyEffect::InEffect) if over => {
            let penalty = Penalty { effect: Some(PenaltyEffect::Lifted), ..penalty };
            repository::save(conn, &penalty, now).await?;
            refresh(conn, app, driver, Because { by: None, reason: Some("The suspension is over") }).await?;
        }
        Some(PenaltyEffect::Scheduled) if penalty.suspension_start.is_some_and(|start| start <= now) => {
            let penalty = Penalty { effect: Some(PenaltyEffect::InEffect), ..penalty };
            let penalty = repository::save(conn, &penalty, now).await?;
            begin(conn, app, driver, &penalty).await?;
        }
        // Waived since it was found.
        _ => return Ok(false),
    }
    tx.commit().await?;
    Ok(true)
}
