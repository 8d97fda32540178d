//! A day's trips: who is free, and how each one ends.

use chrono::{DateTime, Duration, NaiveDate, Utc};
use fastrand::Rng;
use trip::demo::DemoTrip;
use trip::geo::Point;
use trip::trip::TripStatus;

use super::bookings::{booking, time_of_day};
use super::roster::{Roster, at_ist};
use super::serials::Serials;
use super::world::World;

/// A trip and the crew that drives it.
pub(crate) struct Planned {
    pub(crate) trip: DemoTrip,
    pub(crate) crew: Option<usize>,
}

/// Who is taken when, by crew.
pub(crate) struct Diary(Vec<Vec<(DateTime<Utc>, DateTime<Utc>)>>);

impl Diary {
    /// An empty one.
    pub(crate) fn new(crews: usize) -> Self {
        Diary(vec![Vec::new(); crews])
    }

    /// Forgets what is over by `until`.
    pub(crate) fn forget(&mut self, until: DateTime<Utc>) {
        for taken in &mut self.0 {
            taken.retain(|(_, end)| *end > until);
        }
    }

    fn is_free(&self, crew: usize, (from, until): (DateTime<Utc>, DateTime<Utc>)) -> bool {
        self.0[crew].iter().all(|(start, end)| *end <= from || until <= *start)
    }

    fn take(&mut self, crew: usize, time: (DateTime<Utc>, DateTime<Utc>)) {
        self.0[crew].push(time);
    }
}

/// The milestones of a drive.
struct Drive {
    started: DateTime<Utc>,
    arrived: DateTime<Utc>,
    boarded: DateTime<Utc>,
    completed: DateTime<Utc>,
}

impl Drive {
    fn of(rng: &mut Rng, trip: &DemoTrip) -> Self {
        let pickup = trip.pickup_time;
        let late = if rng.u32(..100) < 85 { rng.u32(..25) } else { 25 + rng.u32(..50) };
        let boarded = pickup + Duration::minutes(i64::from(late));
        #[expect(clippy::cast_possible_truncation, reason = "minutes of a drive, a small number")]
        let minutes = (trip.distance_km * 2.0) as i64;
        Drive {
            started: pickup - Duration::minutes(40),
            arrived: pickup - Duration::minutes(i64::from(rng.u32(..20))),
            boarded,
            completed: boarded + Duration::minutes(minutes.max(10)),
        }
    }

    /// How long nobody else gets the crew: also as long as dispatch reckons, which counts from the pickup.
    fn takes(&self, trip: &DemoTrip) -> (DateTime<Utc>, DateTime<Utc>) {
        #[expect(clippy::cast_possible_truncation, reason = "minutes of a drive, a small number")]
        let reckoned = (trip.distance_km * 2.0).ceil().max(30.0) as i64;
        (self.started, self.completed.max(trip.pickup_time + Duration::minutes(reckoned)))
    }
}

/// What trips are planned with.
pub(crate) struct Planner<'a> {
    pub(crate) world: &'a World,
    pub(crate) roster: &'a Roster,
    pub(crate) rng: &'a mut Rng,
    pub(crate) serials: &'a mut Serials,
    pub(crate) diary: &'a mut Diary,
}

