//! Entities that other subgraphs own and to which this one adds fields.

use async_graphql::{Context, ID, Object, SimpleObject};
use kit::error::Result;
use kit::loader::{self, loaders};
use kit::page::{Connection, PageArgs, connection, wants_total};
use uuid::Uuid;

use crate::app::App;
use crate::assignment::graphql::{ActiveByDriver, ActiveByVehicle};
use crate::assignment::{Assignment, RosterStatus, repository as roster};
use crate::operations::graphql::FleetStats;
use crate::trip::graphql::loaders::{LatestTrips, PageKey};
use crate::trip::repository::list::{self, Filter, Order, Parent};
use crate::trip::{Trip, TripStatus};

/// A user, by reference.
#[derive(Clone, Debug, SimpleObject)]
#[graphql(unresolvable)]
pub struct User {
    pub id: ID,
}

impl User {
    /// The reference to a user.
    #[must_use]
    pub fn of(id: Uuid) -> Self {
        Self { id: ID::from(id) }
    }
}

/// A driver: what the roster and the trips know of one.
#[derive(Clone, Copy, Debug)]
pub struct Driver {
    pub id: Uuid,
}

#[Object]
impl Driver {
    async fn id(&self) -> ID {
        ID::from(self.id)
    }

    /// The vehicle that the driver has now, with the shift; null when the driver is not on the roster.
    async fn active_assignment(&self, ctx: &Context<'_>) -> Result<Option<Assignment>> {
        loader::load::<ActiveByDriver>(ctx, self.id).await
    }

    /// The driver's trips, latest pickup first.
    async fn trips(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many, at most 100; 20 when left out")] first: Option<i32>,
        #[graphql(desc = "Go on behind this cursor")] after: Option<String>,
        #[graphql(desc = "Only trips in one of these statuses")] statuses: Option<Vec<TripStatus>>,
    ) -> Result<Connection<Trip>> {
        trips_of(ctx, (Parent::Driver, self.id), first, after, statuses.unwrap_or_default()).await
    }
}

/// A vehicle: what the roster knows of one.
#[derive(Clone, Copy, Debug)]
pub struct Vehicle {
    pub id: Uuid,
}

#[Object]
impl Vehicle {
    async fn id(&self) -> ID {
        ID::from(self.id)
    }

    /// The driver who has the vehicle now, with the shift; null when nobody has.
    async fn active_assignment(&self, ctx: &Context<'_>) -> Result<Option<Assignment>> {
        loader::load::<ActiveByVehicle>(ctx, self.id).await
    }
}

/// A fleet: its trips, its roster and its figures.
#[derive(Clone, Copy, Debug)]
pub struct Fleet {
    pub id: Uuid,
}

#[Object]
impl Fleet {
    async fn id(&self) -> ID {
        ID::from(self.id)
    }

    /// The fleet's trips, latest pickup first.
    async fn trips(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many, at most 100; 20 when left out")] first: Option<i32>,
        #[graphql(desc = "Go on behind this cursor")] after: Option<String>,
        #[graphql(desc = "Only trips in one of these statuses")] statuses: Option<Vec<TripStatus>>,
    ) -> Result<Connection<Trip>> {
        trips_of(ctx, (Parent::Fleet, self.id), first, after, statuses.unwrap_or_default()).await
    }

    /// The fleet's roster, latest shift first.
    async fn assignments(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many, at most 100; 20 when left out")] first: Option<i32>,
        #[graphql(desc = "Go on behind this cursor")] after: Option<String>,
        #[graphql(desc = "Only shifts in this status")] status: Option<RosterStatus>,
    ) -> Result<Connection<Assignment>> {
        let filter = roster::Filter { fleet_id: Some(self.id), status, ..roster::Filter::default() };
        crate::assignment::graphql::page(ctx, &filter, first, after).await
    }

    /// Today's figures of the fleet; null for those who may not see them.
    async fn stats(&self, ctx: &Context<'_>) -> Result<Option<FleetStats>> {
        crate::operations::graphql::stats_of(ctx, self.id).await
    }
}

/// One page of a parent's trips. First pages of many parents come with one statement; later ones are asked for alone.
async fn trips_of(
    ctx: &Context<'_>,
    (parent, id): (Parent, Uuid),
    first: Option<i32>,
    after: Option<String>,
    statuses: Vec<TripStatus>,
) -> Result<Connection<Trip>> {
    let is_first = after.is_none();
    let page = PageArgs::parse(first, after)?;
    let filter = match parent {
        Parent::Driver => Filter { driver_id: Some(id), statuses, ..Filter::default() },
        Parent::Fleet => Filter { fleet_id: Some(id), statuses, ..Filter::default() },
    };
    let scope = loaders(ctx)?.source().caller.scope();
    let rows = if is_first {
        let key = PageKey { parent, id, statuses: filter.statuses.clone(), limit: page.limit() };
        loader::load::<LatestTrips>(ctx, key).await?.unwrap_or_default()
    } else {
        let mut conn = app(ctx).pool.acquire().await?;
        list::page(&mut conn, &scope, &filter, Order::LatestPickup, &page).await?
    };
    let total = match wants_total(ctx) {
        true => Some(list::count(&mut *app(ctx).pool.acquire().await?, &scope, &filter).await?),
        false => None,
    };
    Ok(connection(&page, rows, Trip::position, total))
}

fn app<'a>(ctx: &Context<'a>) -> &'a App {
    ctx.data_unchecked::<App>()
}
