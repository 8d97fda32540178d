//! Daily collections as clients see and ask for them.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use chrono::{DateTime, NaiveDate, Utc};
use kit::error::Result;
use kit::page::{Connection, PageArgs, connection, wants_total};
use kit::{Money, Paise, loader};
use serde::Serialize;
use serde_json::json;

use super::repository::{self, Filter};
use super::{CollectionState, DailyCollection, service, settle};
use crate::actor::{Actor, MONEY, MONEY_OR_SELF, actor};
use crate::driver::Driver;
use crate::driver::loader::DriverById;
use crate::extends::Vehicle;
use crate::input as check;
use crate::wallet::graphql::money;

/// What one driver's cab took in on one day, Indian time.
#[Object]
impl DailyCollection {
    /// The day's id.
    async fn id(&self) -> ID {
        self.id.into()
    }

    /// A short id for people, like COL20260127001.
    async fn short_id(&self) -> &str {
        &self.short_id
    }

    /// Whose day it is.
    async fn driver(&self, ctx: &Context<'_>) -> Result<Option<Driver>> {
        loader::load::<DriverById>(ctx, self.driver_id).await
    }

    /// The vehicle.
    async fn vehicle(&self) -> Option<Vehicle> {
        self.vehicle_id.map(|id| Vehicle { id: id.into() })
    }

    /// The day, Indian time.
    async fn date(&self) -> NaiveDate {
        self.date
    }

    /// Through QR codes.
    async fn qr_collection(&self) -> Money {
        money(self.qr_paise)
    }

    /// In cash, handed over at check-out.
    async fn cash_collection(&self) -> Money {
        money(self.cash_paise)
    }

    /// Both together.
    async fn total_collection(&self) -> Money {
        money(self.total_paise)
    }

    /// What was expected.
    async fn expected_revenue(&self) -> Option<Money> {
        self.expected_paise.map(money)
    }

    /// Collected less expected.
    async fn variance(&self) -> Option<Money> {
        self.variance_paise.map(money)
    }

    /// The driver's share in basis points; known once reconciled.
    async fn rev_share_basis_points(&self) -> Option<i32> {
        self.rev_share_bp
    }

    /// The driver's share of the total; known once reconciled.
    async fn rev_share(&self) -> Option<Money> {
        self.share_paise.map(money)
    }

    /// Unpaid incentives of the day.
    async fn incentives(&self) -> Money {
        money(self.incentive_paise)
    }

    /// Fines that were unpaid at the end of the day, also those imposed before it.
    async fn penalties(&self) -> Money {
        money(self.penalty_paise)
    }

    /// Share plus incentives less penalties; known once reconciled.
    async fn net_payout(&self) -> Option<Money> {
        self.net_payout_paise.map(money)
    }

    /// How far it has come.
    async fn state(&self) -> CollectionState {
        self.state
    }

    /// Who reconciled it.
    async fn reconciled_by(&self) -> Option<ID> {
        self.reconciled_by.map(ID::from)
    }

    /// When it was reconciled.
    async fn reconciled_at(&self) -> Option<DateTime<Utc>> {
        self.reconciled_at
    }

    /// What they noted.
    async fn reconciliation_notes(&self) -> Option<&str> {
        self.reconciliation_notes.as_deref()
    }

    /// Who paid it out.
    async fn paid_by(&self) -> Option<ID> {
        self.paid_by.map(ID::from)
    }

    /// When it was paid out.
    async fn paid_at(&self) -> Option<DateTime<Utc>> {
        self.paid_at
    }

    /// The transaction of the payout.
    async fn payout_transaction_id(&self) -> Option<ID> {
        self.payout_transaction_id.map(ID::from)
    }

    /// Grows with every change.
    async fn version(&self) -> i64 {
        self.version
    }
}

/// Sums over days.
#[derive(Debug, Clone, SimpleObject)]
pub(crate) struct CollectionSummary {
    /// How many days.
    days: i64,
    /// Through QR codes.
    qr_collection: Money,
    /// In cash.
    cash_collection: Money,
    /// Both together.
    total_collection: Money,
    /// What is or was to be paid out, as far as reconciled.
    net_payout: Money,
    /// What has been paid out.
    paid: Money,
}

/// Which days to list. Every condition narrows the list; your scope does as well.
#[derive(Debug, Clone, Default, InputObject)]
pub(crate) struct CollectionFilter {
    /// Of this driver.
    pub(crate) driver_id: Option<ID>,
    /// Of this fleet's drivers.
    pub(crate) fleet_id: Option<ID>,
    /// In one of these states.
    pub(crate) state: Option<Vec<CollectionState>>,
    /// The first day.
    pub(crate) from: Option<NaiveDate>,
    /// The last day.
    pub(crate) to: Option<NaiveDate>,
}

impl CollectionFilter {
    fn checked(&self) -> Result<Filter> {
        Ok(Filter {
            driver: check::id(self.driver_id.as_ref(), "filter.driverId")?,
            fleet: check::id(self.fleet_id.as_ref(), "filter.fleetId")?,
            states: self.state.as_ref().map(|states| states.iter().map(|state| state.as_str()).collect()),
            from: check::day(self.from, "filter.from")?,
            to: check::day(self.to, "filter.to")?,
            payable: false,
        })
    }
}

