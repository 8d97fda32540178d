//! Renting cabs to drivers: the plans of a fleet, and the plan a driver is on.

pub(crate) mod graphql;
pub(crate) mod repository;
pub(crate) mod service;

use async_graphql::Enum;
use chrono::{DateTime, Duration, Utc};
use uuid::Uuid;

/// A plan under which a fleet rents cabs to drivers.
#[derive(Debug, Clone, sqlx::FromRow)]
pub(crate) struct RentalPlan {
    pub(crate) id: Uuid,
    pub(crate) short_id: String,
    pub(crate) fleet_id: Uuid,
    pub(crate) name: String,
    pub(crate) rental_paise: i64,
    pub(crate) deposit_paise: i64,
    pub(crate) validity_days: i32,
    pub(crate) is_active: bool,
    pub(crate) version: i64,
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) created_by: Option<Uuid>,
}

/// A plan that a driver is or was on.
#[derive(Debug, Clone, sqlx::FromRow)]
pub(crate) struct DriverRental {
    pub(crate) id: Uuid,
    pub(crate) short_id: String,
    pub(crate) driver_id: Uuid,
    pub(crate) plan_id: Uuid,
    pub(crate) rental_paise: i64,
    pub(crate) start_at: DateTime<Utc>,
    pub(crate) expires_at: DateTime<Utc>,
    pub(crate) is_active: bool,
    pub(crate) ended_at: Option<DateTime<Utc>>,
    pub(crate) end_reason: Option<EndReason>,
}

/// Why a rental ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum, sqlx::Type)]
#[sqlx(type_name = "text", rename_all = "SCREAMING_SNAKE_CASE")]
#[graphql(name = "RentalEndReason")]
pub(crate) enum EndReason {
    /// Its time was over.
    Expired,
    /// The driver bought a plan again; days that were left have been added to it.
    Renewed,
    /// The driver was suspended.
    Suspended,
    /// The driver was blacklisted.
    Blacklisted,
}

/// How a rental stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
pub(crate) enum RentalStatus {
    /// Holds.
    Active,
    /// Past its end.
    Expired,
    /// Ended early.
    Inactive,
}

impl DriverRental {
    /// How the rental stands at a moment, whether or not the timer has come by.
    pub(crate) fn status(&self, now: DateTime<Utc>) -> RentalStatus {
        match self.end_reason {
            None if self.is_active && now < self.expires_at => RentalStatus::Active,
            None | Some(EndReason::Expired) => RentalStatus::Expired,
            Some(_) => RentalStatus::Inactive,
        }
    }

    /// Days to the end, a begun one counted whole; zero after it.
    pub(crate) fn days_remaining(&self, now: DateTime<Utc>) -> i64 {
        let seconds = (self.expires_at - now).num_seconds();
        if seconds <= 0 { 0 } else { (seconds + 86_399) / 86_400 }
    }
}

/// When a plan that is bought now ends: days that are left of the current one are added.
pub(crate) fn expiry(
    now: DateTime<Utc>,
    current: Option<DateTime<Utc>>,
    validity_days: i32,
) -> DateTime<Utc> {
    current.filter(|end| *end > now).unwrap_or(now) + Duration::days(i64::from(validity_days))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[test]
    fn buying_again_keeps_the_days_that_are_left() {
        let now = at("2026-01-27T06:00:00Z");
        assert_eq!(expiry(now, None, 7), at("2026-02-03T06:00:00Z"));
        assert_eq!(expiry(now, Some(at("2026-01-29T06:00:00Z")), 7), at("2026-02-05T06:00:00Z"));
        assert_eq!(expiry(now, Some(at("2026-01-20T06:00:00Z")), 7), at("2026-02-03T06:00:00Z"));
    }

    #[test]
    fn remaining_days_round_up_and_never_go_below_zero() {
        let rental = DriverRental {
            id: Uuid::nil(),
            short_id: String::new(),
            driver_id: Uuid::nil(),
            plan_id: Uuid::nil(),
            rental_paise: 1,
            start_at: at("2026-01-20T06:00:00Z"),
            expires_at: at("2026-01-27T06:00:00Z"),
            is_active: true,
            ended_at: None,
            end_reason: None,
        };
        assert_eq!(rental.days_remaining(at("2026-01-20T06:00:00Z")), 7);
        assert_eq!(rental.days_remaining(at("2026-01-26T06:00:01Z")), 1);
        assert_eq!(rental.days_remaining(at("2026-01-27T06:00:00Z")), 0);
        assert_eq!(rental.days_remaining(at("2026-02-27T06:00:00Z")), 0);
        assert_eq!(rental.status(at("2026-01-27T05:59:59Z")), RentalStatus::Active);
        assert_eq!(rental.status(at("2026-01-27T06:00:00Z")), RentalStatus::Expired);
        let ended = DriverRental { end_reason: Some(EndReason::Suspended), is_active: false, ..rental };
        assert_eq!(ended.status(at("2026-01-21T00:00:00Z")), RentalStatus::Inactive);
    }
}
