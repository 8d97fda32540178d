//! The work itself: what a trip is, and the names of everything that can be said about one.

mod blank;
pub mod booking;
pub mod dispatch;
pub mod events;
pub mod graphql;
pub mod lifecycle;
pub mod repository;
#[cfg(test)]
mod sample;
pub mod service;

use async_graphql::Enum;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::fare::{Fare, VehicleClass};
use crate::geo::Point;
use kit::money::Paise;

/// Where a trip is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Enum, Serialize, Deserialize, sqlx::Type)]
#[graphql(rename_items = "SCREAMING_SNAKE_CASE")]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[sqlx(type_name = "text", rename_all = "SCREAMING_SNAKE_CASE")]
pub enum TripStatus {
    /// Held for a booking partner, not paid yet.
    Blocked,
    /// Booked, no driver yet.
    Created,
    /// A driver was dispatched.
    DriverAssigned,
    /// The driver left for the pickup.
    Started,
    /// The driver is at the pickup.
    Arrived,
    /// The passenger is on board.
    Onboarded,
    /// Done.
    Completed,
    /// Called off by the operator or the passenger.
    Cancelled,
    /// Called off by the booking partner.
    CancelledByPartner,
    /// The passenger did not come.
    NoShow,
}

impl TripStatus {
    /// Every status, in the order of a trip's life.
    pub const ALL: [Self; 10] = [
        Self::Blocked,
        Self::Created,
        Self::DriverAssigned,
        Self::Started,
        Self::Arrived,
        Self::Onboarded,
        Self::Completed,
        Self::Cancelled,
        Self::CancelledByPartner,
        Self::NoShow,
    ];
    /// What a driver's list of active trips holds.
    pub const ACTIVE: [Self; 4] = [Self::DriverAssigned, Self::Started, Self::Arrived, Self::Onboarded];
    /// The driver is on the way or has the passenger in the car.
    pub const UNDER_WAY: [Self; 3] = [Self::Started, Self::Arrived, Self::Onboarded];
    /// What a driver's history holds.
    pub const HISTORY: [Self; 3] = [Self::Completed, Self::Cancelled, Self::NoShow];

    /// The name in the database, in events and in GraphQL.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Blocked => "BLOCKED",
            Self::Created => "CREATED",
            Self::DriverAssigned => "DRIVER_ASSIGNED",
            Self::Started => "STARTED",
            Self::Arrived => "ARRIVED",
            Self::Onboarded => "ONBOARDED",
            Self::Completed => "COMPLETED",
            Self::Cancelled => "CANCELLED",
            Self::CancelledByPartner => "CANCELLED_BY_PARTNER",
            Self::NoShow => "NO_SHOW",
        }
    }

    /// The nearest status that clients from before ARRIVED and ONBOARDED know.
    #[must_use]
    pub const fn legacy(self) -> Self {
        match self {
            Self::Arrived | Self::Onboarded => Self::Started,
            other => other,
        }
    }

    /// Nothing happens to the trip any more.
    #[must_use]
    pub const fn is_terminal(self) -> bool {
        matches!(self, Self::Completed | Self::Cancelled | Self::CancelledByPartner | Self::NoShow)
    }

    /// A driver is promised to the trip.
    #[must_use]
    pub fn is_live(self) -> bool {
        Self::ACTIVE.contains(&self)
    }
}

/// What kind of journey it is; decides booking rules and price.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Enum, Serialize, Deserialize, sqlx::Type)]
#[graphql(rename_items = "SCREAMING_SNAKE_CASE")]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[sqlx(type_name = "text", rename_all = "SCREAMING_SNAKE_CASE")]
pub enum TripType {
    /// To or from an airport.
    Airport,
    /// By the day.
    Rental,
    /// From one city to another.
    InterCity,
}

/// Whether a trip is booked ahead or for now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum, Serialize, Deserialize, sqlx::Type)]
#[graphql(rename_items = "SCREAMING_SNAKE_CASE")]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[sqlx(type_name = "text", rename_all = "SCREAMING_SNAKE_CASE")]
pub enum BookingType {
    /// For a later time.
    Prebook,
    /// For now; INTER_CITY only.
    Instant,
}

/// Who the booking came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Enum, Serialize, Deserialize, sqlx::Type)]
#[graphql(rename_items = "SCREAMING_SNAKE_CASE")]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[sqlx(type_name = "text", rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Provider {
    /// Our own booking.
    Internal,
    /// MojoBoxx.
    Mojoboxx,
    /// MakeMyTrip.
    Mmt,
    /// Rapido.
    Rapido,
}

/// How the passenger pays.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum, Serialize, Deserialize, sqlx::Type)]
#[graphql(rename_items = "SCREAMING_SNAKE_CASE")]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[sqlx(type_name = "text", rename_all = "SCREAMING_SNAKE_CASE")]
pub enum PaymentMode {
    /// To the driver, in cash.
    Cash,
    /// Before the trip: the driver collects nothing.
    Prepaid,
    /// By the vehicle's QR code.
    Qr,
}

