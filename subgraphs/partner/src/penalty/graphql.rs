//! Penalties as clients see and ask for them.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use chrono::{DateTime, Utc};
use kit::error::Result;
use kit::page::{Connection, PageArgs, connection, wants_total};
use kit::{Money, Paise, loader};
use serde::Serialize;
use serde_json::json;

use super::repository::{self, Filter};
use super::{Penalty, PenaltyCategory, PenaltyEffect, PenaltyState, PenaltyType, service, waive};
use crate::actor::{ADMINS, EVERYBODY, actor};
use crate::driver::Driver;
use crate::driver::loader::DriverById;
use crate::input as check;
use crate::wallet::graphql::money;

/// A penalty of a driver.
#[Object]
impl Penalty {
    /// The penalty's id.
    async fn id(&self) -> ID {
        self.id.into()
    }

    /// A short id for people, like PEN20260127001.
    async fn short_id(&self) -> &str {
        &self.short_id
    }

    /// Who got it.
    async fn driver(&self, ctx: &Context<'_>) -> Result<Option<Driver>> {
        loader::load::<DriverById>(ctx, self.driver_id).await
    }

    /// What kind it is.
    #[graphql(name = "type")]
    async fn kind(&self) -> PenaltyType {
        self.kind
    }

    /// How much; zero for what is not a fine.
    async fn amount(&self) -> Money {
        money(self.amount_paise)
    }

    /// What of it is still to be taken.
    async fn outstanding(&self) -> Money {
        money(self.outstanding_paise())
    }

    /// Why.
    async fn reason(&self) -> &str {
        &self.reason
    }

    /// What it is about.
    async fn category(&self) -> Option<PenaltyCategory> {
        self.category
    }

    /// Where its money stands.
    async fn state(&self) -> PenaltyState {
        self.state
    }

    /// What was taken from the deposit.
    async fn deducted_from_deposit(&self) -> Money {
        money(self.deducted_deposit_paise)
    }

    /// When it was taken from the deposit.
    async fn deducted_at(&self) -> Option<DateTime<Utc>> {
        self.deducted_at
    }

    /// When all of it was taken.
    async fn paid_at(&self) -> Option<DateTime<Utc>> {
        self.paid_at
    }

    /// When the suspension begins.
    async fn suspension_start(&self) -> Option<DateTime<Utc>> {
        self.suspension_start
    }

    /// When the suspension ends.
    async fn suspension_end(&self) -> Option<DateTime<Utc>> {
        self.suspension_end
    }

    /// Whether a suspension or blacklisting holds; null for others.
    async fn effect(&self) -> Option<PenaltyEffect> {
        self.effect
    }

    /// Who waived it.
    async fn waived_by(&self) -> Option<ID> {
        self.waived_by.map(ID::from)
    }

    /// When it was waived.
    async fn waived_at(&self) -> Option<DateTime<Utc>> {
        self.waived_at
    }

    /// Why it was waived.
    async fn waiver_reason(&self) -> Option<&str> {
        self.waiver_reason.as_deref()
    }

    /// Who looked at it.
    async fn reviewed_by(&self) -> Option<ID> {
        self.reviewed_by.map(ID::from)
    }

    /// When somebody looked at it.
    async fn reviewed_at(&self) -> Option<DateTime<Utc>> {
        self.reviewed_at
    }

    /// What they noted.
    async fn review_notes(&self) -> Option<&str> {
        self.review_notes.as_deref()
    }

    /// When it was imposed.
    async fn created_at(&self) -> DateTime<Utc> {
        self.created_at
    }

    /// Who imposed it.
    async fn created_by(&self) -> Option<ID> {
        self.created_by.map(ID::from)
    }

    /// Grows with every change.
    async fn version(&self) -> i64 {
        self.version
    }
}

/// Sums over penalties.
#[derive(Debug, Clone, SimpleObject)]
pub(crate) struct PenaltySummary {
    /// How many.
    count: i64,
    /// All fines together.
    total: Money,
    /// What of them is still to be taken.
    outstanding: Money,
    /// What of them was waived.
    waived: Money,
}

/// Which penalties to list. Every condition narrows the list; your scope does as well.
#[derive(Debug, Clone, Default, InputObject)]
pub(crate) struct PenaltyFilter {
    /// Of this driver.
    pub(crate) driver_id: Option<ID>,
    /// Of this fleet's drivers.
    pub(crate) fleet_id: Option<ID>,
    /// Of one of these types.
    #[graphql(name = "type")]
    pub(crate) kind: Option<Vec<PenaltyType>>,
    /// In one of these states.
    pub(crate) state: Option<Vec<PenaltyState>>,
    /// Imposed at this instant or later.
    pub(crate) from: Option<DateTime<Utc>>,
    /// Imposed before this instant.
    pub(crate) to: Option<DateTime<Utc>>,
}