/// What a day took in, as far as no machine has told.
#[derive(Debug, Clone, InputObject, Serialize)]
pub(crate) struct RecordCollectionInput {
    /// Repeating a request with the same key gives the first answer again.
    pub(crate) idempotency_key: Option<String>,
    /// The driver.
    pub(crate) driver_id: ID,
    /// The day, Indian time; today, or up to a year ago.
    pub(crate) date: NaiveDate,
    /// The vehicle.
    pub(crate) vehicle_id: Option<ID>,
    /// Replaces what came through QR codes.
    pub(crate) qr_paise: Option<Paise>,
    /// Replaces what came in cash; check-outs add theirs by themselves. What it differs by is set against the cash that the
    /// driver holds.
    pub(crate) cash_paise: Option<Paise>,
}

/// Checks a day.
#[derive(Debug, Clone, InputObject, Serialize)]
pub(crate) struct ReconcileCollectionInput {
    /// Repeating a request with the same key gives the first answer again.
    pub(crate) idempotency_key: Option<String>,
    /// The day.
    pub(crate) id: ID,
    /// What was expected; the variance is counted against it.
    pub(crate) expected_revenue_paise: Option<Paise>,
    /// Anything to note.
    pub(crate) notes: Option<String>,
}

/// Notes that a day was paid out.
#[derive(Debug, Clone, InputObject, Serialize)]
pub(crate) struct MarkCollectionPaidInput {
    /// Repeating a request with the same key gives the first answer again.
    pub(crate) idempotency_key: Option<String>,
    /// The day.
    pub(crate) id: ID,
    /// The bank's reference; the same one is never booked twice.
    pub(crate) external_id: Option<String>,
}

async fn list(
    ctx: &Context<'_>,
    by: Actor<'_>,
    first: Option<i32>,
    after: Option<String>,
    filter: Filter,
) -> Result<Connection<DailyCollection>> {
    let page = PageArgs::parse(first, after)?;
    let (pool, scope) = (&by.app.pool, by.scope());
    let rows = repository::page(pool, &scope, &filter, &page).await?;
    let total =
        if wants_total(ctx) { Some(repository::totals(pool, &scope, &filter).await?.days) } else { None };
    Ok(connection(&page, rows, |row| json!((row.date, row.id)), total))
}

/// Queries about daily collections.
#[derive(Default)]
pub(crate) struct CollectionQuery;

#[Object]
impl CollectionQuery {
    /// Days in your scope, the newest first.
    async fn collections(
        &self,
        ctx: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
        filter: Option<CollectionFilter>,
    ) -> Result<Connection<DailyCollection>> {
        let by = actor(ctx, MONEY_OR_SELF)?;
        list(ctx, by, first, after, filter.unwrap_or_default().checked()?).await
    }

    /// Sums over the days that `collections` would list.
    async fn collection_summary(
        &self,
        ctx: &Context<'_>,
        filter: Option<CollectionFilter>,
    ) -> Result<CollectionSummary> {
        let by = actor(ctx, MONEY_OR_SELF)?;
        let filter = filter.unwrap_or_default().checked()?;
        let totals = repository::totals(&by.app.pool, &by.scope(), &filter).await?;
        Ok(CollectionSummary {
            days: totals.days,
            qr_collection: money(totals.qr_paise),
            cash_collection: money(totals.cash_paise),
            total_collection: money(totals.qr_paise + totals.cash_paise),
            net_payout: money(totals.net_payout_paise),
            paid: money(totals.paid_paise),
        })
    }

    /// Days that wait to be reconciled.
    async fn pending_reconciliations(
        &self,
        ctx: &Context<'_>,
        fleet_id: Option<ID>,
        first: Option<i32>,
        after: Option<String>,
    ) -> Result<Connection<DailyCollection>> {
        let by = actor(ctx, MONEY)?;
        let fleet = check::id(fleet_id.as_ref(), "fleetId")?;
        let filter =
            Filter { fleet, states: Some(vec![CollectionState::Open.as_str()]), ..Filter::default() };
        list(ctx, by, first, after, filter).await
    }

    /// Reconciled days with something to pay out.
    async fn pending_payouts(
        &self,
        ctx: &Context<'_>,
        fleet_id: Option<ID>,
        first: Option<i32>,
        after: Option<String>,
    ) -> Result<Connection<DailyCollection>> {
        let by = actor(ctx, MONEY)?;
        let fleet = check::id(fleet_id.as_ref(), "fleetId")?;
        let states = Some(vec![CollectionState::Reconciled.as_str()]);
        list(ctx, by, first, after, Filter { fleet, states, payable: true, ..Filter::default() }).await
    }
}

/// Mutations of daily collections.
#[derive(Default)]
pub(crate) struct CollectionMutation;

#[Object]
impl CollectionMutation {
    /// Sets what a day took in, as far as no machine has told; INVALID_TRANSITION once the day is settled.
    async fn record_collection(
        &self,
        ctx: &Context<'_>,
        input: RecordCollectionInput,
    ) -> Result<DailyCollection> {
        service::record(&actor(ctx, MONEY)?, input).await
    }

    /// Checks a day and fixes what will be paid: share of the total, plus unpaid incentives of the day, less the penalties that
    /// were unpaid at its end. May be repeated until it is paid.
    async fn reconcile_collection(
        &self,
        ctx: &Context<'_>,
        input: ReconcileCollectionInput,
    ) -> Result<DailyCollection> {
        settle::reconcile(&actor(ctx, MONEY)?, input).await
    }

    /// Notes that a reconciled day was paid to the driver's bank account.
    async fn mark_collection_paid(
        &self,
        ctx: &Context<'_>,
        input: MarkCollectionPaidInput,
    ) -> Result<DailyCollection> {
        settle::pay(&actor(ctx, MONEY)?, input).await
    }
}
