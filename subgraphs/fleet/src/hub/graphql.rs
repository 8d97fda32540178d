//! Hubs as clients see them.

use async_graphql::{Context, ID, Object, SimpleObject};
use chrono::{DateTime, Utc};
use kit::Result;
use kit::page::Connection;

use super::input::{AssignHubManagerInput, CreateHubInput, UpdateHubInput};
use super::repository::Wanted;
use super::{Hub, HubType, service};
use crate::app::acting;
use crate::check;
use crate::fleet::Fleet;
use crate::hub_manager::HubManager;
use crate::listing::ListOrder;
use crate::listing::graphql::{by_id, list, one};
use crate::people::{UserRef, user};
use crate::vehicle::Vehicle;
use crate::vehicle::at_hub::at_hub;
use crate::vehicle::input::HubVehicleFilter;

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
        by_id(ctx, Some(self.fleet_id)).await
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
        by_id(ctx, self.hub_manager_id).await
    }

    /// The vehicles that stand here, page by page.
    async fn vehicles(
        &self,
        ctx: &Context<'_>,
        filter: Option<HubVehicleFilter>,
        #[graphql(desc = "How to order; the newest first when left out.")] order_by: Option<ListOrder>,
        #[graphql(desc = "How many at most: 1 to 100, 20 when left out.")] first: Option<i32>,
        #[graphql(desc = "The cursor after which the page begins.")] after: Option<String>,
    ) -> Result<Connection<Vehicle>> {
        at_hub(ctx, self.id, filter.unwrap_or_default(), order_by.unwrap_or_default(), (first, after)).await
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

/// Questions about hubs.
#[derive(Default)]
pub struct HubQuery;

#[Object]
impl HubQuery {
    /// One hub, by id or short id. Nothing when there is none, or none that you may see.
    async fn hub(&self, ctx: &Context<'_>, id: ID) -> Result<Option<Hub>> {
        acting(ctx)?;
        one(ctx, &id).await
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
        acting(ctx)?;
        let wanted = Wanted { fleet_id: check::optional_id("fleetId", fleet_id.as_ref())? };
        list(ctx, wanted, order_by.unwrap_or_default(), first, after).await
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
