//! Drivers coming and going, live.

use std::collections::HashMap;

use async_graphql::{Context, ID, SimpleObject, Subscription};
use chrono::{DateTime, Utc};
use futures_util::{Stream, StreamExt, stream};
use kit::error::{Error, Result};
use kit::feed::{Cursor, Feed, FeedItem};
use kit::outbox::Filter;
use kit::{Scope, loader};
use serde::Deserialize;
use uuid::Uuid;

use super::loader::DriverById;
use super::repository::{self, Group};
use super::{Driver, DriverStatus, KycStatus};
use crate::actor::{ADMINS, actor};
use crate::input as check;
use crate::scope::is_news;

/// A driver's standing as of one change.
#[derive(Debug, Clone, SimpleObject)]
#[graphql(complex)]
pub(crate) struct DriverStatusUpdate {
    /// The driver.
    driver_id: ID,
    /// Whether they may work.
    status: DriverStatus,
    /// How far KYC has come.
    kyc_status: KycStatus,
    /// Free to work.
    is_available: bool,
    /// The driver's version; it only grows.
    version: i64,
    /// Where to go on after a reconnect.
    cursor: String,
    /// When it happened.
    occurred_at: DateTime<Utc>,
    #[graphql(skip)]
    id: Uuid,
}

#[async_graphql::ComplexObject]
impl DriverStatusUpdate {
    /// The driver as they are now; null if they have left your scope.
    async fn driver(&self, ctx: &Context<'_>) -> Result<Option<Driver>> {
        loader::load::<DriverById>(ctx, self.id).await
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Snapshot {
    driver_id: Uuid,
    fleet_id: Option<Uuid>,
    hub_id: Option<Uuid>,
    status: DriverStatus,
    kyc_status: KycStatus,
    is_available: bool,
}

/// How many drivers a subscription begins with at most.
const PICTURE: i64 = 1_000;

/// The events that it tells of.
const HEARD: [&str; 4] =
    ["driver.created", "driver.status_changed", "driver.kyc_changed", "driver.availability_changed"];

/// Subscriptions to drivers.
#[derive(Default)]
pub(crate) struct DriverSubscription;

#[Subscription]
impl DriverSubscription {
    /// A fleet's drivers in your scope as they stand (up to 1,000, the oldest first), then every new one and every change of status,
    /// KYC or availability. With the cursor of the last update you got, the stream goes on from there instead.
    async fn driver_status_changed<'ctx>(
        &self,
        ctx: &Context<'ctx>,
        fleet_id: Option<ID>,
        after: Option<String>,
    ) -> Result<impl Stream<Item = Result<DriverStatusUpdate>> + use<'ctx>> {
        let by = actor(ctx, ADMINS)?;
        let fleet = by.fleet(check::id(fleet_id.as_ref(), "fleetId")?, "fleetId")?;
        let scope = by.scope();
        let feed = ctx.data_opt::<Feed>().ok_or_else(|| Error::internal("no feed"))?;
        let (start, standing) = match after {
            Some(cursor) => (Cursor::decode(&cursor)?, Vec::new()),
            None => {
                let now = feed.now().await?;
                let found =
                    repository::first_pages(&by.app.pool, &scope, Group::Fleet, &[fleet], PICTURE).await?;
                (now, found)
            }
        };
        let seen: HashMap<Uuid, i64> = standing.iter().map(|driver| (driver.id, driver.version)).collect();
        let picture: Vec<_> = standing.iter().rev().map(|driver| Ok(initial(driver, start))).collect();
        let changes = feed.follow(start, Filter::types(&HEARD)).filter_map(move |item| {
            let update = changed(item, fleet, &scope)
                .map(|update| update.filter(|update| is_news(&seen, update.id, update.version)))
                .transpose();
            async move { update }
        });
        Ok(stream::iter(picture).chain(changes))
    }
}

fn initial(driver: &Driver, at: Cursor) -> DriverStatusUpdate {
    DriverStatusUpdate {
        driver_id: driver.id.into(),
        status: driver.status,
        kyc_status: driver.kyc_status,
        is_available: driver.is_available,
        version: driver.version,
        cursor: at.encode(),
        occurred_at: driver.updated_at,
        id: driver.id,
    }
}

/// A feed item as an update; None for drivers elsewhere. The scope is looked at for every event, by where the driver was.
fn changed(item: Result<FeedItem>, fleet: Uuid, scope: &Scope) -> Result<Option<DriverStatusUpdate>> {
    let item = item?;
    let event = &item.placed.envelope;
    let driver: Snapshot = event.read(1)?;
    if driver.fleet_id != Some(fleet) || !crate::scope::sees(scope, driver.fleet_id, driver.hub_id) {
        return Ok(None);
    }
    Ok(Some(DriverStatusUpdate {
        driver_id: driver.driver_id.into(),
        status: driver.status,
        kyc_status: driver.kyc_status,
        is_available: driver.is_available,
        version: event.aggregate_version,
        cursor: item.cursor(),
        occurred_at: event.occurred_at,
        id: driver.driver_id,
    }))
}
