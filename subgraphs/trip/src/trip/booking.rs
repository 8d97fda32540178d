//! What may be booked: the booking rules in their order of evaluation, and the price of what passes. Pure.

use async_graphql::InputObject;
use chrono::{DateTime, Days, NaiveTime, TimeDelta, Utc};
use kit::clock::{ist, ist_date};
use kit::error::{Error, Result};
use serde::Serialize;

use super::{BookingType, DistanceSource, PaymentMode, TripType};
use crate::codes::TRIP_CONSTRAINT;
use crate::config::Config;
use crate::fare::{self, BookingBucket, Fare, VehicleClass};
use crate::geo::Point;
use crate::input::required;
use kit::phone;

const DEFAULT_SKU: &str = "TATA_TIGOR_EV";
const UNKNOWN_CITY: &str = "Unknown";
const MAX_DISTANCE_KM: f64 = 5_000.0;
/// Nobody knows prices and rosters further ahead.
const FARTHEST: TimeDelta = TimeDelta::days(366);
/// A booking for now may name a moment that has just passed.
const INSTANT_GRACE: TimeDelta = TimeDelta::minutes(5);

/// Who is driven.
#[derive(Clone, Debug, PartialEq, InputObject, Serialize)]
pub struct PassengerInput {
    /// Name of the passenger.
    pub name: String,
    /// Phone of the passenger; Indian numbers may leave out +91.
    pub phone: String,
}

/// A journey that somebody wants.
#[derive(Clone, Debug, InputObject, Serialize)]
pub struct JourneyInput {
    /// AIRPORT when left out, or INTER_CITY when the booking type is INSTANT.
    pub trip_type: Option<TripType>,
    /// PREBOOK when left out.
    pub booking_type: Option<BookingType>,
    /// City in which the trip begins: one that we serve, by any of its names.
    pub origin_city: String,
    /// City in which it ends; "Unknown" when left out.
    pub destination_city: Option<String>,
    /// When the passenger is to be picked up.
    pub pickup_time: DateTime<Utc>,
    /// Address of the pickup.
    pub pickup_location: String,
    /// Address of the destination.
    pub drop_location: String,
    /// The pickup on the map: arrival is checked against it.
    pub pickup_point: Option<Point>,
    /// The destination on the map.
    pub drop_point: Option<Point>,
    /// Kilometres by road. When left out the distance is estimated from the two points.
    pub distance_km: Option<f64>,
    /// Kind of vehicle: TATA_TIGOR_EV when left out.
    pub vehicle_sku: Option<String>,
    /// Overrides whether the kind of vehicle counts as electric.
    pub vehicle_class: Option<VehicleClass>,
    /// Who is driven, if it is known.
    pub passenger: Option<PassengerInput>,
    /// CASH when left out.
    pub payment_mode: Option<PaymentMode>,
}

/// A journey that passed every rule, with its price.
#[derive(Clone, Debug)]
pub struct Booking {
    pub trip_type: TripType,
    pub booking_type: BookingType,
    pub origin_city: String,
    pub destination_city: String,
    pub pickup_time: DateTime<Utc>,
    pub pickup_location: String,
    pub drop_location: Option<String>,
    pub pickup_point: Option<Point>,
    pub drop_point: Option<Point>,
    pub passenger: Option<PassengerInput>,
    pub payment_mode: PaymentMode,
    pub vehicle_sku: String,
    pub price: Price,
}

/// A distance and what it costs.
#[derive(Clone, Copy, Debug)]
pub struct Price {
    pub distance_km: f64,
    pub distance_source: DistanceSource,
    pub billable_km: i64,
    pub trip_type: TripType,
    pub bucket: BookingBucket,
    pub vehicle_class: VehicleClass,
    pub fare: Fare,
}

