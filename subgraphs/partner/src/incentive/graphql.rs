//! Incentives as clients see and ask for them.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use chrono::{DateTime, Utc};
use kit::error::Result;
use kit::page::{Connection, PageArgs, connection, wants_total};
use kit::{Money, Paise, loader};
use serde::Serialize;
use serde_json::json;

use super::repository::{self, Filter};
use super::{Incentive, IncentiveCategory, service};
use crate::actor::{ADMINS, EVERYBODY, MONEY, actor};
use crate::driver::Driver;
use crate::driver::loader::DriverById;
use crate::input as check;
use crate::wallet::graphql::money;

/// A reward of a driver.
#[Object]
impl Incentive {
    /// The incentive's id.
    async fn id(&self) -> ID {
        self.id.into()
    }

    /// A short id for people, like INC20260127001.
    async fn short_id(&self) -> &str {
        &self.short_id
    }

    /// Who gets it.
    async fn driver(&self, ctx: &Context<'_>) -> Result<Option<Driver>> {
        loader::load::<DriverById>(ctx, self.driver_id).await
    }

    /// How much.
    async fn amount(&self) -> Money {
        money(self.amount_paise)
    }

    /// Why.
    async fn reason(&self) -> &str {
        &self.reason
    }

    /// What it is for.
    async fn category(&self) -> Option<IncentiveCategory> {
        self.category
    }

    /// Whether it was paid.
    async fn is_paid(&self) -> bool {
        self.is_paid
    }

    /// When it was paid.
    async fn paid_at(&self) -> Option<DateTime<Utc>> {
        self.paid_at
    }

    /// Who paid it.
    async fn paid_by(&self) -> Option<ID> {
        self.paid_by.map(ID::from)
    }

    /// The transaction that books it.
    async fn transaction_id(&self) -> Option<ID> {
        self.transaction_id.map(ID::from)
    }

    /// The referral that it rewards.
    async fn referral_id(&self) -> Option<ID> {
        self.referral_id.map(ID::from)
    }

    /// When it was granted.
    async fn created_at(&self) -> DateTime<Utc> {
        self.created_at
    }

    /// Who granted it; null for the system.
    async fn created_by(&self) -> Option<ID> {
        self.created_by.map(ID::from)
    }

    /// Grows with every change.
    async fn version(&self) -> i64 {
        self.version
    }
}

/// Sums over incentives.
#[derive(Debug, Clone, SimpleObject)]
pub(crate) struct IncentiveSummary {
    /// How many.
    count: i64,
    /// Together.
    total: Money,
    /// What of it was paid.
    paid: Money,
    /// What of it waits.
    unpaid: Money,
}

/// Which incentives to list. Every condition narrows the list; your scope does as well.
#[derive(Debug, Clone, Default, InputObject)]
pub(crate) struct IncentiveFilter {
    /// Of this driver.
    pub(crate) driver_id: Option<ID>,
    /// Of this fleet's drivers.
    pub(crate) fleet_id: Option<ID>,
    /// Paid, or not.
    pub(crate) is_paid: Option<bool>,
    /// Granted at this instant or later.
    pub(crate) from: Option<DateTime<Utc>>,
    /// Granted before this instant.
    pub(crate) to: Option<DateTime<Utc>>,
}

impl IncentiveFilter {
    fn checked(&self) -> Result<Filter> {
        Ok(Filter {
            driver: check::id(self.driver_id.as_ref(), "filter.driverId")?,
            fleet: check::id(self.fleet_id.as_ref(), "filter.fleetId")?,
            paid: self.is_paid,
            from: check::instant(self.from, "filter.from")?,
            to: check::instant(self.to, "filter.to")?,
        })
    }
}

/// Grants a reward.
#[derive(Debug, Clone, InputObject, Serialize)]
pub(crate) struct CreateIncentiveInput {
    /// Repeating a request with the same key gives the first answer again.
    pub(crate) idempotency_key: Option<String>,
    /// Who gets it.
    pub(crate) driver_id: ID,
    /// How much, more than zero.
    pub(crate) amount_paise: Paise,
    /// Why.
    pub(crate) reason: String,
    /// What it is for.
    pub(crate) category: Option<IncentiveCategory>,
}

/// Notes that an incentive was paid to the driver's bank account.
#[derive(Debug, Clone, InputObject, Serialize)]
pub(crate) struct MarkIncentivePaidInput {
    /// Repeating a request with the same key gives the first answer again.
    pub(crate) idempotency_key: Option<String>,
    /// The incentive.
    pub(crate) id: ID,
    /// The bank's reference; the same one is never booked twice.
    pub(crate) external_id: Option<String>,
}

/// Queries about incentives.
#[derive(Default)]
pub(crate) struct IncentiveQuery;

#[Object]
impl IncentiveQuery {
    /// Incentives in your scope, the newest first.
    async fn incentives(
        &self,
        ctx: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
        filter: Option<IncentiveFilter>,
    ) -> Result<Connection<Incentive>> {
        let by = actor(ctx, EVERYBODY)?;
        let (page, filter) = (PageArgs::parse(first, after)?, filter.unwrap_or_default().checked()?);
        let (pool, scope) = (&by.app.pool, by.scope());
        let rows = repository::page(pool, &scope, &filter, &page).await?;
        let total = if wants_total(ctx) {
            Some(repository::totals(pool, &scope, &filter).await?.count)
        } else {
            None
        };
        Ok(connection(&page, rows, |row| json!((row.created_at, row.id)), total))
    }

    /// Sums over the incentives that `incentives` would list.
    async fn incentive_summary(
        &self,
        ctx: &Context<'_>,
        filter: Option<IncentiveFilter>,
    ) -> Result<IncentiveSummary> {
        let by = actor(ctx, EVERYBODY)?;
        let filter = filter.unwrap_or_default().checked()?;
        let totals = repository::totals(&by.app.pool, &by.scope(), &filter).await?;
        Ok(IncentiveSummary {
            count: totals.count,
            total: money(totals.amount_paise),
            paid: money(totals.paid_paise),
            unpaid: money(totals.amount_paise - totals.paid_paise),
        })
    }
}

/// Mutations of incentives.
#[derive(Default)]
pub(crate) struct IncentiveMutation;

#[Object]
impl IncentiveMutation {
    /// Grants a reward to a driver in your scope.
    async fn create_incentive(&self, ctx: &Context<'_>, input: CreateIncentiveInput) -> Result<Incentive> {
        service::create(&actor(ctx, ADMINS)?, input).await
    }

    /// Notes that an incentive was paid to the driver's bank account; CONFLICT if they have told none.
    async fn mark_incentive_paid(
        &self,
        ctx: &Context<'_>,
        input: MarkIncentivePaidInput,
    ) -> Result<Incentive> {
        service::pay(&actor(ctx, MONEY)?, input).await
    }
}
