//! What the world hears about a trip: a snapshot of it after every change.

use chrono::{DateTime, Utc};
use kit::error::Result;
use kit::outbox::NewEvent;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::lifecycle::Action;
use super::{BookingType, PaymentMode, Provider, Trip, TripStatus, TripType};
use crate::fare::Fare;

/// The version of the shape below.
pub const VERSION: u16 = 1;

/// The payload of every `trip.*` event about a change. No name, phone or address travels.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Snapshot {
    pub trip_id: Uuid,
    pub short_id: String,
    pub status: TripStatus,
    pub version: i64,
    pub trip_type: TripType,
    pub booking_type: BookingType,
    pub provider: Provider,
    pub fleet_id: Option<Uuid>,
    pub driver_id: Option<Uuid>,
    /// Who had the trip before, when this change took it from them.
    pub previous_driver_id: Option<Uuid>,
    pub vehicle_id: Option<Uuid>,
    pub assignment_id: Option<Uuid>,
    pub origin_city: String,
    pub destination_city: String,
    pub pickup_time: DateTime<Utc>,
    pub distance_km: f64,
    /// In paise.
    pub fare: Fare,
    pub payment_mode: PaymentMode,
    pub started_at: Option<DateTime<Utc>>,
    pub arrived_at: Option<DateTime<Utc>>,
    pub boarded_at: Option<DateTime<Utc>>,
    pub completed_at: Option<DateTime<Utc>>,
    pub cancelled_at: Option<DateTime<Utc>>,
    pub actor_id: Option<Uuid>,
    pub reason: Option<String>,
}

impl Snapshot {
    /// A trip as it is now.
    #[must_use]
    pub fn of(trip: &Trip) -> Self {
        Self {
            trip_id: trip.id,
            short_id: trip.short_id.clone(),
            status: trip.status,
            version: trip.version,
            trip_type: trip.trip_type,
            booking_type: trip.booking_type,
            provider: trip.provider,
            fleet_id: trip.fleet_id,
            driver_id: trip.driver_id,
            previous_driver_id: None,
            vehicle_id: trip.vehicle_id,
            assignment_id: trip.assignment_id,
            origin_city: trip.origin_city.clone(),
            destination_city: trip.destination_city.clone(),
            pickup_time: trip.pickup_time,
            distance_km: trip.distance_km,
            fare: trip.current_fare(),
            payment_mode: trip.payment_mode,
            started_at: trip.started_at,
            arrived_at: trip.arrived_at,
            boarded_at: trip.boarded_at,
            completed_at: trip.completed_at,
            cancelled_at: trip.cancelled_at,
            actor_id: trip.updated_by,
            reason: None,
        }
    }

    /// The event that tells of it.
    ///
    /// # Errors
    /// INTERNAL when it cannot be written as JSON.
    pub fn event(&self, event_type: &'static str) -> Result<NewEvent> {
        Ok(NewEvent {
            event_type,
            version: VERSION,
            aggregate_id: self.trip_id,
            aggregate_version: self.version,
            payload: serde_json::to_value(self)?,
        })
    }
}

/// Where a live trip's vehicle is: the payload of `trip.location`. It does not make a new version of the trip.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Located {
    pub trip_id: Uuid,
    pub fleet_id: Option<Uuid>,
    pub driver_id: Uuid,
    pub vehicle_id: Option<Uuid>,
    pub lat: f64,
    pub lng: f64,
    pub recorded_at: DateTime<Utc>,
}

/// The routing keys of what an action causes.
#[must_use]
pub const fn types(action: Action) -> &'static [&'static str] {
    match action {
        Action::Create => &["trip.created"],
        Action::CreateFromAssignment => &["trip.created", "trip.driver_assigned"],
        Action::Assign | Action::Reassign => &["trip.driver_assigned"],
        Action::Unassign => &["trip.driver_unassigned"],
        Action::Start => &["trip.started"],
        Action::Arrive => &["trip.arrived"],
        Action::Onboard => &["trip.onboarded"],
        Action::Complete => &["trip.completed"],
        Action::NoShow => &["trip.no_show"],
        Action::Cancel => &["trip.cancelled"],
        Action::Reschedule => &["trip.rescheduled"],
        Action::AdjustFare => &["trip.fare_adjusted"],
    }
}
