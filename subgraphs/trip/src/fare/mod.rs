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
/// More than this nobody pays on the way for toll, parking or state tax each; who did, shows an administrator the receipt.
const EXTRA_MAXIMUM: i64 = 10_000 * 100;
/// No part of a fare is more than this, whoever sets it: so sums over a whole fleet fit.
const PART_MAXIMUM: i64 = 1_000_000 * 100;
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

/// What a driver says that they paid on the way, and is given back. What they do not mention stays as it is: an administrator
/// may have corrected it before.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Extras {
    pub toll: Option<Paise>,
    pub parking: Option<Paise>,
    pub state_tax: Option<Paise>,
}

impl Fare {
    /// The fare as far as it is known when the trip is booked: quote, night surcharge and airport entry.
    ///
    /// # Errors
    /// VALIDATION when the quote is improbably high.
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

    /// The same fare with the time that the passenger let the driver wait.
    ///
    /// # Errors
    /// VALIDATION when nobody waits that long.
    pub fn waited(self, minutes: Option<i64>) -> Result<Self> {
        Self { waiting: Paise(minutes.map_or(0, waiting_charge)), ..self }.summed()
    }

    /// The same fare with what the driver paid on the way.
    ///
    /// # Errors
    /// VALIDATION when an extra is negative or improbably high.
    pub fn with_extras(self, extras: Extras) -> Result<Self> {
        let parts = [
            ("tollPaise", extras.toll),
            ("parkingPaise", extras.parking),
            ("stateTaxPaise", extras.state_tax),
        ];
        if let Some((field, _)) = parts.iter().find(|(_, part)| part.is_some_and(|p| p.0 > EXTRA_MAXIMUM)) {
            let message = "This is more than ₹10,000; an administrator adds it when they see the receipt";
            return Err(Error::validation(field, message));
        }
        Self {
            toll: extras.toll.unwrap_or(self.toll),
            parking: extras.parking.unwrap_or(self.parking),
            state_tax: extras.state_tax.unwrap_or(self.state_tax),
            ..self
        }
        .summed()
    }

    /// The same parts with the total recomputed.
    ///
    /// # Errors
    /// VALIDATION on a part, as clients name it, that is negative or improbably high.
    pub fn summed(self) -> Result<Self> {
        let parts = [
            ("quotePaise", self.quote),
            ("waitingPaise", self.waiting),
            ("nightPaise", self.night),
            ("airportPaise", self.airport),
            ("tollPaise", self.toll),
            ("parkingPaise", self.parking),
            ("stateTaxPaise", self.state_tax),
        ];
        for (field, part) in parts {
            if part.is_negative() {
                return Err(Error::validation(field, "An amount of money cannot be negative"));
            }
            if part.0 > PART_MAXIMUM {
                return Err(Error::validation(field, "No part of a fare is more than ₹10,00,000"));
            }
        }
        Ok(Self { total: Paise(parts.iter().map(|(_, part)| part.0).sum()), ..self })
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
