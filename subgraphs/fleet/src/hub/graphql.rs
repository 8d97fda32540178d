//! Hubs as clients see them.

use std::collections::HashMap;

use async_graphql::{Context, ID, Object, SimpleObject};
use chrono::{DateTime, Utc};
use kit::Result;
use kit::loader::{self, Batch, Source};
use kit::page::{Connection, PageArgs, connection, wants_total};
use uuid::Uuid;

use super::input::{AssignHubManagerInput, CreateHubInput, UpdateHubInput};
use super::{Hub, HubType, repository, service};
use crate::access::Reach;
use crate::app::{acting, reach};
use crate::fleet::Fleet;
use crate::hub_manager::HubManager;
use crate::listing::{ListOrder, position};
use crate::people::{UserRef, user};
use crate::{check, fleet, hub_manager};

/// A point on earth.
#[derive(Clone, Copy, Debug, SimpleObject)]
pub struct HubLocation {
    /// Degrees north.
    lat: f64,
    /// Degrees east.
    lng: f64,
}

/// A place where vehicles stand and drivers check in.
#[Object]
impl Hub {
    /// The permanent id.
    async fn id(&self) -> ID {
        self.id.into()
    }

    /// The id that people read out: `HUB20260127001`.
    async fn short_id(&self) -> &str {
        &self.short_id
    }

    /// The id of its fleet.
    async fn fleet_id(&self) -> ID {
        self.fleet_id.into()
    }

    /// Its fleet.
    async fn fleet(&self, ctx: &Context<'_>) -> Result<Option<Fleet>> {
        fleet::graphql::by_id(ctx, Some(self.fleet_id)).await
    }

    /// What it is called.
    async fn name(&self) -> &str {
        &self.name
    }

    /// What kind of place it is.
    async fn hub_type(&self) -> HubType {
        self.hub_type
    }

    /// The postal address.
    async fn address(&self) -> &str {
        &self.address
    }

    /// Its centre.
    async fn location(&self) -> HubLocation {
        HubLocation { lat: self.lat, lng: self.lng }
    }

    /// Its centre, degrees north.
    async fn lat(&self) -> f64 {
        self.lat
    }

    /// Its centre, degrees east.
    async fn lng(&self) -> f64 {
        self.lng
    }

    /// Metres around the centre within which a driver is at the hub.
    async fn geofence_radius_m(&self) -> i32 {
        self.geofence_radius_m
    }

    /// Who manages it, for those who run fleets.
    async fn hub_manager(&self, ctx: &Context<'_>) -> Result<Option<HubManager>> {
        hub_manager::graphql::by_id(ctx, self.hub_manager_id).await
    }

    /// Counts up with every change; send it back as `expectedVersion` to change only what you read.
    async fn version(&self) -> i64 {
        self.version
    }

    /// Who opened it.
    async fn created_by(&self) -> Option<UserRef> {
        user(self.created_by)
    }

    /// Who changed it last.
    async fn updated_by(&self) -> Option<UserRef> {
        user(self.updated_by)
    }

    /// When it was opened.
    async fn created_at(&self) -> DateTime<Utc> {
        self.created_at
    }

    /// When it was changed last.
    async fn updated_at(&self) -> DateTime<Utc> {
        self.updated_at
    }
}

/// Hubs by id, as far as the caller sees.
pub struct HubById;

impl Batch for HubById {
    type Key = Uuid;
    type Value = Hub;

    async fn load(source: &Source, keys: &[Uuid]) -> Result<HashMap<Uuid, Hub>> {
        let mut conn = source.pool.acquire().await?;
        let hubs = repository::find_many(&mut conn, &Reach::of(&source.caller), keys).await?;
        Ok(hubs.into_iter().map(|hub| (hub.id, hub)).collect())
    }
}

/// One hub by id, batched.
pub async fn by_id(ctx: &Context<'_>, id: Option<Uuid>) -> Result<Option<Hub>> {
    match id {
        Some(id) => loader::load::<HubById>(ctx, id).await,
        None => Ok(None),
    }
}

/// Questions about hubs.
#[derive(Default)]
pub struct HubQuery;

#[Object]
impl HubQuery {
    /// One hub, by id or short id. Nothing when there is none, or none that you may see.
    async fn hub(&self, ctx: &Context<'_>, id: ID) -> Result<Option<Hub>> {
        let (app, _) = acting(ctx)?;
        match id.parse() {
            Ok(id) => by_id(ctx, Some(id)).await,
            Err(_) => {
                let mut conn = app.pool.acquire().await?;
                repository::find_by_short_id(&mut conn, &reach(ctx), &id).await
            }
        }
    }

    /// Hubs, page by page: of your fleet, for operations and drivers their own.
    async fn hubs(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Of this fleet; of every fleet that you see when left out.")] fleet_id: Option<ID>,
        #[graphql(desc = "How to order; the newest first when left out.")] order_by: Option<ListOrder>,
        #[graphql(desc = "How many at most: 1 to 100, 20 when left out.")] first: Option<i32>,
        #[graphql(desc = "The cursor after which the page begins.")] after: Option<String>,
    ) -> Result<Connection<Hub>> {
        let (app, _) = acting(ctx)?;
        let page = PageArgs::parse(first, after)?;
        let order_by = order_by.unwrap_or_default();
        let fleet = check::optional_id("fleetId", fleet_id.as_ref())?;
        let reach = reach(ctx);
        let mut conn = app.pool.acquire().await?;
        let hubs = repository::page(&mut conn, &reach, fleet, order_by, &page).await?;
        let total = match wants_total(ctx) {
            true => Some(repository::count(&mut conn, &reach, fleet).await?),
            false => None,
        };
        let cursor = |hub: &Hub| position(order_by, hub.created_at, &hub.name, hub.id);
        Ok(connection(&page, hubs, cursor, total))
    }

    #[graphql(entity)]
    async fn find_hub_by_id(&self, ctx: &Context<'_>, id: ID) -> Result<Option<Hub>> {
        by_id(ctx, id.parse().ok()).await
    }
}

/// Changes of hubs.
#[derive(Default)]
pub struct HubMutation;

#[Object]
impl HubMutation {
    /// Opens a hub.
    async fn create_hub(&self, ctx: &Context<'_>, input: CreateHubInput) -> Result<Hub> {
        let (app, viewer) = acting(ctx)?;
        service::create(app, viewer, &input).await
    }

    /// Changes a hub.
    async fn update_hub(&self, ctx: &Context<'_>, input: UpdateHubInput) -> Result<Hub> {
        let (app, viewer) = acting(ctx)?;
        service::update(app, viewer, &input).await
    }

    /// Puts a hub under a manager of its fleet, who manages no other hub.
    async fn assign_hub_manager(&self, ctx: &Context<'_>, input: AssignHubManagerInput) -> Result<Hub> {
        let (app, viewer) = acting(ctx)?;
        service::assign_manager(app, viewer, &input).await
    }
}
