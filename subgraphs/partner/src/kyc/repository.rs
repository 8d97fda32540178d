//! SQL of KYC documents.

use chrono::{DateTime, Utc};
use kit::error::Result;
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

use super::KycDocument;
use crate::driver::KycStatus;

/// The current documents of several drivers, each loaded within the viewer's scope before.
pub(crate) async fn of_drivers(pool: &PgPool, drivers: &[Uuid]) -> Result<Vec<KycDocument>> {
    Ok(sqlx::query_as(
        "SELECT k.* FROM kyc_document k WHERE k.driver_id = ANY($1) AND k.superseded_at IS NULL
         ORDER BY k.submitted_at, k.id",
    )
    .bind(drivers)
    .fetch_all(pool)
    .await?)
}

/// The current documents of a driver that was locked.
pub(crate) async fn of_driver(conn: &mut PgConnection, driver: Uuid) -> Result<Vec<KycDocument>> {
    Ok(sqlx::query_as(
        "SELECT k.* FROM kyc_document k WHERE k.driver_id = $1 AND k.superseded_at IS NULL ORDER BY k.submitted_at, k.id",
    )
    .bind(driver)
    .fetch_all(conn)
    .await?)
}

/// Makes a document the current one of its kind; the one before becomes history.
pub(crate) async fn replace(conn: &mut PgConnection, document: &KycDocument) -> Result<()> {
    sqlx::query(
        "UPDATE kyc_document SET superseded_at = $3 WHERE driver_id = $1 AND kind = $2 AND superseded_at IS NULL",
    )
    .bind(document.driver_id)
    .bind(document.kind)
    .bind(document.submitted_at)
    .execute(&mut *conn)
    .await?;
    sqlx::query(
        "INSERT INTO kyc_document (id, driver_id, kind, url, number_sealed, number_last4, status, expires_at, submitted_at,
             submitted_by)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
    )
    .bind(document.id)
    .bind(document.driver_id)
    .bind(document.kind)
    .bind(&document.url)
    .bind(&document.number_sealed)
    .bind(&document.number_last4)
    .bind(document.status)
    .bind(document.expires_at)
    .bind(document.submitted_at)
    .bind(document.submitted_by)
    .execute(conn)
    .await?;
    Ok(())
}

/// A decision on documents: all that are pending, or the named kinds.
pub(crate) struct Decision<'a> {
    pub(crate) driver_id: Uuid,
    pub(crate) status: KycStatus,
    pub(crate) reason: Option<&'a str>,
    /// Which kinds; None for all that are pending.
    pub(crate) kinds: Option<Vec<&'static str>>,
    pub(crate) by: Uuid,
    pub(crate) at: DateTime<Utc>,
}

/// Writes a decision onto the current documents; returns how many it was written on.
pub(crate) async fn decide(conn: &mut PgConnection, decision: &Decision<'_>) -> Result<u64> {
    let done = sqlx::query(
        "UPDATE kyc_document SET status = $2, reject_reason = $3, reviewed_by = $4, reviewed_at = $5
         WHERE driver_id = $1 AND superseded_at IS NULL AND status = 'PENDING' AND ($6::text[] IS NULL OR kind = ANY($6))",
    )
    .bind(decision.driver_id)
    .bind(decision.status)
    .bind(decision.reason)
    .bind(decision.by)
    .bind(decision.at)
    .bind(&decision.kinds)
    .execute(conn)
    .await?;
    Ok(done.rows_affected())
}
