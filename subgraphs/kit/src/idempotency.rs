//! Repeated mutations: the same key by the same actor gets the entity of the first time, not a second effect.

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use futures_util::future::BoxFuture;
use serde::Serialize;
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

use crate::clock::Clock;
use crate::error::{Error, Result};

/// Which mutation of whom a key stands for.
#[derive(Clone, Debug)]
pub struct Attempt<'a> {
    key: Option<&'a str>,
    actor: Uuid,
    operation: &'static str,
    fingerprint: String,
}

/// The entity that a mutation answers with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Made by this call.
    First(Uuid),
    /// Made by an earlier call with the same key: load it and answer with it.
    Repeated(Uuid),
}

impl Answer {
    /// The entity, whoever made it.
    pub fn entity_id(self) -> Uuid {
        match self {
            Answer::First(id) | Answer::Repeated(id) => id,
        }
    }
}

impl<'a> Attempt<'a> {
    /// `key` as the client sent it (None: every call counts), the acting user, the mutation's name, and its input, which
    /// must be the same again when the key is.
    pub fn new(
        key: Option<&'a str>,
        actor: Uuid,
        operation: &'static str,
        input: &impl Serialize,
    ) -> Result<Self> {
        if let Some(key) = key
            && (!(1..=200).contains(&key.chars().count()) || key.chars().any(char::is_control))
        {
            return Err(Error::validation("idempotencyKey", "A key has 1 to 200 visible characters"));
        }
        let text = serde_json::to_vec(input)?;
        let fingerprint = URL_SAFE_NO_PAD.encode(digest(&SHA256, &text));
        Ok(Self { key, actor, operation, fingerprint })
    }
}

/// Runs `action` unless it was run before under the same key, in the caller's transaction: key and effect commit together.
/// A second call at the same time waits for the first. `action` returns the id of the entity that the mutation answers
/// with. Errors: CONFLICT if the key came with another input.
pub async fn idempotent<F>(
    conn: &mut PgConnection,
    clock: &Clock,
    attempt: Attempt<'_>,
    action: F,
) -> Result<Answer>
where
    F: for<'c> FnOnce(&'c mut PgConnection) -> BoxFuture<'c, Result<Uuid>> + Send,
{
    if let Some(entity) = claim(conn, clock, &attempt).await? {
        return Ok(Answer::Repeated(entity));
    }
    let entity = action(conn).await?;
    settle(conn, &attempt, entity).await?;
    Ok(Answer::First(entity))
}

/// Takes the key for the transaction at hand; the entity of the earlier call if there was one. Whoever gets None does the
/// work and calls [`settle`] before the commit.
pub async fn claim(conn: &mut PgConnection, clock: &Clock, attempt: &Attempt<'_>) -> Result<Option<Uuid>> {
    let Some(key) = attempt.key else { return Ok(None) };
    let taken = sqlx::query(
        "INSERT INTO idempotency_key (actor, operation, key, fingerprint, created_at)
         VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING",
    )
    .bind(attempt.actor)
    .bind(attempt.operation)
    .bind(key)
    .bind(&attempt.fingerprint)
    .bind(clock.now())
    .execute(&mut *conn)
    .await?;
    if taken.rows_affected() == 1 {
        return Ok(None);
    }
    let (fingerprint, entity): (String, Option<Uuid>) = sqlx::query_as(
        "SELECT fingerprint, entity_id FROM idempotency_key WHERE actor = $1 AND operation = $2 AND key = $3",
    )
    .bind(attempt.actor)
    .bind(attempt.operation)
    .bind(key)
    .fetch_one(conn)
    .await?;
    if fingerprint != attempt.fingerprint {
        return Err(Error::conflict("This key was used with another input").field("idempotencyKey"));
    }
    entity
        .map(Some)
        .ok_or_else(|| Error::conflict("This key was used without an answer").field("idempotencyKey"))
}

/// Notes the entity that a claimed key answers with.
pub async fn settle(conn: &mut PgConnection, attempt: &Attempt<'_>, entity: Uuid) -> Result<()> {
    let Some(key) = attempt.key else { return Ok(()) };
    sqlx::query("UPDATE idempotency_key SET entity_id = $4 WHERE actor = $1 AND operation = $2 AND key = $3")
        .bind(attempt.actor)
        .bind(attempt.operation)
        .bind(key)
        .bind(entity)
        .execute(conn)
        .await?;
    Ok(())
}

/// Deletes keys older than `before`; returns how many. From then on the same key is a new mutation.
pub async fn prune(pool: &PgPool, before: DateTime<Utc>) -> Result<u64> {
    let done =
        sqlx::query("DELETE FROM idempotency_key WHERE created_at < $1").bind(before).execute(pool).await?;
    Ok(done.rows_affected())
}
