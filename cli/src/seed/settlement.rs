//! The money of a driver's day: trips, cash handed over, rewards and fines, and what is paid out two days later.

use chrono::{DateTime, Duration, NaiveDate, NaiveTime, Utc};
use fastrand::Rng;
use partner::demo::{
    DemoCollection, DemoIncentive, DemoLinks, DemoPenalty, DemoPosting, DemoRecords, Movement, PaymentModel,
    day_payout,
};
use trip::demo::DemoTrip;
use trip::trip::PaymentMode;
use uuid::Uuid;

use super::people::id_at;
use super::roster::{Roster, at_ist};
use super::serials::Serials;

/// A driver's day, as far as money is concerned.
pub(crate) struct Day<'a> {
    pub(crate) date: NaiveDate,
    pub(crate) crew: usize,
    pub(crate) trips: &'a [&'a DemoTrip],
    /// When the driver went home; nobody has today.
    pub(crate) left_at: Option<DateTime<Utc>>,
}

/// What the cashier writes with.
pub(crate) struct Cashier<'a> {
    pub(crate) roster: &'a Roster,
    pub(crate) rng: &'a mut Rng,
    pub(crate) serials: &'a mut Serials,
    pub(crate) now: DateTime<Utc>,
}

/// Rows of the day itself, and those that are written when the day is settled, with that date.
#[derive(Default)]
pub(crate) struct Settled {
    pub(crate) at_once: DemoRecords,
    pub(crate) later: Option<(NaiveDate, DemoRecords)>,
}

/// What fares of completed trips were paid in cash, in paise.
pub(crate) fn paid(trips: &[&DemoTrip], mode: PaymentMode) -> Result<i64, kit::Error> {
    let mut sum = 0;
    for trip in trips.iter().filter(|trip| trip.completed_at.is_some() && trip.payment_mode == mode) {
        sum += trip::demo::price(trip)?.total.0;
    }
    Ok(sum)
}

