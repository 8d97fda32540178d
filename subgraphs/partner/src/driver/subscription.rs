//! Drivers coming and going, live.

use async_graphql::{Context, ID, SimpleObject, Subscription};
use chrono::{DateTime, Utc};
use futures_util::{Stream, StreamExt};
use kit::error::{Error, Result};
use kit::feed::{Cursor, Feed, FeedItem};
use kit::outbox::Filter;
use kit::{Scope, loader};
use serde::Deserialize;
use uuid::Uuid;

use super::loader::DriverById;
use super::{Driver, DriverStatus, KycStatus};
use crate::actor::{ADMINS, actor};
use crate::input as check;

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

/// Subscriptions to drivers.
#[derive(Default)]
pub(crate) struct DriverSubscription;

#[Subscription]
impl DriverSubscription {
    /// Every change of status, KYC or availability of a fleet's drivers in your scope from now on, or from a cursor on. Read
    /// `drivers` first for where they stand.
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
        let start = match after {
            Some(cursor) => Cursor::decode(&cursor)?,
            None => feed.now().await?,
        };
        let filter =
            Filter::types(&["driver.status_changed", "driver.kyc_changed", "driver.availability_changed"]);
        Ok(feed.follow(start, filter).filter_map(move |item| {
            let update = changed(item, fleet, &scope).transpose();
            async move { update }
        }))
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
