//! Query, Mutation and Subscription, joined from the slices.

use async_graphql::{MergedObject, MergedSubscription, Schema, SchemaBuilder};

use crate::attendance::graphql::{AttendanceMutation, AttendanceQuery};
use crate::attendance::subscription::AttendanceSubscription;
use crate::collection::graphql::{CollectionMutation, CollectionQuery};
use crate::driver::mutation::DriverMutation;
use crate::driver::query::DriverQuery;
use crate::driver::subscription::DriverSubscription;
use crate::earnings::graphql::EarningsQuery;
use crate::extends::EntityQuery;
use crate::incentive::graphql::{IncentiveMutation, IncentiveQuery};
use crate::kyc::graphql::{KycMutation, KycQuery};
use crate::payout::graphql::{PayoutMutation, PayoutQuery};
use crate::penalty::graphql::{PenaltyMutation, PenaltyQuery};
use crate::preference::graphql::{PreferenceMutation, PreferenceQuery};
use crate::referral::graphql::ReferralQuery;
use crate::rental::graphql::{RentalMutation, RentalQuery};
use crate::sagas::SagaQuery;
use crate::upload::graphql::UploadMutation;
use crate::wallet::graphql::{WalletMutation, WalletQuery};
use crate::wallet::subscription::WalletSubscription;

/// All queries.
#[derive(MergedObject, Default)]
pub(crate) struct Query(
    EntityQuery,
    DriverQuery,
    KycQuery,
    AttendanceQuery,
    PreferenceQuery,
    ReferralQuery,
    WalletQuery,
    RentalQuery,
    PenaltyQuery,
    IncentiveQuery,
    CollectionQuery,
    PayoutQuery,
    EarningsQuery,
    SagaQuery,
);

/// All mutations.
#[derive(MergedObject, Default)]
pub(crate) struct Mutation(
    DriverMutation,
    KycMutation,
    AttendanceMutation,
    PreferenceMutation,
    WalletMutation,
    RentalMutation,
    PenaltyMutation,
    IncentiveMutation,
    CollectionMutation,
    PayoutMutation,
    UploadMutation,
);

/// All subscriptions.
#[derive(MergedSubscription, Default)]
pub(crate) struct Subscription(DriverSubscription, AttendanceSubscription, WalletSubscription);

/// The schema before it is given its data.
pub(crate) fn builder() -> SchemaBuilder<Query, Mutation, Subscription> {
    kit::server::schema(Query::default(), Mutation::default(), Subscription::default())
}

/// The federation SDL, without a database.
pub(crate) fn sdl() -> String {
    let schema: Schema<Query, Mutation, Subscription> = builder().finish();
    kit::server::federation_sdl(&schema)
}
