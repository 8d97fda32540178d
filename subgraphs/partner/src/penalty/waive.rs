//! Taking a penalty back: its money, and its hold on the driver.

use kit::error::{Error, Result};

use super::graphql::WaivePenaltyInput;
use super::service::get;
use super::{Penalty, PenaltyEffect, PenaltyState, check_waiver, effect, repository};
use crate::actor::Actor;
use crate::driver::repository as drivers;
use crate::driver::standing::Because;
use crate::input as check;
use crate::wallet::ledger::{self, Links, Posting};
use crate::wallet::{PaymentMethod, TransactionType};
use crate::write::{Begun, Write};

/// Waives a penalty: everything it took is given back, a payment that was waited for is dropped, and the driver's status
/// becomes what the other penalties say.
pub(crate) async fn waive(by: &Actor<'_>, input: WaivePenaltyInput) -> Result<Penalty> {
    let id = check::required_id(&input.id, "id")?;
    let reason = check::text(&input.reason, "reason", 500)?;
    let mut write = match Write::begin(by, "waivePenalty", input.idempotency_key.as_deref(), &input).await? {
        Begun::Repeated(id) => return get(by, id).await,
        Begun::Fresh(write) => write,
    };
    let found = repository::find(write.conn(), &by.scope(), id).await?;
    let driver_id = found.ok_or_else(|| Error::not_found("Penalty"))?.driver_id;
    let driver = drivers::lock(write.conn(), &by.scope(), driver_id).await?;
    let penalty = repository::lock(write.conn(), &by.scope(), id).await?;
    check_waiver(&penalty)?;
    let now = by.app.clock.now();
    repository::drop_waiting_payment(write.conn(), id, now).await?;
    let lines = repository::reversal(write.conn(), id).await?;
    if !lines.is_empty() {
        repository::mark_refunded(write.conn(), id, now).await?;
        let returned =
            lines.iter().filter(|line| line.account.is_drivers()).map(|line| line.amount_paise).sum();
        let posting = Posting {
            kind: TransactionType::Penalty,
            amount_paise: returned,
            method: PaymentMethod::BankTransfer,
            description: format!("{} waived", penalty.short_id),
            links: Links { penalty_id: Some(id), ..Links::default() },
            external_id: None,
            by: Some(by.viewer.user_id),
            lines,
        };
        ledger::post(write.conn(), &by.app.clock, &driver, posting).await?;
    }
    let penalty = Penalty {
        state: PenaltyState::Waived,
        effect: penalty.effect.map(|_| PenaltyEffect::Lifted),
        waived_by: Some(by.viewer.user_id),
        waived_at: Some(now),
        waiver_reason: Some(reason.clone()),
        ..penalty
    };
    let penalty = repository::save(write.conn(), &penalty, now).await?;
    let because = Because { by: Some(by.viewer.user_id), reason: Some(&reason) };
    effect::refresh(write.conn(), by.app, driver, because).await?;
    write.commit(id).await?;
    Ok(penalty)
}