impl PenaltyFilter {
    fn checked(&self) -> Result<Filter> {
        Ok(Filter {
            driver: check::id(self.driver_id.as_ref(), "filter.driverId")?,
            fleet: check::id(self.fleet_id.as_ref(), "filter.fleetId")?,
            kinds: self.kind.as_ref().map(|kinds| kinds.iter().map(|kind| kind.as_str()).collect()),
            states: self.state.as_ref().map(|states| states.iter().map(|state| state.as_str()).collect()),
            from: check::instant(self.from, "filter.from")?,
            to: check::instant(self.to, "filter.to")?,
        })
    }
}

/// Imposes a penalty.
#[derive(Debug, Clone, InputObject, Serialize)]
pub(crate) struct CreatePenaltyInput {
    /// Repeating a request with the same key gives the first answer again.
    pub(crate) idempotency_key: Option<String>,
    /// Who gets it.
    pub(crate) driver_id: ID,
    /// What kind it is.
    #[graphql(name = "type")]
    #[serde(rename = "type")]
    pub(crate) kind: PenaltyType,
    /// How much; for MONETARY only.
    pub(crate) amount_paise: Option<Paise>,
    /// Why.
    pub(crate) reason: String,
    /// What it is about.
    pub(crate) category: Option<PenaltyCategory>,
    /// When it begins; for SUSPENSION only.
    pub(crate) suspension_start: Option<DateTime<Utc>>,
    /// When it ends; for SUSPENSION only.
    pub(crate) suspension_end: Option<DateTime<Utc>>,
}

/// Takes a penalty back.
#[derive(Debug, Clone, InputObject, Serialize)]
pub(crate) struct WaivePenaltyInput {
    /// Repeating a request with the same key gives the first answer again.
    pub(crate) idempotency_key: Option<String>,
    /// The penalty.
    pub(crate) id: ID,
    /// Why.
    pub(crate) reason: String,
}

/// Notes that you looked at a penalty.
#[derive(Debug, Clone, InputObject, Serialize)]
pub(crate) struct ReviewPenaltyInput {
    /// Repeating a request with the same key gives the first answer again.
    pub(crate) idempotency_key: Option<String>,
    /// The penalty.
    pub(crate) id: ID,
    /// What you found.
    pub(crate) notes: String,
}

/// Queries about penalties.
#[derive(Default)]
pub(crate) struct PenaltyQuery;

#[Object]
impl PenaltyQuery {
    /// Penalties in your scope, the newest first.
    async fn penalties(
        &self,
        ctx: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
        filter: Option<PenaltyFilter>,
    ) -> Result<Connection<Penalty>> {
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

    /// Sums over the penalties that `penalties` would list.
    async fn penalty_summary(
        &self,
        ctx: &Context<'_>,
        filter: Option<PenaltyFilter>,
    ) -> Result<PenaltySummary> {
        let by = actor(ctx, EVERYBODY)?;
        let filter = filter.unwrap_or_default().checked()?;
        let totals = repository::totals(&by.app.pool, &by.scope(), &filter).await?;
        Ok(PenaltySummary {
            count: totals.count,
            total: money(totals.amount_paise),
            outstanding: money(totals.outstanding_paise),
            waived: money(totals.waived_paise),
        })
    }
}

/// Mutations of penalties.
#[derive(Default)]
pub(crate) struct PenaltyMutation;

#[Object]
impl PenaltyMutation {
    /// Imposes a penalty on a driver in your scope. A suspension begins by itself at its time, and ends by itself.
    async fn create_penalty(&self, ctx: &Context<'_>, input: CreatePenaltyInput) -> Result<Penalty> {
        service::create(&actor(ctx, ADMINS)?, input).await
    }

    /// Takes a penalty back: what it took is refunded, and its hold on the driver is lifted unless another penalty holds.
    async fn waive_penalty(&self, ctx: &Context<'_>, input: WaivePenaltyInput) -> Result<Penalty> {
        waive::waive(&actor(ctx, ADMINS)?, input).await
    }

    /// Notes that you looked at a penalty.
    async fn review_penalty(&self, ctx: &Context<'_>, input: ReviewPenaltyInput) -> Result<Penalty> {
        service::review(&actor(ctx, ADMINS)?, input).await
    }
}
