//! What clients send about trips.

use async_graphql::{Enum, ID, InputObject};
use chrono::{DateTime, Utc};
use kit::error::Result;
use kit::money::Paise;
use serde::Serialize;

use crate::geo::Point;
use crate::id::{Key, optional_uuid};
use crate::input::{instant, optional};
use crate::trip::booking::{JourneyInput, PassengerInput};
use crate::trip::repository::list::{Filter, Order};
use crate::trip::service::dispatch::Target;
use crate::trip::{PaymentMode, Provider, TripStatus, TripType};

/// Which trips a list is about. What is left out does not restrict.
#[derive(Clone, Debug, Default, InputObject)]
pub struct TripFilter {
    /// One of these statuses.
    pub status: Option<Vec<TripStatus>>,
    /// Of this type.
    pub trip_type: Option<TripType>,
    /// Beginning in this city, by any of its names.
    pub city: Option<String>,
    /// Of this fleet.
    pub fleet_id: Option<ID>,
    /// Of this driver.
    pub driver_id: Option<ID>,
    /// With this vehicle.
    pub vehicle_id: Option<ID>,
    /// Picked up at this time or later.
    pub pickup_from: Option<DateTime<Utc>>,
    /// Picked up before this time.
    pub pickup_to: Option<DateTime<Utc>>,
    /// Booked through this provider.
    pub provider: Option<Provider>,
    /// Waiting for a driver.
    pub unassigned: Option<bool>,
    /// Part of the short id, an address, or the passenger's name or phone; three characters at least find fast.
    pub search: Option<String>,
}

impl TripFilter {
    /// The filter of the repository; `city` turns a name into the one that is stored.
    pub(super) fn read(self, city: impl Fn(&str) -> String) -> Result<Filter> {
        Ok(Filter {
            statuses: self.status.unwrap_or_default(),
            trip_type: self.trip_type,
            city: optional("filter.city", self.city.as_deref())?.as_deref().map(city),
            fleet_id: optional_uuid("filter.fleetId", self.fleet_id.as_ref())?,
            driver_id: optional_uuid("filter.driverId", self.driver_id.as_ref())?,
            vehicle_id: optional_uuid("filter.vehicleId", self.vehicle_id.as_ref())?,
            pickup_from: self.pickup_from.map(|at| instant("filter.pickupFrom", at)).transpose()?,
            pickup_to: self.pickup_to.map(|at| instant("filter.pickupTo", at)).transpose()?,
            provider: self.provider,
            unassigned: self.unassigned.unwrap_or(false),
            search: optional("filter.search", self.search.as_deref())?,
        })
    }
}

/// In which order trips come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum TripOrder {
    /// The latest pickup first.
    LatestPickup,
    /// The earliest pickup first.
    EarliestPickup,
}

impl From<TripOrder> for Order {
    fn from(order: TripOrder) -> Self {
        match order {
            TripOrder::LatestPickup => Self::LatestPickup,
            TripOrder::EarliestPickup => Self::EarliestPickup,
        }
    }
}

/// Which of a driver's own trips.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum MyTrips {
    /// Dispatched or under way.
    Active,
    /// Completed, cancelled, or the passenger did not come.
    History,
}

/// A trip to be booked and dispatched later.
#[derive(Clone, Debug, InputObject, Serialize)]
pub struct CreateTripInput {
    #[graphql(flatten)]
    #[serde(flatten)]
    pub journey: JourneyInput,
    /// The fleet that drives; only super administrators choose, everybody else books for their own.
    pub fleet_id: Option<ID>,
    /// A code of 4 to 6 digits that the passenger tells the driver at boarding.
    pub boarding_otp: Option<String>,
    /// The same key with the same input is carried out once.
    pub idempotency_key: Option<String>,
}

/// A trip with the driver and vehicle of a roster assignment.
#[derive(Clone, Debug, InputObject, Serialize)]
pub struct CreateTripFromAssignmentInput {
    /// The ACTIVE assignment.
    pub assignment_id: ID,
    /// INTER_CITY when left out.
    pub trip_type: Option<TripType>,
    /// City in which the trip begins.
    pub origin_city: String,
    /// City in which it ends; "Unknown" when left out.
    pub destination_city: Option<String>,
    /// Now when left out.
    pub pickup_time: Option<DateTime<Utc>>,
    /// Address of the pickup.
    pub pickup_location: String,
    /// Address of the destination, if it is known.
    pub drop_location: Option<String>,
    /// The pickup on the map.
    pub pickup_point: Option<Point>,
    /// The destination on the map.
    pub drop_point: Option<Point>,
    /// Kilometres by road. When left out the distance is estimated from the two points.
    pub distance_km: Option<f64>,
    /// Who is driven, if it is known.
    pub passenger: Option<PassengerInput>,
    /// CASH when left out.
    pub payment_mode: Option<PaymentMode>,
    /// The same key with the same input is carried out once.
    pub idempotency_key: Option<String>,
}

/// A trip that a passenger books without an account.
#[derive(Clone, Debug, InputObject, Serialize)]
pub struct BookPublicTripInput {
    #[graphql(flatten)]
    #[serde(flatten)]
    pub journey: JourneyInput,
    /// The same key with the same input is carried out once; a repetition gets fresh secrets for the same trip.
    pub idempotency_key: Option<String>,
}

