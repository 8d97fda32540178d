//! Trips as they change: a snapshot first, then every change once and in order, from the outbox of this database.

use async_graphql::{Context, ID, SimpleObject, Subscription};
use chrono::{DateTime, Utc};
use futures_util::stream::{self, Stream};
use kit::error::{Error, Result};
use kit::feed::Cursor;
use kit::outbox::Filter as Wanted;
use kit::viewer::caller;
use kit::{Caller, Scope};
use uuid::Uuid;

use super::watch::{Watch, Watched};
use crate::access;
use crate::app::App;
use crate::extends::{Driver, Vehicle};
use crate::geo::Point;
use crate::id::{Key, uuid};
use crate::trip::repository::list::{self, Filter};
use crate::trip::{Trip, TripStatus, service};

/// Open trips that a snapshot shows at most, the earliest pickups: ten times a large fleet's day.
const MOST_SHOWN: i64 = 2_000;

/// A trip after a change. Status, version, driver and vehicle are those that the change made, also when it is
/// delivered later.
#[derive(Clone, Debug, SimpleObject)]
pub struct TripUpdate {
    /// The trip.
    pub trip_id: ID,
    /// The status after the change.
    pub status: TripStatus,
    /// The version that the change made; grows by one, so that a gap shows.
    pub version: i64,
    /// Hand it to `after` to go on behind this change.
    pub cursor: String,
    /// When the change happened.
    pub occurred_at: DateTime<Utc>,
    /// The driver after the change.
    pub driver: Option<Driver>,
    /// The vehicle after the change.
    pub vehicle: Option<Vehicle>,
    /// The trip as it is when this is delivered.
    pub trip: Trip,
}

impl TripUpdate {
    /// A trip as it is now, before any change.
    pub(super) fn snapshot(trip: Trip, cursor: Cursor) -> Self {
        Self {
            trip_id: ID::from(trip.id),
            status: trip.status,
            version: trip.version,
            cursor: cursor.encode(),
            occurred_at: trip.updated_at,
            driver: trip.driver_id.map(|id| Driver { id }),
            vehicle: trip.vehicle_id.map(|id| Vehicle { id }),
            trip,
        }
    }
}

/// Where a trip's vehicle is.
#[derive(Clone, Debug, SimpleObject)]
pub struct TripLocation {
    /// The trip.
    pub trip_id: ID,
    /// The place.
    pub point: Point,
    /// When the driver's phone was there.
    pub recorded_at: DateTime<Utc>,
    /// Hand it to `after` to go on behind this position.
    pub cursor: String,
}

#[derive(Default)]
pub struct TripSubscription;

#[Subscription]
impl TripSubscription {
    /// One trip: as it is now, then every change. With `after` there is no snapshot but what was missed since.
    async fn trip_status_changed(
        &self,
        ctx: &Context<'_>,
        trip_id: ID,
        #[graphql(desc = "The cursor of the last change that you saw")] after: Option<String>,
    ) -> Result<impl Stream<Item = Result<TripUpdate>> + use<>> {
        let (app, scope) = viewer(ctx)?;
        let cursor = start(&app, after.as_deref()).await?;
        let trip = service::find(&app, &scope, &Key::parse(&trip_id)).await?;
        let watch = Watch::new(&app, scope, cursor, Wanted::aggregate(trip.id), Watched::One);
        let (first, watch) = match after {
            Some(_) => (Vec::new(), watch),
            None => {
                let seen = watch.seen(trip.id, trip.version);
                (vec![Ok(TripUpdate::snapshot(trip, cursor))], seen)
            }
        };
        Ok(futures_util::StreamExt::chain(stream::iter(first), watch.updates()))
    }

    /// The trips that are given to you, the signed-in driver: those you have and have not started, then every new one.
    async fn my_trip_assigned(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The cursor of the last change that you saw")] after: Option<String>,
    ) -> Result<impl Stream<Item = Result<TripUpdate>> + use<>> {
        access::driver(caller(ctx))?;
        let (app, scope) = viewer(ctx)?;
        let cursor = start(&app, after.as_deref()).await?;
        let wanted = Wanted::types(&["trip.driver_assigned"]);
        let watch = Watch::new(&app, scope.clone(), cursor, wanted, Watched::Mine);
        let dispatched = Filter { statuses: vec![TripStatus::DriverAssigned], ..Filter::default() };
        snapshots(app, scope, (cursor, after.is_some()), dispatched, watch).await
    }

