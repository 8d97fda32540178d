//! Schema changes: the tables every database shares, then the subgraph's own, in one history.

use sqlx::PgPool;
use sqlx::migrate::{Migration, Migrator};

use crate::error::{Error, Result};

/// outbox, inbox, short ids, idempotency keys, timers: versions 0001 to 0099.
pub static COMMON: Migrator = sqlx::migrate!("../../migrations/common");

/// The common migrations merged with a subgraph's own (0100 and up), in version order.
pub fn merged(own: &Migrator) -> Migrator {
    let mut all: Vec<Migration> = COMMON.iter().cloned().collect();
    all.extend(own.iter().cloned());
    Migrator::with_migrations(all)
}

/// Brings a database up to date. Safe to call from several replicas at once: they queue on an advisory lock.
pub async fn migrate(pool: &PgPool, own: &Migrator) -> Result<()> {
    merged(own).run(pool).await.map_err(|error| Error::internal(format!("migration failed: {error}")))
}
