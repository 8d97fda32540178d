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

/// How many migrations a database still lacks. Changes nothing. Errors: it cannot be read, or somebody newer has migrated it.
pub async fn pending(pool: &PgPool, own: &Migrator) -> Result<usize> {
    let history: Option<String> =
        sqlx::query_scalar("SELECT to_regclass('_sqlx_migrations')::text").fetch_one(pool).await?;
    let applied: Vec<i64> = match history {
        Some(_) => {
            sqlx::query_scalar("SELECT version FROM _sqlx_migrations WHERE success").fetch_all(pool).await?
        }
        None => Vec::new(),
    };
    let known = merged(own);
    if let Some(unknown) = applied.iter().find(|version| known.iter().all(|one| one.version != **version)) {
        return Err(Error::internal(format!("migration {unknown} is of a newer version than this one")));
    }
    Ok(known.iter().filter(|migration| !applied.contains(&migration.version)).count())
}
