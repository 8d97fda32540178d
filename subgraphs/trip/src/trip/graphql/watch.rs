//! One subscriber: reads the feed, leaves out what they have seen or may not see, and stops when they lose the trip.

use std::collections::HashMap;

use async_graphql::ID;
use futures_util::StreamExt;
use futures_util::stream::{self, BoxStream, Stream};
use kit::Scope;
use kit::error::{Error, Result};
use kit::feed::{Cursor, FeedItem};
use kit::outbox::Filter;
use uuid::Uuid;

use super::subscription::{TripLocation, TripUpdate};
use crate::app::App;
use crate::extends::{Driver, Vehicle};
use crate::geo::Point;
use crate::reference::repository as references;
use crate::trip::events::{Located, Snapshot, VERSION};
use crate::trip::repository::list;
use crate::trip::{Trip, TripStatus};

const LOCATION: &str = "trip.location";
const CREATED: &str = "trip.created";

/// What a subscriber follows.
pub(super) enum Watched {
    /// One trip: losing sight of it ends the stream.
    One,
    /// Trips given to whoever watches.
    Mine,
    /// A fleet's trips that change into one of these statuses; all when empty.
    Fleet { fleet: Uuid, statuses: Vec<TripStatus> },
}

impl Watched {
    fn wants(&self, change: &Snapshot) -> bool {
        match self {
            Self::One | Self::Mine => true,
            Self::Fleet { fleet, statuses } => {
                change.fleet_id == Some(*fleet) && (statuses.is_empty() || statuses.contains(&change.status))
            }
        }
    }
}

/// One subscriber's way through the feed.
pub(super) struct Watch {
    app: App,
    scope: Scope,
    feed: BoxStream<'static, Result<FeedItem>>,
    watched: Watched,
    /// The driver who watches their own trips, once it is known which one that is.
    me: Option<Uuid>,
    /// The newest version that was shown of each trip that a snapshot showed, or that this stream follows alone.
    shown: HashMap<Uuid, i64>,
}

impl Watch {
    pub(super) fn new(app: &App, scope: Scope, after: Cursor, filter: Filter, watched: Watched) -> Self {
        let feed = app.feed.follow(after, filter).boxed();
        Self { app: app.clone(), scope, feed, watched, me: None, shown: HashMap::new() }
    }

    /// Leaves out what a snapshot of the trip has shown.
    pub(super) fn seen(mut self, trip: Uuid, version: i64) -> Self {
        self.shown.insert(trip, version);
        self
    }

    /// The changes, until one of them can't be shown.
    pub(super) fn updates(self) -> impl Stream<Item = Result<TripUpdate>> + Send + use<> {
        stream::unfold(Some(self), |watch| async move {
            let mut watch = watch?;
            match watch.next_update().await {
                Ok(Some(update)) => Some((Ok(update), Some(watch))),
                Ok(None) => None,
                Err(error) => Some((Err(error), None)),
            }
        })
    }

    /// The positions, until one of them can't be shown.
    pub(super) fn locations(self) -> impl Stream<Item = Result<TripLocation>> + Send + use<> {
        stream::unfold(Some(self), |watch| async move {
            let mut watch = watch?;
            match watch.next_location().await {
                Ok(Some(location)) => Some((Ok(location), Some(watch))),
                Ok(None) => None,
                Err(error) => Some((Err(error), None)),
            }
        })
    }

    async fn next_update(&mut self) -> Result<Option<TripUpdate>> {
        while let Some(item) = self.feed.next().await {
            let item = item?;
            let event = &item.placed.envelope;
            if event.event_type == LOCATION {
                continue;
            }
            let change: Snapshot = event.read(VERSION)?;
            if self.is_told_by_another(&event.event_type, &change)
                || !self.watched.wants(&change)
                || !self.is_new(&change)
            {
                continue;
            }
            if matches!(self.watched, Watched::Mine) && !self.is_mine(&change).await? {
                continue;
            }
            let Some(trip) = self.visible(change.trip_id).await? else { continue };
            // Given to somebody before me: not my news, although the trip is mine by now.
            if matches!(self.watched, Watched::Mine) && trip.driver_id != change.driver_id {
                continue;
            }
            return Ok(Some(TripUpdate {
                trip_id: ID::from(change.trip_id),
                status: change.status,
                version: change.version,
                cursor: item.cursor(),
                occurred_at: event.occurred_at,
                driver: change.driver_id.map(|id| Driver { id }),
                vehicle: change.vehicle_id.map(|id| Vehicle { id }),
                trip,
            }));
        }
        Ok(None)
    }

    async fn next_location(&mut self) -> Result<Option<TripLocation>> {
        while let Some(item) = self.feed.next().await {
            let item = item?;
            let located: Located = item.placed.envelope.read(VERSION)?;
            if self.visible(located.trip_id).await?.is_some() {
                return Ok(Some(TripLocation {
                    trip_id: ID::from(located.trip_id),
                    point: Point { lat: located.lat, lng: located.lng },
                    recorded_at: located.recorded_at,
                    cursor: item.cursor(),
                }));
            }
        }
        Ok(None)
    }

    /// Whether a trip was given to whoever watches. Every watching driver hears of every dispatch of the company, so who they
    /// are is asked once.
    async fn is_mine(&mut self, change: &Snapshot) -> Result<bool> {
        if self.me.is_none()
            && let Scope::Own(user) = self.scope
        {
            let mut conn = self.app.pool.acquire().await?;
            self.me = references::driver_of_user(&mut conn, user).await?;
        }
        Ok(self.me.is_some() && self.me == change.driver_id)
    }

    /// A trip that is made from a shift has two events of its first version, and a cursor may lie between them. The first
    /// one tells of the trip; the second is for the driver, who hears of nothing else.
    fn is_told_by_another(&self, event_type: &str, change: &Snapshot) -> bool {
        change.version == 1 && event_type != CREATED && !matches!(self.watched, Watched::Mine)
    }

    /// Whether this version was not shown yet.
    fn is_new(&mut self, change: &Snapshot) -> bool {
        let shown = self.shown.get(&change.trip_id).copied().unwrap_or(0);
        if change.version <= shown {
            return false;
        }
        if change.status.is_terminal() && !matches!(self.watched, Watched::One) {
            // A fleet's stream lives long: what is over needs no memory, since versions of it are not shown again
            // unless they grow.
            self.shown.remove(&change.trip_id);
        } else {
            self.shown.insert(change.trip_id, change.version);
        }
        true
    }

    /// The trip, if the subscriber may see it now. Who followed just this one and lost it is told, and the stream ends.
    async fn visible(&mut self, id: Uuid) -> Result<Option<Trip>> {
        let mut conn = self.app.pool.acquire().await?;
        let found = list::by_ids(&mut conn, &self.scope, &[id]).await?.remove(&id);
        match (&self.watched, found) {
            (Watched::One, None) => Err(Error::forbidden("You do not see this trip any more")),
            (_, found) => Ok(found),
        }
    }
}
