//! What has served its time is deleted: events that everybody has, notes of what was handled, answered keys.

use std::time::Duration;

use sqlx::PgPool;

use crate::clock::Clock;
use crate::error::Result;
use crate::scheduler::Timer;
use crate::{idempotency, inbox, outbox};

/// How long published events are kept for subscribers that come back with a cursor, in days.
const OUTBOX_DAYS: i64 = 7;

/// How long it is remembered that an event was handled, in days: much longer than it can be delivered again.
const INBOX_DAYS: i64 = 60;

/// How long a repeated mutation is recognised, in days.
const IDEMPOTENCY_DAYS: i64 = 7;

/// The hourly timer that every service has.
pub(crate) fn timer(pool: &PgPool, clock: &Clock) -> Timer {
    let (swept, now) = (pool.clone(), clock.clone());
    Timer::new("housekeeping", Duration::from_secs(3600), pool, clock, move |_| {
        let (pool, clock) = (swept.clone(), now.clone());
        async move { sweep(&pool, &clock).await }
    })
}

/// Deletes what is older than it needs to be.
pub async fn sweep(pool: &PgPool, clock: &Clock) -> Result<()> {
    let before = |days| clock.now() - chrono::Duration::days(days);
    let events = outbox::prune(pool, before(OUTBOX_DAYS)).await?;
    let notes = inbox::prune(pool, before(INBOX_DAYS)).await?;
    let keys = idempotency::prune(pool, before(IDEMPOTENCY_DAYS)).await?;
    tracing::debug!(events, notes, keys, "housekeeping");
    Ok(())
}