impl Planner<'_> {
    /// The trips of a business day, for crews on duty: past ones have ended, one or another is under way, others lie ahead.
    pub(crate) fn day(&mut self, date: NaiveDate, on_duty: &[usize]) -> Vec<Planned> {
        (0..self.world.counts.trips_per_day).map(|_| self.trip(date, on_duty)).collect()
    }

    fn trip(&mut self, date: NaiveDate, on_duty: &[usize]) -> Planned {
        let world = self.world;
        let pickup = at_ist(date, time_of_day(self.rng));
        let office = &world.fleets[self.rng.usize(..world.fleets.len())];
        let trip = booking(
            (&mut *self.rng, &mut *self.serials),
            (office.id, office.admin.id),
            pickup,
            self.world.now,
        );
        let drive = Drive::of(self.rng, &trip);
        let fate = self.rng.u32(..100);
        let ahead = drive.started > self.world.now;
        // Yesterday's crews have gone home.
        let too_late = date < world.today && drive.completed > world.now;
        match fate {
            0..7 => unplanned(called_off(trip, "The passenger called it off", pickup.min(world.now))),
            _ if too_late => unplanned(called_off(trip, "No driver was free", pickup.min(world.now))),
            7..10 if !ahead && pickup + Duration::minutes(35) < self.world.now => {
                self.with_crew(trip, &drive, on_duty, |trip, drive| DemoTrip {
                    status: TripStatus::NoShow,
                    started_at: Some(drive.started),
                    arrived_at: Some(drive.arrived),
                    ended_at: Some(trip.pickup_time + Duration::minutes(35)),
                    cancel_reason: Some("The passenger did not come".to_owned()),
                    ..trip
                })
            }
            10..12 => unplanned(trip),
            // Much of what lies ahead waits for a driver.
            12..52 if ahead => unplanned(trip),
            _ => {
                let now = self.world.now;
                self.with_crew(trip, &drive, on_duty, |trip, drive| underway(trip, drive, now))
            }
        }
    }

    /// A trip for the first driver of each fleet that starts soon.
    pub(crate) fn soon(&mut self) -> Vec<Planned> {
        let (roster, mut trips) = (self.roster, Vec::new());
        for crew in (0..roster.len()).filter(|crew| roster.is_first(*crew)) {
            let fleet = roster.fleet(crew);
            let pickup = self.world.now + Duration::minutes(90 + i64::from(self.rng.u32(..4)) * 15);
            let trip = booking(
                (&mut *self.rng, &mut *self.serials),
                (fleet.id, fleet.admin.id),
                pickup,
                self.world.now,
            );
            let drive = Drive::of(self.rng, &trip);
            trips.push(self.with_crew(trip, &drive, &[crew], |trip, _| trip));
        }
        trips
    }

    /// Gives the trip to a crew that is free, if one is found with a few tries.
    fn with_crew(
        &mut self,
        trip: DemoTrip,
        drive: &Drive,
        on_duty: &[usize],
        then: impl Fn(DemoTrip, &Drive) -> DemoTrip,
    ) -> Planned {
        let time = drive.takes(&trip);
        let mut found = None;
        for _ in 0..8 {
            let crew = on_duty.get(self.rng.usize(..on_duty.len().max(1))).copied();
            found = crew.filter(|crew| self.diary.is_free(*crew, time));
            if found.is_some() {
                break;
            }
        }
        let Some(crew) = found else {
            let at = trip.pickup_time.min(self.world.now);
            return unplanned(called_off(trip, "No driver was free", at));
        };
        self.diary.take(crew, time);
        let fleet = self.roster.fleet(crew);
        let trip = DemoTrip {
            status: TripStatus::DriverAssigned,
            fleet_id: Some(fleet.id),
            assignment_id: Some(self.roster.assignment(crew, trip.pickup_time.min(self.world.now))),
            driver_id: Some(self.roster.driver(crew).id),
            vehicle_id: Some(self.roster.vehicle(crew).id),
            ..trip
        };
        Planned { trip: then(trip, drive), crew: Some(crew) }
    }
}

fn unplanned(trip: DemoTrip) -> Planned {
    Planned { trip, crew: None }
}

fn called_off(trip: DemoTrip, why: &str, at: DateTime<Utc>) -> DemoTrip {
    DemoTrip {
        status: TripStatus::Cancelled,
        ended_at: Some(at.max(trip.booked_at)),
        cancel_reason: Some(why.to_owned()),
        ..trip
    }
}

/// How far a trip has come by now.
fn underway(trip: DemoTrip, drive: &Drive, now: DateTime<Utc>) -> DemoTrip {
    let by_now = |at: DateTime<Utc>| (at <= now).then_some(at);
    let status = match () {
        () if drive.completed <= now => TripStatus::Completed,
        () if drive.boarded <= now => TripStatus::Onboarded,
        () if drive.arrived <= now => TripStatus::Arrived,
        () if drive.started <= now => TripStatus::Started,
        () => TripStatus::DriverAssigned,
    };
    let live = matches!(status, TripStatus::Started | TripStatus::Arrived | TripStatus::Onboarded);
    DemoTrip {
        status,
        started_at: by_now(drive.started),
        arrived_at: by_now(drive.arrived),
        boarded_at: by_now(drive.boarded),
        completed_at: by_now(drive.completed),
        seen: live.then(|| (place_of(&trip, drive, now), now - Duration::seconds(20))),
        ..trip
    }
}

/// Somewhere on the straight line from pickup to drop.
fn place_of(trip: &DemoTrip, drive: &Drive, now: DateTime<Utc>) -> Point {
    let nowhere = Point { lat: 28.6139, lng: 77.209 };
    let (from, to) = (trip.pickup_point.unwrap_or(nowhere), trip.drop_point.unwrap_or(nowhere));
    #[expect(clippy::cast_precision_loss, reason = "seconds of a drive, a small number")]
    let part = ((now - drive.boarded).num_seconds().max(0) as f64)
        / ((drive.completed - drive.boarded).num_seconds().max(1) as f64);
    Point { lat: from.lat + (to.lat - from.lat) * part, lng: from.lng + (to.lng - from.lng) * part }
}
