//! The trip as clients see it.

use async_graphql::{Context, ID, Object, SimpleObject};
use chrono::{DateTime, Utc};
use kit::error::Result;
use kit::loader;
use kit::money::{Money, Paise};
use kit::viewer::caller;
use kit::{Caller, Role};
use serde_json::Value;
use uuid::Uuid;

use super::loaders::{DispatchesOfTrip, HistoryOfTrip};
use crate::assignment::Assignment;
use crate::assignment::graphql::AssignmentById;
use crate::extends::{Driver, Fleet, User, Vehicle};
use crate::fare::{Fare, RATE_PER_KM_RUPEES, VehicleClass};
use crate::geo::Point;
use crate::phone;
use crate::trip::repository::dispatch::Dispatch;
use crate::trip::repository::history::Entry;
use crate::trip::{BookingType, DistanceSource, PaymentMode, Provider, Trip, TripStatus, TripType};

/// Who is driven.
#[derive(Clone, Debug, SimpleObject)]
pub struct Passenger {
    /// Name of the passenger.
    pub name: String,
    /// Phone in E.164. Drivers see it while they have the trip, and masked afterwards.
    pub phone: String,
}

/// Where a trip's vehicle was last seen.
#[derive(Clone, Copy, Debug, SimpleObject)]
pub struct TripPosition {
    /// The place.
    pub point: Point,
    /// When the driver's phone reported it.
    pub recorded_at: DateTime<Utc>,
}

impl Trip {
    /// The place of this trip in a list.
    pub(crate) fn position(&self) -> Value {
        serde_json::json!([self.pickup_time, self.id])
    }

    fn passenger_for(&self, caller: &Caller) -> Option<Passenger> {
        let (name, phone) = self.passenger_name.clone().zip(self.passenger_phone.clone())?;
        let phone = if driving_user(caller).is_some() && !self.status.is_live() {
            phone::masked(&phone)
        } else {
            phone
        };
        Some(Passenger { name, phone })
    }
}

/// The user who calls, if they are a driver.
fn driving_user(caller: &Caller) -> Option<Uuid> {
    caller.viewer().ok().filter(|viewer| viewer.role == Role::Driver).map(|viewer| viewer.user_id)
}

/// A journey of a passenger: booked, dispatched, driven and paid.
#[Object]
impl Trip {
    async fn id(&self) -> ID {
        ID::from(self.id)
    }

    /// The id that people read out, such as TRP20260127001.
    async fn short_id(&self) -> &str {
        &self.short_id
    }

    /// Where the trip is in its life.
    async fn status(&self) -> TripStatus {
        self.status
    }

    /// The status for clients that do not know ARRIVED and ONBOARDED: they read STARTED.
    async fn legacy_status(&self) -> TripStatus {
        self.status.legacy()
    }

    /// What kind of journey it is.
    async fn trip_type(&self) -> TripType {
        self.trip_type
    }

    /// Booked ahead or for now.
    async fn booking_type(&self) -> BookingType {
        self.booking_type
    }

    /// Who the booking came from.
    async fn provider(&self) -> Provider {
        self.provider
    }

    /// Made straight from a roster assignment: the driver may complete it without arrival and boarding.
    async fn from_assignment(&self) -> bool {
        self.from_assignment
    }

    /// City in which the trip begins.
    async fn origin_city(&self) -> &str {
        &self.origin_city
    }

    /// City in which it ends; "Unknown" when nobody said.
    async fn destination_city(&self) -> &str {
        &self.destination_city
    }

    /// When the passenger is to be picked up.
    async fn pickup_time(&self) -> DateTime<Utc> {
        self.pickup_time
    }

    /// When the trip was booked.
    async fn booked_at(&self) -> DateTime<Utc> {
        self.booked_at
    }

    /// Kilometres by road.
    async fn distance_km(&self) -> f64 {
        self.distance_km
    }

    /// Where the distance comes from.
    async fn distance_source(&self) -> DistanceSource {
        self.distance_source
    }

    /// Kilometres that are billed: every started one, at least five.
    async fn billable_km(&self) -> i64 {
        self.billable_km
    }

    /// Price of one billable kilometre before multipliers.
    async fn rate_per_km(&self) -> Money {
        Money::from(Paise(RATE_PER_KM_RUPEES * 100))
    }

    /// Kind of vehicle that was booked.
    async fn vehicle_sku(&self) -> &str {
        &self.vehicle_sku
    }

    /// Whether that kind is electric.
    async fn vehicle_class(&self) -> VehicleClass {
        self.vehicle_class
    }

