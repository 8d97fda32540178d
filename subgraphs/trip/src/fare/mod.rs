//! What a trip costs: exact integer arithmetic over the published constants, in paise.

pub mod graphql;

use async_graphql::Enum;
use chrono::{DateTime, TimeDelta, Timelike, Utc};
use kit::clock::ist;
use kit::error::{Error, Result};
use kit::money::Paise;
use serde::{Deserialize, Serialize};

use crate::trip::TripType;

/// Rupees for one billable kilometre, whatever the distance.
pub const RATE_PER_KM_RUPEES: i64 = 25;
/// No trip is billed for less.
pub const MINIMUM_BILLABLE_KM: i64 = 5;
/// The surcharge at night is a quarter of the quote …
const NIGHT_PERCENT: i64 = 25;
/// … and never less than ₹250.
const NIGHT_MINIMUM: i64 = 25_000;
/// Flat, for AIRPORT trips only.
const AIRPORT_ENTRY: i64 = 27_000;
/// Minutes that a passenger may let the driver wait for nothing.
const FREE_WAITING_MINUTES: i64 = 45;
const WAITING_BLOCK_MINUTES: i64 = 30;
const WAITING_BLOCK: i64 = 10_000;
/// Booked at least this long before pickup: the cheaper bucket.
const ADVANCE_LEAD: TimeDelta = TimeDelta::hours(24);
/// Multipliers are in ten-thousandths, three of them are applied.
const MULTIPLIER_SCALE: i128 = 10_000 * 10_000 * 10_000;

/// Whether a vehicle is electric, as far as the fare is concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum, Serialize, Deserialize, sqlx::Type)]
#[graphql(rename_items = "SCREAMING_SNAKE_CASE")]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[sqlx(type_name = "text", rename_all = "SCREAMING_SNAKE_CASE")]
pub enum VehicleClass {
    /// Electric.
    Ev,
    /// Petrol, diesel or CNG.
    NonEv,
}

impl VehicleClass {
    /// The class that a stock keeping unit stands for: anything with "EV" in its name is electric.
    #[must_use]
    pub fn of_sku(sku: &str) -> Self {
        if sku.to_ascii_uppercase().contains("EV") { Self::Ev } else { Self::NonEv }
    }

    const fn multiplier(self) -> i64 {
        match self {
            Self::Ev => 10_000,
            Self::NonEv => 11_000,
        }
    }
}

/// How long before pickup a trip was booked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum BookingBucket {
    /// Less than 24 hours before pickup.
    #[graphql(name = "T_1")]
    T1,
    /// 24 hours or more before pickup: five percent less.
    #[graphql(name = "T_2")]
    T2,
}

impl BookingBucket {
    /// The bucket of a trip booked at `booked_at` for `pickup`.
    #[must_use]
    pub fn of(booked_at: DateTime<Utc>, pickup: DateTime<Utc>) -> Self {
        if pickup - booked_at >= ADVANCE_LEAD { Self::T2 } else { Self::T1 }
    }

    const fn multiplier(self) -> i64 {
        match self {
            Self::T1 => 10_000,
            Self::T2 => 9_500,
        }
    }
}

const fn trip_multiplier(trip_type: TripType) -> i64 {
    match trip_type {
        TripType::Airport => 10_000,
        TripType::Rental => 11_000,
        TripType::InterCity => 12_000,
    }
}

/// The parts of a fare, each in paise; the total is their sum.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Fare {
    pub quote: Paise,
    pub waiting: Paise,
    pub night: Paise,
    pub airport: Paise,
    pub toll: Paise,
    pub parking: Paise,
    pub state_tax: Paise,
    pub total: Paise,
}

/// What a driver pays on the way and is given back. Paise.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Extras {
    pub toll: i64,
    pub parking: i64,
    pub state_tax: i64,
}

