//! Settling a day: reconcile what came in, then pay the driver's part.

use kit::error::{Error, Result};
use uuid::Uuid;

use super::graphql::{MarkCollectionPaidInput, ReconcileCollectionInput};
use super::service::{get, settled};
use super::{CollectionState, DailyCollection, Settlement, day_bounds, repository, settle};
use crate::actor::{Actor, App};
use crate::driver::{Driver, repository as drivers};
use crate::incentive::{self, Incentive};
use crate::input as check;
use crate::penalty::{self, Penalty};
use crate::wallet::ledger::{self, Links, Posting};
use crate::wallet::{Account, PaymentMethod, TransactionType, transfer};
use crate::write::{Begun, Write};

/// What of a day goes into its payout beside the share.
struct Extras {
    incentives: Vec<Incentive>,
    penalties: Vec<Penalty>,
}

impl Extras {
    /// Unpaid incentives of the day, and fines that are unpaid and unwaived at its end, locked.
    async fn lock(write: &mut Write<'_>, day: &DailyCollection) -> Result<Extras> {
        let (from, to) = day_bounds(day.date)?;
        let incentives = incentive::repository::lock_unpaid(write.conn(), day.driver_id, from, to).await?;
        let penalties = penalty::repository::lock_unpaid_fines(write.conn(), day.driver_id, to).await?;
        Ok(Extras { incentives, penalties })
    }

    fn settlement(&self, day: &DailyCollection, share_bp: i32) -> Result<Settlement> {
        let incentives = self.incentives.iter().map(|incentive| incentive.amount_paise).sum();
        let penalties = self.penalties.iter().map(Penalty::outstanding_paise).sum();
        settle(day.total_paise, share_bp, incentives, penalties)
    }
}

/// The day and its driver, locked in the order in which everybody locks them.
async fn lock_day(write: &mut Write<'_>, by: &Actor<'_>, id: Uuid) -> Result<(Driver, DailyCollection)> {
    let found = repository::find(write.conn(), &by.scope(), id).await?;
    let driver_id = found.ok_or_else(|| Error::not_found("Daily collection"))?.driver_id;
    let driver = drivers::lock(write.conn(), &by.scope(), driver_id).await?;
    Ok((driver, repository::lock(write.conn(), &by.scope(), id).await?))
}

/// Checks a day against what was expected, and fixes what will be paid. May be repeated until it is paid.
pub(crate) async fn reconcile(by: &Actor<'_>, input: ReconcileCollectionInput) -> Result<DailyCollection> {
    let id = check::required_id(&input.id, "id")?;
    let expected =
        input.expected_revenue_paise.map(|p| check::not_negative(p, "expectedRevenuePaise")).transpose()?;
    let notes = check::optional_text(input.notes.as_deref(), "notes", 1_000)?;
    let mut write =
        match Write::begin(by, "reconcileCollection", input.idempotency_key.as_deref(), &input).await? {
            Begun::Repeated(id) => return get(by, id).await,
            Begun::Fresh(write) => write,
        };
    let (driver, day) = lock_day(&mut write, by, id).await?;
    if day.state == CollectionState::Paid {
        return Err(settled(day.state));
    }
    let settlement = Extras::lock(&mut write, &day).await?.settlement(&day, driver.rev_share_bp)?;
    let now = by.app.clock.now();
    let day = DailyCollection {
        expected_paise: expected.or(day.expected_paise),
        rev_share_bp: Some(driver.rev_share_bp),
        share_paise: Some(settlement.share_paise),
        incentive_paise: settlement.incentive_paise,
        penalty_paise: settlement.penalty_paise,
        net_payout_paise: Some(settlement.net_payout_paise),
        state: CollectionState::Reconciled,
        reconciled_by: Some(by.viewer.user_id),
        reconciled_at: Some(now),
        reconciliation_notes: notes.or(day.reconciliation_notes),
        ..day
    };
    let day = repository::save(write.conn(), &day, now).await?;
    write.commit(day.id).await?;
    Ok(day)
}

/// Books the payout of a reconciled day: its incentives and fines first, then the money that leaves the bank.
pub(crate) async fn pay(by: &Actor<'_>, input: MarkCollectionPaidInput) -> Result<DailyCollection> {
    let id = check::required_id(&input.id, "id")?;
    let external_id =
        input.external_id.as_deref().map(|text| check::text(text, "externalId", 100)).transpose()?;
    let mut write =
        match Write::begin(by, "markCollectionPaid", input.idempotency_key.as_deref(), &input).await? {
            Begun::Repeated(id) => return get(by, id).await,
            Begun::Fresh(write) => write,
        };
    let (driver, day) = lock_day(&mut write, by, id).await?;
    if day.state != CollectionState::Reconciled {
        return Err(settled(day.state));
    }
    if !driver.has_bank_details() {
        return Err(Error::conflict("The driver has no bank details").field("id"));
    }
    let extras = Extras::lock(&mut write, &day).await?;
    let settlement = extras.settlement(&day, day.rev_share_bp.unwrap_or(driver.rev_share_bp))?;
    if Some(settlement.net_payout_paise) != day.net_payout_paise {
        return Err(Error::conflict("Penalties or incentives have changed; reconcile the day again"));
    }
    if settlement.net_payout_paise <= 0 {
        return Err(Error::conflict("There is nothing to pay out"));
    }
    let actor = Some(by.viewer.user_id);
    book_extras(&mut write, by.app, &driver, &day, &extras, actor).await?;
    let posting = Posting {
        kind: TransactionType::Payout,
        amount_paise: -settlement.net_payout_paise,
        method: PaymentMethod::BankTransfer,
        description: format!("Payout for {}", day.date),
        links: Links { collection_id: Some(day.id), ..Links::default() },
        external_id,
        by: actor,
        lines: transfer(Account::Earnings, Account::Bank, settlement.net_payout_paise),
    };
    let paid = ledger::post(write.conn(), &by.app.clock, &driver, posting).await?;
    let now = by.app.clock.now();
    let day = DailyCollection {
        state: CollectionState::Paid,
        paid_by: actor,
        paid_at: Some(now),
        payout_transaction_id: paid.map(|row| row.id),
        ..day
    };
    let day = repository::save(write.conn(), &day, now).await?;
    write.commit(day.id).await?;
    Ok(day)
}

async fn book_extras(
    write: &mut Write<'_>,
    app: &App,
    driver: &Driver,
    day: &DailyCollection,
    extras: &Extras,
    by: Option<Uuid>,
) -> Result<()> {
    for incentive in &extras.incentives {
        let links =
            Links { collection_id: Some(day.id), incentive_id: Some(incentive.id), ..Links::default() };
        incentive::service::book(write.conn(), app, driver, incentive, links, by).await?;
    }
    for fine in &extras.penalties {
        let links = Links { collection_id: Some(day.id), penalty_id: Some(fine.id), ..Links::default() };
        penalty::service::take_from_earnings(write.conn(), app, driver, fine, links, by).await?;
    }
    Ok(())
}
