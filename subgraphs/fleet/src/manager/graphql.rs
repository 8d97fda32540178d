//! Fleet managers as clients see them.

use async_graphql::{Context, ID, Object};
use chrono::{DateTime, Utc};
use kit::Result;
use kit::page::Connection;

use super::input::{CreateFleetManagerInput, DeactivateFleetManagerInput, ManagerFilter};
use super::repository::Wanted;
use super::{FleetManager, ManagerStatus, service};
use crate::access::RUNNERS;
use crate::app::acting;
use crate::check;
use crate::fleet::{AccountState, Fleet};
use crate::listing::graphql::{by_id, list};
use crate::listing::{ListOrder, search_people};
use crate::people::{UserRef, user};

/// Somebody whom a fleet names as its manager.
#[Object]
impl FleetManager {
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

    /// Where the manager works: the city of the fleet.
    async fn city(&self, ctx: &Context<'_>) -> Result<Option<String>> {
        Ok(by_id::<Fleet>(ctx, Some(self.fleet_id)).await?.map(|fleet| fleet.city))
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

    /// How far the login is that was asked for.
    async fn login_state(&self) -> AccountState {
        self.login_state
    }

    /// Why there is no login, if it was refused: PHONE_TAKEN, USER_HAS_OFFICE, PHONE_NOT_ACCEPTED, NAME_NOT_ACCEPTED.
    async fn login_refusal(&self) -> Option<&str> {
        self.login_refusal.as_deref()
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

impl Wanted {
    /// What a client asks for. Errors: VALIDATION on `fleetId` or `filter.search`.
    pub fn read(fleet_id: Option<&ID>, filter: Option<ManagerFilter>) -> Result<Self> {
        let filter = filter.unwrap_or_default();
        let fleet_id = check::optional_id("fleetId", fleet_id)?;
        Ok(Self { fleet_id, status: filter.status, search: search_people(filter.search.as_deref())? })
    }
}

/// Questions about fleet managers.
#[derive(Default)]
pub struct FleetManagerQuery;

#[Object]
impl FleetManagerQuery {
    /// The managers of your fleet, by name, page by page; operations do not see them.
    async fn fleet_managers(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Of this fleet; of every fleet that you see when left out.")] fleet_id: Option<ID>,
        filter: Option<ManagerFilter>,
        #[graphql(desc = "How many at most: 1 to 100, 20 when left out.")] first: Option<i32>,
        #[graphql(desc = "The cursor after which the page begins.")] after: Option<String>,
    ) -> Result<Connection<FleetManager>> {
        acting(ctx)?.1.require(&RUNNERS)?;
        let wanted = Wanted::read(fleet_id.as_ref(), filter)?;
        list(ctx, wanted, ListOrder::Name, first, after).await
    }

    #[graphql(entity)]
    async fn find_fleet_manager_by_id(&self, ctx: &Context<'_>, id: ID) -> Result<Option<FleetManager>> {
        by_id(ctx, id.parse().ok()).await
    }
}

/// Changes of fleet managers.
#[derive(Default)]
pub struct FleetManagerMutation;

#[Object]
impl FleetManagerMutation {
    /// Names a manager of a fleet.
    async fn create_fleet_manager(
        &self,
        ctx: &Context<'_>,
        input: CreateFleetManagerInput,
    ) -> Result<FleetManager> {
        let (app, viewer) = acting(ctx)?;
        service::create(app, viewer, &input).await
    }

    /// Lets a manager go.
    async fn deactivate_fleet_manager(
        &self,
        ctx: &Context<'_>,
        input: DeactivateFleetManagerInput,
    ) -> Result<FleetManager> {
        let (app, viewer) = acting(ctx)?;
        service::deactivate(app, viewer, &input).await
    }
}
