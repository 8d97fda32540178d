//! What a page of trips needs of a kind is loaded at once.

use std::collections::HashMap;
use std::sync::Arc;

use kit::error::Result;
use kit::loader::{Batch, Source};
use uuid::Uuid;

use crate::trip::repository::dispatch::Dispatch;
use crate::trip::repository::history::Entry;
use crate::trip::repository::list::{self, Parent};
use crate::trip::repository::{dispatch, history};
use crate::trip::{Trip, TripStatus};

/// Trips by id, within the caller's scope.
pub struct TripById;

impl Batch for TripById {
    type Key = Uuid;
    type Value = Trip;

    async fn load(source: &Source, keys: &[Uuid]) -> Result<HashMap<Uuid, Trip>> {
        let mut conn = source.pool.acquire().await?;
        list::by_ids(&mut conn, &source.caller.scope(), keys).await
    }
}

/// Trips of one parent, in some statuses.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct TripsOf {
    pub parent: Parent,
    pub id: Uuid,
    pub statuses: Vec<TripStatus>,
}

/// Those who ask alike come together.
type Alike<'a, T> = HashMap<T, Vec<&'a TripsOf>>;

/// The latest trips of drivers or fleets, within the caller's scope; the number is how many of each.
pub struct LatestTrips;

impl Batch for LatestTrips {
    type Key = (TripsOf, i64);
    type Value = Vec<Trip>;

    async fn load(source: &Source, keys: &[Self::Key]) -> Result<HashMap<Self::Key, Vec<Trip>>> {
        let mut alike: Alike<'_, (Parent, &[TripStatus], i64)> = HashMap::new();
        for (of, limit) in keys {
            alike.entry((of.parent, &of.statuses, *limit)).or_default().push(of);
        }
        let scope = source.caller.scope();
        let mut conn = source.pool.acquire().await?;
        let mut found = HashMap::new();
        for ((parent, statuses, limit), group) in alike {
            let ids: Vec<Uuid> = group.iter().map(|of| of.id).collect();
            let mut pages = list::latest_of(&mut conn, &scope, (parent, &ids), statuses, limit).await?;
            for of in group {
                found.insert((of.clone(), limit), pages.remove(&of.id).unwrap_or_default());
            }
        }
        Ok(found)
    }
}

/// How many trips drivers or fleets have, within the caller's scope.
pub struct TripCount;

impl Batch for TripCount {
    type Key = TripsOf;
    type Value = i64;

    async fn load(source: &Source, keys: &[TripsOf]) -> Result<HashMap<TripsOf, i64>> {
        let mut alike: Alike<'_, (Parent, &[TripStatus])> = HashMap::new();
        for of in keys {
            alike.entry((of.parent, &of.statuses)).or_default().push(of);
        }
        let scope = source.caller.scope();
        let mut conn = source.pool.acquire().await?;
        let mut found = HashMap::new();
        for ((parent, statuses), group) in alike {
            let ids: Vec<Uuid> = group.iter().map(|of| of.id).collect();
            let counts = list::count_of(&mut conn, &scope, (parent, &ids), statuses).await?;
            found.extend(group.into_iter().map(|of| (of.clone(), counts.get(&of.id).copied().unwrap_or(0))));
        }
        Ok(found)
    }
}

/// Who was given a trip. Asked only through a trip that the caller may see.
pub struct DispatchesOfTrip;

impl Batch for DispatchesOfTrip {
    type Key = Uuid;
    type Value = Arc<Vec<Dispatch>>;

    async fn load(source: &Source, keys: &[Uuid]) -> Result<HashMap<Uuid, Self::Value>> {
        let mut conn = source.pool.acquire().await?;
        let found = dispatch::of_trips(&mut conn, keys).await?;
        Ok(found.into_iter().map(|(id, rows)| (id, Arc::new(rows))).collect())
    }
}

/// What happened to a trip. Asked only through a trip that the caller may see.
pub struct HistoryOfTrip;

impl Batch for HistoryOfTrip {
    type Key = Uuid;
    type Value = Arc<Vec<Entry>>;

    async fn load(source: &Source, keys: &[Uuid]) -> Result<HashMap<Uuid, Self::Value>> {
        let mut conn = source.pool.acquire().await?;
        let found = history::of_trips(&mut conn, keys).await?;
        Ok(found.into_iter().map(|(id, rows)| (id, Arc::new(rows))).collect())
    }
}
