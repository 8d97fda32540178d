//! Hub managers as clients see them.

use std::collections::HashMap;

use async_graphql::{Context, ID, Object};
use chrono::{DateTime, Utc};
use kit::Result;
use kit::loader::{self, Batch, Source};
use kit::page::Connection;
use uuid::Uuid;

use super::input::{CreateHubManagerInput, DeactivateHubManagerInput, UpdateHubManagerInput};
use super::{HubManager, service};
use crate::access::{RUNNERS, Reach};
use crate::app::acting;
use crate::fleet::Fleet;
use crate::hub;
use crate::hub::Hub;
use crate::listing::ListOrder;
use crate::listing::graphql::{by_id, list};
use crate::manager::ManagerStatus;
use crate::manager::input::ManagerFilter;
use crate::manager::repository::Wanted;
use crate::people::{UserRef, user};

/// Somebody in charge of a hub.
#[Object]
impl HubManager {
    /// The permanent id.
    async fn id(&self) -> ID {
        self.id.into()
    }

    /// The id that people read out: `MGR20260127001`.
    async fn short_id(&self) -> &str {
        &self.short_id
    }

    /// The id of the fleet.
    async fn fleet_id(&self) -> ID {
        self.fleet_id.into()
    }

    /// The fleet.
    async fn fleet(&self, ctx: &Context<'_>) -> Result<Option<Fleet>> {
        by_id(ctx, Some(self.fleet_id)).await
    }

    /// The full name.
    async fn name(&self) -> &str {
        &self.name
    }

    /// The phone with its country code.
    async fn mobile(&self) -> &str {
        &self.mobile
    }

    /// Where the manager works, in capitals: `DELHI`.
    async fn city(&self) -> &str {
        &self.city
    }

    /// The hub that the manager is in charge of.
    async fn hub(&self, ctx: &Context<'_>) -> Result<Option<Hub>> {
        loader::load::<HubByManager>(ctx, self.id).await
    }

    /// Where a picture is.
    async fn profile_picture(&self) -> Option<&str> {
        self.profile_picture.as_deref()
    }

    /// Anything worth remembering.
    async fn remarks(&self) -> Option<&str> {
        self.remarks.as_deref()
    }

    /// Whether the manager serves.
    async fn status(&self) -> ManagerStatus {
        self.status
    }

    /// The account that the manager signs in with.
    async fn user(&self) -> Option<UserRef> {
        user(self.user_id)
    }

    /// Counts up with every change.
    async fn version(&self) -> i64 {
        self.version
    }

    /// Who named the manager.
    async fn created_by(&self) -> Option<UserRef> {
        user(self.created_by)
    }

    /// Who changed the entry last.
    async fn updated_by(&self) -> Option<UserRef> {
        user(self.updated_by)
    }

    /// When the manager was named.
    async fn created_at(&self) -> DateTime<Utc> {
        self.created_at
    }

    /// When the entry was changed last.
    async fn updated_at(&self) -> DateTime<Utc> {
        self.updated_at
    }
}

/// Hubs by the manager in charge, as far as the caller sees.
struct HubByManager;

impl Batch for HubByManager {
    type Key = Uuid;
    type Value = Hub;

    async fn load(source: &Source, keys: &[Uuid]) -> Result<HashMap<Uuid, Hub>> {
        let mut conn = source.pool.acquire().await?;
        let hubs = hub::repository::of_managers(&mut conn, &Reach::of(&source.caller), keys).await?;
        Ok(hubs.into_iter().filter_map(|hub| Some((hub.hub_manager_id?, hub))).collect())
    }
}

/// Questions about hub managers.
#[derive(Default)]
pub struct HubManagerQuery;

#[Object]
impl HubManagerQuery {
    /// The hub managers of your fleet, by name, page by page; operations do not see them.
    async fn hub_managers(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Of this fleet; of every fleet that you see when left out.")] fleet_id: Option<ID>,
        filter: Option<ManagerFilter>,
        #[graphql(desc = "How many at most: 1 to 100, 20 when left out.")] first: Option<i32>,
        #[graphql(desc = "The cursor after which the page begins.")] after: Option<String>,
    ) -> Result<Connection<HubManager>> {
        acting(ctx)?.1.require(&RUNNERS)?;
        let wanted = Wanted::read(fleet_id.as_ref(), filter)?;
        list(ctx, wanted, ListOrder::Name, first, after).await
    }

    #[graphql(entity)]
    async fn find_hub_manager_by_id(&self, ctx: &Context<'_>, id: ID) -> Result<Option<HubManager>> {
        by_id(ctx, id.parse().ok()).await
    }
}

/// Changes of hub managers.
#[derive(Default)]
pub struct HubManagerMutation;

#[Object]
impl HubManagerMutation {
    /// Names a manager of hubs.
    async fn create_hub_manager(
        &self,
        ctx: &Context<'_>,
        input: CreateHubManagerInput,
    ) -> Result<HubManager> {
        let (app, viewer) = acting(ctx)?;
        service::create(app, viewer, &input).await
    }

    /// Changes a hub manager's entry.
    async fn update_hub_manager(
        &self,
        ctx: &Context<'_>,
        input: UpdateHubManagerInput,
    ) -> Result<HubManager> {
        let (app, viewer) = acting(ctx)?;
        service::update(app, viewer, &input).await
    }

    /// Lets a hub manager go; the hub is without one until another is assigned.
    async fn deactivate_hub_manager(
        &self,
        ctx: &Context<'_>,
        input: DeactivateHubManagerInput,
    ) -> Result<HubManager> {
        let (app, viewer) = acting(ctx)?;
        service::deactivate(app, viewer, &input).await
    }
}
