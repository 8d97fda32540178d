//! What people book: when, from where to where, and for whom.

use chrono::{DateTime, Duration, NaiveTime, Utc};
use fastrand::Rng;
use trip::demo::DemoTrip;
use trip::geo::Point;
use trip::trip::{PaymentMode, Provider, TripStatus, TripType};
use uuid::Uuid;

use super::people::{self, id_at, phone};
use super::places::{AIRPORT, FAR, Place, TOWN, road_km};
use super::serials::Serials;

/// Peaks in the early morning and in the evening, a tenth at night; an hour and a minute of IST.
pub(crate) fn time_of_day(rng: &mut Rng) -> NaiveTime {
    let hour = match rng.u32(..100) {
        0..10 => [23, 0, 1, 2, 3][rng.usize(..5)],
        10..45 => rng.u32(4..8),
        45..85 => rng.u32(17..22),
        _ => rng.u32(8..17),
    };
    NaiveTime::from_hms_opt(hour, rng.u32(..12) * 5, 0).unwrap_or_default()
}

/// Where from, where to, how far, and what kind of trip that is.
fn journey(rng: &mut Rng) -> (TripType, Place, Place, f64) {
    let town = TOWN[rng.usize(..TOWN.len())];
    let airport = AIRPORT[rng.usize(..AIRPORT.len())];
    match rng.u32(..100) {
        0..33 => (TripType::Airport, town, airport, road_km(town, airport)),
        33..65 => (TripType::Airport, airport, town, road_km(airport, town)),
        65..70 => {
            let (far, km) = FAR[rng.usize(..FAR.len())];
            (TripType::InterCity, town, far, km)
        }
        70..85 => {
            let others: Vec<Place> = TOWN.into_iter().filter(|place| place.city != town.city).collect();
            let other = others[rng.usize(..others.len())];
            (TripType::InterCity, town, other, road_km(town, other))
        }
        _ => (TripType::Rental, town, town, 40.0 + f64::from(rng.u32(..41))),
    }
}

/// Who books what, in shares of a hundred: partners, the public on the web, the offices of fleets.
fn source(rng: &mut Rng) -> (Provider, bool) {
    match rng.u32(..100) {
        0..15 => (Provider::Mmt, false),
        15..25 => (Provider::Internal, true),
        _ => (Provider::Internal, false),
    }
}

/// A booking without a driver, made a while before its pickup and at the latest at `now`. The office that makes it is
/// known by the fleet and the person; the public's bookings have neither.
pub(crate) fn booking(
    (rng, serials): (&mut Rng, &mut Serials),
    (fleet_id, by): (Uuid, Uuid),
    pickup: DateTime<Utc>,
    now: DateTime<Utc>,
) -> DemoTrip {
    let (trip_type, from, to, distance_km) = journey(rng);
    let lead = if rng.u32(..100) < 60 { 26 } else { 10 };
    let booked_at = (pickup - Duration::hours(lead)).min(now - Duration::hours(2));
    let (provider, public) = source(rng);
    let (first, last) = people::name(rng);
    let point = |place: Place| Point { lat: place.lat, lng: place.lng };
    let short_id = serials.next("TRP", booked_at);
    let modes = [PaymentMode::Cash, PaymentMode::Prepaid, PaymentMode::Qr];
    DemoTrip {
        id: id_at(rng, booked_at),
        status: TripStatus::Created,
        trip_type,
        provider,
        fleet_id: (!public).then_some(fleet_id),
        assignment_id: None,
        driver_id: None,
        vehicle_id: None,
        origin_city: from.city.to_owned(),
        destination_city: to.city.to_owned(),
        pickup_time: pickup,
        booked_at,
        distance_km: distance_km.max(2.0),
        pickup_location: from.name.to_owned(),
        drop_location: to.name.to_owned(),
        pickup_point: Some(point(from)),
        drop_point: Some(point(to)),
        passenger: Some((format!("{first} {last}"), phone(90_000 + rng.usize(..9_000)))),
        payment_mode: if provider == Provider::Mmt { PaymentMode::Prepaid } else { modes[rng.usize(..3)] },
        toll_paise: if rng.u32(..100) < 20 { 8_000 } else { 0 },
        started_at: None,
        arrived_at: None,
        boarded_at: None,
        completed_at: None,
        ended_at: None,
        cancel_reason: None,
        created_by: (!public && provider == Provider::Internal).then_some(by),
        seen: None,
        tracking_token: public.then(|| format!("demo-{short_id}")),
        short_id,
    }
}
