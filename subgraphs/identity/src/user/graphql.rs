//! Users as clients see them.

use std::collections::HashMap;

use async_graphql::{Context, ID, Object};
use chrono::{DateTime, Utc};
use kit::loader::{self, Batch, Source};
use kit::page::{Connection, PageArgs, connection, wants_total};
use kit::{Error, Result, Role, viewer};
use uuid::Uuid;

use super::input::{CreateUserInput, SetUserScopeInput, UpdateUserInput, UserFilter, UserStateInput};
use super::repository::{self, Wanted};
use super::{Sight, User, UserOrder, UserRole, clean_search, service};
use crate::app::{acting, id};
use crate::extends::{Fleet, Hub};

/// A person who may sign in.
#[Object]
impl User {
    /// The permanent id.
    async fn id(&self) -> ID {
        self.id.into()
    }

    /// The id that people read out: `USR20260127001`.
    async fn short_id(&self) -> &str {
        &self.short_id
    }

    /// The full name.
    async fn name(&self) -> &str {
        &self.name
    }

    /// The phone with its country code: `+919812345678`.
    async fn phone(&self) -> &str {
        &self.phone
    }

    /// What the person is to the company.
    async fn role(&self) -> UserRole {
        self.role
    }

    /// False when the person may not sign in.
    async fn is_active(&self) -> bool {
        self.is_active
    }

    /// The id of the fleet that the person works for.
    async fn fleet_id(&self) -> Option<ID> {
        self.fleet_id.map(ID::from)
    }

    /// The ids of the hubs that the person works at.
    async fn hub_ids(&self) -> Vec<ID> {
        self.hub_ids.iter().map(|hub| ID::from(*hub)).collect()
    }

    /// The fleet that the person works for.
    async fn fleet(&self) -> Option<Fleet> {
        self.fleet_id.map(Fleet::new)
    }

    /// The hubs that the person works at.
    async fn hubs(&self) -> Vec<Hub> {
        self.hub_ids.iter().map(|hub| Hub::new(*hub)).collect()
    }

    /// Counts up with every change; send it back as `expectedVersion` to change only what you read.
    async fn version(&self) -> i64 {
        self.version
    }

    /// Who added this person; nothing for those who signed up themselves.
    async fn created_by(&self, ctx: &Context<'_>) -> Result<Option<User>> {
        by_id(ctx, self.created_by).await
    }

    /// Who changed this person last.
    async fn updated_by(&self, ctx: &Context<'_>) -> Result<Option<User>> {
        by_id(ctx, self.updated_by).await
    }

    /// When the person was added.
    async fn created_at(&self) -> DateTime<Utc> {
        self.created_at
    }

    /// When the person was changed last.
    async fn updated_at(&self) -> DateTime<Utc> {
        self.updated_at
    }
}

/// Users by id, as far as the caller sees.
pub struct UserById;

impl Batch for UserById {
    type Key = Uuid;
    type Value = User;

    async fn load(source: &Source, keys: &[Uuid]) -> Result<HashMap<Uuid, User>> {
        let mut conn = source.pool.acquire().await?;
        let users = repository::find_many(&mut conn, Sight::of(&source.caller), keys).await?;
        Ok(users.into_iter().map(|user| (user.id, user)).collect())
    }
}

async fn by_id(ctx: &Context<'_>, id: Option<Uuid>) -> Result<Option<User>> {
    match id {
        Some(id) => loader::load::<UserById>(ctx, id).await,
        None => Ok(None),
    }
}

/// Questions about users.
#[derive(Default)]
pub struct UserQuery;

#[Object]
impl UserQuery {
    /// The signed-in user.
    async fn me(&self, ctx: &Context<'_>) -> Result<User> {
        let (_, viewer) = acting(ctx).await?;
        by_id(ctx, Some(viewer.user_id)).await?.ok_or_else(Error::unauthenticated)
    }

