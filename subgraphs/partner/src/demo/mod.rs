//! Demo data: drivers, their work and their money in bulk, as plain rows. The caller chooses ids; no event is recorded,
//! because the seed gives every database its part itself.

mod ledger;
mod money;
mod people;
mod records;
mod work;

use kit::error::Result;
use serde::Serialize;
use sqlx::PgConnection;

pub use crate::driver::{DriverStatus, KycStatus, PaymentModel};
pub use ledger::{DemoLinks, DemoPosting, Ledger, Movement};
pub use money::{
    DemoCollection, DemoIncentive, DemoPayout, DemoPenalty, DemoPlan, DemoReferral, DemoRental, day_payout,
};
pub use people::{
    DemoDriver, DemoFleet, DemoHub, DemoUser, insert_drivers, insert_fleets, insert_hubs, insert_users,
};
pub use records::{DemoRecords, insert_records, set_serials};
pub use work::{DemoAttendance, DemoBreak, DemoDuty, DemoPreferenceRequest, DemoShiftCopy};

/// Inserts rows with one statement, which reads them from `$1` by the names of their fields; gives how many were new.
async fn insert_rows<T: Serialize>(conn: &mut PgConnection, sql: &'static str, rows: &[T]) -> Result<u64> {
    if rows.is_empty() {
        return Ok(0);
    }
    Ok(sqlx::query(sql).bind(sqlx::types::Json(rows)).execute(conn).await?.rows_affected())
}
