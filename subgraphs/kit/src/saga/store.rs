//! The SQL of sagas.

use chrono::{DateTime, Utc};
use serde_json::Value;
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

use super::{KEEP_DAYS, NewSaga, STUCK_AFTER, Saga, State, pause};
use crate::clock::Clock;
use crate::error::Result;

/// Begins a saga in the transaction of its first step. One of this kind that was running about the same thing is
/// overtaken by it.
pub async fn begin(conn: &mut PgConnection, clock: &Clock, new: NewSaga) -> Result<()> {
    if let Some(running) = lock_running(conn, new.kind, new.subject_id).await? {
        end(conn, clock, running.id, State::Compensated, Some("Overtaken by a later one")).await?;
    }
    let now = clock.now();
    sqlx::query(
        "INSERT INTO saga (id, kind, subject_id, step, payload, next_at, created_at, updated_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $7)",
    )
    .bind(new.id)
    .bind(new.kind)
    .bind(new.subject_id)
    .bind(new.step)
    .bind(new.payload)
    .bind(now + pause(0))
    .bind(now)
    .execute(conn)
    .await?;
    Ok(())
}

/// The saga of an answer, if it still runs; locked until the transaction ends.
pub async fn lock(conn: &mut PgConnection, kind: &str, id: Uuid) -> Result<Option<Saga>> {
    let saga =
        sqlx::query_as("SELECT * FROM saga WHERE id = $1 AND kind = $2 AND state = 'RUNNING' FOR UPDATE")
            .bind(id)
            .bind(kind)
            .fetch_optional(conn)
            .await?;
    Ok(saga)
}

/// The saga of a kind that runs about something; locked until the transaction ends.
pub async fn lock_running(conn: &mut PgConnection, kind: &str, subject_id: Uuid) -> Result<Option<Saga>> {
    let saga = sqlx::query_as(
        "SELECT * FROM saga WHERE kind = $1 AND subject_id = $2 AND state = 'RUNNING' FOR UPDATE",
    )
    .bind(kind)
    .bind(subject_id)
    .fetch_optional(conn)
    .await?;
    Ok(saga)
}

/// Notes that a running saga has come to another step. Its repetitions are counted anew.
pub async fn advance(
    conn: &mut PgConnection,
    clock: &Clock,
    id: Uuid,
    step: &str,
    payload: &Value,
) -> Result<()> {
    sqlx::query(
        "UPDATE saga SET step = $2, payload = $3, attempts = 0, last_error = NULL, next_at = $4, updated_at = $5
          WHERE id = $1 AND state = 'RUNNING'",
    )
    .bind(id)
    .bind(step)
    .bind(payload)
    .bind(clock.now() + pause(0))
    .bind(clock.now())
    .execute(conn)
    .await?;
    Ok(())
}

/// Ends a running saga; false if it had ended before.
pub async fn end(
    conn: &mut PgConnection,
    clock: &Clock,
    id: Uuid,
    state: State,
    why: Option<&str>,
) -> Result<bool> {
    let done = sqlx::query(
        "UPDATE saga SET state = $2, last_error = $3, payload = '{}', updated_at = $4
          WHERE id = $1 AND state = 'RUNNING'",
    )
    .bind(id)
    .bind(state.as_str())
    .bind(why)
    .bind(clock.now())
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// The sagas that somebody should look at, the oldest first.
pub async fn stuck(pool: &PgPool, limit: i64) -> Result<Vec<Saga>> {
    let sagas = sqlx::query_as(
        "SELECT * FROM saga WHERE state = 'RUNNING' AND attempts >= $1 ORDER BY created_at, id LIMIT $2",
    )
    .bind(STUCK_AFTER)
    .bind(limit)
    .fetch_all(pool)
    .await?;
    Ok(sagas)
}

/// How many sagas somebody should look at.
pub(super) async fn count_stuck(pool: &PgPool) -> Result<f64> {
    let count =
        sqlx::query_scalar("SELECT count(*)::float8 FROM saga WHERE state = 'RUNNING' AND attempts >= $1")
            .bind(STUCK_AFTER)
            .fetch_one(pool)
            .await?;
    Ok(count)
}

/// The next saga whose step is to be repeated; locked, and passed over by other replicas.
pub(super) async fn lock_due(conn: &mut PgConnection, now: DateTime<Utc>) -> Result<Option<Saga>> {
    let saga = sqlx::query_as(
        "SELECT * FROM saga WHERE state = 'RUNNING' AND next_at <= $1
          ORDER BY next_at, id LIMIT 1 FOR UPDATE SKIP LOCKED",
    )
    .bind(now)
    .fetch_optional(conn)
    .await?;
    Ok(saga)
}

/// Notes a repetition, or with the same number of attempts a wait. One that ended or went on meanwhile stays as it is.
pub(super) async fn note(
    conn: &mut PgConnection,
    saga: &Saga,
    attempts: i32,
    error: Option<&str>,
    now: DateTime<Utc>,
) -> Result<()> {
    sqlx::query(
        "UPDATE saga SET attempts = $2, last_error = $3, next_at = $4, updated_at = $5
          WHERE id = $1 AND state = 'RUNNING' AND step = $6",
    )
    .bind(saga.id)
    .bind(attempts)
    .bind(error)
    .bind(now + pause(attempts))
    .bind(now)
    .bind(&saga.step)
    .execute(conn)
    .await?;
    Ok(())
}

/// Deletes sagas that ended long ago.
pub(super) async fn prune(conn: &mut PgConnection, now: DateTime<Utc>) -> Result<()> {
    sqlx::query("DELETE FROM saga WHERE state <> 'RUNNING' AND updated_at < $1")
        .bind(now - chrono::Duration::days(KEEP_DAYS))
        .execute(conn)
        .await?;
    Ok(())
}
