//! The SQL of signing keys.

use chrono::{DateTime, Utc};
use kit::Result;
use sqlx::PgConnection;

/// A key as it is kept.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct KeyRow {
    pub kid: String,
    /// The private half, sealed.
    pub sealed: Vec<u8>,
    pub public_jwk: serde_json::Value,
    pub activates_at: DateTime<Utc>,
    pub retires_at: Option<DateTime<Utc>>,
    pub created_at: DateTime<Utc>,
}

/// The keys that are published at `now`, oldest first.
pub async fn published(conn: &mut PgConnection, now: DateTime<Utc>) -> Result<Vec<KeyRow>> {
    let keys = sqlx::query_as(
        "SELECT kid, sealed, public_jwk, activates_at, retires_at, created_at FROM signing_key
          WHERE retires_at IS NULL OR retires_at > $1 ORDER BY activates_at",
    )
    .bind(now)
    .fetch_all(conn)
    .await?;
    Ok(keys)
}

/// Lets one replica at a time decide whether a new key is due, until the transaction ends.
pub async fn lock(conn: &mut PgConnection) -> Result<()> {
    sqlx::query("SELECT pg_advisory_xact_lock(hashtextextended('identity.signing_key', 0))")
        .execute(conn)
        .await?;
    Ok(())
}

/// Adds a key and sets the end of those before it.
pub async fn succeed(conn: &mut PgConnection, key: &KeyRow, retires_at: DateTime<Utc>) -> Result<()> {
    sqlx::query("UPDATE signing_key SET retires_at = $1 WHERE retires_at IS NULL")
        .bind(retires_at)
        .execute(&mut *conn)
        .await?;
    sqlx::query(
        "INSERT INTO signing_key (kid, sealed, public_jwk, activates_at, created_at) VALUES ($1, $2, $3, $4, $5)",
    )
    .bind(&key.kid)
    .bind(&key.sealed)
    .bind(&key.public_jwk)
    .bind(key.activates_at)
    .bind(key.created_at)
    .execute(conn)
    .await?;
    Ok(())
}