impl Fare {
    /// The fare as far as it is known when the trip is booked: quote, night surcharge and airport entry.
    ///
    /// # Errors
    /// VALIDATION when the amount does not fit in 64 bits.
    pub fn booked(trip_type: TripType, quote: i64, pickup: DateTime<Utc>) -> Result<Self> {
        let fare = Self {
            quote: Paise(quote),
            waiting: Paise(0),
            night: Paise(if is_night(pickup) { night_surcharge(quote) } else { 0 }),
            airport: Paise(if trip_type == TripType::Airport { AIRPORT_ENTRY } else { 0 }),
            toll: Paise(0),
            parking: Paise(0),
            state_tax: Paise(0),
            total: Paise(0),
        };
        fare.summed()
    }

    /// The same fare with what the ride itself added: waiting, toll, parking and state tax.
    ///
    /// # Errors
    /// VALIDATION when an extra is negative or the amount does not fit in 64 bits.
    pub fn finished(self, waited_minutes: Option<i64>, extras: Extras) -> Result<Self> {
        for (field, amount) in
            [("toll", extras.toll), ("parking", extras.parking), ("stateTax", extras.state_tax)]
        {
            if amount < 0 {
                return Err(Error::validation(field, "An amount of money cannot be negative"));
            }
        }
        Self {
            waiting: Paise(waited_minutes.map_or(0, waiting_charge)),
            toll: Paise(extras.toll),
            parking: Paise(extras.parking),
            state_tax: Paise(extras.state_tax),
            ..self
        }
        .summed()
    }

    /// The same parts with the total recomputed.
    ///
    /// # Errors
    /// VALIDATION when the sum does not fit in 64 bits.
    pub fn summed(self) -> Result<Self> {
        let parts =
            [self.quote, self.waiting, self.night, self.airport, self.toll, self.parking, self.state_tax];
        let total = parts
            .iter()
            .try_fold(0_i64, |sum, part| sum.checked_add(part.0))
            .ok_or_else(|| Error::validation("fare", "The fare is too large"))?;
        Ok(Self { total: Paise(total), ..self })
    }
}

/// The kilometres that are billed: every started one, at least five.
#[must_use]
pub fn billable_km(distance_km: f64) -> i64 {
    #[expect(clippy::cast_possible_truncation, reason = "distances are checked to be under 5,000 km before")]
    let started = distance_km.ceil() as i64;
    started.max(MINIMUM_BILLABLE_KM)
}

/// The quoted fare in paise, always whole rupees, half a rupee rounded up.
#[must_use]
pub fn quote(billable_km: i64, trip_type: TripType, bucket: BookingBucket, class: VehicleClass) -> i64 {
    let scaled = i128::from(billable_km * RATE_PER_KM_RUPEES)
        * i128::from(trip_multiplier(trip_type))
        * i128::from(bucket.multiplier())
        * i128::from(class.multiplier());
    let rupees = (2 * scaled + MULTIPLIER_SCALE) / (2 * MULTIPLIER_SCALE);
    i64::try_from(rupees).unwrap_or(i64::MAX / 100) * 100
}

/// Scheduled pickup from 23:00 until before 05:00 in India.
#[must_use]
pub fn is_night(pickup: DateTime<Utc>) -> bool {
    let hour = pickup.with_timezone(&ist()).hour();
    !(5..23).contains(&hour)
}

/// A quarter of the quote, at least ₹250. Exact, because a quote is whole rupees.
#[must_use]
pub const fn night_surcharge(quote: i64) -> i64 {
    let share = quote / 100 * NIGHT_PERCENT;
    if share > NIGHT_MINIMUM { share } else { NIGHT_MINIMUM }
}

/// What waiting costs: 45 minutes are free, then every started half hour.
#[must_use]
pub const fn waiting_charge(minutes: i64) -> i64 {
    if minutes <= FREE_WAITING_MINUTES {
        return 0;
    }
    (minutes - FREE_WAITING_MINUTES + WAITING_BLOCK_MINUTES - 1) / WAITING_BLOCK_MINUTES * WAITING_BLOCK
}

/// Full minutes between arrival and boarding; nothing when one of them is unknown.
#[must_use]
pub fn waited_minutes(arrived: Option<DateTime<Utc>>, boarded: Option<DateTime<Utc>>) -> Option<i64> {
    Some((boarded? - arrived?).num_minutes().max(0))
}

#[cfg(test)]
mod tests;
