//! The demo world's history, lot by lot: whole days up to now, tomorrow's bookings, and the money of it all.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{Duration, NaiveDate, NaiveTime};
use fastrand::Rng;
use partner::demo::{DemoDuty, DemoRecords};
use trip::demo::DemoWorld;
use trip::trip::{PaymentMode, TripStatus};
use uuid::Uuid;

use super::office;
use super::roster::{Roster, at_ist};
use super::serials::Serials;
use super::settlement::{Cashier, Day, paid};
use super::shifts::{Clerk, Shift};
use super::trips::{Diary, Planned, Planner};
use super::world::{LOT, World};

/// What goes to the databases of trip and partner at once.
#[derive(Default)]
pub(crate) struct Lot {
    pub(crate) trip: DemoWorld,
    pub(crate) partner: DemoRecords,
}

/// Today: it is planned first, because it says who is at work, and written last.
struct Today {
    trips: Vec<Planned>,
    shifts: Vec<Shift>,
}

/// Gives one lot after the other; the same world, the same lots.
pub(crate) struct Calendar {
    world: Arc<World>,
    roster: Roster,
    rng: Rng,
    serials: Serials,
    diary: Diary,
    odometers: Vec<i32>,
    today: Option<Today>,
    /// Rows of days to come.
    due: BTreeMap<NaiveDate, DemoRecords>,
    next: NaiveDate,
}

/// A trip under way.
pub(crate) struct LiveTrip {
    pub(crate) trip_id: Uuid,
    pub(crate) driver_id: Uuid,
    pub(crate) vehicle_id: Uuid,
}

impl LiveTrip {
    fn of(planned: &Planned) -> Option<Self> {
        let trip = &planned.trip;
        let live = matches!(trip.status, TripStatus::Started | TripStatus::Arrived | TripStatus::Onboarded);
        let (trip_id, driver_id, vehicle_id) = (trip.id, trip.driver_id?, trip.vehicle_id?);
        live.then_some(LiveTrip { trip_id, driver_id, vehicle_id })
    }
}

impl Calendar {
    /// The calendar of a world.
    pub(crate) fn new(world: Arc<World>) -> Self {
        let roster = Roster::new(Arc::clone(&world));
        let (mut rng, mut serials) = (Rng::with_seed(world.seed ^ 0x7219), Serials::default());
        let due = office::work(&world, &mut rng, &mut serials);
        let odometers = (0..roster.len()).map(|_| 10_500 + i32::from(rng.u16(..4_000))).collect();
        let next = world.today - Duration::days(world.counts.days);
        let diary = Diary::new(roster.len());
        let mut calendar = Calendar { world, roster, rng, serials, diary, odometers, today: None, due, next };
        calendar.today = Some(calendar.plan_today());
        calendar
    }

    /// Which trips are under way now.
    pub(crate) fn live(&self) -> Vec<LiveTrip> {
        self.today.iter().flat_map(|today| &today.trips).filter_map(LiveTrip::of).collect()
    }

    /// Which drivers are on a break now.
    pub(crate) fn on_break(&self) -> Vec<Uuid> {
        let shifts = self.today.iter().flat_map(|today| &today.shifts);
        shifts.filter(|shift| shift.is_on_break()).map(|shift| shift.row.driver_id).collect()
    }

    /// The rows that all others refer to: the roster's.
    pub(crate) fn assignments(&mut self) -> Lot {
        let mut lot = Lot::default();
        lot.trip.assignments = self.roster.assignments(&mut self.serials);
        lot.partner.shifts = self.roster.copies();
        lot
    }

    /// The next lot; nothing after today's.
    pub(crate) fn lot(&mut self) -> Result<Option<Lot>, kit::Error> {
        let mut lot = Lot::default();
        while self.next < self.world.today && lot.trip.trips.len() < LOT {
            self.past_day(self.next, &mut lot)?;
            self.next += Duration::days(1);
        }
        let is_last = lot.trip.trips.is_empty() || self.next == self.world.today;
        if is_last && let Some(today) = self.today.take() {
            self.write_today(today, &mut lot)?;
        }
        // A stable sort: what happens at one instant keeps its order.
        lot.partner.postings.sort_by_key(|posting| posting.at);
        Ok((!lot.trip.trips.is_empty()).then_some(lot))
    }

    /// The last serial of every kind of short id.
    pub(crate) fn serials(&self) -> Vec<(&'static str, NaiveDate, i64)> {
        self.serials.last()
    }

