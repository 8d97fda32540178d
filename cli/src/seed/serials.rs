//! Short ids in the order in which they are drawn: a serial per prefix and day.

use std::collections::BTreeMap;

use chrono::{DateTime, Datelike, NaiveDate, Utc};

/// What was drawn so far.
#[derive(Debug, Default)]
pub(crate) struct Serials(BTreeMap<(&'static str, NaiveDate), i64>);

impl Serials {
    /// The next short id of an instant's business day, like TRP20260127001.
    pub(crate) fn next(&mut self, prefix: &'static str, at: DateTime<Utc>) -> String {
        let day = kit::clock::ist_date(at);
        let last = self.0.entry((prefix, day)).or_default();
        *last += 1;
        format!("{prefix}{:04}{:02}{:02}{last:03}", day.year(), day.month(), day.day())
    }

    /// The last serial of each prefix and day.
    pub(crate) fn last(&self) -> Vec<(&'static str, NaiveDate, i64)> {
        self.0.iter().map(|((prefix, day), last)| (*prefix, *day, *last)).collect()
    }
}
