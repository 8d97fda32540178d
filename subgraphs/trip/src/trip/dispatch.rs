//! Who may be sent: every precondition of giving a trip to a driver, answered as the list of reasons why not. Pure.

use async_graphql::Enum;
use chrono::{DateTime, TimeDelta, Utc};
use kit::clock::ist_date;
use kit::error::{Error, Result};
use serde::Serialize;
use uuid::Uuid;

use super::{Trip, TripStatus, TripType};
use crate::codes::TRIP_CONSTRAINT;
use crate::config::Config;
use crate::reference::{DriverRef, DriverStatus, KycStatus, VehicleRef, VehicleStatus};

/// Why a driver cannot be given a trip.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum, Serialize)]
#[graphql(name = "DispatchObstacle", rename_items = "SCREAMING_SNAKE_CASE")]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Obstacle {
    /// The driver is inactive, suspended or blacklisted.
    DriverNotActive,
    /// The driver's papers are not approved.
    KycNotApproved,
    /// An administrator switched the driver off.
    DriverUnavailable,
    /// The trip belongs to another fleet than the driver.
    OtherFleet,
    /// The driver has another trip at that time.
    TripOverlap,
    /// The driver has another AIRPORT trip less than an hour apart.
    AirportGap,
    /// A RENTAL takes the driver's whole day.
    RentalDay,
    /// The driver has no vehicle on today's roster.
    NoRosterAssignment,
    /// The vehicle is inactive or in maintenance.
    VehicleNotActive,
    /// Permit, fitness or insurance is missing or expires before the pickup.
    VehicleDocuments,
}

impl Obstacle {
    const fn sentence(self) -> &'static str {
        match self {
            Self::DriverNotActive => "the driver is not active",
            Self::KycNotApproved => "the driver's KYC is not approved",
            Self::DriverUnavailable => "the driver was switched off",
            Self::OtherFleet => "the driver belongs to another fleet",
            Self::TripOverlap => "the driver has another trip at that time",
            Self::AirportGap => "the driver has another airport trip too close to it",
            Self::RentalDay => "a rental takes the driver's whole day",
            Self::NoRosterAssignment => "the driver has no vehicle on the roster",
            Self::VehicleNotActive => "the vehicle is not active",
            Self::VehicleDocuments => "the vehicle's permit, fitness or insurance does not hold on that day",
        }
    }
}

/// Another trip of the driver that is not called off.
#[derive(Clone, Debug, PartialEq, sqlx::FromRow)]
pub struct Promise {
    pub trip_id: Uuid,
    pub driver_id: Uuid,
    pub status: TripStatus,
    pub trip_type: TripType,
    pub pickup_time: DateTime<Utc>,
    pub distance_km: f64,
}

/// When a trip takes its driver: from the scheduled pickup to the estimated end, and to the present while it runs late.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Busy {
    pub from: DateTime<Utc>,
    pub until: DateTime<Utc>,
}

impl Busy {
    /// The scheduled time of a trip.
    #[must_use]
    pub fn scheduled(pickup: DateTime<Utc>, distance_km: f64, rules: &Config) -> Self {
        Self { from: pickup, until: pickup + rules.estimated_duration(distance_km) }
    }

    fn of(promise: &Promise, now: DateTime<Utc>, rules: &Config) -> Self {
        let scheduled = Self::scheduled(promise.pickup_time, promise.distance_km, rules);
        if TripStatus::UNDER_WAY.contains(&promise.status) {
            return Self { until: scheduled.until.max(now), ..scheduled };
        }
        scheduled
    }

    fn overlaps(self, other: Self) -> bool {
        self.from < other.until && other.from < self.until
    }
}

/// A driver with everything that the decision needs.
#[derive(Clone, Copy, Debug)]
pub struct Candidate<'a> {
    pub driver: &'a DriverRef,
    /// The vehicle of the driver's ACTIVE roster assignment.
    pub vehicle: Option<&'a VehicleRef>,
    pub promises: &'a [Promise],
}

/// Everything that speaks against giving `trip` to the candidate; nothing means go.
#[must_use]
pub fn obstacles(trip: &Trip, candidate: Candidate<'_>, now: DateTime<Utc>, rules: &Config) -> Vec<Obstacle> {
    let driver = candidate.driver;
    let mut found = Vec::new();
    let mut against = |obstacle, holds: bool| {
        if holds && !found.contains(&obstacle) {
            found.push(obstacle);
        }
    };
    against(Obstacle::DriverNotActive, driver.status != DriverStatus::Active);
    against(Obstacle::KycNotApproved, driver.kyc_status != KycStatus::Approved);
    against(Obstacle::DriverUnavailable, driver.is_forced_unavailable);
    against(Obstacle::OtherFleet, trip.fleet_id.is_some() && trip.fleet_id != driver.fleet_id);
    let others = candidate.promises.iter().filter(|promise| promise.trip_id != trip.id);
    for obstacle in others.filter_map(|other| clash(trip, other, now, rules)) {
        against(obstacle, true);
    }
    against(Obstacle::NoRosterAssignment, candidate.vehicle.is_none());
    if let Some(vehicle) = candidate.vehicle {
        against(Obstacle::VehicleNotActive, vehicle.status != VehicleStatus::Active);
        against(Obstacle::VehicleDocuments, !vehicle.documents_valid_on(ist_date(trip.pickup_time)));
    }
    found
}

/// How another trip of the same driver stands in the way.
fn clash(trip: &Trip, other: &Promise, now: DateTime<Utc>, rules: &Config) -> Option<Obstacle> {
    let wanted = Busy::scheduled(trip.pickup_time, trip.distance_km, rules);
    if other.status.is_live() && wanted.overlaps(Busy::of(other, now, rules)) {
        return Some(Obstacle::TripOverlap);
    }
    let is_either = |kind| trip.trip_type == kind || other.trip_type == kind;
    if is_either(TripType::Rental) && ist_date(trip.pickup_time) == ist_date(other.pickup_time) {
        return Some(Obstacle::RentalDay);
    }
    let gap = (trip.pickup_time - other.pickup_time).abs();
    let both_airport = trip.trip_type == TripType::Airport && other.trip_type == TripType::Airport;
    (both_airport && gap < TimeDelta::minutes(rules.airport_gap_min)).then_some(Obstacle::AirportGap)
}

/// # Errors
/// TRIP_CONSTRAINT on `driverId`, with the obstacles as `reasons`, unless there are none.
pub fn refuse_if_any(obstacles: &[Obstacle]) -> Result<()> {
    if obstacles.is_empty() {
        return Ok(());
    }
    let sentences: Vec<_> = obstacles.iter().map(|obstacle| obstacle.sentence()).collect();
    let message = format!("This driver cannot take the trip: {}", sentences.join("; "));
    Err(Error::new(TRIP_CONSTRAINT, message).field("driverId").with("reasons", obstacles))
}

#[cfg(test)]
#[path = "dispatch_tests.rs"]
mod tests;
