//! The outbox as an ordered log: giving positions, and reading by them.
//!
//! Neither a sequence nor a transaction id is commit order: a transaction that drew its number early may commit late,
//! behind a reader's back. Waiting until no older transaction runs would be safe, but one forgotten session anywhere in
//! the server would then stop every feed, and two changes of one row could still swap places. So positions are
//! given after the commit: whoever wants to read first numbers what is visible and unnumbered, under a row lock.

use serde_json::Value;
use sqlx::{PgConnection, PgPool, Row};
use uuid::Uuid;

use crate::bus::topic_matches;
use crate::envelope::Envelope;
use crate::error::{Code, Error, Result};
use crate::wake;

/// The most rows that one placement numbers.
const PLACE_BATCH: i64 = 5_000;

/// An event with its place in the log.
#[derive(Clone, Debug, PartialEq)]
pub struct Placed {
    /// Ascending without repeats, the same for every reader.
    pub position: i64,
    /// The event.
    pub envelope: Envelope,
}

/// Which events a reader wants.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Only of this aggregate.
    pub aggregate_id: Option<Uuid>,
    /// Only types that match one of these patterns (`order.*`); all if empty.
    pub patterns: Vec<String>,
}

impl Filter {
    /// Everything.
    pub fn all() -> Self {
        Self::default()
    }

    /// The events of one aggregate.
    pub fn aggregate(id: Uuid) -> Self {
        Self { aggregate_id: Some(id), patterns: Vec::new() }
    }

    /// The events whose type matches one of these patterns.
    pub fn types(patterns: &[&str]) -> Self {
        Self { aggregate_id: None, patterns: patterns.iter().map(|pattern| (*pattern).to_owned()).collect() }
    }

    /// True if the reader wants this one.
    pub fn matches(&self, event: &Envelope) -> bool {
        self.aggregate_id.is_none_or(|id| id == event.aggregate_id)
            && (self.patterns.is_empty()
                || self.patterns.iter().any(|pattern| topic_matches(pattern, &event.event_type)))
    }
}

/// Numbers every event that is visible and has no position yet, and returns the last position of the log.
pub async fn place(pool: &PgPool) -> Result<i64> {
    loop {
        let unplaced: bool =
            sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM outbox WHERE position IS NULL)")
                .fetch_one(pool)
                .await?;
        if !unplaced {
            return head(pool).await;
        }
        let (last, placed) = place_batch(pool).await?;
        if placed < PLACE_BATCH {
            return Ok(last);
        }
    }
}

async fn place_batch(pool: &PgPool) -> Result<(i64, i64)> {
    let mut tx = pool.begin().await?;
    // A statement of its own: the next one must take its snapshot after the lock is held.
    let head: i64 =
        sqlx::query_scalar("SELECT position FROM outbox_head FOR UPDATE").fetch_one(&mut *tx).await?;
    let placed: i64 = sqlx::query_scalar(
        "WITH fresh AS (
             SELECT sequence, row_number() OVER (ORDER BY sequence) AS rank
             FROM (SELECT sequence FROM outbox WHERE position IS NULL ORDER BY sequence LIMIT $2) AS oldest
         ), numbered AS (
             UPDATE outbox SET position = $1 + fresh.rank FROM fresh WHERE outbox.sequence = fresh.sequence
             RETURNING 1
         )
         SELECT count(*) FROM numbered",
    )
    .bind(head)
    .bind(PLACE_BATCH)
    .fetch_one(&mut *tx)
    .await?;
    if placed > 0 {
        sqlx::query("UPDATE outbox_head SET position = $1").bind(head + placed).execute(&mut *tx).await?;
    }
    tx.commit().await?;
    if placed > 0
        && let Err(error) = wake::announce(pool).await
    {
        tracing::debug!(
            error = error.log_line(),
            "other replicas are not told, and will find out by themselves"
        );
    }
    Ok((head + placed, placed))
}

/// The last position given away.
pub async fn head(pool: &PgPool) -> Result<i64> {
    Ok(sqlx::query_scalar("SELECT position FROM outbox_head").fetch_one(pool).await?)
}

/// What a reader reads of an event.
macro_rules! columns {
    () => {
        "position, event_id, event_type, version, occurred_at, aggregate_id, aggregate_version, correlation_id, payload"
    };
}

/// Two statements, because one for both would be planned for neither: a generic plan reads the whole log for one aggregate.
const READ_ALL: &str =
    concat!("SELECT ", columns!(), " FROM outbox WHERE position > $1 ORDER BY position LIMIT $2");
