//! Batches: what a page of results needs of drivers, one statement per kind.

use std::collections::HashMap;

use kit::error::Result;
use kit::loader::{Batch, Source};
use uuid::Uuid;

use super::Driver;
use super::history::{self, DriverChange};
use super::repository::{self, By, Group};

/// A driver by id.
pub(crate) struct DriverById;

impl Batch for DriverById {
    type Key = Uuid;
    type Value = Driver;

    async fn load(source: &Source, keys: &[Uuid]) -> Result<HashMap<Uuid, Driver>> {
        let found = repository::find_many(&source.pool, &source.caller.scope(), By::Id, keys).await?;
        Ok(found.into_iter().map(|driver| (driver.id, driver)).collect())
    }
}

/// The driver that a user is.
pub(crate) struct DriverByUser;

impl Batch for DriverByUser {
    type Key = Uuid;
    type Value = Driver;

    async fn load(source: &Source, keys: &[Uuid]) -> Result<HashMap<Uuid, Driver>> {
        let found = repository::find_many(&source.pool, &source.caller.scope(), By::User, keys).await?;
        Ok(found.into_iter().map(|driver| (driver.user_id, driver)).collect())
    }
}

/// The driver who brought a vehicle of their own.
pub(crate) struct DriverByOwnVehicle;

impl Batch for DriverByOwnVehicle {
    type Key = Uuid;
    type Value = Driver;

    async fn load(source: &Source, keys: &[Uuid]) -> Result<HashMap<Uuid, Driver>> {
        let found = repository::find_many(&source.pool, &source.caller.scope(), By::OwnVehicle, keys).await?;
        Ok(found.into_iter().filter_map(|driver| Some((driver.own_vehicle_id?, driver))).collect())
    }
}

/// The first drivers of a fleet or hub: (grouping, its id, how many).
pub(crate) struct FirstDrivers;

impl Batch for FirstDrivers {
    type Key = (Group, Uuid, i64);
    type Value = Vec<Driver>;

    async fn load(source: &Source, keys: &[Self::Key]) -> Result<HashMap<Self::Key, Vec<Driver>>> {
        let mut pages: HashMap<Self::Key, Vec<Driver>> = HashMap::new();
        // One request asks with one size for each grouping, rarely more.
        let mut kinds: Vec<(Group, i64)> = keys.iter().map(|(group, _, limit)| (*group, *limit)).collect();
        kinds.sort_by_key(|(group, limit)| (*group == Group::Hub, *limit));
        kinds.dedup();
        for (group, limit) in kinds {
            let ids: Vec<Uuid> =
                keys.iter().filter(|key| key.0 == group && key.2 == limit).map(|key| key.1).collect();
            let found =
                repository::first_pages(&source.pool, &source.caller.scope(), group, &ids, limit).await?;
            for driver in found {
                if let Some(id) = group.key(&driver) {
                    pages.entry((group, id, limit)).or_default().push(driver);
                }
            }
        }
        Ok(pages)
    }
}

/// The newest changes of a driver's standing. Asked for drivers that were loaded within the viewer's scope.
pub(crate) struct Changes;

impl Batch for Changes {
    type Key = Uuid;
    type Value = Vec<DriverChange>;

    async fn load(source: &Source, keys: &[Uuid]) -> Result<HashMap<Uuid, Vec<DriverChange>>> {
        let mut all: HashMap<Uuid, Vec<DriverChange>> = HashMap::new();
        for change in history::newest(&source.pool, keys, 50).await? {
            all.entry(change.driver_id).or_default().push(change);
        }
        Ok(all)
    }
}
