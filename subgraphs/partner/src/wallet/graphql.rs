//! Wallets and the ledger as clients see and ask for them.

use std::collections::HashMap;

use async_graphql::{Context, ID, InputObject, Object};
use chrono::{DateTime, Utc};
use kit::error::Result;
use kit::loader::{self, Batch, Source};
use kit::page::{Connection, PageArgs, connection, wants_total};
use kit::{Money, Paise};
use serde::Serialize;
use serde_json::json;
use uuid::Uuid;

use super::ledger::{LedgerEntry, LedgerFilter, LedgerTransaction};
use super::{Account, PaymentMethod, TransactionStatus, TransactionType, Wallet, repository, service};
use crate::actor::{DRIVERS, MONEY, MONEY_OR_SELF, actor};
use crate::driver::Driver;
use crate::driver::loader::{DriverById, DriverByUser};
use crate::extends::load_by;

/// An amount as clients see it.
pub(crate) fn money(paise: i64) -> Money {
    Money::from(Paise(paise))
}

/// A driver's money.
#[Object]
impl Wallet {
    /// Whose wallet it is.
    async fn driver_id(&self) -> ID {
        self.driver_id.into()
    }

    /// What the company owes the driver for work.
    async fn earnings(&self) -> Money {
        money(self.earnings_paise)
    }

    /// The security deposit.
    async fn deposit(&self) -> Money {
        money(self.deposit_paise)
    }

    /// Fares in cash that the driver has yet to hand over.
    async fn cash_held(&self) -> Money {
        money(self.cash_held_paise)
    }

    /// What would be paid out now: earnings less cash held.
    async fn net_payable(&self) -> Money {
        money(self.net_payable_paise())
    }

    /// Grows with every movement.
    async fn version(&self) -> i64 {
        self.version
    }

    /// When money last moved.
    async fn updated_at(&self) -> DateTime<Utc> {
        self.updated_at
    }
}

/// A movement of money. It is never changed after it was booked; what is wrong is booked back.
#[Object]
impl LedgerTransaction {
    /// The transaction's id.
    async fn id(&self) -> ID {
        self.id.into()
    }

    /// A short id for people, like TXN20260127001.
    async fn short_id(&self) -> &str {
        &self.short_id
    }

    /// The driver whose money moved.
    async fn driver(&self, ctx: &Context<'_>) -> Result<Option<Driver>> {
        match self.driver_id {
            Some(id) => loader::load::<DriverById>(ctx, id).await,
            None => Ok(None),
        }
    }

    /// Why.
    #[graphql(name = "type")]
    async fn kind(&self) -> TransactionType {
        self.kind
    }

    /// How far it has come.
    async fn status(&self) -> TransactionStatus {
        self.status
    }

    /// From the driver's side: negative is a deduction.
    async fn amount(&self) -> Money {
        money(self.amount_paise)
    }

    /// How the money changed hands.
    async fn payment_method(&self) -> PaymentMethod {
        self.payment_method
    }

    /// In words.
    async fn description(&self) -> Option<&str> {
        self.description.as_deref()
    }

    /// The trip it pays.
    async fn trip_id(&self) -> Option<ID> {
        self.trip_id.map(ID::from)
    }

    /// The penalty it takes.
    async fn penalty_id(&self) -> Option<ID> {
        self.penalty_id.map(ID::from)
    }

    /// The incentive it pays.
    async fn incentive_id(&self) -> Option<ID> {
        self.incentive_id.map(ID::from)
    }

    /// The day's collection it settles.
    async fn collection_id(&self) -> Option<ID> {
        self.collection_id.map(ID::from)
    }

    /// The rental it pays.
    async fn rental_id(&self) -> Option<ID> {
        self.rental_id.map(ID::from)
    }

    /// The payout it is.
    async fn payout_id(&self) -> Option<ID> {
        self.payout_id.map(ID::from)
    }

    /// The reference of the bank, gateway or cash book.
    async fn external_id(&self) -> Option<&str> {
        self.external_id.as_deref()
    }

    /// When it was booked.
    async fn created_at(&self) -> DateTime<Utc> {
        self.created_at
    }

    /// Who booked it; null for what an event or time brought.
    async fn created_by(&self) -> Option<ID> {
        self.created_by.map(ID::from)
    }

