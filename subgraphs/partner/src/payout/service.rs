//! Taking in a payout file, and carrying out what it orders.

use std::collections::HashMap;

use kit::Scope;
use kit::error::{Error, Result};
use kit::ids::{new_id, next_short_id};
use sqlx::PgConnection;
use uuid::Uuid;

use super::bank::{Outcome, Transfer};
use super::graphql::{ImportPayoutsInput, PayoutImport};
use super::import::{self, Line, PayoutProblem};
use super::{Payout, PayoutStatus, repository};
use crate::actor::{Actor, App};
use crate::driver::{Driver, repository as drivers};
use crate::jobs::Tally;
use crate::seal::Field;
use crate::wallet::ledger::{self, LedgerTransaction, Links, Posting};
use crate::wallet::{Account, PaymentMethod, TransactionType, transfer};

/// Takes in a file: good lines become orders, all in one transaction; a line that was ordered before is skipped.
pub(crate) async fn import(by: &Actor<'_>, input: ImportPayoutsInput) -> Result<PayoutImport> {
    let (lines, mut problems) =
        import::parse(&input.csv).map_err(|message| Error::validation("csv", message))?;
    let mobiles: Vec<String> = lines.iter().map(|line| line.mobile.clone()).collect();
    let mut by_mobile: HashMap<String, Vec<Driver>> = HashMap::new();
    let mut tx = by.app.pool.begin().await?;
    for driver in repository::lock_drivers_by_mobile(&mut tx, &by.scope(), &mobiles).await? {
        by_mobile.entry(driver.mobile.clone()).or_default().push(driver);
    }
    let (mut payouts, mut skipped) = (Vec::new(), 0);
    for line in &lines {
        match payee(by.app, by_mobile.get(&line.mobile), line)? {
            Err(problem) => problems.push(problem),
            Ok(driver) => match order(&mut tx, by, driver, line).await? {
                Some(payout) => payouts.push(payout),
                None => skipped += 1,
            },
        }
    }
    tx.commit().await?;
    problems.sort_by_key(|problem| problem.line);
    Ok(PayoutImport { payouts, skipped, problems })
}

/// The driver a line is for: exactly one in scope has the number, and the account is theirs.
fn payee<'a>(
    app: &App,
    found: Option<&'a Vec<Driver>>,
    line: &Line,
) -> Result<std::result::Result<&'a Driver, PayoutProblem>> {
    let problem = |column: &str, message: &str| {
        Ok(Err(PayoutProblem {
            line: line.number,
            column: Some(column.to_owned()),
            message: message.to_owned(),
        }))
    };
    let driver = match found.map(Vec::as_slice) {
        None | Some([]) => return problem("phone", "No driver of yours has this number"),
        Some([driver]) => driver,
        Some(_) => return problem("phone", "Several drivers have this number"),
    };
    let Some(sealed) = &driver.bank_account_sealed else {
        return problem("accountNumber", "The driver has no bank details");
    };
    if app.sealer.open(driver.id, Field::BankAccount, sealed)? != line.account {
        return problem("accountNumber", "This is not the driver's account");
    }
    Ok(Ok(driver))
}

async fn order(
    conn: &mut PgConnection,
    by: &Actor<'_>,
    driver: &Driver,
    line: &Line,
) -> Result<Option<Payout>> {
    let now = by.app.clock.now();
    let payout = Payout {
        id: new_id(),
        short_id: next_short_id(conn, "PAY", now).await?,
        driver_id: driver.id,
        amount_paise: line.amount_paise,
        incentive_paise: line.incentive_paise,
        penalty_paise: line.penalty_paise,
        cycle: line.cycle.clone(),
        bank_account_sealed: driver.bank_account_sealed.clone(),
        bank_ifsc: driver.bank_ifsc.clone(),
        bank_account_name: driver.bank_account_name.clone(),
        status: PayoutStatus::Pending,
        transaction_id: None,
        processed_at: None,
        created_at: now,
        created_by: Some(by.viewer.user_id),
    };
    Ok(repository::insert(conn, &payout).await?.then_some(payout))
}

