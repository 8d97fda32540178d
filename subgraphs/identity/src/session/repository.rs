//! The SQL of sessions and their refresh tokens.

use chrono::{DateTime, Utc};
use kit::Result;
use sqlx::PgConnection;
use uuid::Uuid;

use super::{ClientType, RevokeReason};

/// A refresh token that somebody presents, with what its session is.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Presented {
    pub id: Uuid,
    pub session_id: Uuid,
    pub user_id: Uuid,
    pub client_type: ClientType,
    pub expires_at: DateTime<Utc>,
    pub rotated_at: Option<DateTime<Utc>>,
    pub revoked_at: Option<DateTime<Utc>>,
}

/// Opens a session.
pub async fn insert(
    conn: &mut PgConnection,
    id: Uuid,
    user_id: Uuid,
    client: ClientType,
    now: DateTime<Utc>,
) -> Result<()> {
    sqlx::query(
        "INSERT INTO session (id, user_id, client_type, last_used_at, created_at) VALUES ($1, $2, $3, $4, $4)",
    )
    .bind(id)
    .bind(user_id)
    .bind(client.as_str())
    .bind(now)
    .execute(conn)
    .await?;
    Ok(())
}

/// Keeps a refresh token by its digest.
pub async fn insert_token(
    conn: &mut PgConnection,
    id: Uuid,
    session_id: Uuid,
    hash: &[u8],
    expires_at: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<()> {
    sqlx::query(
        "INSERT INTO refresh_token (id, session_id, token_hash, expires_at, created_at) VALUES ($1, $2, $3, $4, $5)",
    )
    .bind(id)
    .bind(session_id)
    .bind(hash)
    .bind(expires_at)
    .bind(now)
    .execute(conn)
    .await?;
    Ok(())
}

/// Looks a presented token up. Its session is locked until the transaction ends: it goes on or ends, not both at once.
pub async fn find_token(conn: &mut PgConnection, hash: &[u8]) -> Result<Option<Presented>> {
    let token = sqlx::query_as(
        "SELECT t.id, t.session_id, s.user_id, s.client_type, t.expires_at, t.rotated_at, s.revoked_at
           FROM refresh_token t JOIN session s ON s.id = t.session_id
          WHERE t.token_hash = $1 FOR UPDATE OF s",
    )
    .bind(hash)
    .fetch_optional(conn)
    .await?;
    Ok(token)
}

/// Retires a token in favour of `successor`. False when somebody else did so first.
pub async fn rotate(conn: &mut PgConnection, id: Uuid, successor: Uuid, now: DateTime<Utc>) -> Result<bool> {
    let done = sqlx::query(
        "UPDATE refresh_token t SET rotated_at = $3, replaced_by_id = $2
           FROM session s
          WHERE t.id = $1 AND t.rotated_at IS NULL AND s.id = t.session_id AND s.revoked_at IS NULL",
    )
    .bind(id)
    .bind(successor)
    .bind(now)
    .execute(&mut *conn)
    .await?;
    if done.rows_affected() == 1 {
        sqlx::query(
            "UPDATE session SET last_used_at = $2
              WHERE id = (SELECT session_id FROM refresh_token WHERE id = $1)",
        )
        .bind(id)
        .bind(now)
        .execute(conn)
        .await?;
    }
    Ok(done.rows_affected() == 1)
}

/// Ends one session. False when it had ended before.
pub async fn revoke(
    conn: &mut PgConnection,
    id: Uuid,
    reason: RevokeReason,
    now: DateTime<Utc>,
) -> Result<bool> {
    let done = sqlx::query(
        "UPDATE session SET revoked_at = $3, revoke_reason = $2 WHERE id = $1 AND revoked_at IS NULL",
    )
    .bind(id)
    .bind(reason.as_str())
    .bind(now)
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Ends all sessions of a user and gives their ids.
pub async fn revoke_all(
    conn: &mut PgConnection,
    user_id: Uuid,
    reason: RevokeReason,
    now: DateTime<Utc>,
) -> Result<Vec<Uuid>> {
    let ids = sqlx::query_scalar(
        "UPDATE session SET revoked_at = $3, revoke_reason = $2 WHERE user_id = $1 AND revoked_at IS NULL
      RETURNING id",
    )
    .bind(user_id)
    .bind(reason.as_str())
    .bind(now)
    .fetch_all(conn)
    .await?;
    Ok(ids)
}

/// True if a session still stands and its user is active.
pub async fn is_live(conn: &mut PgConnection, id: Uuid, user_id: Uuid) -> Result<bool> {
    let live = sqlx::query_scalar(
        "SELECT EXISTS (SELECT 1 FROM session s JOIN app_user u ON u.id = s.user_id
                         WHERE s.id = $1 AND s.user_id = $2 AND s.revoked_at IS NULL AND u.is_active)",
    )
    .bind(id)
    .bind(user_id)
    .fetch_one(conn)
    .await?;
    Ok(live)
}

/// Sessions that were ended since a moment, and when.
pub async fn revoked_since(
    conn: &mut PgConnection,
    since: DateTime<Utc>,
) -> Result<Vec<(Uuid, DateTime<Utc>)>> {
    let rows = sqlx::query_as("SELECT id, revoked_at FROM session WHERE revoked_at > $1 ORDER BY revoked_at")
        .bind(since)
        .fetch_all(conn)
        .await?;
    Ok(rows)
}

/// Deletes sessions of which no token can be used any more, and the spent tokens of those that go on: a session that is
/// used every day would keep a row for each quarter of an hour of its life.
pub async fn sweep(conn: &mut PgConnection, before: DateTime<Utc>) -> Result<u64> {
    let tokens = sqlx::query("DELETE FROM refresh_token WHERE expires_at < $1 AND rotated_at IS NOT NULL")
        .bind(before)
        .execute(&mut *conn)
        .await?;
    let sessions = sqlx::query(
        "DELETE FROM session s
          WHERE s.last_used_at < $1
            AND NOT EXISTS (SELECT 1 FROM refresh_token t WHERE t.session_id = s.id AND t.expires_at >= $1)",
    )
    .bind(before)
    .execute(conn)
    .await?;
    Ok(tokens.rows_affected() + sessions.rows_affected())
}
