//! Queries about drivers, and lists of them.

use async_graphql::{Context, ID, Object};
use kit::error::{Error, Result};
use kit::loader;
use kit::page::{Connection, PageArgs, connection, wants_total};
use kit::viewer::caller;
use serde_json::json;
use uuid::Uuid;

use super::Driver;
use super::input::{DriverFilter, DriverOrder, Sort};
use super::loader::{DriverById, DriverByUser, FirstDrivers};
use super::repository::{self, Group};
use crate::actor::{ADMINS, DRIVERS, EVERYBODY, actor, app};
use crate::extends::load_by;
use crate::input as check;

/// Queries about drivers.
#[derive(Default)]
pub(crate) struct DriverQuery;

#[Object]
impl DriverQuery {
    /// Your own profile; null until you have one.
    async fn my_driver(&self, ctx: &Context<'_>) -> Result<Option<Driver>> {
        let by = actor(ctx, DRIVERS)?;
        loader::load::<DriverByUser>(ctx, by.viewer.user_id).await
    }

    /// A driver by id or short id; null if there is none in your scope.
    async fn driver(&self, ctx: &Context<'_>, id: ID) -> Result<Option<Driver>> {
        let by = actor(ctx, EVERYBODY)?;
        if Uuid::try_parse(id.as_str()).is_ok() {
            return load_by::<DriverById>(ctx, &id).await;
        }
        if !id.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            return Ok(None);
        }
        repository::find_by_short_id(&by.app.pool, &by.scope(), id.as_str()).await
    }

    /// The driver that a user is; null if there is none in your scope.
    async fn driver_by_user(&self, ctx: &Context<'_>, user_id: ID) -> Result<Option<Driver>> {
        actor(ctx, EVERYBODY)?;
        load_by::<DriverByUser>(ctx, &user_id).await
    }

    /// Drivers in your scope.
    async fn drivers(
        &self,
        ctx: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
        filter: Option<DriverFilter>,
        order_by: Option<DriverOrder>,
    ) -> Result<Connection<Driver>> {
        actor(ctx, ADMINS)?;
        let sort = Sort::By(order_by.unwrap_or_default());
        list(ctx, PageArgs::parse(first, after)?, filter.unwrap_or_default(), sort).await
    }
}

/// One page of drivers in the viewer's scope.
pub(crate) async fn list(
    ctx: &Context<'_>,
    page: PageArgs,
    filter: DriverFilter,
    sort: Sort,
) -> Result<Connection<Driver>> {
    let (pool, scope) = (&app(ctx)?.pool, caller(ctx).scope());
    let rows = repository::page(pool, &scope, &filter, sort, &page).await?;
    let total = if wants_total(ctx) { Some(repository::count(pool, &scope, &filter).await?) } else { None };
    Ok(connection(&page, rows, |driver| cursor(driver, sort), total))
}

fn cursor(driver: &Driver, sort: Sort) -> serde_json::Value {
    let position = match sort {
        Sort::By(DriverOrder::NewestFirst | DriverOrder::OldestFirst) => {
            repository::Position::At(driver.created_at, driver.id)
        }
        Sort::By(DriverOrder::Name) => repository::Position::Name(driver.name_key.clone(), driver.id),
        Sort::Waiting => {
            repository::Position::At(driver.kyc_submitted_at.unwrap_or(driver.created_at), driver.id)
        }
    };
    json!(position)
}

/// The drivers of a fleet or hub. First pages without a filter are batched over all groups of the request.
pub(crate) async fn list_of_group(
    ctx: &Context<'_>,
    group: Group,
    id: &ID,
    page: PageArgs,
    filter: Option<DriverFilter>,
    order: Option<DriverOrder>,
) -> Result<Connection<Driver>> {
    let key = check::required_id(id, "id")?;
    let order = order.unwrap_or_default();
    let plain = filter.is_none() && order == DriverOrder::NewestFirst && !wants_total(ctx);
    if plain && page.after::<repository::Position>()?.is_none() {
        let rows = loader::load::<FirstDrivers>(ctx, (group, key, page.limit())).await?.unwrap_or_default();
        return Ok(connection(&page, rows, |driver| cursor(driver, Sort::By(order)), None));
    }
    let mut filter = filter.unwrap_or_default();
    let named = match group {
        Group::Fleet => filter.fleet_id.replace(id.clone()),
        Group::Hub => filter.hub_id.replace(id.clone()),
    };
    if named.is_some_and(|named| named != *id) {
        return Err(Error::validation("filter", "The filter names another fleet or hub"));
    }
    list(ctx, page, filter, Sort::By(order)).await
}
