//! What fleets' offices do besides the day's business: plans and rentals, referrals, suspensions, wishes, payout files.

use std::collections::BTreeMap;

use chrono::{DateTime, Datelike, Duration, NaiveDate, Utc};
use fastrand::Rng;
use kit::clock::ist_date;
use partner::demo::{
    DemoIncentive, DemoLinks, DemoPayout, DemoPenalty, DemoPlan, DemoPosting, DemoPreferenceRequest,
    DemoRecords, DemoReferral, DemoRental, DriverStatus, KycStatus, Movement, PaymentModel,
};
use uuid::Uuid;

use super::people::id_at;
use super::serials::Serials;
use super::world::{Driver, Fleet, World};

/// Name, rent and deposit in paise, days, and whether it is offered.
const PLANS: [(&str, i64, i64, i32, bool); 5] = [
    ("Weekly Starter", 300_000, 500_000, 7, true),
    ("Weekly Plan", 350_000, 500_000, 7, true),
    ("Weekly Gold", 300_000, 1_000_000, 7, true),
    ("Monthly", 1_000_000, 500_000, 30, true),
    ("Festival Week", 250_000, 500_000, 7, false),
];

/// What drivers wish for.
const WISHES: [&str; 4] =
    ["prefer_airport_rides", "prefer_night_shift", "accept_outstation", "prefer_short_trips"];

/// From when until when somebody is out of service, and how that stands.
#[derive(Clone, Copy)]
struct Suspension {
    start: DateTime<Utc>,
    end: DateTime<Utc>,
    effect: &'static str,
}

/// What offices write with; rows go under the date on which they are written.
pub(crate) struct Office<'a> {
    world: &'a World,
    rng: &'a mut Rng,
    serials: &'a mut Serials,
    days: BTreeMap<NaiveDate, DemoRecords>,
}

/// Everything that offices do, by date.
pub(crate) fn work(world: &World, rng: &mut Rng, serials: &mut Serials) -> BTreeMap<NaiveDate, DemoRecords> {
    let mut office = Office { world, rng, serials, days: BTreeMap::new() };
    for fleet in &world.fleets {
        let plans = office.plans(fleet);
        for (index, driver) in fleet.drivers.iter().enumerate() {
            office.terms(fleet, driver, &plans);
            office.discipline(fleet, driver);
            office.wish(fleet, driver);
            if index % 10 == 9 {
                office.referral(driver, &fleet.drivers[index - 1 - index % 5]);
            }
        }
        office.payout_file(fleet);
    }
    office.days
}

