//! Penalties: warnings, fines, suspensions, blacklisting, and what each does to its driver.

pub(crate) mod effect;
pub(crate) mod graphql;
pub(crate) mod repository;
pub(crate) mod service;
pub(crate) mod waive;

use async_graphql::Enum;
use chrono::{DateTime, Utc};
use kit::error::{Code, Error, Result};
use uuid::Uuid;

use crate::driver::DriverStatus;
use crate::input as check;

/// What kind of penalty it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum, sqlx::Type, serde::Serialize)]
#[sqlx(type_name = "text", rename_all = "SCREAMING_SNAKE_CASE")]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(crate) enum PenaltyType {
    /// A fine: from the deposit of a RENTAL driver, from the next payout of others.
    Monetary,
    /// For the record.
    Warning,
    /// Out of service for a time.
    Suspension,
    /// Out of service until waived; the deposit waits to be paid back.
    Blacklist,
}

impl PenaltyType {
    /// The database's and the wire's spelling.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            PenaltyType::Monetary => "MONETARY",
            PenaltyType::Warning => "WARNING",
            PenaltyType::Suspension => "SUSPENSION",
            PenaltyType::Blacklist => "BLACKLIST",
        }
    }
}

/// What it is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum, sqlx::Type, serde::Serialize)]
#[sqlx(type_name = "text", rename_all = "SCREAMING_SNAKE_CASE")]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(crate) enum PenaltyCategory {
    /// How somebody behaved.
    Behavior,
    /// Safety on the road.
    Safety,
    /// Damage to a vehicle.
    Damage,
    /// A rule of the fleet.
    FleetRule,
    /// Anything else.
    Other,
}

/// Where its money stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum, sqlx::Type)]
#[sqlx(type_name = "text", rename_all = "SCREAMING_SNAKE_CASE")]
pub(crate) enum PenaltyState {
    /// Nothing, or not all of it, was taken yet.
    Open,
    /// All of it was taken.
    Paid,
    /// Taken back.
    Waived,
}

impl PenaltyState {
    /// The database's and the wire's spelling.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            PenaltyState::Open => "OPEN",
            PenaltyState::Paid => "PAID",
            PenaltyState::Waived => "WAIVED",
        }
    }
}

/// Whether a suspension or blacklisting holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum, sqlx::Type)]
#[sqlx(type_name = "text", rename_all = "SCREAMING_SNAKE_CASE")]
pub(crate) enum PenaltyEffect {
    /// Begins later.
    Scheduled,
    /// Holds.
    InEffect,
    /// Over, or waived.
    Lifted,
}

/// A penalty of a driver.
#[derive(Debug, Clone, sqlx::FromRow)]
pub(crate) struct Penalty {
    pub(crate) id: Uuid,
    pub(crate) short_id: String,
    pub(crate) driver_id: Uuid,
    #[sqlx(rename = "type")]
    pub(crate) kind: PenaltyType,
    pub(crate) amount_paise: i64,
    pub(crate) reason: String,
    pub(crate) category: Option<PenaltyCategory>,
    pub(crate) state: PenaltyState,
    pub(crate) deducted_deposit_paise: i64,
    pub(crate) deducted_at: Option<DateTime<Utc>>,
    pub(crate) paid_at: Option<DateTime<Utc>>,
    pub(crate) suspension_start: Option<DateTime<Utc>>,
    pub(crate) suspension_end: Option<DateTime<Utc>>,
    pub(crate) effect: Option<PenaltyEffect>,
    pub(crate) waived_by: Option<Uuid>,
    pub(crate) waived_at: Option<DateTime<Utc>>,
    pub(crate) waiver_reason: Option<String>,
    pub(crate) reviewed_by: Option<Uuid>,
    pub(crate) reviewed_at: Option<DateTime<Utc>>,
    pub(crate) review_notes: Option<String>,
    pub(crate) version: i64,
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) created_by: Option<Uuid>,
}

impl Penalty {
    /// What of a fine is still to be taken.
    pub(crate) fn outstanding_paise(&self) -> i64 {
        if self.state == PenaltyState::Open { self.amount_paise - self.deducted_deposit_paise } else { 0 }
    }
}

/// When a suspension holds. Errors: VALIDATION naming the date at fault.
pub(crate) fn suspension_period(
    start: Option<DateTime<Utc>>,
    end: Option<DateTime<Utc>>,
    now: DateTime<Utc>,
) -> Result<(DateTime<Utc>, DateTime<Utc>)> {
    let start = check::instant(start, "suspensionStart")?;
    let end = check::instant(end, "suspensionEnd")?;
    let start = start.ok_or_else(|| Error::validation("suspensionStart", "A suspension has a beginning"))?;
    let end = end.ok_or_else(|| Error::validation("suspensionEnd", "A suspension has an end"))?;
    if end <= start {
        return Err(Error::validation("suspensionEnd", "A suspension ends after it begins"));
    }
    if end <= now {
        return Err(Error::validation("suspensionEnd", "This suspension would be over already"));
    }
    Ok((start, end))
}

/// A penalty is waived once.
pub(crate) fn check_waiver(penalty: &Penalty) -> Result<()> {
    if penalty.state == PenaltyState::Waived {
        return Err(Error::new(Code::INVALID_TRANSITION, "This penalty was waived before"));
    }
    Ok(())
}

/// A driver's status by the penalties that still hold: the hardest of them, or what the driver was before.
pub(crate) fn status_by(holding: &[PenaltyType], before: Option<DriverStatus>) -> DriverStatus {
    if holding.contains(&PenaltyType::Blacklist) {
        DriverStatus::Blacklisted
    } else if holding.contains(&PenaltyType::Suspension) {
        DriverStatus::Suspended
    } else {
        before.unwrap_or(DriverStatus::Active)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lifting_one_penalty_leaves_the_others_in_force() {
        use PenaltyType::{Blacklist, Suspension};
        assert_eq!(status_by(&[Suspension, Blacklist], None), DriverStatus::Blacklisted);
        assert_eq!(status_by(&[Suspension], None), DriverStatus::Suspended);
        assert_eq!(status_by(&[], None), DriverStatus::Active);
        assert_eq!(status_by(&[], Some(DriverStatus::Inactive)), DriverStatus::Inactive);
    }

    #[test]
    fn a_suspension_needs_both_ends_in_order_and_not_in_the_past() {
        let at = |text: &str| Some(text.parse::<DateTime<Utc>>().unwrap());
        let now = at("2026-01-27T06:00:00Z").unwrap();
        let field =
            |start, end| suspension_period(start, end, now).unwrap_err().field_name().map(str::to_owned);
        assert_eq!(field(None, at("2026-01-28T00:00:00Z")).as_deref(), Some("suspensionStart"));
        assert_eq!(field(at("2026-01-28T00:00:00Z"), None).as_deref(), Some("suspensionEnd"));
        assert_eq!(
            field(at("2026-01-28T00:00:00Z"), at("2026-01-28T00:00:00Z")).as_deref(),
            Some("suspensionEnd")
        );
        assert_eq!(
            field(at("2026-01-20T00:00:00Z"), at("2026-01-21T00:00:00Z")).as_deref(),
            Some("suspensionEnd")
        );
        assert!(suspension_period(at("2026-01-20T00:00:00Z"), at("2026-01-28T00:00:00Z"), now).is_ok());
    }
}
