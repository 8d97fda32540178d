//! One transaction per database; for a large world without foreign keys and secondary indexes, which are made again at the
//! end: one sort instead of a random write per row and index.

use sqlx::{AssertSqlSafe, PgConnection, PgPool, Postgres, Transaction};

/// An error of a database, in words for the terminal.
pub(crate) fn failed(error: impl Into<kit::Error>) -> String {
    format!("demo data: {}", error.into().log_line())
}

/// A database while it is filled.
pub(crate) struct Filling {
    pub(crate) tx: Transaction<'static, Postgres>,
    set_aside: Vec<String>,
}

/// Statements that drop foreign keys and those indexes that no constraint needs, each with the one that makes it again.
/// Keys first, since they stand on indexes.
const SET_ASIDE: &str = "
    SELECT format('ALTER TABLE %s DROP CONSTRAINT %I', conrelid::regclass, conname),
           format('ALTER TABLE %s ADD CONSTRAINT %I %s', conrelid::regclass, conname, pg_get_constraintdef(oid))
      FROM pg_constraint WHERE contype = 'f' AND connamespace = current_schema()::regnamespace
    UNION ALL
    SELECT format('DROP INDEX %s', indexrelid::regclass), pg_get_indexdef(indexrelid)
      FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid
     WHERE relnamespace = current_schema()::regnamespace
       AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid AND contype IN ('p', 'u', 'x'))";

impl Filling {
    /// Begins; a large world has its indexes and foreign keys set aside.
    pub(crate) async fn begin(pool: &PgPool, large: bool) -> Result<Self, String> {
        let mut tx = pool.begin().await.map_err(failed)?;
        let pairs: Vec<(String, String)> = if large {
            sqlx::query_as(SET_ASIDE).fetch_all(&mut *tx).await.map_err(failed)?
        } else {
            Vec::new()
        };
        for (drop, _) in &pairs {
            sqlx::raw_sql(AssertSqlSafe(drop.clone())).execute(&mut *tx).await.map_err(failed)?;
        }
        Ok(Filling { tx, set_aside: pairs.into_iter().map(|(_, make)| make).rev().collect() })
    }

    /// Makes again what was set aside, and has the planner look at the rows. Nothing is visible to others yet.
    pub(crate) async fn finish(mut self) -> Result<Transaction<'static, Postgres>, String> {
        if self.set_aside.is_empty() {
            return Ok(self.tx);
        }
        run(&mut self.tx, "SET LOCAL maintenance_work_mem = '256MB'").await?;
        for make in self.set_aside {
            run(&mut self.tx, &make).await?;
        }
        run(&mut self.tx, "ANALYZE").await?;
        Ok(self.tx)
    }
}

async fn run(conn: &mut PgConnection, statement: &str) -> Result<(), String> {
    let done = sqlx::raw_sql(AssertSqlSafe(statement.to_owned())).execute(conn).await;
    done.map(|_| ()).map_err(failed)
}
