//! Fleet managers: the people a fleet names as its managers, with or without a login.

pub mod graphql;
pub mod input;
pub mod repository;
pub mod service;

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::fleet::AccountState;
use crate::words::words;

words! {
    /// Whether a manager serves.
    ManagerStatus {
        /// They do.
        Active = "ACTIVE",
        /// They have left.
        Inactive = "INACTIVE",
    }
}

/// A manager of a fleet.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct FleetManager {
    pub id: Uuid,
    pub short_id: String,
    pub fleet_id: Uuid,
    pub name: String,
    /// E.164; one serving manager per number.
    pub mobile: String,
    pub profile_picture: Option<String>,
    pub remarks: Option<String>,
    pub status: ManagerStatus,
    pub login_state: AccountState,
    pub user_id: Option<Uuid>,
    pub login_refusal: Option<String>,
    pub version: i64,
    pub created_by: Option<Uuid>,
    pub updated_by: Option<Uuid>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}
