//! A trip before anything is known of it: what bookings, demonstrations and tests fill in.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{BookingType, DistanceSource, PaymentMode, Provider, Trip, TripStatus, TripType};
use crate::fare::VehicleClass;

impl Trip {
    /// A trip that was just CREATED: without addresses, crew, passenger, distance or price.
    #[must_use]
    pub(crate) fn blank(id: Uuid, at: DateTime<Utc>) -> Self {
        Self {
            id,
            short_id: String::new(),
            status: TripStatus::Created,
            trip_type: TripType::Airport,
            booking_type: BookingType::Prebook,
            provider: Provider::Internal,
            from_assignment: false,
            fleet_id: None,
            assignment_id: None,
            driver_id: None,
            vehicle_id: None,
            origin_city: String::new(),
            destination_city: String::new(),
            pickup_time: at,
            booked_at: at,
            distance_km: 0.0,
            distance_source: DistanceSource::ClientProvided,
            billable_km: 0,
            vehicle_sku: String::new(),
            vehicle_class: VehicleClass::Ev,
            pickup_location: String::new(),
            drop_location: None,
            pickup_lat: None,
            pickup_lng: None,
            drop_lat: None,
            drop_lng: None,
            passenger_name: None,
            passenger_phone: None,
            boarding_otp_hash: None,
            boarding_failures: 0,
            boarding_blocked_until: None,
            payment_mode: PaymentMode::Cash,
            tracking_token_hash: None,
            quote_paise: 0,
            waiting_paise: 0,
            night_paise: 0,
            airport_paise: 0,
            toll_paise: 0,
            parking_paise: 0,
            state_tax_paise: 0,
            total_paise: 0,
            started_at: None,
            arrived_at: None,
            boarded_at: None,
            completed_at: None,
            cancelled_at: None,
            cancel_reason: None,
            cancelled_by: None,
            last_lat: None,
            last_lng: None,
            last_location_at: None,
            created_by: None,
            updated_by: None,
            version: 1,
            created_at: at,
            updated_at: at,
        }
    }
}