    /// One user of yours, by id or short id. Nothing when there is none, or none that you may see.
    async fn user(&self, ctx: &Context<'_>, id: ID) -> Result<Option<User>> {
        let (app, viewer) = acting(ctx).await?;
        viewer.require(&ADMINS)?;
        match id.parse() {
            Ok(id) => by_id(ctx, Some(id)).await,
            Err(_) if id.bytes().all(|sign| sign.is_ascii_alphanumeric()) => {
                let mut conn = app.pool.acquire().await?;
                repository::find_by_short_id(&mut conn, Sight::of(viewer::caller(ctx)), &id).await
            }
            Err(_) => Ok(None),
        }
    }

    /// Users of your fleet, page by page; a super admin sees everybody.
    async fn users(
        &self,
        ctx: &Context<'_>,
        filter: Option<UserFilter>,
        #[graphql(desc = "How to order; the newest first when left out.")] order_by: Option<UserOrder>,
        #[graphql(desc = "How many at most: 1 to 100, 20 when left out.")] first: Option<i32>,
        #[graphql(desc = "The cursor after which the page begins.")] after: Option<String>,
    ) -> Result<Connection<User>> {
        let (app, viewer) = acting(ctx).await?;
        viewer.require(&ADMINS)?;
        let page = PageArgs::parse(first, after)?;
        let order_by = order_by.unwrap_or_default();
        let wanted = wanted(filter.unwrap_or_default())?;
        let sight = Sight::of(viewer::caller(ctx));
        let mut conn = app.pool.acquire().await?;
        let users = repository::page(&mut conn, sight, &wanted, order_by, &page).await?;
        let total = match wants_total(ctx) {
            true => Some(repository::count(&mut conn, sight, &wanted).await?),
            false => None,
        };
        Ok(connection(&page, users, |user| repository::position(order_by, user), total))
    }

    #[graphql(entity)]
    async fn find_user_by_id(&self, ctx: &Context<'_>, id: ID) -> Result<Option<User>> {
        by_id(ctx, id.parse().ok()).await
    }
}

const ADMINS: [Role; 4] = [Role::SuperAdmin, Role::FleetAdmin, Role::Manager, Role::Operations];

fn wanted(filter: UserFilter) -> Result<Wanted> {
    Ok(Wanted {
        role: filter.role,
        fleet_id: filter.fleet_id.as_ref().map(|fleet| id("filter.fleetId", fleet)).transpose()?,
        hub_id: filter.hub_id.as_ref().map(|hub| id("filter.hubId", hub)).transpose()?,
        is_active: filter.is_active,
        search: clean_search(filter.search.as_deref())?,
    })
}

/// Changes of users.
#[derive(Default)]
pub struct UserMutation;

#[Object]
impl UserMutation {
    /// Adds a person below your own rank, in your own fleet.
    async fn create_user(&self, ctx: &Context<'_>, input: CreateUserInput) -> Result<User> {
        let (app, viewer) = acting(ctx).await?;
        service::create(app, viewer, &input).await
    }

    /// Changes a person below your own rank, in your own fleet. Drivers may change their own name.
    async fn update_user(&self, ctx: &Context<'_>, input: UpdateUserInput) -> Result<User> {
        let (app, viewer) = acting(ctx).await?;
        service::update(app, viewer, &input).await
    }

    /// Moves a person to another fleet or other hubs.
    async fn set_user_scope(&self, ctx: &Context<'_>, input: SetUserScopeInput) -> Result<User> {
        let (app, viewer) = acting(ctx).await?;
        service::set_scope(app, viewer, &input).await
    }

    /// Switches a person off: no sign-in from now on, and every session ends at once.
    async fn deactivate_user(&self, ctx: &Context<'_>, input: UserStateInput) -> Result<User> {
        let (app, viewer) = acting(ctx).await?;
        service::set_active(app, viewer, &input, false).await
    }

    /// Lets a person in again.
    async fn reactivate_user(&self, ctx: &Context<'_>, input: UserStateInput) -> Result<User> {
        let (app, viewer) = acting(ctx).await?;
        service::set_active(app, viewer, &input, true).await
    }
}
