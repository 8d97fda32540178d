//! What may happen to incentives, by whom.

use kit::error::{Code, Error, Result};
use kit::ids::{new_id, next_short_id};
use sqlx::PgConnection;
use uuid::Uuid;

use super::graphql::{CreateIncentiveInput, MarkIncentivePaidInput};
use super::{Incentive, IncentiveCategory, repository};
use crate::actor::{Actor, App};
use crate::driver::{Driver, repository as drivers};
use crate::input as check;
use crate::wallet::ledger::{self, Links, Posting};
use crate::wallet::{Account, PaymentMethod, TransactionType, transfer};
use crate::write::{Begun, Write};

/// One incentive in the actor's scope. Errors: NOT_FOUND.
pub(crate) async fn get(by: &Actor<'_>, id: Uuid) -> Result<Incentive> {
    repository::find(&by.app.pool, &by.scope(), id).await?.ok_or_else(|| Error::not_found("Incentive"))
}

/// Grants a reward; it is paid later.
pub(crate) async fn create(by: &Actor<'_>, input: CreateIncentiveInput) -> Result<Incentive> {
    let driver_id = check::required_id(&input.driver_id, "driverId")?;
    let amount_paise = check::positive(input.amount_paise, "amountPaise")?;
    let reason = check::text(&input.reason, "reason", 500)?;
    if input.category == Some(IncentiveCategory::Referral) {
        return Err(Error::validation("category", "Referrals are rewarded by the system"));
    }
    let mut write =
        match Write::begin(by, "createIncentive", input.idempotency_key.as_deref(), &input).await? {
            Begun::Repeated(id) => return get(by, id).await,
            Begun::Fresh(write) => write,
        };
    let driver = drivers::lock(write.conn(), &by.scope(), driver_id).await?;
    let now = by.app.clock.now();
    let row = Incentive {
        id: new_id(),
        short_id: next_short_id(write.conn(), "INC", now).await?,
        driver_id: driver.id,
        amount_paise,
        reason,
        category: input.category,
        is_paid: false,
        paid_at: None,
        paid_by: None,
        transaction_id: None,
        referral_id: None,
        version: 1,
        created_at: now,
        created_by: Some(by.viewer.user_id),
    };
    repository::insert(write.conn(), &row).await?;
    write.commit(row.id).await?;
    Ok(row)
}

/// Books an incentive as earned and marks it as paid.
pub(crate) async fn book(
    conn: &mut PgConnection,
    app: &App,
    driver: &Driver,
    incentive: &Incentive,
    links: Links,
    by: Option<Uuid>,
) -> Result<Incentive> {
    let posting = Posting {
        kind: TransactionType::Incentive,
        amount_paise: incentive.amount_paise,
        method: PaymentMethod::BankTransfer,
        description: incentive.reason.clone(),
        links,
        external_id: None,
        by,
        lines: transfer(Account::Incentives, Account::Earnings, incentive.amount_paise),
    };
    let booked = ledger::post(conn, &app.clock, driver, posting).await?;
    let booked = booked.ok_or_else(|| Error::internal("an incentive has no trip"))?;
    repository::mark_paid(conn, incentive.id, booked.id, by, app.clock.now()).await
}

/// Notes that an incentive was paid to the driver's bank account: earned, then paid out.
pub(crate) async fn pay(by: &Actor<'_>, input: MarkIncentivePaidInput) -> Result<Incentive> {
    let id = check::required_id(&input.id, "id")?;
    let external_id =
        input.external_id.as_deref().map(|text| check::text(text, "externalId", 100)).transpose()?;
    let mut write =
        match Write::begin(by, "markIncentivePaid", input.idempotency_key.as_deref(), &input).await? {
            Begun::Repeated(id) => return get(by, id).await,
            Begun::Fresh(write) => write,
        };
    let found = repository::find(write.conn(), &by.scope(), id).await?;
    let driver_id = found.ok_or_else(|| Error::not_found("Incentive"))?.driver_id;
    let driver = drivers::lock(write.conn(), &by.scope(), driver_id).await?;
    let incentive = repository::lock(write.conn(), &by.scope(), id).await?;
    if incentive.is_paid {
        return Err(Error::new(Code::INVALID_TRANSITION, "This incentive is paid already"));
    }
    if !driver.has_bank_details() {
        return Err(Error::conflict("The driver has no bank details").field("id"));
    }
    let actor = Some(by.viewer.user_id);
    let links = Links { incentive_id: Some(id), ..Links::default() };
    let paid = book(write.conn(), by.app, &driver, &incentive, links, actor).await?;
    let posting = Posting {
        kind: TransactionType::Payout,
        amount_paise: -incentive.amount_paise,
        method: PaymentMethod::BankTransfer,
        description: format!("Payout of {}", incentive.short_id),
        links,
        external_id,
        by: actor,
        lines: transfer(Account::Earnings, Account::Bank, incentive.amount_paise),
    };
    ledger::post(write.conn(), &by.app.clock, &driver, posting).await?;
    write.commit(id).await?;
    Ok(paid)
}
