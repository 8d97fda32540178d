//! A driver's day at work: check-in at the hub, breaks, check-out with the cash of the day's trips.

use chrono::{DateTime, Duration, NaiveDate, NaiveTime, Utc};
use fastrand::Rng;
use partner::demo::{DemoAttendance, DemoBreak};
use trip::demo::{AttendanceStatus, DemoAttendanceRef, DemoTrip};
use trip::trip::TripStatus;
use uuid::Uuid;

use super::people::id_at;
use super::places::metres;
use super::roster::{Roster, at_ist};
use super::serials::Serials;

/// A shift as partner and trip know it, with its breaks.
pub(crate) struct Shift {
    pub(crate) row: DemoAttendance,
    pub(crate) breaks: Vec<DemoBreak>,
}

/// What shifts are written with.
pub(crate) struct Clerk<'a> {
    pub(crate) roster: &'a Roster,
    pub(crate) rng: &'a mut Rng,
    pub(crate) serials: &'a mut Serials,
    /// Kilometres on each crew's vehicle.
    pub(crate) odometers: &'a mut [i32],
    pub(crate) now: DateTime<Utc>,
}

/// What a shift was, besides its times.
struct Checked {
    crew: usize,
    at: DateTime<Utc>,
    status: &'static str,
}

/// Around a time of day, up to two hours earlier or later.
fn around(rng: &mut Rng, date: NaiveDate, hour: u32) -> DateTime<Utc> {
    let time = NaiveTime::from_hms_opt(hour, 0, 0).unwrap_or_default();
    at_ist(date, time) + Duration::minutes(i64::from(rng.u32(..241)) - 120)
}

fn first_start(trips: &[&DemoTrip]) -> Option<DateTime<Utc>> {
    trips.iter().filter_map(|trip| trip.started_at).min()
}

fn last_end(trips: &[&DemoTrip]) -> Option<DateTime<Utc>> {
    trips.iter().filter_map(|trip| trip.completed_at.or(trip.ended_at)).max()
}

