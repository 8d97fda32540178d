//! The wallet, live.

use async_graphql::{Context, SimpleObject, Subscription};
use futures_util::{Stream, StreamExt, stream};
use kit::error::{Error, Result};
use kit::feed::{Cursor, Feed, FeedItem};
use kit::outbox::Filter;
use kit::{Caller, Money};
use serde::Deserialize;
use uuid::Uuid;

use super::graphql::money;
use super::{Wallet, repository};
use crate::actor::{DRIVERS, actor, app};
use crate::driver::repository::{self as drivers, By};

/// A wallet at one moment.
#[derive(Debug, Clone, SimpleObject)]
pub(crate) struct WalletUpdate {
    /// What the company owes you for work.
    earnings: Money,
    /// Your security deposit.
    deposit: Money,
    /// Fares in cash that you have yet to hand over.
    cash_held: Money,
    /// What would be paid out now.
    net_payable: Money,
    /// Grows with every movement, by more than one where a movement touches several balances.
    version: i64,
    /// Where to go on after a reconnect.
    cursor: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Updated {
    earnings: i64,
    deposit: i64,
    cash_held: i64,
    version: i64,
}

fn update(wallet: &Updated, cursor: String) -> WalletUpdate {
    WalletUpdate {
        earnings: money(wallet.earnings),
        deposit: money(wallet.deposit),
        cash_held: money(wallet.cash_held),
        net_payable: money(wallet.earnings - wallet.cash_held),
        version: wallet.version,
        cursor,
    }
}

/// The driver of the caller, as long as they still are one.
async fn own_driver(pool: &sqlx::PgPool, caller: &Caller) -> Result<Uuid> {
    let user = caller.viewer()?.user_id;
    let found = drivers::find_many(pool, &caller.scope(), By::User, &[user]).await?;
    found.first().map(|driver| driver.id).ok_or_else(|| Error::not_found("Driver profile"))
}

/// Subscriptions to money.
#[derive(Default)]
pub(crate) struct WalletSubscription;

#[Subscription]
impl WalletSubscription {
    /// Your wallet now, then after every movement. With the cursor of the last update you got, the stream goes on from there
    /// instead.
    async fn my_wallet_changed<'ctx>(
        &self,
        ctx: &Context<'ctx>,
        after: Option<String>,
    ) -> Result<impl Stream<Item = Result<WalletUpdate>> + use<'ctx>> {
        let by = actor(ctx, DRIVERS)?;
        let feed = ctx.data_opt::<Feed>().ok_or_else(|| Error::internal("no feed"))?;
        let pool = app(ctx)?.pool.clone();
        let driver_id = own_driver(&pool, by.caller).await?;
        let (start, snapshot) = match after {
            Some(cursor) => (Cursor::decode(&cursor)?, None),
            None => {
                let now = feed.now().await?;
                let wallet =
                    repository::find_many(&pool, &by.scope(), &[driver_id]).await?.into_iter().next();
                (now, wallet.map(|wallet| initial(&wallet, now)))
            }
        };
        let seen = snapshot.as_ref().map_or(-1, |update| update.version);
        let filter = Filter { aggregate_id: Some(driver_id), patterns: vec!["wallet.updated".to_owned()] };
        let changes =
            feed.follow(start, filter).filter_map(move |item| async move { changed(item, seen).transpose() });
        Ok(stream::iter(snapshot.map(Ok)).chain(changes))
    }
}

fn initial(wallet: &Wallet, at: Cursor) -> WalletUpdate {
    let wallet = Updated {
        earnings: wallet.earnings_paise,
        deposit: wallet.deposit_paise,
        cash_held: wallet.cash_held_paise,
        version: wallet.version,
    };
    update(&wallet, at.encode())
}

/// A feed item as an update; None for what the snapshot has shown already.
fn changed(item: Result<FeedItem>, seen: i64) -> Result<Option<WalletUpdate>> {
    let item = item?;
    let wallet: Updated = item.placed.envelope.read(1)?;
    Ok((wallet.version > seen).then(|| update(&wallet, item.cursor())))
}
