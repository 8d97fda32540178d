//! What administrators do with trips.

use async_graphql::{Context, Object};
use kit::Caller;
use kit::error::Result;
use kit::idempotency::Attempt;
use kit::loader::loaders;
use kit::viewer::caller;
use serde::Serialize;
use uuid::Uuid;

use super::inputs::{
    AdjustFareInput, AssignDriverInput, CreateTripFromAssignmentInput, CreateTripInput, ReassignDriverInput,
    RescheduleTripInput, TripReasonInput, target,
};
use crate::app::App;
use crate::id::{Key, optional_uuid, uuid};
use crate::input::required;
use crate::trip::booking::JourneyInput;
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
        let done = booking::create(app, caller, &input.journey, terms, attempt.clone()).await;
        answer(ctx, attempt, done).await
    }

    /// Makes a trip that the driver of a roster assignment drives at once, in two steps: start and complete.
    async fn create_trip_from_assignment(
        &self,
        ctx: &Context<'_>,
        input: CreateTripFromAssignmentInput,
    ) -> Result<Trip> {
        let (app, caller) = at(ctx);
        let attempt = attempt(caller, "createTripFromAssignment", input.idempotency_key.as_deref(), &input)?;
        let done = booking::create_from_assignment(app, caller, direct(app, &input), attempt.clone()).await;
        answer(ctx, attempt, done).await
    }

    /// Gives a trip to a driver. TRIP_CONSTRAINT lists under `details.reasons` what speaks against it.
    async fn assign_driver(&self, ctx: &Context<'_>, input: AssignDriverInput) -> Result<Trip> {
        let (app, caller) = at(ctx);
        let attempt = attempt(caller, "assignDriver", input.idempotency_key.as_deref(), &input)?;
        let driver = uuid("driverId", &input.driver_id)?;
        let trip = target(&input.trip_id, input.expected_version);
        let done = dispatch::assign(app, caller, &trip, driver, attempt.clone()).await;
        answer(ctx, attempt, done).await
    }

    /// Takes a dispatched trip from its driver and gives it to another.
    async fn reassign_driver(&self, ctx: &Context<'_>, input: ReassignDriverInput) -> Result<Trip> {
        let (app, caller) = at(ctx);
        let attempt = attempt(caller, "reassignDriver", input.idempotency_key.as_deref(), &input)?;
        let driver = uuid("driverId", &input.driver_id)?;
        let reason = required("reason", &input.reason)?;
        let trip = target(&input.trip_id, input.expected_version);
        let done = dispatch::reassign(app, caller, &trip, (driver, &reason), attempt.clone()).await;
        answer(ctx, attempt, done).await
    }

    /// Takes a trip from its driver; it waits for another one. Not once the passenger is on board.
    async fn unassign_driver(&self, ctx: &Context<'_>, input: TripReasonInput) -> Result<Trip> {
        let (app, caller) = at(ctx);
        let attempt = attempt(caller, "unassignDriver", input.idempotency_key.as_deref(), &input)?;
        let trip = target(&input.trip_id, input.expected_version);
        let done = dispatch::unassign(app, caller, &trip, &input.reason, attempt.clone()).await;
        answer(ctx, attempt, done).await
    }

    /// Calls a trip off. Not once the passenger is on board.
    async fn cancel_trip(&self, ctx: &Context<'_>, input: TripReasonInput) -> Result<Trip> {
        let (app, caller) = at(ctx);
        let attempt = attempt(caller, "cancelTrip", input.idempotency_key.as_deref(), &input)?;
        let trip = target(&input.trip_id, input.expected_version);
        let done = manage::cancel(app, caller, &trip, &input.reason, attempt.clone()).await;
        answer(ctx, attempt, done).await
    }

    /// Moves a trip to another pickup time and prices it anew. Its driver keeps it when their other trips leave room.
    async fn reschedule_trip(&self, ctx: &Context<'_>, input: RescheduleTripInput) -> Result<Trip> {
        let (app, caller) = at(ctx);
        let attempt = attempt(caller, "rescheduleTrip", input.idempotency_key.as_deref(), &input)?;
        let trip = target(&input.trip_id, input.expected_version);
        let done = manage::reschedule(app, caller, &trip, input.pickup_time, attempt.clone()).await;
        answer(ctx, attempt, done).await
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
        let done =
            manage::adjust_fare(app, caller, &trip, (correction, &input.reason), attempt.clone()).await;
        answer(ctx, attempt, done).await
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

/// The trip that an attempt changed, now or when it came for the first time. No change takes a trip out of the scope of who
/// makes it, but until a repetition somebody else may have: then it is theirs to see no more.
pub(crate) async fn answer(ctx: &Context<'_>, attempt: Attempt<'_>, done: Result<Uuid>) -> Result<Trip> {
    let (app, caller) = at(ctx);
    let id = app.settled(attempt, done).await?;
    loaders(ctx)?.clear();
    service::find(app, &caller.scope(), &Key::Id(id)).await
}