impl Clerk<'_> {
    /// A whole day of a crew that has driven these trips; its cash is handed over in the evening.
    pub(crate) fn past(&mut self, date: NaiveDate, crew: usize, trips: &[&DemoTrip], cash: i64) -> Shift {
        let morning = around(self.rng, date, 8);
        let at = first_start(trips).map_or(morning, |start| morning.min(start - Duration::minutes(15)));
        let evening = around(self.rng, date, 18).max(at + Duration::hours(6));
        let until = last_end(trips).map_or(evening, |end| evening.max(end + Duration::minutes(20)));
        let until = until.min(self.now);
        let breaks = self.breaks((at, until));
        let mut row = self.checked_in(&Checked { crew, at, status: "CHECKED_OUT" });
        let driven = 100 + i32::try_from(self.rng.u32(..101)).unwrap_or(0);
        self.odometers[crew] += driven;
        row.check_out_time = Some(until);
        row.odometer_end = Some(self.odometers[crew]);
        row.cash_deposited_paise = cash;
        row.version = 3 + 2 * i64::try_from(breaks.len()).unwrap_or(0);
        let breaks = breaks.into_iter().map(|time| self.pause(row.id, time.0, Some(time.1))).collect();
        Shift { row, breaks }
    }

    /// A check-in that was refused: the day is over before it began.
    pub(crate) fn refused(&mut self, date: NaiveDate, crew: usize) -> Shift {
        let at = around(self.rng, date, 8);
        let mut row = self.checked_in(&Checked { crew, at, status: "REJECTED" });
        row.check_out_time = row.reviewed_at;
        row.admin_remarks = Some("The selfie does not show the driver");
        row.version = 2;
        Shift { row, breaks: Vec::new() }
    }

    /// A shift that goes on: somebody waits to be let in, is at work, or on a break.
    pub(crate) fn open(&mut self, crew: usize, trips: &[&DemoTrip]) -> Shift {
        let now = self.now;
        let since = now - Duration::minutes(30 + i64::from(self.rng.u32(..210)));
        let at = first_start(trips).map_or(since, |start| since.min(start - Duration::minutes(15)));
        let waits = trips.is_empty() && self.rng.u32(..100) < 20;
        let status = if waits { "PENDING" } else { "APPROVED" };
        let mut row = self.checked_in(&Checked { crew, at, status });
        let live = trips.iter().any(|trip| {
            matches!(trip.status, TripStatus::Started | TripStatus::Arrived | TripStatus::Onboarded)
        });
        let pauses = !waits && !live && self.rng.u32(..100) < 6;
        let start = now - Duration::minutes(10);
        let breaks: Vec<DemoBreak> = pauses.then(|| self.pause(row.id, start, None)).into_iter().collect();
        row.version = 1 + i64::from(!waits) + i64::from(pauses);
        Shift { row, breaks }
    }

    fn checked_in(&mut self, checked: &Checked) -> DemoAttendance {
        let (driver, fleet) = (self.roster.driver(checked.crew), self.roster.fleet(checked.crew));
        let hub = fleet.hubs.iter().find(|hub| hub.id == driver.hub_id).unwrap_or(&fleet.hubs[0]).place;
        // At most some 350 metres off, inside every geofence.
        let jitter = |rng: &mut Rng| (rng.f64() - 0.5) * 0.004;
        let (lat, lng) = (hub.lat + jitter(self.rng), hub.lng + jitter(self.rng));
        let reviewed_at = checked.at + Duration::minutes(5 + i64::from(self.rng.u32(..20)));
        let reviewed = checked.status != "PENDING";
        DemoAttendance {
            id: id_at(self.rng, checked.at),
            short_id: self.serials.next("ATT", checked.at),
            driver_id: driver.id,
            hub_id: driver.hub_id,
            status: checked.status,
            check_in_time: checked.at,
            check_out_time: None,
            check_in_lat: lat,
            check_in_lng: lng,
            distance_m: metres((hub.lat, hub.lng), (lat, lng)),
            odometer_start: self.odometers[checked.crew],
            odometer_end: None,
            cash_deposited_paise: 0,
            reviewed_by: reviewed.then_some(fleet.managers[0].id),
            reviewed_at: reviewed.then_some(reviewed_at),
            admin_remarks: None,
            version: 1,
        }
    }

    /// One or two breaks of twenty to forty minutes.
    fn breaks(
        &mut self,
        (from, until): (DateTime<Utc>, DateTime<Utc>),
    ) -> Vec<(DateTime<Utc>, DateTime<Utc>)> {
        let whole = (until - from).num_minutes();
        let parts: &[i64] = if self.rng.bool() { &[50] } else { &[33, 66] };
        let at = |part: &i64| from + Duration::minutes(whole * part / 100);
        parts
            .iter()
            .map(|part| (at(part), at(part) + Duration::minutes(i64::from(self.rng.u32(20..41)))))
            .collect()
    }

    fn pause(&mut self, shift: Uuid, start: DateTime<Utc>, end: Option<DateTime<Utc>>) -> DemoBreak {
        DemoBreak {
            id: id_at(self.rng, start),
            short_id: self.serials.next("BRK", start),
            attendance_id: shift,
            start_time: start,
            end_time: end,
        }
    }
}

impl Shift {
    /// Trip's copy.
    pub(crate) fn copy(&self) -> DemoAttendanceRef {
        DemoAttendanceRef {
            id: self.row.id,
            driver_id: self.row.driver_id,
            status: match self.row.status {
                "PENDING" => AttendanceStatus::Pending,
                "APPROVED" => AttendanceStatus::Approved,
                "REJECTED" => AttendanceStatus::Rejected,
                _ => AttendanceStatus::CheckedOut,
            },
            check_in_time: self.row.check_in_time,
            check_out_time: self.row.check_out_time,
            on_break: self.is_on_break(),
            version: self.row.version,
        }
    }

    /// Whether its driver is on a break now.
    pub(crate) fn is_on_break(&self) -> bool {
        self.breaks.iter().any(|pause| pause.end_time.is_none())
    }
}