    /// Address of the pickup.
    async fn pickup_location(&self) -> &str {
        &self.pickup_location
    }

    /// Address of the destination.
    async fn drop_location(&self) -> Option<&str> {
        self.drop_location.as_deref()
    }

    /// The pickup on the map.
    async fn pickup_point(&self) -> Option<Point> {
        self.pickup()
    }

    /// The destination on the map.
    async fn drop_point(&self) -> Option<Point> {
        self.destination()
    }

    /// Who is driven.
    async fn passenger(&self, ctx: &Context<'_>) -> Option<Passenger> {
        self.passenger_for(caller(ctx))
    }

    /// The passenger has a code that the driver must enter at boarding.
    async fn requires_boarding_otp(&self) -> bool {
        self.boarding_otp_hash.is_some()
    }

    /// How the passenger pays. PREPAID: the driver collects nothing.
    async fn payment_mode(&self) -> PaymentMode {
        self.payment_mode
    }

    /// The fare as far as it is known: waiting and extras are added by boarding and completion.
    async fn fare(&self) -> Fare {
        self.current_fare()
    }

    /// When the driver left for the pickup.
    async fn started_at(&self) -> Option<DateTime<Utc>> {
        self.started_at
    }

    /// When the driver was there.
    async fn arrived_at(&self) -> Option<DateTime<Utc>> {
        self.arrived_at
    }

    /// When the passenger was on board.
    async fn boarded_at(&self) -> Option<DateTime<Utc>> {
        self.boarded_at
    }

    /// When the trip was done.
    async fn completed_at(&self) -> Option<DateTime<Utc>> {
        self.completed_at
    }

    /// When the trip was called off.
    async fn cancelled_at(&self) -> Option<DateTime<Utc>> {
        self.cancelled_at
    }

    /// Why it was called off, or why the passenger counts as not shown up.
    async fn cancel_reason(&self) -> Option<&str> {
        self.cancel_reason.as_deref()
    }

    /// Who called it off; null for the passenger.
    async fn cancelled_by(&self) -> Option<User> {
        self.cancelled_by.map(User::of)
    }

    /// Who booked it; null for the public.
    async fn created_by(&self) -> Option<User> {
        self.created_by.map(User::of)
    }

    /// The fleet; null while a public booking is in the pool.
    async fn fleet(&self) -> Option<Fleet> {
        self.fleet_id.map(|id| Fleet { id })
    }

    /// The driver who has the trip, or had it at its end.
    async fn driver(&self) -> Option<Driver> {
        self.driver_id.map(|id| Driver { id })
    }

    /// The vehicle that the driver was dispatched with.
    async fn vehicle(&self) -> Option<Vehicle> {
        self.vehicle_id.map(|id| Vehicle { id })
    }

    /// The roster assignment that the driver was dispatched from.
    async fn assignment(&self, ctx: &Context<'_>) -> Result<Option<Assignment>> {
        match self.assignment_id {
            Some(id) => loader::load::<AssignmentById>(ctx, id).await,
            None => Ok(None),
        }
    }

    /// Everybody who was given the trip, in order of time. Drivers see when it was given to them, and not what was said of
    /// others.
    async fn dispatch_history(&self, ctx: &Context<'_>) -> Result<Vec<Dispatch>> {
        let found = loader::load::<DispatchesOfTrip>(ctx, self.id).await?.unwrap_or_default();
        let all = driving_user(caller(ctx)).is_none();
        Ok(found.iter().filter(|row| all || Some(row.driver_id) == self.driver_id).cloned().collect())
    }

    /// Every change of the trip: what, who, when and why. Drivers see what they did themselves.
    async fn history(&self, ctx: &Context<'_>) -> Result<Vec<Entry>> {
        let found = loader::load::<HistoryOfTrip>(ctx, self.id).await?.unwrap_or_default();
        let me = driving_user(caller(ctx));
        Ok(found.iter().filter(|entry| me.is_none() || entry.actor_id == me).cloned().collect())
    }

    /// Where the vehicle was last seen on this trip.
    async fn last_position(&self) -> Option<TripPosition> {
        let point = Point::of(self.last_lat, self.last_lng)?;
        Some(TripPosition { point, recorded_at: self.last_location_at? })
    }

    /// Grows by one with every change; mutations take it as `expectedVersion`.
    async fn version(&self) -> i64 {
        self.version
    }

    async fn created_at(&self) -> DateTime<Utc> {
        self.created_at
    }

    async fn updated_at(&self) -> DateTime<Utc> {
        self.updated_at
    }
}