    fn planner(&mut self) -> Planner<'_> {
        Planner {
            world: &self.world,
            roster: &self.roster,
            rng: &mut self.rng,
            serials: &mut self.serials,
            diary: &mut self.diary,
        }
    }

    fn clerk(&mut self) -> Clerk<'_> {
        Clerk {
            roster: &self.roster,
            rng: &mut self.rng,
            serials: &mut self.serials,
            odometers: &mut self.odometers,
            now: self.world.now,
        }
    }

    fn cashier(&mut self) -> Cashier<'_> {
        Cashier { roster: &self.roster, rng: &mut self.rng, serials: &mut self.serials, now: self.world.now }
    }

    /// Seven of ten crews.
    fn on_duty(&mut self) -> Vec<usize> {
        (0..self.roster.len()).filter(|_| self.rng.u32(..100) < 70).collect()
    }

    fn plan_today(&mut self) -> Today {
        let today = self.world.today;
        let mut on_duty = self.on_duty();
        on_duty.retain(|crew| !self.roster.is_off_today(*crew));
        let mut trips = self.planner().soon();
        trips.extend(self.planner().day(today, &on_duty));
        let all: Vec<usize> = (0..self.roster.len()).collect();
        trips.extend(self.planner().day(today + Duration::days(1), &all));
        let by_crew = by_crew(self.roster.len(), &trips);
        let shifts = on_duty
            .into_iter()
            .map(|crew| {
                let own = by_crew[crew].iter().map(|index| &trips[*index].trip);
                let begun: Vec<_> = own.filter(|trip| trip.started_at.is_some()).collect();
                self.clerk().open(crew, &begun)
            })
            .collect();
        Today { trips, shifts }
    }

    fn past_day(&mut self, date: NaiveDate, lot: &mut Lot) -> Result<(), kit::Error> {
        self.take_due(date, lot);
        self.diary.forget(at_ist(date, NaiveTime::MIN));
        let on_duty = self.on_duty();
        let (refused, on_duty): (Vec<usize>, Vec<usize>) =
            on_duty.into_iter().partition(|_| self.rng.u32(..100) < 2);
        let trips = self.planner().day(date, &on_duty);
        let by_crew = by_crew(self.roster.len(), &trips);
        for crew in refused {
            let shift = self.clerk().refused(date, crew);
            lot.add_shift(shift);
        }
        for crew in on_duty {
            let own: Vec<_> = by_crew[crew].iter().map(|index| &trips[*index].trip).collect();
            let cash = paid(&own, PaymentMode::Cash)?;
            let shift = self.clerk().past(date, crew, &own, cash);
            let left_at = shift.row.check_out_time;
            lot.add_shift(shift);
            let settled = self.cashier().settle(&Day { date, crew, trips: &own, left_at })?;
            lot.partner.append(settled.at_once);
            if let Some((date, records)) = settled.later {
                self.due.entry(date).or_default().append(records);
            }
        }
        lot.trip.trips.extend(trips.into_iter().map(|planned| planned.trip));
        Ok(())
    }

    fn take_due(&mut self, until: NaiveDate, lot: &mut Lot) {
        let later = self.due.split_off(&(until + Duration::days(1)));
        for records in std::mem::replace(&mut self.due, later).into_values() {
            lot.partner.append(records);
        }
    }

    fn write_today(&mut self, today: Today, lot: &mut Lot) -> Result<(), kit::Error> {
        self.take_due(self.world.today, lot);
        let date = self.world.today;
        let live = today.trips.iter().filter_map(LiveTrip::of);
        let live: BTreeMap<Uuid, Uuid> = live.map(|trip| (trip.driver_id, trip.trip_id)).collect();
        let by_crew = by_crew(self.roster.len(), &today.trips);
        for (crew, own) in by_crew.iter().enumerate() {
            let own: Vec<_> = own.iter().map(|index| &today.trips[*index].trip).collect();
            let settled = self.cashier().settle(&Day { date, crew, trips: &own, left_at: None })?;
            lot.partner.append(settled.at_once);
        }
        for shift in today.shifts {
            let (driver_id, on_break) = (shift.row.driver_id, shift.is_on_break());
            let live_trip_id = live.get(&driver_id).copied();
            if on_break || live_trip_id.is_some() {
                lot.partner.duties.push(DemoDuty { driver_id, on_break, live_trip_id });
            }
            lot.add_shift(shift);
        }
        lot.trip.trips.extend(today.trips.into_iter().map(|planned| planned.trip));
        Ok(())
    }
}

impl Lot {
    fn add_shift(&mut self, shift: Shift) {
        self.trip.attendance.push(shift.copy());
        self.partner.attendance.push(shift.row);
        self.partner.breaks.extend(shift.breaks);
    }
}

/// The places of each crew's trips.
fn by_crew(crews: usize, trips: &[Planned]) -> Vec<Vec<usize>> {
    let mut places = vec![Vec::new(); crews];
    for (place, planned) in trips.iter().enumerate() {
        if let Some(crew) = planned.crew {
            places[crew].push(place);
        }
    }
    places
}