/// Checks a journey that is booked at `now`. The rules are asked in their published order; the first that refuses wins.
///
/// # Errors
/// VALIDATION for a value that is wrong in itself, TRIP_CONSTRAINT for one that the business refuses; both name the field.
pub fn book(journey: &JourneyInput, now: DateTime<Utc>, rules: &Config) -> Result<Booking> {
    let pickup_location = required("pickupLocation", &journey.pickup_location)?;
    let drop_location = required("dropLocation", &journey.drop_location)?;
    let pickup_point = journey.pickup_point.map(|point| point.checked("pickupPoint")).transpose()?;
    let drop_point = journey.drop_point.map(|point| point.checked("dropPoint")).transpose()?;
    let booking_type = journey.booking_type.unwrap_or(BookingType::Prebook);
    not_in_the_past(journey.pickup_time, booking_type, now)?;
    let passenger = journey.passenger.as_ref().map(checked_passenger).transpose()?;
    let trip_type = journey.trip_type.unwrap_or(default_type(booking_type));
    let origin_city = served_city(&journey.origin_city, rules)?;
    let vehicle_sku = served_sku(journey.vehicle_sku.as_deref(), rules)?;
    lead_rule(trip_type, booking_type, journey.pickup_time, now, rules)?;
    let (distance_km, distance_source) = distance(journey.distance_km, pickup_point, drop_point)?;
    let vehicle_class = journey.vehicle_class.unwrap_or_else(|| VehicleClass::of_sku(&vehicle_sku));
    let measured = (distance_km, distance_source);
    let price = price(measured, trip_type, vehicle_class, (now, journey.pickup_time), rules)?;
    Ok(Booking {
        trip_type,
        booking_type,
        origin_city,
        destination_city: destination(journey.destination_city.as_deref(), rules)?,
        pickup_time: journey.pickup_time,
        pickup_location,
        drop_location: Some(drop_location),
        pickup_point,
        drop_point,
        passenger,
        payment_mode: journey.payment_mode.unwrap_or(PaymentMode::Cash),
        vehicle_sku,
        price,
    })
}

/// Checks a journey that starts now from a roster assignment: there is no lead time to keep, and any address will do.
///
/// # Errors
/// VALIDATION for a value that is wrong in itself, TRIP_CONSTRAINT for a distance that the vehicle may not go.
pub fn book_direct(
    journey: &JourneyInput,
    drop_location: Option<&str>,
    now: DateTime<Utc>,
    rules: &Config,
) -> Result<Booking> {
    let pickup_location = required("pickupLocation", &journey.pickup_location)?;
    let drop_location = drop_location.map(|place| required("dropLocation", place)).transpose()?;
    let pickup_point = journey.pickup_point.map(|point| point.checked("pickupPoint")).transpose()?;
    let drop_point = journey.drop_point.map(|point| point.checked("dropPoint")).transpose()?;
    not_in_the_past(journey.pickup_time, BookingType::Instant, now)?;
    let passenger = journey.passenger.as_ref().map(checked_passenger).transpose()?;
    let vehicle_sku = served_sku(journey.vehicle_sku.as_deref(), rules)?;
    let measured = distance(journey.distance_km, pickup_point, drop_point)?;
    let vehicle_class = journey.vehicle_class.unwrap_or_else(|| VehicleClass::of_sku(&vehicle_sku));
    let trip_type = journey.trip_type.unwrap_or(default_type(BookingType::Instant));
    Ok(Booking {
        trip_type,
        booking_type: BookingType::Instant,
        origin_city: served_city(&journey.origin_city, rules)?,
        destination_city: destination(journey.destination_city.as_deref(), rules)?,
        pickup_time: journey.pickup_time,
        pickup_location,
        drop_location,
        pickup_point,
        drop_point,
        passenger,
        payment_mode: journey.payment_mode.unwrap_or(PaymentMode::Cash),
        price: price(measured, trip_type, vehicle_class, (now, journey.pickup_time), rules)?,
        vehicle_sku,
    })
}

/// The price of a distance for a trip booked and picked up at the two instants of `times`.
///
/// # Errors
/// TRIP_CONSTRAINT when the vehicle may not go that far.
pub fn price(
    (distance_km, distance_source): (f64, DistanceSource),
    trip_type: TripType,
    vehicle_class: VehicleClass,
    (booked_at, pickup): (DateTime<Utc>, DateTime<Utc>),
    rules: &Config,
) -> Result<Price> {
    #[expect(clippy::cast_precision_loss, reason = "a few hundred kilometres")]
    let range = rules.ev_intercity_max_km as f64;
    if trip_type == TripType::InterCity && vehicle_class == VehicleClass::Ev && distance_km > range {
        let message = format!("An electric vehicle does not go further than {range:.0} km between cities");
        return Err(Error::new(TRIP_CONSTRAINT, message).field("distanceKm"));
    }
    let billable_km = fare::billable_km(distance_km);
    let bucket = BookingBucket::of(booked_at, pickup);
    let quote = fare::quote(billable_km, trip_type, bucket, vehicle_class);
    let fare = Fare::booked(trip_type, quote, pickup)?;
    Ok(Price { distance_km, distance_source, billable_km, trip_type, bucket, vehicle_class, fare })
}

