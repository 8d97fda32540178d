//! Who drives what: pairs of drivers and vehicles that stay together, handed out anew every Monday.

use std::sync::Arc;

use chrono::{DateTime, Datelike, Duration, NaiveDate, NaiveTime, Utc};
use partner::demo::DemoShiftCopy;
use trip::demo::DemoAssignment;
use uuid::Uuid;

use super::people::id;
use super::serials::Serials;
use super::world::{Driver, Fleet, Vehicle, World};

/// A driver with a vehicle, by their places in the world.
#[derive(Clone, Copy, Debug)]
struct Crew {
    fleet: usize,
    driver: usize,
    vehicle: usize,
}

/// All crews, and the assignments that made them so.
pub(crate) struct Roster {
    world: Arc<World>,
    crews: Vec<Crew>,
    /// When the roster was made anew, the oldest first.
    weeks: Vec<DateTime<Utc>>,
}

/// An instant of India's day.
pub(crate) fn at_ist(date: NaiveDate, time: NaiveTime) -> DateTime<Utc> {
    date.and_time(time).and_utc() - Duration::minutes(330)
}

impl Roster {
    /// The roster of a world.
    pub(crate) fn new(world: Arc<World>) -> Self {
        let fleets = world.fleets.iter().enumerate();
        let crews = fleets.flat_map(|(fleet, rows)| {
            rows.pairs(world.today).into_iter().map(move |(driver, vehicle)| Crew { fleet, driver, vehicle })
        });
        let crews = crews.collect();
        let first = kit::clock::ist_date(world.made_at);
        let mondays = first.iter_days().skip(1).take_while(|day| *day <= world.today);
        let mondays = mondays.filter(|day| day.weekday() == chrono::Weekday::Mon);
        let weeks = std::iter::once(world.made_at)
            .chain(mondays.map(|day| at_ist(day, NaiveTime::MIN)))
            .filter(|start| *start <= world.now)
            .collect();
        Roster { world, crews, weeks }
    }

    /// How many crews there are; each is known by its number.
    pub(crate) fn len(&self) -> usize {
        self.crews.len()
    }

    /// A crew's fleet.
    pub(crate) fn fleet(&self, crew: usize) -> &Fleet {
        &self.world.fleets[self.crews[crew].fleet]
    }

    /// A crew's driver.
    pub(crate) fn driver(&self, crew: usize) -> &Driver {
        &self.fleet(crew).drivers[self.crews[crew].driver]
    }

    /// A crew's vehicle.
    pub(crate) fn vehicle(&self, crew: usize) -> &Vehicle {
        &self.fleet(crew).vehicles[self.crews[crew].vehicle]
    }

    /// Whether the driver is one of the first two of their fleet: those have the day off, for newcomers and tests to check
    /// them in.
    pub(crate) fn is_off_today(&self, crew: usize) -> bool {
        self.crews[crew].driver < 2
    }

    /// Whether the crew's driver is the first of the fleet.
    pub(crate) fn is_first(&self, crew: usize) -> bool {
        self.crews[crew].driver == 0
    }

    /// The crew's assignment at an instant.
    pub(crate) fn assignment(&self, crew: usize, at: DateTime<Utc>) -> Uuid {
        let week = self.weeks.partition_point(|start| *start <= at).saturating_sub(1);
        self.id(crew, week)
    }

    fn id(&self, crew: usize, week: usize) -> Uuid {
        id(self.world.seed, "assignment", crew * self.weeks.len() + week)
    }

    /// Every assignment; those of this week go on.
    pub(crate) fn assignments(&self, serials: &mut Serials) -> Vec<DemoAssignment> {
        let mut rows = Vec::new();
        for (week, start) in self.weeks.iter().enumerate() {
            for crew in 0..self.len() {
                rows.push(DemoAssignment {
                    id: self.id(crew, week),
                    short_id: serials.next("ASN", *start),
                    fleet_id: self.fleet(crew).id,
                    driver_id: self.driver(crew).id,
                    vehicle_id: self.vehicle(crew).id,
                    start_time: *start,
                    end_time: self.weeks.get(week + 1).copied(),
                    created_by: Some(self.fleet(crew).managers[0].id),
                });
            }
        }
        rows
    }

    /// Partner's copies of this week's assignments.
    pub(crate) fn copies(&self) -> Vec<DemoShiftCopy> {
        (0..self.len())
            .map(|crew| DemoShiftCopy {
                assignment_id: self.assignment(crew, self.world.now),
                driver_id: self.driver(crew).id,
                vehicle_id: self.vehicle(crew).id,
            })
            .collect()
    }
}
