//! The vehicles at a hub, for many hubs at once.

use std::collections::{HashMap, HashSet};

use async_graphql::Context;
use kit::Result;
use kit::loader::{self, Batch, Source};
use kit::page::{Connection, PageArgs, connection, wants_total};
use uuid::Uuid;

use super::Vehicle;
use super::graphql::wanted;
use super::input::HubVehicleFilter;
use super::repository::Wanted;
use crate::access::Reach;
use crate::app::app;
use crate::listing::graphql::list;
use crate::listing::repository::{count_of_each, first_of_each};
use crate::listing::{ListOrder, Listed};

const HUB: &str = "hub_id";

/// One page of the vehicles at a hub. First pages of many hubs come with one statement; later ones are asked for alone.
pub async fn at_hub(
    ctx: &Context<'_>,
    hub: Uuid,
    filter: HubVehicleFilter,
    order: ListOrder,
    (first, after): (Option<i32>, Option<String>),
) -> Result<Connection<Vehicle>> {
    let wanted = wanted(app(ctx)?, filter.into())?;
    if after.is_some() {
        let wanted = Wanted { hub_id: Some(hub), ..wanted };
        return list(ctx, wanted, order, first, after).await;
    }
    let page = PageArgs::parse(first, after)?;
    let key = (hub, wanted.clone(), order, page.limit());
    let vehicles = loader::load::<FirstAtHub>(ctx, key).await?.unwrap_or_default();
    let total = match wants_total(ctx) {
        true => Some(loader::load::<CountAtHub>(ctx, (hub, wanted)).await?.unwrap_or_default()),
        false => None,
    };
    Ok(connection(&page, vehicles, |vehicle| vehicle.place().position(order), total))
}

/// First pages: which hub, which vehicles, in which order, how many.
struct FirstAtHub;

impl Batch for FirstAtHub {
    type Key = (Uuid, Wanted, ListOrder, i64);
    type Value = Vec<Vehicle>;

    async fn load(source: &Source, keys: &[Self::Key]) -> Result<HashMap<Self::Key, Vec<Vehicle>>> {
        let reach = Reach::of(&source.caller);
        let mut conn = source.pool.acquire().await?;
        let mut found: HashMap<Self::Key, Vec<Vehicle>> = HashMap::new();
        // As a rule one question about many hubs: aliases may ask several.
        let questions: HashSet<_> =
            keys.iter().map(|(_, wanted, order, limit)| (wanted, *order, *limit)).collect();
        for (wanted, order, limit) in questions {
            let asked = keys.iter().filter(|key| (&key.1, key.2, key.3) == (wanted, order, limit));
            let hubs: Vec<Uuid> = asked.map(|key| key.0).collect();
            let rows: Vec<Vehicle> =
                first_of_each(&mut conn, &reach, (HUB, &hubs), wanted, (order, limit)).await?;
            for vehicle in rows {
                if let Some(hub) = vehicle.hub_id {
                    found.entry((hub, wanted.clone(), order, limit)).or_default().push(vehicle);
                }
            }
        }
        Ok(found)
    }
}

/// Totals: which hub, which vehicles.
struct CountAtHub;

impl Batch for CountAtHub {
    type Key = (Uuid, Wanted);
    type Value = i64;

    async fn load(source: &Source, keys: &[Self::Key]) -> Result<HashMap<Self::Key, i64>> {
        let reach = Reach::of(&source.caller);
        let mut conn = source.pool.acquire().await?;
        let mut found = HashMap::new();
        let questions: HashSet<_> = keys.iter().map(|(_, wanted)| wanted).collect();
        for wanted in questions {
            let hubs: Vec<Uuid> = keys.iter().filter(|key| &key.1 == wanted).map(|key| key.0).collect();
            let counts = count_of_each::<Vehicle>(&mut conn, &reach, (HUB, &hubs), wanted).await?;
            found.extend(counts.into_iter().map(|(hub, count)| ((hub, wanted.clone()), count)));
        }
        Ok(found)
    }
}
