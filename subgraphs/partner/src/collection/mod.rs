//! What a driver's cab took in on one IST day, and how it is settled.

pub(crate) mod graphql;
pub(crate) mod repository;
pub(crate) mod service;
pub(crate) mod settle;

use async_graphql::Enum;
use chrono::{DateTime, Duration, NaiveDate, NaiveTime, TimeZone, Utc};
use kit::Paise;
use kit::error::{Error, Result};
use uuid::Uuid;

/// How far a day's collection has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum, sqlx::Type)]
#[sqlx(type_name = "text", rename_all = "SCREAMING_SNAKE_CASE")]
pub(crate) enum CollectionState {
    /// Money is coming in.
    Open,
    /// Checked by an administrator; the payout is known.
    Reconciled,
    /// Paid out.
    Paid,
}

impl CollectionState {
    /// The database's and the wire's spelling.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            CollectionState::Open => "OPEN",
            CollectionState::Reconciled => "RECONCILED",
            CollectionState::Paid => "PAID",
        }
    }
}

/// What one driver's cab took in on one day.
#[derive(Debug, Clone, sqlx::FromRow)]
pub(crate) struct DailyCollection {
    pub(crate) id: Uuid,
    pub(crate) short_id: String,
    pub(crate) driver_id: Uuid,
    pub(crate) vehicle_id: Option<Uuid>,
    pub(crate) date: NaiveDate,
    pub(crate) qr_paise: i64,
    pub(crate) cash_paise: i64,
    pub(crate) total_paise: i64,
    pub(crate) expected_paise: Option<i64>,
    pub(crate) variance_paise: Option<i64>,
    pub(crate) rev_share_bp: Option<i32>,
    pub(crate) share_paise: Option<i64>,
    pub(crate) incentive_paise: i64,
    pub(crate) penalty_paise: i64,
    pub(crate) net_payout_paise: Option<i64>,
    pub(crate) state: CollectionState,
    pub(crate) reconciled_by: Option<Uuid>,
    pub(crate) reconciled_at: Option<DateTime<Utc>>,
    pub(crate) reconciliation_notes: Option<String>,
    pub(crate) paid_by: Option<Uuid>,
    pub(crate) paid_at: Option<DateTime<Utc>>,
    pub(crate) payout_transaction_id: Option<Uuid>,
    pub(crate) version: i64,
}

/// What a day is worth to its driver.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Settlement {
    pub(crate) share_paise: i64,
    pub(crate) incentive_paise: i64,
    pub(crate) penalty_paise: i64,
    pub(crate) net_payout_paise: i64,
}

/// share = total × basis points; net = share + unpaid incentives of the day − penalties that are unpaid and unwaived at its
/// end: a fine is taken from the next payout, whether its own day had one or not. It may be negative: then nothing is paid.
pub(crate) fn settle(total: i64, share_bp: i32, incentives: i64, penalties: i64) -> Result<Settlement> {
    let share = Paise(total).basis_points(i64::from(share_bp))?;
    let net = share.plus(Paise(incentives))?.minus(Paise(penalties))?;
    Ok(Settlement {
        share_paise: share.0,
        incentive_paise: incentives,
        penalty_paise: penalties,
        net_payout_paise: net.0,
    })
}

/// Beginning and end of an IST day, as instants.
pub(crate) fn day_bounds(date: NaiveDate) -> Result<(DateTime<Utc>, DateTime<Utc>)> {
    let midnight = kit::clock::ist().from_local_datetime(&date.and_time(NaiveTime::MIN)).single();
    let start =
        midnight.ok_or_else(|| Error::validation("date", "This day does not exist"))?.with_timezone(&Utc);
    Ok((start, start + Duration::days(1)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_settled_by_share_incentives_and_penalties() {
        let settlement = settle(450_050, 7_000, 20_000, 50_000).unwrap();
        assert_eq!(settlement.share_paise, 315_035);
        assert_eq!(settlement.net_payout_paise, 315_035 + 20_000 - 50_000);
        assert_eq!(settle(0, 7_000, 0, 1).unwrap().net_payout_paise, -1);
    }

    #[test]
    fn an_indian_day_begins_at_half_past_six_in_the_evening_utc() {
        let (start, end) = day_bounds("2026-01-27".parse().unwrap()).unwrap();
        assert_eq!(start.to_rfc3339(), "2026-01-26T18:30:00+00:00");
        assert_eq!(end.to_rfc3339(), "2026-01-27T18:30:00+00:00");
    }
}
