//! Query, Mutation and Subscription, joined from the slices.

use std::sync::Arc;

use async_graphql::{MergedObject, Schema};

use crate::account::graphql::SagaQuery;
use crate::app::App;
use crate::fleet::graphql::{FleetMutation, FleetQuery};
use crate::hub::graphql::{HubMutation, HubQuery};
use crate::hub_manager::graphql::{HubManagerMutation, HubManagerQuery};
use crate::manager::graphql::{FleetManagerMutation, FleetManagerQuery};
use crate::papers::graphql::PapersQuery;
use crate::vehicle::graphql::{VehicleMutation, VehicleQuery};
use crate::vehicle::subscription::VehicleSubscription;

/// Everything that can be asked.
#[derive(Default, MergedObject)]
pub struct Query(
    FleetQuery,
    FleetManagerQuery,
    HubQuery,
    HubManagerQuery,
    VehicleQuery,
    PapersQuery,
    SagaQuery,
);

/// Everything that can be done.
#[derive(Default, MergedObject)]
pub struct Mutation(FleetMutation, FleetManagerMutation, HubMutation, HubManagerMutation, VehicleMutation);

/// Everything that can be watched.
#[derive(Default, async_graphql::MergedSubscription)]
pub struct Subscription(VehicleSubscription);

/// The schema; without a service it can only be printed.
pub fn schema(app: Option<Arc<App>>) -> Schema<Query, Mutation, Subscription> {
    let builder = kit::server::schema(Query::default(), Mutation::default(), Subscription::default());
    match app {
        Some(app) => builder.data(app).finish(),
        None => builder.finish(),
    }
}