impl Office<'_> {
    fn on(&mut self, at: DateTime<Utc>) -> &mut DemoRecords {
        self.days.entry(ist_date(at)).or_default()
    }

    fn id(&mut self, prefix: &'static str, at: DateTime<Utc>) -> (Uuid, String) {
        (id_at(self.rng, at), self.serials.next(prefix, at))
    }

    fn plans(&mut self, fleet: &Fleet) -> Vec<DemoPlan> {
        let created_at = self.world.made_at;
        let plans: Vec<DemoPlan> = PLANS
            .into_iter()
            .map(|(name, rental_paise, deposit_paise, validity_days, is_active)| {
                let (id, short_id) = self.id("PLN", created_at);
                DemoPlan {
                    id,
                    short_id,
                    fleet_id: fleet.id,
                    name,
                    rental_paise,
                    deposit_paise,
                    validity_days,
                    is_active,
                    created_at,
                    created_by: fleet.admin.id,
                }
            })
            .collect();
        self.on(created_at).plans.extend(plans.clone());
        plans
    }

    fn post(
        &mut self,
        (driver, by): (&Driver, Uuid),
        movement: Movement,
        links: DemoLinks,
        (what, at): (&str, DateTime<Utc>),
    ) -> Uuid {
        let (id, short_id) = self.id("TXN", at);
        let (driver_id, description) = (driver.id, what.to_owned());
        let posting = DemoPosting { id, short_id, driver_id, movement, links, description, at, by: Some(by) };
        self.on(at).postings.push(posting);
        id
    }

    /// A deposit, and one rental after the other until now, for whoever rents; the last one goes on.
    fn terms(&mut self, fleet: &Fleet, driver: &Driver, plans: &[DemoPlan]) {
        let may = driver.kyc == KycStatus::Approved && driver.status != DriverStatus::Inactive;
        if driver.payment != PaymentModel::Rental || !may {
            return;
        }
        let by = fleet.managers[0].id;
        let plan = &plans[self.rng.usize(..4)];
        let paid_in = self.world.made_at + Duration::hours(i64::from(self.rng.u32(1..20)));
        self.post(
            (driver, by),
            Movement::Deposit(plan.deposit_paise),
            DemoLinks::default(),
            ("Security deposit", paid_in),
        );
        let suspended = (driver.status == DriverStatus::Suspended).then(|| self.suspended_at());
        let until = suspended.unwrap_or(self.world.now);
        let mut start_at = paid_in + Duration::hours(1);
        while start_at < until {
            let expires_at = start_at + Duration::days(i64::from(plan.validity_days));
            let (id, short_id) = self.id("RTL", start_at);
            let cut = suspended.filter(|end| *end < expires_at);
            let ended_at = cut.or_else(|| (expires_at <= self.world.now).then_some(expires_at));
            self.on(start_at).rentals.push(DemoRental {
                id,
                short_id,
                driver_id: driver.id,
                plan_id: plan.id,
                rental_paise: plan.rental_paise,
                start_at,
                expires_at,
                ended_at,
                end_reason: ended_at.map(|_| if cut.is_some() { "SUSPENDED" } else { "EXPIRED" }),
                created_by: by,
            });
            let links = DemoLinks { rental_id: Some(id), ..DemoLinks::default() };
            self.post((driver, by), Movement::Rent(plan.rental_paise), links, (plan.name, start_at));
            start_at = expires_at;
        }
    }

    fn suspended_at(&self) -> DateTime<Utc> {
        self.world.now - Duration::days(3)
    }

    /// The suspension of whoever is suspended; now and then a warning, a fine that was taken back, a suspension that is over.
    fn discipline(&mut self, fleet: &Fleet, driver: &Driver) {
        let now = self.world.now;
        if driver.status == DriverStatus::Suspended {
            let start = self.suspended_at();
            let period = Some(Suspension { start, end: now + Duration::days(4), effect: "IN_EFFECT" });
            self.penalty(
                fleet,
                driver,
                ("SUSPENSION", "BEHAVIOR", "Rude to a passenger"),
                (start, period, 0),
            );
        }
        let at = now - Duration::hours(i64::from(self.rng.u32(24..300)));
        let at = at.max(self.world.made_at + Duration::hours(20));
        match self.rng.u32(..100) {
            0..5 => self.penalty(fleet, driver, ("WARNING", "SAFETY", "Hard braking"), (at, None, 0)),
            5..7 => {
                self.penalty(fleet, driver, ("MONETARY", "OTHER", "A lost fuel card"), (at, None, 20_000))
            }
            7 => {
                let period = Some(Suspension { start: at, end: at + Duration::hours(20), effect: "LIFTED" });
                let what = ("SUSPENSION", "FLEET_RULE", "Three shifts missed");
                self.penalty(fleet, driver, what, (at, period, 0));
            }
            _ => {}
        }
    }

    /// A penalty without a movement of money: fines here are taken back before they are taken.
    fn penalty(
        &mut self,
        fleet: &Fleet,
        driver: &Driver,
        (kind, category, reason): (&'static str, &'static str, &'static str),
        (at, period, fine): (DateTime<Utc>, Option<Suspension>, i64),
    ) {
        let (id, short_id) = self.id("PEN", at);
        let waived = fine > 0;
        self.on(at).penalties.push(DemoPenalty {
            id,
            short_id,
            driver_id: driver.id,
            kind,
            amount_paise: fine,
            reason,
            category,
            state: if waived { "WAIVED" } else { "OPEN" },
            deducted_deposit_paise: 0,
            paid_at: None,
            suspension_start: period.map(|period| period.start),
            suspension_end: period.map(|period| period.end),
            effect: period.map(|period| period.effect),
            waived_at: waived.then(|| at + Duration::hours(3)),
            waiver_reason: waived.then_some("It was found"),
            created_at: at,
            created_by: fleet.managers[0].id,
        });
    }

    fn wish(&mut self, fleet: &Fleet, driver: &Driver) {
        let status = match self.rng.u32(..100) {
            0..4 => "PENDING",
            4..9 => "APPROVED",
            9..11 => "REJECTED",
            _ => return,
        };
        let at = self.world.now - Duration::hours(i64::from(self.rng.u32(2..40)));
        let (id, short_id) = self.id("DPR", at);
        let reviewed = status != "PENDING";
        let preference_short_id = self.serials.next("DPF", at);
        let key = WISHES[self.rng.usize(..WISHES.len())];
        self.on(at).preference_requests.push(DemoPreferenceRequest {
            id,
            short_id,
            preference_short_id,
            driver_id: driver.id,
            requested_by: driver.user.id,
            key,
            status,
            requested_at: at,
            reviewed_by: reviewed.then(|| fleet.managers[0].id),
            reviewed_at: reviewed.then(|| at + Duration::hours(1)),
            rejection_reason: (status == "REJECTED").then_some("We need you by day"),
        });
    }

    /// Who brought whom: most are on their way, a few were rewarded.
    fn referral(&mut self, newcomer: &Driver, referrer: &Driver) {
        let at = self.world.made_at + Duration::hours(2);
        let (id, short_id) = self.id("REF", at);
        let status =
            ["PENDING", "PENDING", "PENDING", "COMPLETED", "EXPIRED", "CANCELLED"][self.rng.usize(..6)];
        let rewarded_at = (status == "COMPLETED").then(|| self.world.now - Duration::days(1));
        let incentive_id = rewarded_at.map(|at| {
            let (incentive, short_id) = self.id("INC", at);
            self.on(at).incentives.push(DemoIncentive {
                id: incentive,
                short_id,
                driver_id: referrer.id,
                amount_paise: 50_000,
                reason: "Brought a driver who stays",
                category: "REFERRAL",
                paid_at: None,
                transaction_id: None,
                referral_id: Some(id),
                created_at: at,
                created_by: None,
            });
            incentive
        });
        self.on(at).referrals.push(DemoReferral {
            id,
            short_id,
            referred_by_id: referrer.user.id,
            referred_to_id: newcomer.user.id,
            status,
            rewarded_at,
            incentive_id,
            created_at: at,
        });
    }

    /// Last week's payout file: an advance for every fifth driver who is paid by share; a few transfers failed.
    fn payout_file(&mut self, fleet: &Fleet) {
        let at = self.world.now - Duration::days(2);
        let week = ist_date(at).iso_week();
        let paid = |driver: &&Driver| {
            driver.payment == PaymentModel::Payout
                && driver.kyc == KycStatus::Approved
                && driver.status == DriverStatus::Active
        };
        for driver in fleet.drivers.iter().filter(paid).step_by(5) {
            let (id, short_id) = self.id("PAY", at);
            let amount_paise = 50_000 + i64::from(self.rng.u32(..6)) * 10_000;
            let processed_at = at + Duration::minutes(5);
            let links = DemoLinks { payout_id: Some(id), ..DemoLinks::default() };
            let failed = self.rng.u32(..100) < 8;
            let transaction_id = (!failed).then(|| {
                let movement = Movement::Payout(amount_paise);
                self.post((driver, fleet.admin.id), movement, links, ("Weekly payout", processed_at))
            });
            self.on(at).payouts.push(DemoPayout {
                id,
                short_id,
                driver_id: driver.id,
                amount_paise,
                cycle: format!("{}-W{:02}", week.year(), week.week()),
                status: if failed { "FAILED" } else { "SUCCESS" },
                transaction_id,
                created_by: fleet.admin.id,
                processed_at: Some(processed_at),
                created_at: at,
            });
        }
    }
}
