//! Fleets: who owns cabs, and who runs them.

pub mod graphql;
pub mod input;
pub mod repository;
pub mod service;

use chrono::{DateTime, NaiveDate, Utc};
use kit::{Error, Result};
use uuid::Uuid;

use crate::words::words;

words! {
    /// Who stands behind a fleet.
    FleetType {
        /// One person.
        Individual = "INDIVIDUAL",
        /// A company.
        Company = "COMPANY",
    }
}

words! {
    /// Whether a fleet takes part in the business.
    FleetStatus {
        /// It does.
        Active = "ACTIVE",
        /// It is closed: nothing new begins in it.
        Inactive = "INACTIVE",
    }
}

words! {
    /// How far the account is that the identity service was asked for.
    AccountState {
        /// None was asked for.
        None = "NONE",
        /// It is being made.
        Pending = "PENDING",
        /// It is there: the person can sign in.
        Ready = "READY",
        /// It cannot be made, for one because the phone belongs to somebody else.
        Refused = "REFUSED",
    }
}

/// A fleet.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Fleet {
    pub id: Uuid,
    pub short_id: String,
    pub name: String,
    /// E.164; one fleet per number.
    pub mobile: String,
    pub email: Option<String>,
    pub city: String,
    pub dob: Option<NaiveDate>,
    pub fleet_type: FleetType,
    pub gst_number: Option<String>,
    pub pan_number: String,
    /// Where the picture of the PAN card is.
    pub pan_image: Option<String>,
    pub mode_id: String,
    pub status: FleetStatus,
    pub admin_name: Option<String>,
    pub admin_state: AccountState,
    pub admin_user_id: Option<Uuid>,
    pub admin_refusal: Option<String>,
    pub version: i64,
    pub created_by: Option<Uuid>,
    pub updated_by: Option<Uuid>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

impl Fleet {
    /// Whether something new may begin in this fleet. Errors: VALIDATION on `fleetId`.
    pub fn must_be_open(&self) -> Result<()> {
        match self.status {
            FleetStatus::Active => Ok(()),
            FleetStatus::Inactive => Err(Error::validation("fleetId", "This fleet is closed")),
        }
    }
}