const READ_AGGREGATE: &str = concat!(
    "SELECT ",
    columns!(),
    " FROM outbox WHERE aggregate_id = $3 AND position > $1 ORDER BY position LIMIT $2"
);

/// Up to `limit` events behind a position, in order; of the filter only the aggregate is looked at. `producer` is the name
/// that the envelopes carry.
pub async fn read_after(
    conn: &mut PgConnection,
    producer: &str,
    after: i64,
    filter: &Filter,
    limit: i64,
) -> Result<Vec<Placed>> {
    let reading = match filter.aggregate_id {
        None => sqlx::query(READ_ALL).bind(after).bind(limit),
        Some(id) => sqlx::query(READ_AGGREGATE).bind(after).bind(limit).bind(id),
    };
    let rows = reading.fetch_all(conn).await?;
    rows.into_iter().map(|row| placed(&row, producer)).collect()
}

fn placed(row: &sqlx::postgres::PgRow, producer: &str) -> Result<Placed> {
    let version: i32 = row.try_get("version")?;
    Ok(Placed {
        position: row.try_get("position")?,
        envelope: Envelope {
            event_id: row.try_get("event_id")?,
            event_type: row.try_get("event_type")?,
            version: u16::try_from(version).map_err(|_| Error::internal("an event version beyond 65535"))?,
            occurred_at: row.try_get("occurred_at")?,
            producer: producer.to_owned(),
            aggregate_id: row.try_get("aggregate_id")?,
            aggregate_version: row.try_get("aggregate_version")?,
            correlation_id: row.try_get("correlation_id")?,
            payload: row.try_get::<Value, _>("payload")?,
        },
    })
}

/// The newest event of a type about an aggregate, for repairs and for proving that a repetition does no harm.
pub async fn find(
    pool: &PgPool,
    producer: &str,
    event_type: &str,
    aggregate_id: Uuid,
) -> Result<Option<Envelope>> {
    let row = sqlx::query(
        "SELECT coalesce(position, 0) AS position, event_id, event_type, version, occurred_at, aggregate_id,
                aggregate_version, correlation_id, payload
         FROM outbox WHERE aggregate_id = $1 AND event_type = $2 ORDER BY sequence DESC LIMIT 1",
    )
    .bind(aggregate_id)
    .bind(event_type)
    .fetch_optional(pool)
    .await?;
    row.map(|row| placed(&row, producer).map(|placed| placed.envelope)).transpose()
}

/// CURSOR_EXPIRED if something behind `after` has been pruned, or if the log never went that far. To know that a reading is
/// complete, ask after it: what is pruned between the two would be missed otherwise.
pub async fn check_readable(conn: &mut PgConnection, after: i64) -> Result<()> {
    let (oldest, head): (Option<i64>, i64) =
        sqlx::query_as("SELECT (SELECT min(position) FROM outbox), position FROM outbox_head")
            .fetch_one(conn)
            .await?;
    // What is kept is one piece, and ends with the head.
    let complete = after == head || oldest.is_some_and(|oldest| oldest - 1 <= after);
    if complete && after <= head {
        return Ok(());
    }
    Err(Error::new(Code::CURSOR_EXPIRED, "What follows this cursor is no longer kept: start from a snapshot"))
}

/// How many events one statement deletes.
const PRUNE_BATCH: i64 = 10_000;

/// Deletes events that were published and are older than `before`; returns how many. Readers with an older cursor are
/// told that it is gone. It goes from the oldest position up to the first event that has to stay: a hole in what is kept could
/// not be seen by a reader.
pub async fn prune(pool: &PgPool, before: chrono::DateTime<chrono::Utc>) -> Result<u64> {
    let mut deleted = 0;
    loop {
        let done = sqlx::query(
            "DELETE FROM outbox WHERE position < (
                 SELECT coalesce(min(position) FILTER (WHERE stays), max(position) + 1)
                 FROM (SELECT position, occurred_at >= $1
                              OR position > (SELECT min(position) FROM outbox_cursor) AS stays
                       FROM outbox WHERE position IS NOT NULL ORDER BY position LIMIT $2) AS oldest)",
        )
        .bind(before)
        .bind(PRUNE_BATCH)
        .execute(pool)
        .await?
        .rows_affected();
        deleted += done;
        if done < PRUNE_BATCH.unsigned_abs() {
            return Ok(deleted);
        }
    }
}
