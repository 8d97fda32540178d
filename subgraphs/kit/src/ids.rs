//! Identifiers: time-ordered UUIDs for machines, short ids for people.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::clock::ist_date;
use crate::error::Result;

/// A new primary key: a version 7 UUID, so that rows of one time lie together in an index.
pub fn new_id() -> Uuid {
    Uuid::now_v7()
}

/// The next short id of a prefix on the business day of `at`: `TRP20260127001`. Three digits, more past 999.
/// The number is drawn in the caller's transaction: a rollback gives it back, a commit makes it unique.
pub async fn next_short_id(conn: &mut PgConnection, prefix: &str, at: DateTime<Utc>) -> Result<String> {
    let day = ist_date(at);
    let serial: i64 = sqlx::query_scalar(
        "INSERT INTO short_id_sequence AS s (prefix, day, last) VALUES ($1, $2, 1)
         ON CONFLICT (prefix, day) DO UPDATE SET last = s.last + 1
         RETURNING last",
    )
    .bind(prefix)
    .bind(day)
    .fetch_one(conn)
    .await?;
    Ok(format!("{prefix}{}{serial:03}", day.format("%Y%m%d")))
}