/// Where the distance of a trip comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum, Serialize, Deserialize, sqlx::Type)]
#[graphql(rename_items = "SCREAMING_SNAKE_CASE")]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[sqlx(type_name = "text", rename_all = "SCREAMING_SNAKE_CASE")]
pub enum DistanceSource {
    /// Given by whoever booked.
    ClientProvided,
    /// Estimated from the coordinates: the straight line times 1.3.
    Estimated,
    /// From a routing service.
    GoogleMaps,
}

/// What became of giving a trip to a driver.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum, Serialize, Deserialize, sqlx::Type)]
#[graphql(rename_items = "SCREAMING_SNAKE_CASE")]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[sqlx(type_name = "text", rename_all = "SCREAMING_SNAKE_CASE")]
pub enum TripAssignmentStatus {
    /// The driver has the trip.
    Assigned,
    /// The trip was taken from the driver.
    Unassigned,
    /// The driver completed the trip.
    Completed,
    /// The trip was called off, or the passenger did not come.
    Cancelled,
}

/// A trip as it is stored: one row.
#[derive(Clone, Debug, Serialize, sqlx::FromRow)]
pub struct Trip {
    pub id: Uuid,
    pub short_id: String,
    pub status: TripStatus,
    pub trip_type: TripType,
    pub booking_type: BookingType,
    pub provider: Provider,
    /// Created straight from a roster assignment: the driver may complete it without arrival and boarding.
    pub from_assignment: bool,
    /// None: booked by the public and not dispatched yet.
    pub fleet_id: Option<Uuid>,
    pub assignment_id: Option<Uuid>,
    pub driver_id: Option<Uuid>,
    pub vehicle_id: Option<Uuid>,
    pub origin_city: String,
    pub destination_city: String,
    pub pickup_time: DateTime<Utc>,
    pub booked_at: DateTime<Utc>,
    pub distance_km: f64,
    pub distance_source: DistanceSource,
    pub billable_km: i64,
    pub vehicle_sku: String,
    pub vehicle_class: VehicleClass,
    pub pickup_location: String,
    pub drop_location: Option<String>,
    pub pickup_lat: Option<f64>,
    pub pickup_lng: Option<f64>,
    pub drop_lat: Option<f64>,
    pub drop_lng: Option<f64>,
    pub passenger_name: Option<String>,
    pub passenger_phone: Option<String>,
    pub boarding_otp_hash: Option<String>,
    /// Wrong boarding codes since the last block.
    pub boarding_failures: i32,
    /// No boarding code is taken before this.
    pub boarding_blocked_until: Option<DateTime<Utc>>,
    pub payment_mode: PaymentMode,
    pub tracking_token_hash: Option<String>,
    pub quote_paise: i64,
    pub waiting_paise: i64,
    pub night_paise: i64,
    pub airport_paise: i64,
    pub toll_paise: i64,
    pub parking_paise: i64,
    pub state_tax_paise: i64,
    pub total_paise: i64,
    pub started_at: Option<DateTime<Utc>>,
    pub arrived_at: Option<DateTime<Utc>>,
    pub boarded_at: Option<DateTime<Utc>>,
    pub completed_at: Option<DateTime<Utc>>,
    pub cancelled_at: Option<DateTime<Utc>>,
    pub cancel_reason: Option<String>,
    pub cancelled_by: Option<Uuid>,
    pub last_lat: Option<f64>,
    pub last_lng: Option<f64>,
    pub last_location_at: Option<DateTime<Utc>>,
    pub created_by: Option<Uuid>,
    pub updated_by: Option<Uuid>,
    pub version: i64,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

impl Trip {
    /// The fare as far as it is known.
    #[must_use]
    pub fn current_fare(&self) -> Fare {
        Fare {
            quote: Paise(self.quote_paise),
            waiting: Paise(self.waiting_paise),
            night: Paise(self.night_paise),
            airport: Paise(self.airport_paise),
            toll: Paise(self.toll_paise),
            parking: Paise(self.parking_paise),
            state_tax: Paise(self.state_tax_paise),
            total: Paise(self.total_paise),
        }
    }

    /// Replaces every part of the fare.
    pub fn set_fare(&mut self, fare: Fare) {
        self.quote_paise = fare.quote.0;
        self.waiting_paise = fare.waiting.0;
        self.night_paise = fare.night.0;
        self.airport_paise = fare.airport.0;
        self.toll_paise = fare.toll.0;
        self.parking_paise = fare.parking.0;
        self.state_tax_paise = fare.state_tax.0;
        self.total_paise = fare.total.0;
    }

    /// The driver is on the way or has the passenger in the car.
    #[must_use]
    pub fn is_under_way(&self) -> bool {
        TripStatus::UNDER_WAY.contains(&self.status)
    }

    /// Where the passenger waits, when it is known.
    #[must_use]
    pub fn pickup(&self) -> Option<Point> {
        Point::of(self.pickup_lat, self.pickup_lng)
    }

    /// Where the passenger goes, when it is known.
    #[must_use]
    pub fn destination(&self) -> Option<Point> {
        Point::of(self.drop_lat, self.drop_lng)
    }
}
