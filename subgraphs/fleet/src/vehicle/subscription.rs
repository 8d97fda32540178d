//! Live changes of vehicles' statuses: first how things stand, then every change in order.

use std::sync::Arc;

use async_graphql::{Context, ID, SimpleObject, Subscription};
use chrono::{DateTime, Utc};
use futures_util::{Stream, StreamExt, stream};
use kit::feed::{Cursor, FeedItem};
use kit::outbox::Filter;
use kit::{Envelope, Error, Result};
use serde::Deserialize;
use uuid::Uuid;

use super::{Vehicle, VehicleStatus, repository};
use crate::access::{Reach, STAFF};
use crate::app::{App, acting, reach};
use crate::check;
use crate::events::VERSION;
use crate::listing;

/// A vehicle's status, as it stands or as it has just become.
#[derive(Clone, Debug, SimpleObject)]
pub struct VehicleStatusUpdate {
    /// The vehicle.
    vehicle: Vehicle,
    /// Its status at that moment.
    status: VehicleStatus,
    /// What it was before; nothing in the picture that comes first.
    previous_status: Option<VehicleStatus>,
    /// The vehicle's version at that moment; grows with every change.
    version: i64,
    /// Given back as `after` to go on from here.
    cursor: String,
    /// When it became so.
    occurred_at: DateTime<Utc>,
}

/// What clients may watch.
#[derive(Default)]
pub struct VehicleSubscription;

#[Subscription]
impl VehicleSubscription {
    /// The statuses of a fleet's vehicles: first one update for every vehicle as it stands, then one for every change,
    /// in order. With `after`, only the changes since then.
    async fn vehicle_status_changed(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The fleet to watch.")] fleet_id: ID,
        #[graphql(desc = "The cursor of the last update that was seen.")] after: Option<String>,
    ) -> async_graphql::Result<impl Stream<Item = async_graphql::Result<VehicleStatusUpdate>> + use<>> {
        let (_, viewer) = acting(ctx)?;
        viewer.require(&STAFF)?;
        let fleet = check::id("fleetId", &fleet_id)?;
        let app = ctx.data::<Arc<App>>()?.clone();
        Ok(watch(app, reach(ctx), fleet, after).await?)
    }
}

async fn watch(
    app: Arc<App>,
    reach: Reach,
    fleet: Uuid,
    after: Option<String>,
) -> Result<impl Stream<Item = async_graphql::Result<VehicleStatusUpdate>> + use<>> {
    let (from, picture) = match after {
        Some(cursor) => (Cursor::decode(&cursor)?, Vec::new()),
        None => {
            let now = app.feed.now().await?;
            let mut conn = app.pool.acquire().await?;
            (now, repository::of_fleet(&mut conn, &reach, fleet).await?)
        }
    };
    let seen: std::collections::HashMap<Uuid, i64> =
        picture.iter().map(|vehicle| (vehicle.id, vehicle.version)).collect();
    let first = stream::iter(picture.into_iter().map(move |vehicle| Ok(standing(vehicle, from))));
    let changes = app.feed.follow(from, Filter::types(&["vehicle.status_changed"])).filter_map(move |item| {
        let (app, reach) = (app.clone(), reach.clone());
        let item = item.map(|item| (known(&item.placed.envelope, &seen), item));
        async move {
            match item {
                Ok((true, _)) => None,
                Ok((false, item)) => {
                    update(&app, &reach, fleet, &item).await.transpose().map(|u| u.map_err(Into::into))
                }
                Err(error) => Some(Err(error.into())),
            }
        }
    });
    Ok(first.chain(changes))
}

/// True for a change that the first picture held already.
fn known(event: &Envelope, seen: &std::collections::HashMap<Uuid, i64>) -> bool {
    seen.get(&event.aggregate_id).is_some_and(|version| event.aggregate_version <= *version)
}

fn standing(vehicle: Vehicle, at: Cursor) -> VehicleStatusUpdate {
    VehicleStatusUpdate {
        status: vehicle.status,
        previous_status: None,
        version: vehicle.version,
        cursor: at.encode(),
        occurred_at: vehicle.updated_at,
        vehicle,
    }
}

/// What one event means for one watcher: nothing if it is about another fleet or out of their reach by now.
async fn update(
    app: &App,
    reach: &Reach,
    fleet: Uuid,
    item: &FeedItem,
) -> Result<Option<VehicleStatusUpdate>> {
    let event = &item.placed.envelope;
    let change: Change = event.read(VERSION)?;
    if change.fleet_id != Some(fleet) {
        return Ok(None);
    }
    let mut conn = app.pool.acquire().await.map_err(Error::from)?;
    let vehicle =
        listing::repository::find_many::<Vehicle>(&mut conn, reach, &[event.aggregate_id]).await?.pop();
    Ok(vehicle.map(|vehicle| VehicleStatusUpdate {
        vehicle,
        status: change.status,
        previous_status: Some(change.previous_status),
        version: event.aggregate_version,
        cursor: item.cursor(),
        occurred_at: event.occurred_at,
    }))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Change {
    fleet_id: Option<Uuid>,
    status: VehicleStatus,
    previous_status: VehicleStatus,
}
