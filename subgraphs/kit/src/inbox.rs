//! Events in: handled once, because the note that it was handled commits together with what handling did.

use futures_util::future::BoxFuture;
use sqlx::{PgConnection, PgPool};

use crate::bus::{self, EventBus, Subscription};
use crate::envelope::Envelope;
use crate::error::Result;

/// What became of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Handled {
    /// The action ran and committed.
    First,
    /// It had been handled before: nothing was done.
    Repeated,
}

/// Runs `action` for an event that this consumer has not handled yet, in one transaction with the note of it. Of two
/// deliveries at the same time the second waits for the first and then does nothing; if the action fails, neither
/// its effect nor the note remains and the event may be delivered again.
///
/// `handle_once(&pool, "billing.orders", event, |conn, event| Box::pin(async move { … Ok(()) })).await?`
pub async fn handle_once<F>(pool: &PgPool, consumer: &str, event: &Envelope, action: F) -> Result<Handled>
where
    F: for<'c> FnOnce(&'c mut PgConnection, &'c Envelope) -> BoxFuture<'c, Result<()>> + Send,
{
    let mut tx = pool.begin().await?;
    let noted = sqlx::query("INSERT INTO inbox (consumer, event_id) VALUES ($1, $2) ON CONFLICT DO NOTHING")
        .bind(consumer)
        .bind(event.event_id)
        .execute(&mut *tx)
        .await?;
    if noted.rows_affected() == 0 {
        return Ok(Handled::Repeated);
    }
    action(&mut tx, event).await?;
    tx.commit().await?;
    Ok(Handled::First)
}

/// Has a service hear its queues, each given with the patterns of what it hears: every event is handled once, by `action`, which is
/// told the queue that it came by. Dead letters of a bus that has no place for them are kept in `pool`. Errors: INTERNAL when
/// the bus does not take the subscriptions.
pub async fn hear<A>(
    bus: &dyn EventBus,
    pool: &PgPool,
    queues: &[(&'static str, &[&str])],
    action: A,
) -> Result<()>
where
    A: for<'c> Fn(&'static str, &'c mut PgConnection, &'c Envelope) -> BoxFuture<'c, Result<()>>
        + Clone
        + Send
        + Sync
        + 'static,
{
    for &(queue, patterns) in queues {
        let (kept_in, action) = (pool.clone(), action.clone());
        let handler = bus::handler(move |delivery| {
            let (pool, action) = (kept_in.clone(), action.clone());
            async move {
                handle_once(&pool, queue, &delivery.event, |conn, event| action(queue, conn, event))
                    .await
                    .map(drop)
            }
        });
        bus.subscribe(Subscription::new(queue, patterns).dead_letters(pool), handler).await?;
    }
    Ok(())
}

/// Deletes notes older than `before`; returns how many. Keep them longer than any event can still be redelivered.
pub async fn prune(pool: &PgPool, before: chrono::DateTime<chrono::Utc>) -> Result<u64> {
    let done = sqlx::query("DELETE FROM inbox WHERE handled_at < $1").bind(before).execute(pool).await?;
    Ok(done.rows_affected())
}
