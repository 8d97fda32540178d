//! Rewards: granted, then paid.

pub(crate) mod graphql;
pub(crate) mod repository;
pub(crate) mod service;

use async_graphql::Enum;
use chrono::{DateTime, Utc};
use uuid::Uuid;

/// What a reward is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum, sqlx::Type, serde::Serialize)]
#[sqlx(type_name = "text", rename_all = "SCREAMING_SNAKE_CASE")]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(crate) enum IncentiveCategory {
    /// A number of trips or days was reached.
    Milestone,
    /// Good work.
    Performance,
    /// A newcomer who was referred stays; granted by the system only.
    Referral,
    /// Anything else.
    Other,
}

/// A reward of a driver.
#[derive(Debug, Clone, sqlx::FromRow)]
pub(crate) struct Incentive {
    pub(crate) id: Uuid,
    pub(crate) short_id: String,
    pub(crate) driver_id: Uuid,
    pub(crate) amount_paise: i64,
    pub(crate) reason: String,
    pub(crate) category: Option<IncentiveCategory>,
    pub(crate) is_paid: bool,
    pub(crate) paid_at: Option<DateTime<Utc>>,
    pub(crate) paid_by: Option<Uuid>,
    pub(crate) transaction_id: Option<Uuid>,
    pub(crate) referral_id: Option<Uuid>,
    pub(crate) version: i64,
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) created_by: Option<Uuid>,
}
