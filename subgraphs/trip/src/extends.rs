//! Entities that other subgraphs own and to which this one adds fields.

use async_graphql::{Context, ID, Object, SimpleObject};
use kit::error::Result;
use kit::loader::{self, loaders};
use kit::page::{Connection, PageArgs, connection, wants_total};
use uuid::Uuid;

use crate::assignment::graphql::{ActiveByDriver, ActiveByVehicle, LatestShifts};
use crate::assignment::{Assignment, RosterStatus, repository as roster};
use crate::operations::graphql::FleetStats;
use crate::trip::graphql::loaders::{LatestTrips, TripCount, TripsOf};
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
        shifts_of(ctx, self.id, first, after, status).await
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
    let of = TripsOf { parent, id, statuses };
    let rows = if is_first {
        loader::load::<LatestTrips>(ctx, (of.clone(), page.limit())).await?.unwrap_or_default()
    } else {
        let statuses = of.statuses.clone();
        let filter = match parent {
            Parent::Driver => Filter { driver_id: Some(id), statuses, ..Filter::default() },
            Parent::Fleet => Filter { fleet_id: Some(id), statuses, ..Filter::default() },
        };
        let source = loaders(ctx)?.source();
        let mut conn = source.pool.acquire().await?;
        list::page(&mut conn, &source.caller.scope(), &filter, Order::LatestPickup, &page).await?
    };
    let total = match wants_total(ctx) {
        true => loader::load::<TripCount>(ctx, of).await?,
        false => None,
    };
    Ok(connection(&page, rows, Trip::position, total))
}

/// One page of a fleet's roster, in the same way.
async fn shifts_of(
    ctx: &Context<'_>,
    fleet: Uuid,
    first: Option<i32>,
    after: Option<String>,
    status: Option<RosterStatus>,
) -> Result<Connection<Assignment>> {
    if after.is_some() || wants_total(ctx) {
        let filter = roster::Filter { fleet_id: Some(fleet), status, ..roster::Filter::default() };
        return crate::assignment::graphql::page(ctx, &filter, first, after).await;
    }
    let page = PageArgs::parse(first, after)?;
    let rows = loader::load::<LatestShifts>(ctx, (fleet, status, page.limit())).await?.unwrap_or_default();
    Ok(connection(&page, rows, Assignment::position, None))
}
