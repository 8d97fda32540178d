//! Hub managers: the people in charge of hubs, one hub each at most.

pub mod graphql;
pub mod input;
pub mod repository;
pub mod service;

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::manager::ManagerStatus;

/// A manager of hubs.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct HubManager {
    pub id: Uuid,
    pub short_id: String,
    pub fleet_id: Uuid,
    pub name: String,
    /// E.164; one serving hub manager per number.
    pub mobile: String,
    pub city: String,
    pub profile_picture: Option<String>,
    pub remarks: Option<String>,
    pub status: ManagerStatus,
    pub user_id: Option<Uuid>,
    pub version: i64,
    pub created_by: Option<Uuid>,
    pub updated_by: Option<Uuid>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}
