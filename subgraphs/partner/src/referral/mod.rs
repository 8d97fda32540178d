//! Who brought whom, and the reward when the newcomer stays and drives.

pub(crate) mod graphql;
pub(crate) mod repository;
pub(crate) mod service;

use async_graphql::Enum;
use chrono::{DateTime, Utc};
use kit::error::{Error, Result};
use uuid::Uuid;

/// What a referral is worth, in paise.
pub(crate) const REWARD_PAISE: i64 = 50_000;
/// On how many days the newcomer must have worked.
pub(crate) const ACTIVE_DAYS: i64 = 30;
/// How many trips the newcomer must complete on a working day, on average.
pub(crate) const TRIPS_PER_DAY: i64 = 8;

/// How far a referral has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum, sqlx::Type)]
#[sqlx(type_name = "text", rename_all = "SCREAMING_SNAKE_CASE")]
pub(crate) enum ReferralStatus {
    /// The newcomer is on the way.
    Pending,
    /// Rewarded.
    Completed,
    /// Taken back.
    Cancelled,
    /// The newcomer took too long.
    Expired,
}

/// Who brought whom.
#[derive(Debug, Clone, sqlx::FromRow)]
pub(crate) struct Referral {
    pub(crate) id: Uuid,
    pub(crate) short_id: String,
    pub(crate) referred_by_id: Uuid,
    pub(crate) referred_to_id: Uuid,
    pub(crate) status: ReferralStatus,
    pub(crate) rewarded_at: Option<DateTime<Utc>>,
    pub(crate) incentive_id: Option<Uuid>,
    pub(crate) created_at: DateTime<Utc>,
}

/// How a newcomer does: days with an accepted shift, trips completed, days on which trips were completed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx::FromRow)]
pub(crate) struct Progress {
    pub(crate) active_days: i64,
    pub(crate) trips: i64,
    pub(crate) trip_days: i64,
}

impl Progress {
    /// Whether the reward is earned: enough days, and enough trips on an average working day.
    pub(crate) fn is_eligible(self) -> bool {
        self.active_days >= ACTIVE_DAYS && self.trip_days > 0 && self.trips >= TRIPS_PER_DAY * self.trip_days
    }
}

/// A referral code in the one way it is written. Errors: VALIDATION.
pub(crate) fn parse_code(code: &str) -> Result<String> {
    let code = code.trim().to_uppercase();
    let valid = code.strip_prefix("REF_").is_some_and(|rest| {
        rest.len() == 8 && rest.bytes().all(|byte| byte.is_ascii_digit() || byte.is_ascii_uppercase())
    });
    if valid {
        Ok(code)
    } else {
        Err(Error::validation("referralCode", "A referral code looks like REF_7K2M9QXA"))
    }
}

/// A new code out of random bits: `REF_` and eight letters or digits.
pub(crate) fn code_from(mut random: u128) -> String {
    const LETTERS: &[u8; 36] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
    let mut code = String::from("REF_");
    for _ in 0..8 {
        code.push(char::from(LETTERS[(random % 36) as usize]));
        random /= 36;
    }
    code
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reward_needs_thirty_days_and_eight_trips_a_day() {
        let progress = |active_days, trips, trip_days| Progress { active_days, trips, trip_days };
        assert!(progress(30, 240, 30).is_eligible());
        assert!(!progress(29, 400, 29).is_eligible());
        assert!(!progress(30, 239, 30).is_eligible());
        assert!(!progress(30, 0, 0).is_eligible());
    }

    #[test]
    fn codes_are_written_in_one_way() {
        assert_eq!(parse_code(" ref_7k2m9qxa ").unwrap(), "REF_7K2M9QXA");
        for wrong in ["7K2M9QXA", "REF_7K2M9QX", "REF_7K2M9QX!", "REF_7K2M9QXAB", ""] {
            assert_eq!(parse_code(wrong).unwrap_err().field_name(), Some("referralCode"));
        }
        let code = code_from(Uuid::new_v4().as_u128());
        assert_eq!(parse_code(&code).unwrap(), code);
    }
}
