//! What may happen to penalties, by whom.

use kit::error::{Error, Result};
use kit::ids::{new_id, next_short_id};
use sqlx::PgConnection;
use uuid::Uuid;

use super::graphql::{CreatePenaltyInput, ReviewPenaltyInput};
use super::{Penalty, PenaltyEffect, PenaltyState, PenaltyType, effect, repository, suspension_period};
use crate::actor::{Actor, App};
use crate::driver::{Driver, PaymentModel, repository as drivers};
use crate::input as check;
use crate::wallet::ledger::{self, Links, Posting};
use crate::wallet::{Account, PaymentMethod, TransactionType, repository as wallets, transfer};
use crate::write::{Begun, Write};

/// One penalty in the actor's scope. Errors: NOT_FOUND.
pub(crate) async fn get(by: &Actor<'_>, id: Uuid) -> Result<Penalty> {
    repository::find(&by.app.pool, &by.scope(), id).await?.ok_or_else(|| Error::not_found("Penalty"))
}

/// Imposes a penalty; what it does happens at once, or at the beginning of a suspension that lies ahead.
pub(crate) async fn create(by: &Actor<'_>, input: CreatePenaltyInput) -> Result<Penalty> {
    let driver_id = check::required_id(&input.driver_id, "driverId")?;
    let prepared = prepare(by, &input, driver_id)?;
    let mut write = match Write::begin(by, "createPenalty", input.idempotency_key.as_deref(), &input).await? {
        Begun::Repeated(id) => return get(by, id).await,
        Begun::Fresh(write) => write,
    };
    let driver = drivers::lock(write.conn(), &by.scope(), driver_id).await?;
    let short_id = next_short_id(write.conn(), "PEN", by.app.clock.now()).await?;
    let mut penalty = Penalty { short_id, ..prepared };
    repository::insert(write.conn(), &penalty).await?;
    if penalty.kind == PenaltyType::Monetary && driver.payment_model == Some(PaymentModel::Rental) {
        penalty = take_from_deposit(write.conn(), by.app, &driver, &penalty, by.viewer.user_id).await?;
    }
    if penalty.effect == Some(PenaltyEffect::InEffect) {
        effect::begin(write.conn(), by.app, driver, &penalty).await?;
    }
    write.commit(penalty.id).await?;
    Ok(penalty)
}

/// The penalty that an input describes. Errors: VALIDATION naming the field.
fn prepare(by: &Actor<'_>, input: &CreatePenaltyInput, driver_id: Uuid) -> Result<Penalty> {
    let now = by.app.clock.now();
    let amount_paise = match (input.kind, input.amount_paise) {
        (PenaltyType::Monetary, Some(amount)) => check::positive(amount, "amountPaise")?,
        (PenaltyType::Monetary, None) => {
            return Err(Error::validation("amountPaise", "A fine has an amount"));
        }
        (_, Some(amount)) if amount.0 != 0 => {
            return Err(Error::validation("amountPaise", "Only MONETARY penalties have an amount"));
        }
        _ => 0,
    };
    let (period, effect) = match input.kind {
        PenaltyType::Suspension => {
            let (start, end) = suspension_period(input.suspension_start, input.suspension_end, now)?;
            let effect = if start <= now { PenaltyEffect::InEffect } else { PenaltyEffect::Scheduled };
            (Some((start, end)), Some(effect))
        }
        _ if input.suspension_start.is_some() || input.suspension_end.is_some() => {
            return Err(Error::validation("suspensionStart", "Only SUSPENSION has a beginning and an end"));
        }
        PenaltyType::Blacklist => (None, Some(PenaltyEffect::InEffect)),
        PenaltyType::Monetary | PenaltyType::Warning => (None, None),
    };
    Ok(Penalty {
        id: new_id(),
        short_id: String::new(),
        driver_id,
        kind: input.kind,
        amount_paise,
        reason: check::text(&input.reason, "reason", 500)?,
        category: input.category,
        state: PenaltyState::Open,
        deducted_deposit_paise: 0,
        deducted_at: None,
        paid_at: None,
        suspension_start: period.map(|(start, _)| start),
        suspension_end: period.map(|(_, end)| end),
        effect,
        waived_by: None,
        waived_at: None,
        waiver_reason: None,
        reviewed_by: None,
        reviewed_at: None,
        review_notes: None,
        version: 1,
        created_at: now,
        created_by: Some(by.viewer.user_id),
    })
}

/// Takes a fine from the deposit as far as it goes; the rest becomes a payment that is waited for.
async fn take_from_deposit(
    conn: &mut PgConnection,
    app: &App,
    driver: &Driver,
    fine: &Penalty,
    by: Uuid,
) -> Result<Penalty> {
    let now = app.clock.now();
    let deposit = wallets::lock(conn, driver.id, now).await?.deposit_paise;
    let taken = fine.amount_paise.min(deposit);
    let rest = fine.amount_paise - taken;
    for (amount, lines) in
        [(taken, transfer(Account::Deposit, Account::Penalties, taken)), (rest, Vec::new())]
    {
        if amount > 0 {
            let posting = Posting {
                kind: TransactionType::Penalty,
                amount_paise: -amount,
                method: PaymentMethod::BankTransfer,
                description: fine.reason.clone(),
                links: Links { penalty_id: Some(fine.id), ..Links::default() },
                external_id: None,
                by: Some(by),
                lines,
            };
            ledger::post(conn, &app.clock, driver, posting).await?;
        }
    }
    let fine = Penalty {
        deducted_deposit_paise: taken,
        deducted_at: (taken > 0).then_some(now),
        state: if rest == 0 { PenaltyState::Paid } else { PenaltyState::Open },
        paid_at: (rest == 0).then_some(now),
        ..fine.clone()
    };
    repository::save(conn, &fine, now).await
}

/// Takes what is left of a locked fine out of the driver's earnings.
pub(crate) async fn take_from_earnings(
    conn: &mut PgConnection,
    app: &App,
    driver: &Driver,
    fine: &Penalty,
    links: Links,
    by: Option<Uuid>,
) -> Result<()> {
    let now = app.clock.now();
    let amount = fine.outstanding_paise();
    repository::drop_waiting_payment(conn, fine.id, now).await?;
    let posting = Posting {
        kind: TransactionType::Penalty,
        amount_paise: -amount,
        method: PaymentMethod::BankTransfer,
        description: fine.reason.clone(),
        links,
        external_id: None,
        by,
        lines: transfer(Account::Earnings, Account::Penalties, amount),
    };
    ledger::post(conn, &app.clock, driver, posting).await?;
    repository::save(conn, &Penalty { state: PenaltyState::Paid, paid_at: Some(now), ..fine.clone() }, now)
        .await?;
    Ok(())
}

/// Notes that somebody looked at a penalty.
pub(crate) async fn review(by: &Actor<'_>, input: ReviewPenaltyInput) -> Result<Penalty> {
    let id = check::required_id(&input.id, "id")?;
    let notes = check::text(&input.notes, "notes", 1_000)?;
    let mut write = match Write::begin(by, "reviewPenalty", input.idempotency_key.as_deref(), &input).await? {
        Begun::Repeated(id) => return get(by, id).await,
        Begun::Fresh(write) => write,
    };
    let penalty = repository::lock(write.conn(), &by.scope(), id).await?;
    let now = by.app.clock.now();
    let penalty = Penalty {
        reviewed_by: Some(by.viewer.user_id),
        reviewed_at: Some(now),
        review_notes: Some(notes),
        ..penalty
    };
    let penalty = repository::save(write.conn(), &penalty, now).await?;
    write.commit(id).await?;
    Ok(penalty)
}
