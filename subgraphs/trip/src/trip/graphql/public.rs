//! What passengers without an account see and do: book, follow with a token, call off.

use async_graphql::{Context, Object, SimpleObject};
use chrono::{DateTime, Utc};
use kit::error::{Error, Result};
use uuid::Uuid;

use super::inputs::{BookPublicTripInput, CancelPublicTripInput};
use super::manage::{at, attempt};
use super::object::TripPosition;
use crate::app::App;
use crate::fare::Fare;
use crate::geo::Point;
use crate::id::Key;
use crate::limit;
use crate::reference;
use crate::secret;
use crate::trip::service::{booking, manage};
use crate::trip::{Trip, TripStatus, TripType, repository};
use kit::Scope;

/// A trip as its passenger follows it: what they need to find the car, and no more.
#[derive(Clone, Debug, SimpleObject)]
pub struct TrackedTrip {
    /// The id that people read out.
    pub short_id: String,
    /// Where the trip is in its life.
    pub status: TripStatus,
    /// What kind of journey it is.
    pub trip_type: TripType,
    /// When the passenger is to be picked up.
    pub pickup_time: DateTime<Utc>,
    /// Address of the pickup.
    pub pickup_location: String,
    /// Address of the destination.
    pub drop_location: Option<String>,
    /// The fare as far as it is known.
    pub fare: Fare,
    /// The driver's name, once there is one.
    pub driver_name: Option<String>,
    /// The vehicle's registration, once there is one.
    pub vehicle_number: Option<String>,
    /// Where the vehicle is, while the driver is on the way or driving.
    pub last_position: Option<TripPosition>,
    /// The passenger may still call the trip off.
    pub may_cancel: bool,
}

/// A booking with the secrets that are shown this once.
#[derive(Clone, Debug, SimpleObject)]
pub struct PublicBooking {
    /// Opens this trip for its passenger.
    pub tracking_token: String,
    /// The passenger tells it to the driver at boarding.
    pub boarding_otp: String,
    /// The trip.
    pub trip: TrackedTrip,
}

#[derive(Default)]
pub struct PublicQuery;

#[Object]
impl PublicQuery {
    /// The trip that a tracking token was given out for; null when there is none.
    async fn trip_by_tracking_token(&self, ctx: &Context<'_>, token: String) -> Result<Option<TrackedTrip>> {
        limit::take(ctx, limit::TOKENS).await?;
        let (app, _) = at(ctx);
        let mut conn = app.pool.acquire().await?;
        let found = repository::find_by_token(&mut conn, &secret::hash(token.trim())).await?;
        drop(conn);
        match found {
            Some(trip) => tracked(app, trip).await.map(Some),
            None => Ok(None),
        }
    }
}

#[derive(Default)]
pub struct PublicMutation;

#[Object]
impl PublicMutation {
    /// Books a trip without an account. A passenger must be named.
    async fn book_public_trip(&self, ctx: &Context<'_>, input: BookPublicTripInput) -> Result<PublicBooking> {
        limit::take(ctx, limit::BOOKINGS).await?;
        let (app, caller) = at(ctx);
        let attempt = attempt(caller, "bookPublicTrip", input.idempotency_key.as_deref(), &input)?;
        let booked = booking::book_public(app, &input.journey, attempt).await?;
        Ok(PublicBooking {
            tracking_token: booked.tracking_token,
            boarding_otp: booked.boarding_otp,
            trip: by_id(app, booked.trip_id).await?,
        })
    }

    /// Calls off a public booking while it has no driver.
    async fn cancel_public_trip(
        &self,
        ctx: &Context<'_>,
        input: CancelPublicTripInput,
    ) -> Result<TrackedTrip> {
        limit::take(ctx, limit::TOKENS).await?;
        let (app, caller) = at(ctx);
        let attempt = attempt(caller, "cancelPublicTrip", input.idempotency_key.as_deref(), &input)?;
        let token = input.tracking_token.trim();
        let done = manage::cancel_by_token(app, token, &input.reason, attempt.clone()).await;
        by_id(app, app.settled(attempt, done).await?).await
    }
}

async fn by_id(app: &App, id: Uuid) -> Result<TrackedTrip> {
    let mut conn = app.pool.acquire().await?;
    let found = repository::find(&mut conn, &Scope::All, &Key::Id(id)).await?;
    drop(conn);
    tracked(app, found.ok_or_else(|| Error::not_found("Trip"))?).await
}

async fn tracked(app: &App, trip: Trip) -> Result<TrackedTrip> {
    let mut conn = app.pool.acquire().await?;
    let drivers: Vec<Uuid> = trip.driver_id.into_iter().collect();
    let driver = reference::repository::drivers(&mut conn, &drivers).await?.into_values().next();
    let vehicles: Vec<Uuid> = trip.vehicle_id.into_iter().collect();
    let vehicle = reference::repository::vehicles(&mut conn, &vehicles).await?.into_values().next();
    let last = Point::of(trip.last_lat, trip.last_lng).zip(trip.last_location_at);
    let last = last.filter(|_| trip.is_under_way());
    Ok(TrackedTrip {
        fare: trip.current_fare(),
        status: trip.status,
        trip_type: trip.trip_type,
        pickup_time: trip.pickup_time,
        may_cancel: trip.status == TripStatus::Created,
        short_id: trip.short_id,
        pickup_location: trip.pickup_location,
        drop_location: trip.drop_location,
        driver_name: driver.map(|driver| driver.name),
        vehicle_number: vehicle.map(|vehicle| vehicle.number),
        last_position: last.map(|(point, recorded_at)| TripPosition { point, recorded_at }),
    })
}
