//! Payouts as clients see and ask for them.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use chrono::{DateTime, Utc};
use kit::error::Result;
use kit::page::{Connection, PageArgs, connection, wants_total};
use kit::{Money, loader};
use serde_json::json;

use super::import::PayoutProblem;
use super::repository::{self, Filter};
use super::{Payout, PayoutStatus, service};
use crate::actor::{MONEY, MONEY_OR_SELF, actor, app};
use crate::driver::Driver;
use crate::driver::loader::DriverById;
use crate::input as check;
use crate::seal::Field;
use crate::wallet::graphql::money;

impl PayoutStatus {
    fn as_str(self) -> &'static str {
        match self {
            PayoutStatus::Pending => "PENDING",
            PayoutStatus::Success => "SUCCESS",
            PayoutStatus::Failed => "FAILED",
        }
    }
}

/// An order to pay a driver.
#[Object]
impl Payout {
    /// The payout's id.
    async fn id(&self) -> ID {
        self.id.into()
    }

    /// A short id for people, like PAY20260127001.
    async fn short_id(&self) -> &str {
        &self.short_id
    }

    /// Who is paid.
    async fn driver(&self, ctx: &Context<'_>) -> Result<Option<Driver>> {
        loader::load::<DriverById>(ctx, self.driver_id).await
    }

    /// The account it goes to: the driver's when it was ordered, whatever it is by now. Null for old ones.
    async fn account_number(&self, ctx: &Context<'_>) -> Result<Option<String>> {
        let Some(sealed) = &self.bank_account_sealed else { return Ok(None) };
        app(ctx)?.sealer.open(self.driver_id, Field::BankAccount, sealed).map(Some)
    }

    /// How much leaves the bank.
    async fn amount(&self) -> Money {
        money(self.amount_paise)
    }

    /// What of it is a reward.
    async fn incentive(&self) -> Money {
        money(self.incentive_paise)
    }

    /// What was taken off before.
    async fn penalty(&self) -> Money {
        money(self.penalty_paise)
    }

    /// The cycle it belongs to, in the words of the file.
    async fn cycle(&self) -> &str {
        &self.cycle
    }

    /// How far it has come.
    async fn status(&self) -> PayoutStatus {
        self.status
    }

    /// The transaction that books it.
    async fn transaction_id(&self) -> Option<ID> {
        self.transaction_id.map(ID::from)
    }

    /// When the bank answered.
    async fn processed_at(&self) -> Option<DateTime<Utc>> {
        self.processed_at
    }

    /// When it was ordered.
    async fn created_at(&self) -> DateTime<Utc> {
        self.created_at
    }

    /// Who ordered it.
    async fn created_by(&self) -> Option<ID> {
        self.created_by.map(ID::from)
    }
}

/// What became of a payout file.
#[derive(Debug, Clone, SimpleObject)]
pub(crate) struct PayoutImport {
    /// What was ordered; a job carries it out.
    pub(crate) payouts: Vec<Payout>,
    /// Lines that had been ordered before: same driver, amount and cycle.
    pub(crate) skipped: i32,
    /// Lines that can't be paid.
    pub(crate) problems: Vec<PayoutProblem>,
}

/// A payout file.
#[derive(Debug, Clone, InputObject)]
pub(crate) struct ImportPayoutsInput {
    /// Accepted on every mutation; a file that is imported again orders nothing twice anyway.
    pub(crate) idempotency_key: Option<String>,
    /// Comma-separated text. The first line names the columns phone, accountNumber, amount, penalty, incentive, payoutCycle;
    /// amounts are rupees.
    pub(crate) csv: String,
}

/// Which payouts to list. Every condition narrows the list; your scope does as well.
#[derive(Debug, Clone, Default, InputObject)]
pub(crate) struct PayoutFilter {
    /// Of this driver.
    pub(crate) driver_id: Option<ID>,
    /// Of this fleet's drivers.
    pub(crate) fleet_id: Option<ID>,
    /// In one of these statuses.
    pub(crate) status: Option<Vec<PayoutStatus>>,
}

/// Queries about payouts.
#[derive(Default)]
pub(crate) struct PayoutQuery;

#[Object]
impl PayoutQuery {
    /// Payouts in your scope, the newest first.
    async fn payouts(
        &self,
        ctx: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
        filter: Option<PayoutFilter>,
    ) -> Result<Connection<Payout>> {
        let by = actor(ctx, MONEY_OR_SELF)?;
        let (page, filter) = (PageArgs::parse(first, after)?, filter.unwrap_or_default());
        let filter = Filter {
            driver: check::id(filter.driver_id.as_ref(), "filter.driverId")?,
            fleet: check::id(filter.fleet_id.as_ref(), "filter.fleetId")?,
            statuses: filter.status.map(|all| all.into_iter().map(PayoutStatus::as_str).collect()),
        };
        let (pool, scope) = (&by.app.pool, by.scope());
        let rows = repository::page(pool, &scope, &filter, &page).await?;
        let total =
            if wants_total(ctx) { Some(repository::count(pool, &scope, &filter).await?) } else { None };
        Ok(connection(&page, rows, |row| json!((row.created_at, row.id)), total))
    }
}

/// Mutations of payouts.
#[derive(Default)]
pub(crate) struct PayoutMutation;

#[Object]
impl PayoutMutation {
    /// Takes in a payout file. Good lines become payouts that a job carries out; the answer lists the others.
    async fn import_payouts(&self, ctx: &Context<'_>, input: ImportPayoutsInput) -> Result<PayoutImport> {
        service::import(&actor(ctx, MONEY)?, input).await
    }
}
