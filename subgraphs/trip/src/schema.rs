//! Query, Mutation and Subscription, joined from the slices.

use async_graphql::{ID, MergedObject, MergedSubscription, Object, Schema};
use kit::error::Result;

use crate::assignment::graphql::{AssignmentMutation, AssignmentQuery};
use crate::extends::{Driver, Fleet, Vehicle};
use crate::fare::graphql::FareQuery;
use crate::id::uuid;
use crate::location::graphql::LocationMutation;
use crate::operations::graphql::OperationsQuery;
use crate::trip::graphql::drive::DriveMutation;
use crate::trip::graphql::manage::ManageMutation;
use crate::trip::graphql::public::{PublicMutation, PublicQuery};
use crate::trip::graphql::query::TripQuery;
use crate::trip::graphql::subscription::TripSubscription;

/// Entities of other subgraphs, for the fields that are added to them here.
#[derive(Default)]
pub struct EntityQuery;

#[Object]
impl EntityQuery {
    #[graphql(entity)]
    async fn find_driver_by_id(&self, id: ID) -> Result<Driver> {
        Ok(Driver { id: uuid("id", &id)? })
    }

    #[graphql(entity)]
    async fn find_vehicle_by_id(&self, id: ID) -> Result<Vehicle> {
        Ok(Vehicle { id: uuid("id", &id)? })
    }

    #[graphql(entity)]
    async fn find_fleet_by_id(&self, id: ID) -> Result<Fleet> {
        Ok(Fleet { id: uuid("id", &id)? })
    }
}

#[derive(MergedObject, Default)]
pub struct Query(TripQuery, PublicQuery, AssignmentQuery, OperationsQuery, FareQuery, EntityQuery);

#[derive(MergedObject, Default)]
pub struct Mutation(ManageMutation, DriveMutation, PublicMutation, AssignmentMutation, LocationMutation);

#[derive(MergedSubscription, Default)]
pub struct Subscription(TripSubscription);

/// The whole schema.
pub type TripSchema = Schema<Query, Mutation, Subscription>;