impl Cashier<'_> {
    /// Books a day: its trips at once, its settlement on the day after the next, if that has come.
    pub(crate) fn settle(&mut self, day: &Day<'_>) -> Result<Settled, kit::Error> {
        let mut settled = Settled::default();
        for trip in day.trips {
            if let Some(posting) = self.fare(day.crew, trip)? {
                settled.at_once.postings.push(posting);
            }
        }
        let Some(left_at) = day.left_at else { return Ok(settled) };
        let (cash, qr) = (paid(day.trips, PaymentMode::Cash)?, paid(day.trips, PaymentMode::Qr)?);
        if cash + qr == 0 {
            return Ok(settled);
        }
        let mut row = self.collection(day, left_at, (cash, qr));
        let incentive = (self.rng.u32(..100) < 4).then(|| self.incentive(day.crew, left_at));
        let fine = (self.rng.u32(..100) < 3).then(|| self.fine(day.crew, left_at));
        let from_deposit = fine.as_ref().is_some_and(|fine| fine.state == "PAID");
        if let Some(fine) = fine.as_ref().filter(|_| from_deposit) {
            let links = DemoLinks { penalty_id: Some(fine.id), ..DemoLinks::default() };
            let movement = Movement::FineFromDeposit(fine.amount_paise);
            settled.at_once.postings.push(self.posting(day.crew, movement, links, (fine.reason, left_at)));
        }
        if cash > 0 {
            let links = DemoLinks { collection_id: Some(row.id), ..DemoLinks::default() };
            let handed = Movement::CashHandedOver(cash);
            settled.at_once.postings.push(self.posting(
                day.crew,
                handed,
                links,
                ("Cash handed over", left_at),
            ));
        }
        row.incentive_paise = incentive.as_ref().map_or(0, |incentive| incentive.amount_paise);
        row.penalty_paise = fine.as_ref().filter(|_| !from_deposit).map_or(0, |fine| fine.amount_paise);
        let net = day_payout(cash + qr, row.incentive_paise, row.penalty_paise)?;
        let payday = day.date + Duration::days(2);
        let paid_at = at_ist(payday, NaiveTime::from_hms_opt(12, 0, 0).unwrap_or_default());
        let checked_at = paid_at - Duration::hours(25);
        let luck = self.rng.u32(..100);
        if luck < 95 && checked_at <= self.now {
            row.state = "RECONCILED";
            row.net_payout_paise = Some(net);
            row.expected_paise = Some(cash + qr);
            row.reconciled_at = Some(checked_at);
        }
        if luck < 90 && paid_at <= self.now && net > 0 {
            let records = self.payday(day.crew, row, (incentive, fine, from_deposit), (net, paid_at));
            settled.later = Some((payday, records));
        } else {
            settled.at_once.collections.push(row);
            settled.at_once.incentives.extend(incentive);
            settled.at_once.penalties.extend(fine);
        }
        Ok(settled)
    }

    /// Everything of a day that is paid: the reward is earned, the fine taken, the rest leaves the bank.
    fn payday(
        &mut self,
        crew: usize,
        row: DemoCollection,
        (incentive, fine, from_deposit): (Option<DemoIncentive>, Option<DemoPenalty>, bool),
        (net, paid_at): (i64, DateTime<Utc>),
    ) -> DemoRecords {
        let mut records = DemoRecords::default();
        let links = DemoLinks { collection_id: Some(row.id), ..DemoLinks::default() };
        if let Some(mut incentive) = incentive {
            let links = DemoLinks { incentive_id: Some(incentive.id), ..links };
            let movement = Movement::Incentive(incentive.amount_paise);
            let posting = self.posting(crew, movement, links, (incentive.reason, paid_at));
            incentive.paid_at = Some(paid_at);
            incentive.transaction_id = Some(posting.id);
            records.postings.push(posting);
            records.incentives.push(incentive);
        }
        if let Some(mut fine) = fine {
            if !from_deposit {
                let links = DemoLinks { penalty_id: Some(fine.id), ..links };
                let movement = Movement::FineFromEarnings(fine.amount_paise);
                records.postings.push(self.posting(crew, movement, links, (fine.reason, paid_at)));
                fine.state = "PAID";
                fine.paid_at = Some(paid_at);
            }
            records.penalties.push(fine);
        }
        let payout = self.posting(crew, Movement::Payout(net), links, ("Payout of a day", paid_at));
        records.collections.push(DemoCollection {
            state: "PAID",
            paid_at: Some(paid_at),
            payout_transaction_id: Some(payout.id),
            ..row
        });
        records.postings.push(payout);
        records
    }

    fn fare(&mut self, crew: usize, trip: &DemoTrip) -> Result<Option<DemoPosting>, kit::Error> {
        let Some(completed_at) = trip.completed_at else { return Ok(None) };
        let fare = trip::demo::price(trip)?;
        let movement = Movement::Trip {
            trip_id: trip.id,
            payment_model: self.roster.driver(crew).payment,
            total: fare.total.0,
            pass_through: fare.toll.0 + fare.parking.0 + fare.state_tax.0,
            cash: trip.payment_mode == PaymentMode::Cash,
        };
        let posting = self.posting(crew, movement, DemoLinks::default(), ("Trip", completed_at));
        Ok(Some(DemoPosting { by: None, ..posting }))
    }

    fn posting(
        &mut self,
        crew: usize,
        movement: Movement,
        links: DemoLinks,
        (what, at): (&str, DateTime<Utc>),
    ) -> DemoPosting {
        DemoPosting {
            id: id_at(self.rng, at),
            short_id: self.serials.next("TXN", at),
            driver_id: self.roster.driver(crew).id,
            movement,
            links,
            description: what.to_owned(),
            at,
            by: Some(self.office(crew)),
        }
    }

    fn office(&self, crew: usize) -> Uuid {
        self.roster.fleet(crew).managers[0].id
    }

    fn collection(&mut self, day: &Day<'_>, at: DateTime<Utc>, (cash, qr): (i64, i64)) -> DemoCollection {
        DemoCollection {
            id: id_at(self.rng, at),
            short_id: self.serials.next("COL", at),
            driver_id: self.roster.driver(day.crew).id,
            vehicle_id: self.roster.vehicle(day.crew).id,
            date: day.date,
            qr_paise: qr,
            cash_paise: cash,
            expected_paise: None,
            incentive_paise: 0,
            penalty_paise: 0,
            state: "OPEN",
            net_payout_paise: None,
            reconciled_at: None,
            paid_at: None,
            settled_by: self.office(day.crew),
            payout_transaction_id: None,
            created_at: at,
        }
    }

    fn incentive(&mut self, crew: usize, at: DateTime<Utc>) -> DemoIncentive {
        let reasons = [("MILESTONE", "Fifty trips"), ("PERFORMANCE", "Five stars all week")];
        let (category, reason) = reasons[self.rng.usize(..2)];
        DemoIncentive {
            id: id_at(self.rng, at),
            short_id: self.serials.next("INC", at),
            driver_id: self.roster.driver(crew).id,
            amount_paise: 20_000 + i64::from(self.rng.u32(..4)) * 10_000,
            reason,
            category,
            paid_at: None,
            transaction_id: None,
            referral_id: None,
            created_at: at,
            created_by: Some(self.office(crew)),
        }
    }

    /// A fine: out of the deposit of somebody who rents, at once; out of the next payout of others.
    fn fine(&mut self, crew: usize, at: DateTime<Utc>) -> DemoPenalty {
        let reasons =
            [("FLEET_RULE", "Late for the shift"), ("DAMAGE", "A scratched door"), ("SAFETY", "Speeding")];
        let (category, reason) = reasons[self.rng.usize(..3)];
        let amount_paise = 10_000 + i64::from(self.rng.u32(..5)) * 10_000;
        let rents = self.roster.driver(crew).payment == PaymentModel::Rental;
        DemoPenalty {
            id: id_at(self.rng, at),
            short_id: self.serials.next("PEN", at),
            driver_id: self.roster.driver(crew).id,
            kind: "MONETARY",
            amount_paise,
            reason,
            category,
            state: if rents { "PAID" } else { "OPEN" },
            deducted_deposit_paise: if rents { amount_paise } else { 0 },
            paid_at: rents.then_some(at),
            suspension_start: None,
            suspension_end: None,
            effect: None,
            waived_at: None,
            waiver_reason: None,
            created_at: at,
            created_by: self.office(crew),
        }
    }
}