/// The caller's distance when there is one, else an estimate between the two points.
///
/// # Errors
/// VALIDATION on `distanceKm` when it is impossible, or when neither it nor both points are given.
pub fn distance(
    given_km: Option<f64>,
    pickup: Option<Point>,
    drop: Option<Point>,
) -> Result<(f64, DistanceSource)> {
    let (km, source) = match (given_km, pickup, drop) {
        (Some(km), ..) => (km, DistanceSource::ClientProvided),
        (None, Some(from), Some(to)) => (from.road_km_to(to), DistanceSource::Estimated),
        _ => {
            let message = "Give the distance, or both the pickup and the drop point";
            return Err(Error::validation("distanceKm", message));
        }
    };
    if km.is_finite() && (0.0..=MAX_DISTANCE_KM).contains(&km) {
        return Ok((km, source));
    }
    Err(Error::validation("distanceKm", format!("A distance is between 0 and {MAX_DISTANCE_KM} km")))
}

/// AIRPORT, unless the trip is for now.
#[must_use]
pub const fn default_type(booking_type: BookingType) -> TripType {
    match booking_type {
        BookingType::Prebook => TripType::Airport,
        BookingType::Instant => TripType::InterCity,
    }
}

/// A passenger with a name and a phone in one spelling.
///
/// # Errors
/// VALIDATION on `passenger.name` or `passenger.phone`.
pub fn checked_passenger(passenger: &PassengerInput) -> Result<PassengerInput> {
    Ok(PassengerInput {
        name: required("passenger.name", &passenger.name)?,
        phone: phone::normalise("passenger.phone", &passenger.phone)?,
    })
}

/// The kind of vehicle, one of those that can be booked.
///
/// # Errors
/// VALIDATION on `vehicleSku`.
pub fn served_sku(sku: Option<&str>, rules: &Config) -> Result<String> {
    let sku = sku.unwrap_or(DEFAULT_SKU).trim().to_uppercase();
    if rules.vehicle_skus.contains(&sku) {
        return Ok(sku);
    }
    let known = rules.vehicle_skus.join(", ");
    Err(Error::validation("vehicleSku", format!("This kind of vehicle cannot be booked; choose {known}")))
}

fn served_city(name: &str, rules: &Config) -> Result<String> {
    rules.origin_city(&required("originCity", name)?).ok_or_else(|| {
        let known = rules.origin_cities.join(", ");
        Error::validation("originCity", format!("We do not start there; choose {known}"))
    })
}

fn destination(name: Option<&str>, rules: &Config) -> Result<String> {
    match name.map(str::trim) {
        None | Some("") => Ok(UNKNOWN_CITY.to_owned()),
        Some(name) => Ok(rules.city(&required("destinationCity", name)?)),
    }
}

fn not_in_the_past(pickup: DateTime<Utc>, booking_type: BookingType, now: DateTime<Utc>) -> Result<()> {
    let grace = if booking_type == BookingType::Instant { INSTANT_GRACE } else { TimeDelta::zero() };
    if pickup < now - grace {
        return Err(Error::validation("pickupTime", "The pickup is in the past"));
    }
    not_too_far(pickup, now)
}

/// A pickup lies within a year.
///
/// # Errors
/// VALIDATION on `pickupTime`.
pub fn not_too_far(pickup: DateTime<Utc>, now: DateTime<Utc>) -> Result<()> {
    if pickup > now + FARTHEST {
        return Err(Error::validation("pickupTime", "A pickup is at most a year ahead"));
    }
    Ok(())
}

fn lead_rule(
    trip_type: TripType,
    booking_type: BookingType,
    pickup: DateTime<Utc>,
    now: DateTime<Utc>,
    rules: &Config,
) -> Result<()> {
    if trip_type == TripType::InterCity {
        return Ok(());
    }
    if booking_type == BookingType::Instant {
        let message = "AIRPORT and RENTAL trips are booked ahead: choose PREBOOK";
        return Err(Error::new(TRIP_CONSTRAINT, message).field("bookingType"));
    }
    let earliest = earliest_prebook(now, rules);
    if pickup < earliest {
        let message = format!(
            "AIRPORT and RENTAL pickups are from {:02}:00 tomorrow (Indian time)",
            rules.prebook_hour_ist
        );
        return Err(Error::new(TRIP_CONSTRAINT, message).field("pickupTime").with("earliest", earliest));
    }
    Ok(())
}

/// The configured hour in India on the calendar day after `now`.
fn earliest_prebook(now: DateTime<Utc>, rules: &Config) -> DateTime<Utc> {
    let tomorrow = ist_date(now).checked_add_days(Days::new(1)).unwrap_or_default();
    let hour = NaiveTime::from_hms_opt(rules.prebook_hour_ist.min(23), 0, 0).unwrap_or_default();
    tomorrow.and_time(hour).and_local_timezone(ist()).single().unwrap_or_default().to_utc()
}

#[cfg(test)]
#[path = "booking_tests.rs"]
mod tests;
