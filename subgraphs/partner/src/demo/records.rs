//! A lot of partner's rows, in the order in which they may be inserted.

use chrono::NaiveDate;
use kit::error::Result;
use sqlx::PgConnection;

use super::insert_rows as insert;
use super::ledger::{DemoPosting, Ledger};
use super::money::{
    COLLECTIONS, DemoCollection, DemoIncentive, DemoPayout, DemoPenalty, DemoPlan, DemoReferral, DemoRental,
    INCENTIVES, PAYOUTS, PENALTIES, PLANS, REFERRALS, RENTALS,
};
use super::work::{
    ATTENDANCE, BREAKS, DUTIES, DemoAttendance, DemoBreak, DemoDuty, DemoPreferenceRequest, DemoShiftCopy,
    LIVE_TRIPS, PREFERENCE_REQUESTS, PREFERENCES, SHIFT_COPIES,
};

/// Rows of drivers that are there already. Postings come in the order of time, over all lots.
#[derive(Clone, Debug, Default)]
pub struct DemoRecords {
    /// Plans.
    pub plans: Vec<DemoPlan>,
    /// Rentals.
    pub rentals: Vec<DemoRental>,
    /// Referrals.
    pub referrals: Vec<DemoReferral>,
    /// Movements of money.
    pub postings: Vec<DemoPosting>,
    /// Incentives.
    pub incentives: Vec<DemoIncentive>,
    /// Penalties.
    pub penalties: Vec<DemoPenalty>,
    /// Days.
    pub collections: Vec<DemoCollection>,
    /// Payouts.
    pub payouts: Vec<DemoPayout>,
    /// Shifts.
    pub attendance: Vec<DemoAttendance>,
    /// Breaks.
    pub breaks: Vec<DemoBreak>,
    /// Copies of the roster.
    pub shifts: Vec<DemoShiftCopy>,
    /// What drivers are at.
    pub duties: Vec<DemoDuty>,
    /// Wishes.
    pub preference_requests: Vec<DemoPreferenceRequest>,
}

impl DemoRecords {
    /// Adds other rows behind these.
    pub fn append(&mut self, other: DemoRecords) {
        self.plans.extend(other.plans);
        self.rentals.extend(other.rentals);
        self.referrals.extend(other.referrals);
        self.postings.extend(other.postings);
        self.incentives.extend(other.incentives);
        self.penalties.extend(other.penalties);
        self.collections.extend(other.collections);
        self.payouts.extend(other.payouts);
        self.attendance.extend(other.attendance);
        self.breaks.extend(other.breaks);
        self.shifts.extend(other.shifts);
        self.duties.extend(other.duties);
        self.preference_requests.extend(other.preference_requests);
    }
}

/// Inserts rows. Errors: a row breaks a constraint, or was there before.
pub async fn insert_records(
    conn: &mut PgConnection,
    ledger: &mut Ledger,
    records: &DemoRecords,
) -> Result<()> {
    insert(conn, PLANS, &records.plans).await?;
    insert(conn, RENTALS, &records.rentals).await?;
    insert(conn, REFERRALS, &records.referrals).await?;
    ledger.post(conn, &records.postings).await?;
    insert(conn, INCENTIVES, &records.incentives).await?;
    insert(conn, PENALTIES, &records.penalties).await?;
    insert(conn, COLLECTIONS, &records.collections).await?;
    insert(conn, PAYOUTS, &records.payouts).await?;
    insert(conn, ATTENDANCE, &records.attendance).await?;
    insert(conn, BREAKS, &records.breaks).await?;
    insert(conn, SHIFT_COPIES, &records.shifts).await?;
    insert(conn, DUTIES, &records.duties).await?;
    insert(conn, LIVE_TRIPS, &records.duties).await?;
    insert(conn, PREFERENCE_REQUESTS, &records.preference_requests).await?;
    insert(conn, PREFERENCES, &records.preference_requests).await?;
    Ok(())
}

/// Serials of short ids drawn from now on go on behind these: prefix, day, last.
pub async fn set_serials(conn: &mut PgConnection, serials: &[(&'static str, NaiveDate, i64)]) -> Result<()> {
    sqlx::query(
        "INSERT INTO short_id_sequence AS own (prefix, day, last)
         SELECT prefix, day, last FROM unnest($1::text[], $2::date[], $3::bigint[]) AS r (prefix, day, last)
         ON CONFLICT (prefix, day) DO UPDATE SET last = greatest(own.last, excluded.last)",
    )
    .bind(serials.iter().map(|serial| serial.0).collect::<Vec<_>>())
    .bind(serials.iter().map(|serial| serial.1).collect::<Vec<_>>())
    .bind(serials.iter().map(|serial| serial.2).collect::<Vec<_>>())
    .execute(conn)
    .await?;
    Ok(())
}