/// Carries out the orders that wait; gives how many were answered. The bank is asked outside of any transaction and knows
/// an order by its id, so asking again after a crash does not pay twice.
pub(crate) async fn carry_out(app: &App) -> Result<usize> {
    let mut tally = Tally::default();
    let mut after = Uuid::nil();
    loop {
        let batch = repository::pending(&app.pool, after).await?;
        let Some(last) = batch.last() else { return tally.end() };
        after = last.id;
        for payout in &batch {
            tally.note(payout.id, send(app, payout).await);
        }
    }
}

/// Asks the bank about one order; true if it has answered.
async fn send(app: &App, payout: &Payout) -> Result<bool> {
    let outcome = match transfer_of(app, payout)? {
        Some(transfer) => app.bank.send(&transfer).await?,
        None => Outcome::Refused("It was ordered without an account".to_owned()),
    };
    if outcome == Outcome::Pending {
        return Ok(false);
    }
    settle(app, payout, &outcome).await
}

/// The transfer to the account that the order was made for, whatever the driver's profile says by now.
fn transfer_of(app: &App, payout: &Payout) -> Result<Option<Transfer>> {
    let (Some(sealed), Some(ifsc)) = (&payout.bank_account_sealed, &payout.bank_ifsc) else {
        return Ok(None);
    };
    Ok(Some(Transfer {
        id: payout.id,
        account: app.sealer.open(payout.driver_id, Field::BankAccount, sealed)?,
        ifsc: ifsc.clone(),
        holder: payout.bank_account_name.clone().unwrap_or_default(),
        amount_paise: payout.amount_paise,
    }))
}

async fn settle(app: &App, payout: &Payout, outcome: &Outcome) -> Result<bool> {
    let mut tx = app.pool.begin().await?;
    let driver = drivers::lock(&mut tx, &Scope::All, payout.driver_id).await?;
    let Some(payout) = repository::lock_pending(&mut tx, payout.id).await? else { return Ok(false) };
    let now = app.clock.now();
    match outcome {
        Outcome::Pending => return Ok(false),
        Outcome::Refused(why) => {
            tracing::warn!(payout = %payout.id, why, "the bank refused a payout");
            repository::answer(&mut tx, payout.id, PayoutStatus::Failed, None, now).await?;
        }
        Outcome::Paid(reference) => {
            let booked = book(&mut tx, app, &driver, &payout, reference).await?;
            repository::answer(&mut tx, payout.id, PayoutStatus::Success, Some(booked.id), now).await?;
        }
    }
    tx.commit().await?;
    Ok(true)
}

/// Books a payout: its incentive and penalty first, then the money that has left.
async fn book(
    conn: &mut PgConnection,
    app: &App,
    driver: &Driver,
    payout: &Payout,
    reference: &str,
) -> Result<LedgerTransaction> {
    let posting = |kind, amount_paise, from, to, external_id| Posting {
        kind,
        amount_paise,
        method: PaymentMethod::BankTransfer,
        description: format!("{} {}", payout.short_id, payout.cycle),
        links: Links { payout_id: Some(payout.id), ..Links::default() },
        external_id,
        by: payout.created_by,
        lines: transfer(from, to, i64::abs(amount_paise)),
    };
    if payout.incentive_paise > 0 {
        let row = posting(
            TransactionType::Incentive,
            payout.incentive_paise,
            Account::Incentives,
            Account::Earnings,
            None,
        );
        ledger::post(conn, &app.clock, driver, row).await?;
    }
    if payout.penalty_paise > 0 {
        let row = posting(
            TransactionType::Penalty,
            -payout.penalty_paise,
            Account::Earnings,
            Account::Penalties,
            None,
        );
        ledger::post(conn, &app.clock, driver, row).await?;
    }
    let reference = Some(reference.to_owned());
    let row =
        posting(TransactionType::Payout, -payout.amount_paise, Account::Earnings, Account::Bank, reference);
    ledger::post(conn, &app.clock, driver, row).await?.ok_or_else(|| Error::internal("a payout has no trip"))
}