/// A trip and who is to drive it.
#[derive(Clone, Debug, InputObject, Serialize)]
pub struct AssignDriverInput {
    /// Id or short id of the trip.
    pub trip_id: ID,
    /// The driver.
    pub driver_id: ID,
    /// Refuse with STALE_VERSION when the trip is not in this version any more.
    pub expected_version: Option<i64>,
    /// The same key with the same input is carried out once.
    pub idempotency_key: Option<String>,
}

/// A trip and who is to drive it instead.
#[derive(Clone, Debug, InputObject, Serialize)]
pub struct ReassignDriverInput {
    /// Id or short id of the trip.
    pub trip_id: ID,
    /// The new driver.
    pub driver_id: ID,
    /// Why.
    pub reason: String,
    /// Refuse with STALE_VERSION when the trip is not in this version any more.
    pub expected_version: Option<i64>,
    /// The same key with the same input is carried out once.
    pub idempotency_key: Option<String>,
}

/// A trip and why something is done to it.
#[derive(Clone, Debug, InputObject, Serialize)]
pub struct TripReasonInput {
    /// Id or short id of the trip.
    pub trip_id: ID,
    /// Why.
    pub reason: String,
    /// Refuse with STALE_VERSION when the trip is not in this version any more.
    pub expected_version: Option<i64>,
    /// The same key with the same input is carried out once.
    pub idempotency_key: Option<String>,
}

/// A public booking that its passenger calls off.
#[derive(Clone, Debug, InputObject, Serialize)]
pub struct CancelPublicTripInput {
    /// The token from the booking.
    pub tracking_token: String,
    /// Why.
    pub reason: String,
    /// The same key with the same input is carried out once.
    pub idempotency_key: Option<String>,
}

/// A trip and its new pickup time.
#[derive(Clone, Debug, InputObject, Serialize)]
pub struct RescheduleTripInput {
    /// Id or short id of the trip.
    pub trip_id: ID,
    /// At least an hour from now, at most a year.
    pub pickup_time: DateTime<Utc>,
    /// Refuse with STALE_VERSION when the trip is not in this version any more.
    pub expected_version: Option<i64>,
    /// The same key with the same input is carried out once.
    pub idempotency_key: Option<String>,
}

/// A trip and the parts of its fare that change, in paise; the others stay.
#[derive(Clone, Debug, InputObject, Serialize)]
pub struct AdjustFareInput {
    /// Id or short id of the trip.
    pub trip_id: ID,
    /// Why. It stays in the trip's history.
    pub reason: String,
    pub quote_paise: Option<Paise>,
    pub waiting_paise: Option<Paise>,
    pub night_paise: Option<Paise>,
    pub airport_paise: Option<Paise>,
    pub toll_paise: Option<Paise>,
    pub parking_paise: Option<Paise>,
    pub state_tax_paise: Option<Paise>,
    /// Refuse with STALE_VERSION when the trip is not in this version any more.
    pub expected_version: Option<i64>,
    /// The same key with the same input is carried out once.
    pub idempotency_key: Option<String>,
}

/// A trip that its driver starts.
#[derive(Clone, Debug, InputObject, Serialize)]
pub struct StartTripInput {
    /// Id or short id of the trip.
    pub trip_id: ID,
    /// The same key with the same input is carried out once.
    pub idempotency_key: Option<String>,
}

/// A driver at the pickup.
#[derive(Clone, Debug, InputObject, Serialize)]
pub struct MarkArrivedInput {
    /// Id or short id of the trip.
    pub trip_id: ID,
    /// Where the driver is; required when the pickup has a place on the map.
    pub position: Option<Point>,
    /// The same key with the same input is carried out once.
    pub idempotency_key: Option<String>,
}

/// A passenger on board.
#[derive(Clone, Debug, InputObject, Serialize)]
pub struct OnboardPassengerInput {
    /// Id or short id of the trip.
    pub trip_id: ID,
    /// The passenger's code; required when the trip has one.
    pub otp: Option<String>,
    /// The same key with the same input is carried out once.
    pub idempotency_key: Option<String>,
}

/// A trip that is done, with what the driver paid on the way, in paise.
#[derive(Clone, Debug, InputObject, Serialize)]
pub struct CompleteTripInput {
    /// Id or short id of the trip.
    pub trip_id: ID,
    /// Toll; nothing when left out.
    pub toll_paise: Option<Paise>,
    /// Parking; nothing when left out.
    pub parking_paise: Option<Paise>,
    /// State tax; nothing when left out.
    pub state_tax_paise: Option<Paise>,
    /// The same key with the same input is carried out once.
    pub idempotency_key: Option<String>,
}

/// A passenger who did not come.
#[derive(Clone, Debug, InputObject, Serialize)]
pub struct MarkNoShowInput {
    /// Id or short id of the trip.
    pub trip_id: ID,
    /// Why it counts as a no-show.
    pub reason: String,
    /// The same key with the same input is carried out once.
    pub idempotency_key: Option<String>,
}

/// The trip that a dispatcher means.
pub(super) fn target(trip: &ID, expected_version: Option<i64>) -> Target {
    Target { trip: Key::parse(trip), expected_version }
}
