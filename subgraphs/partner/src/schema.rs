//! Query, Mutation and Subscription, joined from the slices.

use async_graphql::{MergedObject, MergedSubscription, Schema, SchemaBuilder};

use crate::driver::mutation::DriverMutation;
use crate::driver::query::DriverQuery;
use crate::driver::subscription::DriverSubscription;
use crate::extends::EntityQuery;
use crate::kyc::graphql::{KycMutation, KycQuery};
use crate::upload::graphql::UploadMutation;
use crate::wallet::graphql::{WalletMutation, WalletQuery};
use crate::wallet::subscription::WalletSubscription;

/// All queries.
#[derive(MergedObject, Default)]
pub(crate) struct Query(EntityQuery, DriverQuery, KycQuery, WalletQuery);

/// All mutations.
#[derive(MergedObject, Default)]
pub(crate) struct Mutation(DriverMutation, KycMutation, WalletMutation, UploadMutation);

/// All subscriptions.
#[derive(MergedSubscription, Default)]
pub(crate) struct Subscription(DriverSubscription, WalletSubscription);

/// The schema before it is given its data.
pub(crate) fn builder() -> SchemaBuilder<Query, Mutation, Subscription> {
    kit::server::schema(Query::default(), Mutation::default(), Subscription::default())
}

/// The federation SDL, without a database.
pub(crate) fn sdl() -> String {
    let schema: Schema<Query, Mutation, Subscription> = builder().finish();
    kit::server::federation_sdl(&schema)
}
