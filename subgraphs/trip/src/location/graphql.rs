//! Positions as drivers report them.

use async_graphql::{Context, ID, InputObject, Object};
use chrono::{DateTime, Utc};
use kit::error::Result;
use kit::idempotency::Attempt;
use kit::viewer::caller;
use serde::Serialize;

use super::service::{self, Sighting};
use crate::app::App;
use crate::geo::Point;
use crate::id::Key;
use crate::trip::Trip;

/// Where a driver is on a trip.
#[derive(Clone, Debug, InputObject, Serialize)]
pub struct ReportLocationInput {
    /// Id or short id of a trip that is under way.
    pub trip_id: ID,
    /// The place.
    pub point: Point,
    /// When the phone was there; now when left out.
    pub recorded_at: Option<DateTime<Utc>>,
    /// The same key with the same input is carried out once.
    pub idempotency_key: Option<String>,
}

#[derive(Default)]
pub struct LocationMutation;

#[Object]
impl LocationMutation {
    /// The driver is here: once every 30 to 60 seconds while the trip is under way.
    async fn report_location(&self, ctx: &Context<'_>, input: ReportLocationInput) -> Result<Trip> {
        let app = ctx.data_unchecked::<App>();
        let key = Key::parse(&input.trip_id);
        let caller = caller(ctx);
        let once = input.idempotency_key.as_deref();
        let attempt = Attempt::new(once, caller.actor_id(), "reportLocation", &input)?;
        let seen = Sighting { point: input.point, recorded_at: input.recorded_at };
        let done = service::report(app, caller, &key, seen, attempt.clone()).await;
        crate::trip::graphql::manage::answer(ctx, attempt, done).await
    }
}
