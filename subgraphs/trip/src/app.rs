//! What every resolver, timer and event handler of this service works with.

use std::sync::Arc;

use kit::error::Result;
use kit::feed::Feed;
use kit::idempotency::{Attempt, claim, settle};
use kit::shared::SharedState;
use kit::{Clock, Peers};
use sqlx::{PgConnection, PgPool, Postgres, Transaction};
use uuid::Uuid;

use crate::config::Config;

/// The service's database, time, rules and neighbours. Cheap to clone.
#[derive(Clone)]
pub struct App {
    pub pool: PgPool,
    pub clock: Clock,
    pub peers: Peers,
    pub feed: Feed,
    pub config: Arc<Config>,
    /// What several replicas count together.
    pub shared: Arc<dyn SharedState>,
}

/// A change that is under way: one transaction, and the key under which it may not happen twice.
pub struct Change<'a> {
    tx: Transaction<'static, Postgres>,
    attempt: Attempt<'a>,
}

impl Change<'_> {
    /// The connection of the transaction.
    pub fn conn(&mut self) -> &mut PgConnection {
        &mut self.tx
    }

    /// Commits; the same key is answered with `id` from now on.
    ///
    /// # Errors
    /// INTERNAL when the database fails; nothing is kept then.
    pub async fn finish(mut self, id: Uuid) -> Result<Uuid> {
        settle(&mut self.tx, &self.attempt, id).await?;
        self.tx.commit().await?;
        Ok(id)
    }
}

/// Whether there is anything to do.
pub enum Begun<'a> {
    /// Do it.
    First(Change<'a>),
    /// It was done before, to this.
    Repeated(Uuid),
}

impl App {
    /// Begins a change that happens once per idempotency key. Dropped unfinished, it leaves nothing behind.
    ///
    /// # Errors
    /// CONFLICT when the key came with another input.
    pub async fn begin<'a>(&self, attempt: Attempt<'a>) -> Result<Begun<'a>> {
        let mut tx = self.pool.begin().await?;
        Ok(match claim(&mut tx, &self.clock, &attempt).await? {
            Some(id) => Begun::Repeated(id),
            None => Begun::First(Change { tx, attempt }),
        })
    }

    /// What became of an attempt. What speaks against doing it now does not speak against having done it: a pickup may
    /// have passed, a driver may have left, until a phone without a signal repeats what had reached us.
    ///
    /// # Errors
    /// The refusal, unless the same key was carried out before.
    pub async fn settled(&self, attempt: Attempt<'_>, done: Result<Uuid>) -> Result<Uuid> {
        match done {
            Err(refusal) if !refusal.is_internal() => match self.begin(attempt).await? {
                Begun::Repeated(id) => Ok(id),
                Begun::First(_) => Err(refusal),
            },
            done => done,
        }
    }
}
