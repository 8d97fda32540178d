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

/// Which first page of which parent.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct PageKey {
    pub parent: Parent,
    pub id: Uuid,
    pub statuses: Vec<TripStatus>,
    pub limit: i64,
}

/// The latest trips of drivers or fleets, within the caller's scope.
pub struct LatestTrips;

impl Batch for LatestTrips {
    type Key = PageKey;
    type Value = Vec<Trip>;

    async fn load(source: &Source, keys: &[PageKey]) -> Result<HashMap<PageKey, Vec<Trip>>> {
        let mut conn = source.pool.acquire().await?;
        let mut alike: HashMap<(Parent, &[TripStatus], i64), Vec<&PageKey>> = HashMap::new();
        for key in keys {
            alike.entry((key.parent, &key.statuses, key.limit)).or_default().push(key);
        }
        let mut found = HashMap::new();
        for ((parent, statuses, limit), group) in alike {
            let ids: Vec<Uuid> = group.iter().map(|key| key.id).collect();
            let scope = source.caller.scope();
            let mut pages = list::latest_of(&mut conn, &scope, parent, &ids, (statuses, limit)).await?;
            for key in group {
                found.insert(key.clone(), pages.remove(&key.id).unwrap_or_default());
            }
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
