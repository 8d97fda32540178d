//! Mutations of drivers.

use async_graphql::{Context, Object};
use kit::error::Result;

use super::input::{
    CompleteOnboardingInput, CreateDriverInput, MoveDriverToHubInput, OfferOwnVehicleInput,
    RetryDriverAccountInput, SetDriverAvailabilityInput, SetDriverStatusInput, UpdateDriverInput,
};
use super::{Driver, account, onboarding, own_vehicle, service};
use crate::actor::{ADMINS, DRIVERS, EVERYBODY, actor};

/// Mutations of drivers.
#[derive(Default)]
pub(crate) struct DriverMutation;

#[Object]
impl DriverMutation {
    /// Makes a driver in your scope: the profile of a user whose role is DRIVER, CONFLICT if they have one; or, with `account`, the
    /// user and the profile together. Then `accountStatus` is PENDING for a moment, and READY or REFUSED after it.
    async fn create_driver(&self, ctx: &Context<'_>, input: CreateDriverInput) -> Result<Driver> {
        service::create(&actor(ctx, ADMINS)?, input).await
    }

    /// Asks again for the account of a driver that was REFUSED one, for example with the right phone.
    async fn retry_driver_account(
        &self,
        ctx: &Context<'_>,
        input: RetryDriverAccountInput,
    ) -> Result<Driver> {
        account::retry(&actor(ctx, ADMINS)?, input).await
    }

    /// Changes a profile. Drivers may change their own contact data and bank account.
    async fn update_driver(&self, ctx: &Context<'_>, input: UpdateDriverInput) -> Result<Driver> {
        service::update(&actor(ctx, EVERYBODY)?, input).await
    }

    /// Takes a driver into or out of service. Suspending and blacklisting are penalties.
    async fn set_driver_status(&self, ctx: &Context<'_>, input: SetDriverStatusInput) -> Result<Driver> {
        service::set_status(&actor(ctx, ADMINS)?, input).await
    }

    /// Forces a driver off, or lets availability follow from status, trips and breaks again.
    async fn set_driver_availability(
        &self,
        ctx: &Context<'_>,
        input: SetDriverAvailabilityInput,
    ) -> Result<Driver> {
        service::set_availability(&actor(ctx, ADMINS)?, input).await
    }

    /// Moves a driver to another hub of their fleet, or out of any.
    async fn move_driver_to_hub(&self, ctx: &Context<'_>, input: MoveDriverToHubInput) -> Result<Driver> {
        service::move_to_hub(&actor(ctx, ADMINS)?, input).await
    }

    /// Makes your own profile after signing up; with your referral code, if somebody referred you. Repeating it changes
    /// nothing.
    async fn complete_onboarding(&self, ctx: &Context<'_>, input: CompleteOnboardingInput) -> Result<Driver> {
        onboarding::complete(&actor(ctx, DRIVERS)?, input).await
    }

    /// Offers your own vehicle, if you have brought none yet or the last one was REFUSED; then `ownVehicleState` is PENDING for a
    /// moment, and READY or REFUSED after it. INVALID_TRANSITION while it is PENDING, and once it is READY.
    async fn offer_own_vehicle(&self, ctx: &Context<'_>, input: OfferOwnVehicleInput) -> Result<Driver> {
        own_vehicle::offer_mine(&actor(ctx, DRIVERS)?, input).await
    }
}
