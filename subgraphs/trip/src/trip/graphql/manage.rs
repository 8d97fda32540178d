//! What administrators do with trips.

use async_graphql::{Context, Object};
use kit::error::Result;
use kit::idempotency::Attempt;
use kit::loader::loaders;
use kit::viewer::caller;
use kit::{Caller, Scope};
use serde::Serialize;
use uuid::Uuid;

use super::inputs::{
    AdjustFareInput, AssignDriverInput, CreateTripFromAssignmentInput, CreateTripInput, ReassignDriverInput,
    RescheduleTripInput, TripReasonInput, target,
};
use crate::app::App;
use crate::id::{Key, optional_uuid, uuid};
use crate::trip::booking::{JourneyInput, required};
use crate::trip::service::booking::{self, DirectTrip, Terms};
use crate::trip::service::manage::Correction;
use crate::trip::service::{self, dispatch, manage};
use crate::trip::{BookingType, Trip};

#[derive(Default)]
pub struct ManageMutation;

#[Object]
impl ManageMutation {
    /// Books a trip. It waits for a driver. Codes: VALIDATION and TRIP_CONSTRAINT name the field.
    async fn create_trip(&self, ctx: &Context<'_>, input: CreateTripInput) -> Result<Trip> {
        let (app, caller) = at(ctx);
        let attempt = attempt(caller, "createTrip", input.idempotency_key.as_deref(), &input)?;
        let fleet_id = optional_uuid("fleetId", input.fleet_id.as_ref())?;
        let terms = Terms { fleet_id, boarding_otp: input.boarding_otp.clone() };
        let id = booking::create(app, caller, &input.journey, terms, attempt).await?;
        answer(ctx, id).await
    }

    /// Makes a trip that the driver of a roster assignment drives at once, in two steps: start and complete.
    async fn create_trip_from_assignment(
        &self,
        ctx: &Context<'_>,
        input: CreateTripFromAssignmentInput,
    ) -> Result<Trip> {
        let (app, caller) = at(ctx);
        let attempt = attempt(caller, "createTripFromAssignment", input.idempotency_key.as_deref(), &input)?;
        let id = booking::create_from_assignment(app, caller, direct(app, &input), attempt).await?;
        answer(ctx, id).await
    }

    /// Gives a trip to a driver. TRIP_CONSTRAINT lists under `details.reasons` what speaks against it.
    async fn assign_driver(&self, ctx: &Context<'_>, input: AssignDriverInput) -> Result<Trip> {
        let (app, caller) = at(ctx);
        let attempt = attempt(caller, "assignDriver", input.idempotency_key.as_deref(), &input)?;
        let driver = uuid("driverId", &input.driver_id)?;
        let trip = target(&input.trip_id, input.expected_version);
        let id = dispatch::assign(app, caller, &trip, driver, attempt).await?;
        answer(ctx, id).await
    }

    /// Takes a dispatched trip from its driver and gives it to another.
    async fn reassign_driver(&self, ctx: &Context<'_>, input: ReassignDriverInput) -> Result<Trip> {
        let (app, caller) = at(ctx);
        let attempt = attempt(caller, "reassignDriver", input.idempotency_key.as_deref(), &input)?;
        let driver = uuid("driverId", &input.driver_id)?;
        let reason = required("reason", &input.reason)?;
        let trip = target(&input.trip_id, input.expected_version);
        let id = dispatch::reassign(app, caller, &trip, (driver, &reason), attempt).await?;
        answer(ctx, id).await
    }

    /// Takes a trip from its driver; it waits for another one. Not once the passenger is on board.
    async fn unassign_driver(&self, ctx: &Context<'_>, input: TripReasonInput) -> Result<Trip> {
        let (app, caller) = at(ctx);
        let attempt = attempt(caller, "unassignDriver", input.idempotency_key.as_deref(), &input)?;
        let trip = target(&input.trip_id, input.expected_version);
        let id = dispatch::unassign(app, caller, &trip, &input.reason, attempt).await?;
        answer(ctx, id).await
    }

    /// Calls a trip off. Not once the passenger is on board.
    async fn cancel_trip(&self, ctx: &Context<'_>, input: TripReasonInput) -> Result<Trip> {
        let (app, caller) = at(ctx);
        let attempt = attempt(caller, "cancelTrip", input.idempotency_key.as_deref(), &input)?;
        let trip = target(&input.trip_id, input.expected_version);
        let id = manage::cancel(app, caller, &trip, &input.reason, attempt).await?;
        answer(ctx, id).await
    }

    /// Moves a trip to another pickup time and prices it anew. Its driver keeps it when their other trips leave room.
    async fn reschedule_trip(&self, ctx: &Context<'_>, input: RescheduleTripInput) -> Result<Trip> {
        let (app, caller) = at(ctx);
        let attempt = attempt(caller, "rescheduleTrip", input.idempotency_key.as_deref(), &input)?;
        let trip = target(&input.trip_id, input.expected_version);
        let id = manage::reschedule(app, caller, &trip, input.pickup_time, attempt).await?;
        answer(ctx, id).await
    }

    /// Corrects parts of a fare. Before, after, who and why stay in the trip's history.
    async fn adjust_fare(&self, ctx: &Context<'_>, input: AdjustFareInput) -> Result<Trip> {
        let (app, caller) = at(ctx);
        let attempt = attempt(caller, "adjustFare", input.idempotency_key.as_deref(), &input)?;
        let correction = Correction {
            quote: input.quote_paise,
            waiting: input.waiting_paise,
            night: input.night_paise,
            airport: input.airport_paise,
            toll: input.toll_paise,
            parking: input.parking_paise,
            state_tax: input.state_tax_paise,
        };
        let trip = target(&input.trip_id, input.expected_version);
        let id = manage::adjust_fare(app, caller, &trip, (correction, &input.reason), attempt).await?;
        answer(ctx, id).await
    }
}

fn direct(app: &App, input: &CreateTripFromAssignmentInput) -> DirectTrip {
    let journey = JourneyInput {
        trip_type: input.trip_type,
        booking_type: Some(BookingType::Instant),
        origin_city: input.origin_city.clone(),
        destination_city: input.destination_city.clone(),
        pickup_time: input.pickup_time.unwrap_or_else(|| app.clock.now()),
        pickup_location: input.pickup_location.clone(),
        drop_location: String::new(),
        pickup_point: input.pickup_point,
        drop_point: input.drop_point,
        distance_km: input.distance_km,
        vehicle_sku: None,
        vehicle_class: None,
        passenger: input.passenger.clone(),
        payment_mode: input.payment_mode,
    };
    DirectTrip {
        assignment: Key::parse(&input.assignment_id),
        journey,
        drop_location: input.drop_location.clone(),
    }
}

pub(super) fn at<'a>(ctx: &Context<'a>) -> (&'a App, &'a Caller) {
    (ctx.data_unchecked::<App>(), caller(ctx))
}

pub(super) fn attempt<'a>(
    caller: &Caller,
    operation: &'static str,
    key: Option<&'a str>,
    input: &impl Serialize,
) -> Result<Attempt<'a>> {
    Attempt::new(key, caller.actor_id(), operation, input)
}

/// The changed trip. Whoever was allowed to change it sees the result, even when it left their scope by that.
pub(crate) async fn answer(ctx: &Context<'_>, id: Uuid) -> Result<Trip> {
    loaders(ctx)?.clear();
    service::find(ctx.data_unchecked::<App>(), &Scope::All, &Key::Id(id)).await
}