    /// Its sides; they sum to zero.
    async fn entries(&self, ctx: &Context<'_>) -> Result<Vec<LedgerEntry>> {
        Ok(loader::load::<EntriesByTransaction>(ctx, self.id).await?.unwrap_or_default())
    }
}

/// One side of a movement.
#[Object]
impl LedgerEntry {
    /// Which account it moves.
    async fn account(&self) -> Account {
        self.account
    }

    /// Credit is positive, debit negative.
    async fn amount(&self) -> Money {
        money(self.amount_paise)
    }

    /// The balance of the driver's account behind it; null for the company's accounts.
    async fn balance_after(&self) -> Option<Money> {
        self.balance_after.map(money)
    }
}

/// A security deposit that was paid in.
#[derive(Debug, Clone, InputObject, Serialize)]
pub(crate) struct RecordDepositInput {
    /// Repeating a request with the same key gives the first answer again.
    pub(crate) idempotency_key: Option<String>,
    /// Whose deposit.
    pub(crate) driver_id: ID,
    /// How much, more than zero.
    pub(crate) amount_paise: Paise,
    /// How it was paid.
    pub(crate) payment_method: PaymentMethod,
    /// The reference of the bank or cash book; the same one is never booked twice.
    pub(crate) external_id: Option<String>,
    /// In words.
    pub(crate) description: Option<String>,
}

/// Wallets by driver, within the viewer's scope.
pub(crate) struct WalletByDriver;

impl Batch for WalletByDriver {
    type Key = Uuid;
    type Value = Wallet;

    async fn load(source: &Source, keys: &[Uuid]) -> Result<HashMap<Uuid, Wallet>> {
        let found = repository::find_many(&source.pool, &source.caller.scope(), keys).await?;
        Ok(found.into_iter().map(|wallet| (wallet.driver_id, wallet)).collect())
    }
}

/// Entries of transactions that were loaded within the viewer's scope.
pub(crate) struct EntriesByTransaction;

impl Batch for EntriesByTransaction {
    type Key = Uuid;
    type Value = Vec<LedgerEntry>;

    async fn load(source: &Source, keys: &[Uuid]) -> Result<HashMap<Uuid, Vec<LedgerEntry>>> {
        let mut all: HashMap<Uuid, Vec<LedgerEntry>> = HashMap::new();
        for entry in repository::entries(&source.pool, keys).await? {
            all.entry(entry.transaction_id).or_default().push(entry);
        }
        Ok(all)
    }
}

/// Queries about money.
#[derive(Default)]
pub(crate) struct WalletQuery;

#[Object]
impl WalletQuery {
    /// A driver's wallet; null if there is no such driver in your scope.
    async fn wallet(&self, ctx: &Context<'_>, driver_id: ID) -> Result<Option<Wallet>> {
        actor(ctx, MONEY_OR_SELF)?;
        load_by::<WalletByDriver>(ctx, &driver_id).await
    }

    /// Your own wallet; null until you have a driver profile.
    async fn my_wallet(&self, ctx: &Context<'_>) -> Result<Option<Wallet>> {
        let by = actor(ctx, DRIVERS)?;
        match loader::load::<DriverByUser>(ctx, by.viewer.user_id).await? {
            Some(driver) => loader::load::<WalletByDriver>(ctx, driver.id).await,
            None => Ok(None),
        }
    }

    /// Movements of money in your scope, the newest first.
    async fn ledger(
        &self,
        ctx: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
        filter: Option<LedgerFilter>,
    ) -> Result<Connection<LedgerTransaction>> {
        let by = actor(ctx, MONEY_OR_SELF)?;
        let (page, filter) = (PageArgs::parse(first, after)?, filter.unwrap_or_default());
        let (pool, scope) = (&by.app.pool, by.scope());
        let rows = repository::page(pool, &scope, &filter, &page).await?;
        let total =
            if wants_total(ctx) { Some(repository::count(pool, &scope, &filter).await?) } else { None };
        Ok(connection(&page, rows, |row| json!((row.created_at, row.id)), total))
    }
}

/// Mutations of money.
#[derive(Default)]
pub(crate) struct WalletMutation;

#[Object]
impl WalletMutation {
    /// Books a security deposit that a driver paid in.
    async fn record_deposit(
        &self,
        ctx: &Context<'_>,
        input: RecordDepositInput,
    ) -> Result<LedgerTransaction> {
        service::record_deposit(&actor(ctx, MONEY)?, input).await
    }
}
