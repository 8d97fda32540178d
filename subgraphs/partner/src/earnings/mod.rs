//! What a driver made, week by week. Weeks begin on Monday, Indian time.

pub(crate) mod graphql;
pub(crate) mod repository;

use chrono::{Datelike, Days, NaiveDate, Weekday};

/// A week of a driver. Sums are paise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Week {
    pub(crate) start: NaiveDate,
    pub(crate) trips: i64,
    pub(crate) trip_paise: i64,
    pub(crate) incentive_paise: i64,
    pub(crate) penalty_paise: i64,
}

impl Week {
    /// What is left: trips and incentives less penalties.
    pub(crate) fn net_paise(&self) -> i64 {
        self.trip_paise + self.incentive_paise - self.penalty_paise
    }

    /// The week's last day.
    pub(crate) fn end(&self) -> NaiveDate {
        self.start + Days::new(6)
    }
}

/// The Mondays of the last `count` weeks, that of `today` first.
pub(crate) fn mondays(today: NaiveDate, count: u64) -> Vec<NaiveDate> {
    let this = today.week(Weekday::Mon).first_day();
    (0..count).map(|week| this - Days::new(7 * week)).collect()
}

/// A week's ISO year and number.
pub(crate) fn iso_week(monday: NaiveDate) -> (i32, u32) {
    (monday.iso_week().year(), monday.iso_week().week())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weeks_begin_on_monday_and_carry_their_iso_number() {
        let days = mondays("2026-01-04".parse().unwrap(), 3);
        let shown: Vec<String> = days.iter().map(NaiveDate::to_string).collect();
        assert_eq!(shown, ["2025-12-29", "2025-12-22", "2025-12-15"]);
        assert_eq!(iso_week(days[0]), (2026, 1));
        assert_eq!(iso_week(days[1]), (2025, 52));
    }
}