    /// The trips of a fleet: the open ones as they are now, then every change. Without `statuses` every status counts.
    async fn fleet_trips(
        &self,
        ctx: &Context<'_>,
        fleet_id: ID,
        #[graphql(desc = "Only changes into one of these")] statuses: Option<Vec<TripStatus>>,
        #[graphql(desc = "The cursor of the last change that you saw")] after: Option<String>,
    ) -> Result<impl Stream<Item = Result<TripUpdate>> + use<>> {
        access::admin(caller(ctx))?;
        let (app, scope) = viewer(ctx)?;
        let fleet = uuid("fleetId", &fleet_id)?;
        if !access::covers_fleet(&scope, fleet) {
            return Err(Error::forbidden("This is not your fleet").field("fleetId"));
        }
        let cursor = start(&app, after.as_deref()).await?;
        let statuses = statuses.unwrap_or_default();
        let open: Vec<TripStatus> =
            TripStatus::ALL.into_iter().filter(|status| !status.is_terminal()).collect();
        let shown = open.into_iter().filter(|status| statuses.is_empty() || statuses.contains(status));
        let filter = Filter { statuses: shown.collect(), fleet_id: Some(fleet), ..Filter::default() };
        let watched = Watched::Fleet { fleet, statuses };
        let watch = Watch::new(&app, scope.clone(), cursor, Wanted::types(&["trip.*"]), watched);
        // None of the statuses asked for is an open one: there is nothing to show yet.
        let resumed = after.is_some() || filter.statuses.is_empty();
        snapshots(app, scope, (cursor, resumed), filter, watch).await
    }

    /// Where a trip's vehicle is: the last known position, then every new one.
    async fn trip_location(
        &self,
        ctx: &Context<'_>,
        trip_id: ID,
        #[graphql(desc = "The cursor of the last position that you saw")] after: Option<String>,
    ) -> Result<impl Stream<Item = Result<TripLocation>> + use<>> {
        let (app, scope) = viewer(ctx)?;
        let cursor = start(&app, after.as_deref()).await?;
        let trip = service::find(&app, &scope, &Key::parse(&trip_id)).await?;
        let last = Point::of(trip.last_lat, trip.last_lng).zip(trip.last_location_at);
        let first = last.filter(|_| after.is_none()).map(|(point, recorded_at)| {
            Ok(TripLocation { trip_id: ID::from(trip.id), point, recorded_at, cursor: cursor.encode() })
        });
        let wanted = Wanted { aggregate_id: Some(trip.id), patterns: vec!["trip.location".to_owned()] };
        let watch = Watch::new(&app, scope, cursor, wanted, Watched::One);
        Ok(futures_util::StreamExt::chain(stream::iter(first), watch.locations()))
    }
}

fn viewer(ctx: &Context<'_>) -> Result<(App, Scope)> {
    let caller: &Caller = caller(ctx);
    caller.viewer()?;
    Ok((ctx.data_unchecked::<App>().clone(), caller.scope()))
}

/// Where to begin: at the client's cursor, or at the present, which is taken before the snapshot is read.
async fn start(app: &App, after: Option<&str>) -> Result<Cursor> {
    match after {
        Some(cursor) => Cursor::decode(cursor),
        None => app.feed.now().await,
    }
}

/// The trips that match now, unless the client resumes, followed by the changes.
async fn snapshots(
    app: App,
    scope: Scope,
    (cursor, resumed): (Cursor, bool),
    filter: Filter,
    watch: Watch,
) -> Result<impl Stream<Item = Result<TripUpdate>> + use<>> {
    let mut trips = Vec::new();
    if !resumed {
        let mut conn = app.pool.acquire().await?;
        trips = list::all(&mut conn, &scope, &filter, MOST_SHOWN).await?;
    }
    let seen: Vec<(Uuid, i64)> = trips.iter().map(|trip| (trip.id, trip.version)).collect();
    let watch = seen.into_iter().fold(watch, |watch, (id, version)| watch.seen(id, version));
    let first: Vec<_> = trips.into_iter().map(|trip| Ok(TripUpdate::snapshot(trip, cursor))).collect();
    Ok(futures_util::StreamExt::chain(stream::iter(first), watch.updates()))
}
