//! What all slices do the same way when they write.

use kit::idempotency::{Attempt, claim, settle};
use kit::{Caller, Code, Error, Result, Viewer};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::access::Reach;
use crate::app::App;
use crate::listing::{Listed, repository};

/// Somebody was faster.
pub const STALE: &str = "Somebody changed this meanwhile; read again and retry";

/// Makes a change in one transaction; for a key that was used before, gives what it made then.
pub async fn once<T: Listed>(
    app: &App,
    by: &Viewer,
    attempt: Attempt<'_>,
    change: impl AsyncFnOnce(&mut PgConnection) -> Result<T>,
) -> Result<T> {
    let mut tx = app.pool.begin().await?;
    if let Some(known) = claim(&mut tx, &app.clock, &attempt).await? {
        return found(&mut tx, by, known).await;
    }
    let row = change(&mut tx).await?;
    settle(&mut tx, &attempt, row.place().id).await?;
    tx.commit().await?;
    Ok(row)
}

/// Whether a row is still the one that the client read. Errors: STALE_VERSION with the present version.
pub fn expect_version(present: i64, expected: Option<i64>) -> Result<()> {
    match expected {
        Some(expected) if expected != present => {
            Err(Error::new(Code::STALE_VERSION, STALE).with("version", present))
        }
        _ => Ok(()),
    }
}

/// How far somebody reaches who changes something.
pub fn reach(by: &Viewer) -> Reach {
    Reach::of(&Caller::Viewer(by.clone()))
}

/// What is about to be changed, locked until the transaction ends. Errors: NOT_FOUND, also out of reach.
pub async fn load<T: Listed>(conn: &mut PgConnection, by: &Viewer, id: Uuid) -> Result<T> {
    repository::lock(conn, &reach(by), id).await?.ok_or_else(|| Error::not_found(T::NOUN))
}

/// One row as it is. Errors: NOT_FOUND, also out of reach.
pub async fn found<T: Listed>(conn: &mut PgConnection, by: &Viewer, id: Uuid) -> Result<T> {
    let row = repository::find_many(conn, &reach(by), &[id]).await?.pop();
    row.ok_or_else(|| Error::not_found(T::NOUN))
}
