//! One trip for the tests of the pure rules.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{Trip, TripStatus};
use crate::geo::Point;

pub(crate) const PICKUP: Point = Point { lat: 28.5562, lng: 77.1 };

pub(crate) fn pickup_time() -> DateTime<Utc> {
    "2026-01-28T06:00:00Z".parse().unwrap()
}

pub(crate) fn trip(status: TripStatus) -> Trip {
    Trip {
        short_id: "TRP20260127001".into(),
        status,
        origin_city: "DELHI".into(),
        destination_city: "Unknown".into(),
        distance_km: 26.0,
        billable_km: 26,
        vehicle_sku: "TATA_TIGOR_EV".into(),
        pickup_location: "IGI T3".into(),
        pickup_lat: Some(PICKUP.lat),
        pickup_lng: Some(PICKUP.lng),
        quote_paise: 65_000,
        total_paise: 65_000,
        ..Trip::blank(Uuid::nil(), pickup_time())
    }
}
