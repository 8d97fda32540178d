//! The demo world without what happens in it: fleets, hubs, vehicles, people.

use chrono::{DateTime, Duration, NaiveDate, Utc};
use uuid::Uuid;

use super::places::Place;
use crate::args::Size;

/// How many trips a lot has at least, unless it is the last.
pub(crate) const LOT: usize = 20_000;

/// How much of everything there is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Counts {
    pub(crate) fleets: usize,
    pub(crate) hubs: usize,
    pub(crate) vehicles: usize,
    pub(crate) drivers: usize,
    pub(crate) managers: usize,
    pub(crate) operations: usize,
    pub(crate) trips_per_day: usize,
    pub(crate) days: i64,
}

impl Counts {
    /// The counts of a size.
    pub(crate) fn of(size: Size) -> Self {
        let counts = |fleets, hubs, vehicles, drivers, managers, operations, trips_per_day, days| Counts {
            fleets,
            hubs,
            vehicles,
            drivers,
            managers,
            operations,
            trips_per_day,
            days,
        };
        match size {
            Size::Small => counts(2, 2, 6, 8, 1, 1, 20, 14),
            Size::Demo => counts(6, 3, 40, 55, 2, 3, 300, 60),
            Size::Load => counts(60, 5, 150, 200, 3, 5, 10_000, 30),
        }
    }

    /// Whether it is worth telling how far it has come, and setting indexes aside.
    pub(crate) fn is_large(self) -> bool {
        self.trips_per_day * self.whole_days() > 10_000
    }

    /// How many lots its history comes in: the roster, then whole days until a lot is full.
    pub(crate) fn lots(self) -> usize {
        1 + self.whole_days().div_ceil(LOT.div_ceil(self.trips_per_day))
    }

    fn whole_days(self) -> usize {
        usize::try_from(self.days).unwrap_or(0)
    }
}

/// A fleet and what belongs to it.
#[derive(Clone, Debug)]
pub(crate) struct Fleet {
    pub(crate) id: Uuid,
    pub(crate) short_id: String,
    pub(crate) name: String,
    pub(crate) city: &'static str,
    pub(crate) gst_number: String,
    pub(crate) pan_number: String,
    pub(crate) company: bool,
    pub(crate) hubs: Vec<Hub>,
    pub(crate) vehicles: Vec<Vehicle>,
    pub(crate) drivers: Vec<Driver>,
    pub(crate) admin: Person,
    pub(crate) managers: Vec<Person>,
    pub(crate) operations: Vec<Person>,
}

/// A hub.
#[derive(Clone, Debug)]
pub(crate) struct Hub {
    pub(crate) id: Uuid,
    pub(crate) short_id: String,
    pub(crate) name: String,
    pub(crate) kind: fleet::hub::HubType,
    pub(crate) place: Place,
    pub(crate) manager: Person,
}

/// A vehicle.
#[derive(Clone, Debug)]
pub(crate) struct Vehicle {
    pub(crate) id: Uuid,
    pub(crate) short_id: String,
    pub(crate) hub_id: Uuid,
    pub(crate) number: String,
    pub(crate) model: &'static str,
    pub(crate) fuel: fleet::vehicle::FuelType,
    pub(crate) status: fleet::vehicle::VehicleStatus,
    /// The earliest of its papers' ends.
    pub(crate) expires: NaiveDate,
}

/// A user.
#[derive(Clone, Debug)]
pub(crate) struct Person {
    pub(crate) id: Uuid,
    pub(crate) short_id: String,
    pub(crate) first: &'static str,
    pub(crate) last: &'static str,
    pub(crate) phone: String,
}

/// A driver and the user that they are.
#[derive(Clone, Debug)]
pub(crate) struct Driver {
    pub(crate) id: Uuid,
    pub(crate) short_id: String,
    pub(crate) user: Person,
    pub(crate) hub_id: Uuid,
    pub(crate) kyc: partner::demo::KycStatus,
    /// Whether their papers were handed in for a decision.
    pub(crate) kyc_submitted: bool,
    pub(crate) status: partner::demo::DriverStatus,
    pub(crate) payment: partner::demo::PaymentModel,
}

/// Everything but the trips.
#[derive(Clone, Debug)]
pub(crate) struct World {
    pub(crate) seed: u64,
    pub(crate) counts: Counts,
    pub(crate) now: DateTime<Utc>,
    /// When all of it was made: before the first trip.
    pub(crate) made_at: DateTime<Utc>,
    pub(crate) today: NaiveDate,
    pub(crate) super_admins: Vec<Person>,
    pub(crate) fleets: Vec<Fleet>,
}

impl Fleet {
    /// Drivers on shift with their vehicles, by their places in the fleet: fit to drive, of the same hub.
    pub(crate) fn pairs(&self, today: NaiveDate) -> Vec<(usize, usize)> {
        use fleet::vehicle::VehicleStatus;
        use partner::demo::{DriverStatus, KycStatus};
        let usable = |vehicle: &Vehicle| {
            vehicle.status == VehicleStatus::Active && vehicle.expires > today + Duration::days(3)
        };
        let fit =
            |driver: &Driver| driver.kyc == KycStatus::Approved && driver.status == DriverStatus::Active;
        let mut free: Vec<usize> =
            (0..self.vehicles.len()).filter(|index| usable(&self.vehicles[*index])).collect();
        let mut pairs = Vec::new();
        for (index, driver) in self.drivers.iter().enumerate().filter(|(_, driver)| fit(driver)) {
            let near = free.iter().position(|vehicle| self.vehicles[*vehicle].hub_id == driver.hub_id);
            if let Some(place) = near {
                pairs.push((index, free.remove(place)));
            }
        }
        pairs
    }
}
