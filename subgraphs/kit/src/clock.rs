//! Time as an argument, so that rules about time can be tested.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use chrono::{DateTime, Duration, FixedOffset, NaiveDate, Utc};

/// Where the present comes from. Clones share one offset, so a test that advances one of them advances all.
#[derive(Clone, Debug)]
pub struct Clock {
    fixed: Option<DateTime<Utc>>,
    offset_micros: Arc<AtomicI64>,
}

impl Clock {
    /// The machine's clock.
    pub fn system() -> Self {
        Self { fixed: None, offset_micros: Arc::default() }
    }

    /// A clock that stands still until it is advanced.
    pub fn fixed(at: DateTime<Utc>) -> Self {
        Self { fixed: Some(at), offset_micros: Arc::default() }
    }

    /// The present instant, in the microseconds that PostgreSQL keeps.
    #[expect(clippy::disallowed_methods, reason = "this is the clock that everybody else is given")]
    pub fn now(&self) -> DateTime<Utc> {
        let base = self.fixed.unwrap_or_else(Utc::now);
        let whole = DateTime::from_timestamp_micros(base.timestamp_micros()).unwrap_or(base);
        whole + Duration::microseconds(self.offset_micros.load(Ordering::Relaxed))
    }

    /// Shifts this clock and all its clones.
    pub fn advance(&self, by: Duration) {
        self.offset_micros.fetch_add(by.num_microseconds().unwrap_or(i64::MAX), Ordering::Relaxed);
    }
}

/// Indian Standard Time, +05:30, in which every business day begins and ends.
pub fn ist() -> FixedOffset {
    FixedOffset::east_opt(5 * 3600 + 1800).unwrap_or_else(|| unreachable!("+05:30 is a valid offset"))
}

/// The business day of an instant.
pub fn ist_date(at: DateTime<Utc>) -> NaiveDate {
    at.with_timezone(&ist()).date_naive()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_business_day_begins_at_half_past_six_in_the_evening_utc() {
        let before = "2026-01-26T18:29:59Z".parse().unwrap();
        let after = "2026-01-26T18:30:00Z".parse().unwrap();
        assert_eq!(ist_date(before).to_string(), "2026-01-26");
        assert_eq!(ist_date(after).to_string(), "2026-01-27");
    }

    #[test]
    fn clones_of_a_fixed_clock_advance_together() {
        let clock = Clock::fixed("2026-01-26T00:00:00Z".parse().unwrap());
        let clone = clock.clone();
        clock.advance(Duration::minutes(45));
        assert_eq!(clone.now().to_rfc3339(), "2026-01-26T00:45:00+00:00");
    }
}
