//! SQL of the log of changes of a driver's standing.

use async_graphql::{Enum, SimpleObject};
use chrono::{DateTime, Utc};
use kit::error::Result;
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

/// What changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum, sqlx::Type)]
#[sqlx(type_name = "text", rename_all = "SCREAMING_SNAKE_CASE")]
pub(crate) enum DriverChangeKind {
    /// The KYC decision.
    Kyc,
    /// Whether the driver may work.
    Status,
    /// The administrator's availability switch.
    Availability,
    /// The hub.
    Hub,
    /// The account that the driver signs in with.
    Account,
    /// The bank account that payouts go to.
    Bank,
}

/// One change of a driver's standing.
#[derive(Debug, Clone, SimpleObject, sqlx::FromRow)]
pub(crate) struct DriverChange {
    #[graphql(skip)]
    pub(crate) driver_id: Uuid,
    /// What changed.
    pub(crate) what: DriverChangeKind,
    /// The value before.
    pub(crate) from_value: Option<String>,
    /// The value after.
    pub(crate) to_value: Option<String>,
    /// Why, where somebody said.
    pub(crate) reason: Option<String>,
    /// When.
    pub(crate) changed_at: DateTime<Utc>,
    /// The user who did it; null for what time or an event brought.
    pub(crate) changed_by: Option<Uuid>,
}

/// Keeps a change.
pub(crate) async fn insert(conn: &mut PgConnection, change: &DriverChange) -> Result<()> {
    sqlx::query(
        "INSERT INTO driver_change (id, driver_id, what, from_value, to_value, reason, changed_at, changed_by)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(kit::ids::new_id())
    .bind(change.driver_id)
    .bind(change.what)
    .bind(&change.from_value)
    .bind(&change.to_value)
    .bind(&change.reason)
    .bind(change.changed_at)
    .bind(change.changed_by)
    .execute(conn)
    .await?;
    Ok(())
}

/// The newest changes of several drivers, at most `limit` each. The drivers were loaded within the viewer's scope.
pub(crate) async fn newest(pool: &PgPool, drivers: &[Uuid], limit: i64) -> Result<Vec<DriverChange>> {
    Ok(sqlx::query_as(
        "SELECT change.* FROM unnest($1::uuid[]) AS wanted (id)
         CROSS JOIN LATERAL (SELECT c.driver_id, c.what, c.from_value, c.to_value, c.reason, c.changed_at, c.changed_by
             FROM driver_change c WHERE c.driver_id = wanted.id ORDER BY c.changed_at DESC, c.id DESC LIMIT $2) change",
    )
    .bind(drivers)
    .bind(limit)
    .fetch_all(pool)
    .await?)
}
