//! One trip for the tests of the pure rules.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{BookingType, DistanceSource, PaymentMode, Provider, Trip, TripStatus, TripType};
use crate::fare::VehicleClass;
use crate::geo::Point;

pub(crate) const PICKUP: Point = Point { lat: 28.5562, lng: 77.1 };

pub(crate) fn pickup_time() -> DateTime<Utc> {
    "2026-01-28T06:00:00Z".parse().unwrap()
}

pub(crate) fn trip(status: TripStatus) -> Trip {
    let at = pickup_time();
    Trip {
        id: Uuid::nil(),
        short_id: "TRP20260127001".into(),
        status,
        trip_type: TripType::Airport,
        booking_type: BookingType::Prebook,
        provider: Provider::Internal,
        from_assignment: false,
        fleet_id: None,
        assignment_id: None,
        driver_id: None,
        vehicle_id: None,
        origin_city: "DELHI".into(),
        destination_city: "Unknown".into(),
        pickup_time: at,
        booked_at: at,
        distance_km: 26.0,
        distance_source: DistanceSource::ClientProvided,
        billable_km: 26,
        vehicle_sku: "TATA_TIGOR_EV".into(),
        vehicle_class: VehicleClass::Ev,
        pickup_location: "IGI T3".into(),
        drop_location: None,
        pickup_lat: Some(PICKUP.lat),
        pickup_lng: Some(PICKUP.lng),
        drop_lat: None,
        drop_lng: None,
        passenger_name: None,
        passenger_phone: None,
        boarding_otp_hash: None,
        boarding_failures: 0,
        boarding_blocked_until: None,
        payment_mode: PaymentMode::Cash,
        tracking_token_hash: None,
        quote_paise: 65_000,
        waiting_paise: 0,
        night_paise: 0,
        airport_paise: 0,
        toll_paise: 0,
        parking_paise: 0,
        state_tax_paise: 0,
        total_paise: 65_000,
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
