//! The frame of every mutation: one transaction, once per idempotency key.

use kit::error::Result;
use kit::idempotency::{Attempt, claim, settle};
use serde::Serialize;
use sqlx::{PgConnection, Postgres, Transaction};
use uuid::Uuid;

use crate::actor::Actor;

/// A mutation that has begun.
pub(crate) struct Write<'a> {
    tx: Transaction<'static, Postgres>,
    attempt: Attempt<'a>,
}

/// What beginning a mutation found.
pub(crate) enum Begun<'a> {
    /// Do it.
    Fresh(Write<'a>),
    /// It was done under the same key, with this entity as its answer.
    Repeated(Uuid),
}

impl<'a> Write<'a> {
    /// Opens the transaction and takes the key. Errors: CONFLICT for a key that came with another input.
    pub(crate) async fn begin(
        by: &Actor<'_>,
        operation: &'static str,
        key: Option<&'a str>,
        input: &impl Serialize,
    ) -> Result<Begun<'a>> {
        let attempt = Attempt::new(key, by.viewer.user_id, operation, input)?;
        let mut tx = by.app.pool.begin().await?;
        match claim(&mut tx, &by.app.clock, &attempt).await? {
            Some(entity) => Ok(Begun::Repeated(entity)),
            None => Ok(Begun::Fresh(Write { tx, attempt })),
        }
    }

    /// The answer of the key, if it was given before: for checks that a repeated request would not pass any more.
    pub(crate) async fn answered(
        by: &Actor<'_>,
        operation: &'static str,
        key: Option<&'a str>,
        input: &impl Serialize,
    ) -> Result<Option<Uuid>> {
        if key.is_none() {
            return Ok(None);
        }
        match Write::begin(by, operation, key, input).await? {
            Begun::Repeated(entity) => Ok(Some(entity)),
            // The key is free again at once, for the transaction that does the work.
            Begun::Fresh(write) => write.tx.rollback().await.map(|()| None).map_err(Into::into),
        }
    }

    /// The transaction's connection.
    pub(crate) fn conn(&mut self) -> &mut PgConnection {
        &mut self.tx
    }

    /// Commits, with `entity` as the answer of the key.
    pub(crate) async fn commit(mut self, entity: Uuid) -> Result<()> {
        settle(&mut self.tx, &self.attempt, entity).await?;
        self.tx.commit().await?;
        Ok(())
    }
}
