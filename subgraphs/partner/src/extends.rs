//! Entities owned elsewhere that partner adds fields to: User, Fleet, Hub, Vehicle.

use async_graphql::{ComplexObject, Context, ID, Object, SimpleObject};
use kit::error::Result;
use kit::loader::{self, Batch};
use kit::page::{Connection, PageArgs};
use uuid::Uuid;

use crate::driver::Driver;
use crate::driver::input::{DriverFilter, DriverOrder};
use crate::driver::loader::{DriverById, DriverByOwnVehicle, DriverByUser};
use crate::driver::query::list_of_group;
use crate::driver::repository::Group;
use crate::rental::RentalPlan;
use crate::rental::graphql::plans_of;

/// A user, owned by identity.
#[derive(Debug, Clone, SimpleObject)]
#[graphql(complex)]
pub(crate) struct User {
    /// The user's id.
    pub(crate) id: ID,
}

#[ComplexObject]
impl User {
    /// The driver that the user is; null for others, and for drivers outside your scope.
    async fn driver(&self, ctx: &Context<'_>) -> Result<Option<Driver>> {
        load_by::<DriverByUser>(ctx, &self.id).await
    }
}

/// A fleet, owned by the fleet subgraph.
#[derive(Debug, Clone, SimpleObject)]
#[graphql(complex)]
pub(crate) struct Fleet {
    /// The fleet's id.
    pub(crate) id: ID,
}

#[ComplexObject]
impl Fleet {
    /// The fleet's drivers, as far as they are in your scope.
    async fn drivers(
        &self,
        ctx: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
        filter: Option<DriverFilter>,
        order_by: Option<DriverOrder>,
    ) -> Result<Connection<Driver>> {
        list_of_group(ctx, Group::Fleet, &self.id, PageArgs::parse(first, after)?, filter, order_by).await
    }

    /// Plans under which the fleet rents cabs to drivers. Drivers see the active plans of their own fleet.
    async fn rental_plans(
        &self,
        ctx: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
    ) -> Result<Connection<RentalPlan>> {
        plans_of(ctx, &self.id, first, after).await
    }
}

/// A hub, owned by the fleet subgraph.
#[derive(Debug, Clone, SimpleObject)]
#[graphql(complex)]
pub(crate) struct Hub {
    /// The hub's id.
    pub(crate) id: ID,
}

#[ComplexObject]
impl Hub {
    /// The hub's drivers, as far as they are in your scope.
    async fn drivers(
        &self,
        ctx: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
        filter: Option<DriverFilter>,
        order_by: Option<DriverOrder>,
    ) -> Result<Connection<Driver>> {
        list_of_group(ctx, Group::Hub, &self.id, PageArgs::parse(first, after)?, filter, order_by).await
    }
}

/// A vehicle, owned by the fleet subgraph.
#[derive(Debug, Clone, SimpleObject)]
#[graphql(complex)]
pub(crate) struct Vehicle {
    /// The vehicle's id.
    pub(crate) id: ID,
}

#[ComplexObject]
impl Vehicle {
    /// The driver who brought the vehicle as their own; null for a fleet's vehicle.
    async fn owner(&self, ctx: &Context<'_>) -> Result<Option<Driver>> {
        load_by::<DriverByOwnVehicle>(ctx, &self.id).await
    }
}

/// What the router asks for entities; a reference that does not exist or is out of scope is null.
#[derive(Default)]
pub(crate) struct EntityQuery;

#[Object]
impl EntityQuery {
    #[graphql(entity)]
    async fn driver_by_id(&self, ctx: &Context<'_>, id: ID) -> Result<Option<Driver>> {
        load_by::<DriverById>(ctx, &id).await
    }

    #[graphql(entity)]
    async fn driver_by_user_id(&self, ctx: &Context<'_>, user_id: ID) -> Result<Option<Driver>> {
        load_by::<DriverByUser>(ctx, &user_id).await
    }

    #[graphql(entity)]
    async fn user_by_id(&self, id: ID) -> User {
        User { id }
    }

    #[graphql(entity)]
    async fn fleet_by_id(&self, id: ID) -> Fleet {
        Fleet { id }
    }

    #[graphql(entity)]
    async fn hub_by_id(&self, id: ID) -> Hub {
        Hub { id }
    }

    #[graphql(entity)]
    async fn vehicle_by_id(&self, id: ID) -> Vehicle {
        Vehicle { id }
    }
}

/// Loads by an id that came from outside; one that is no UUID finds nothing.
pub(crate) async fn load_by<B: Batch<Key = Uuid>>(ctx: &Context<'_>, id: &ID) -> Result<Option<B::Value>> {
    match Uuid::try_parse(id.as_str()) {
        Ok(id) => loader::load::<B>(ctx, id).await,
        Err(_) => Ok(None),
    }
}
