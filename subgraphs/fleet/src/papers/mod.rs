//! Papers that run out: which ones soon, and the daily warning about them.

pub mod graphql;
pub mod repository;
pub mod warning;

use chrono::NaiveDate;
use uuid::Uuid;

use crate::vehicle::document::VehicleDocumentKind;

/// A paper of a vehicle that runs out.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct RunningOut {
    pub vehicle_id: Uuid,
    pub kind: VehicleDocumentKind,
    /// Its last good day.
    pub expires_on: NaiveDate,
}
