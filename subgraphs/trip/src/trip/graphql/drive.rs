//! What drivers do with their trips.

use async_graphql::{Context, ID, Object};
use kit::error::Result;
use serde::Serialize;

use super::inputs::{
    CompleteTripInput, MarkArrivedInput, MarkNoShowInput, OnboardPassengerInput, StartTripInput,
};
use super::manage::{answer, at, attempt};
use crate::fare::Extras;
use crate::id::Key;
use crate::trip::Trip;
use crate::trip::service::drive::{self, Report};

#[derive(Default)]
pub struct DriveMutation;

#[Object]
impl DriveMutation {
    /// The driver leaves for the pickup: from two and a half hours before it. Codes: TOO_EARLY_START.
    async fn start_trip(&self, ctx: &Context<'_>, input: StartTripInput) -> Result<Trip> {
        let key = input.idempotency_key.as_deref();
        report(ctx, "startTrip", (&input.trip_id, key), Report::Start, &input).await
    }

    /// The driver is at the pickup, within 500 m of it. Codes: TOO_EARLY_ARRIVE, GEOFENCE.
    async fn mark_arrived(&self, ctx: &Context<'_>, input: MarkArrivedInput) -> Result<Trip> {
        let key = input.idempotency_key.as_deref();
        let arrived = Report::Arrive { position: input.position };
        report(ctx, "markArrived", (&input.trip_id, key), arrived, &input).await
    }

    /// The passenger is on board. Codes: OTP_INVALID when the trip has a boarding code and this is not it,
    /// OTP_ATTEMPTS_EXCEEDED for ten minutes after five wrong ones.
    async fn onboard_passenger(&self, ctx: &Context<'_>, input: OnboardPassengerInput) -> Result<Trip> {
        let key = input.idempotency_key.as_deref();
        let boarded = Report::Onboard { otp: input.otp.clone() };
        report(ctx, "onboardPassenger", (&input.trip_id, key), boarded, &input).await
    }

    /// The trip is done. The fare is computed here; the driver adds only what was paid on the way, at most ₹10,000 of a kind.
    async fn complete_trip(&self, ctx: &Context<'_>, input: CompleteTripInput) -> Result<Trip> {
        let key = input.idempotency_key.as_deref();
        let extras =
            Extras { toll: input.toll_paise, parking: input.parking_paise, state_tax: input.state_tax_paise };
        report(ctx, "completeTrip", (&input.trip_id, key), Report::Complete { extras }, &input).await
    }

    /// The passenger did not come: from half an hour after the pickup time. Codes: TOO_EARLY_NO_SHOW.
    async fn mark_no_show(&self, ctx: &Context<'_>, input: MarkNoShowInput) -> Result<Trip> {
        let key = input.idempotency_key.as_deref();
        let absent = Report::NoShow { reason: input.reason.clone() };
        report(ctx, "markNoShow", (&input.trip_id, key), absent, &input).await
    }
}

async fn report(
    ctx: &Context<'_>,
    operation: &'static str,
    (trip, key): (&ID, Option<&str>),
    report: Report,
    input: &impl Serialize,
) -> Result<Trip> {
    let (app, caller) = at(ctx);
    let attempt = attempt(caller, operation, key, input)?;
    let done = drive::report(app, caller, &Key::parse(trip), report, attempt.clone()).await;
    answer(ctx, attempt, done).await
}
