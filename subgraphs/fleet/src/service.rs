//! What all slices do the same way when they write.

use kit::{Caller, Code, Error, Result, Viewer};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::access::Reach;
use crate::listing::{Listed, repository};

/// Somebody was faster.
pub const STALE: &str = "Somebody changed this meanwhile; read again and retry";

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

/// What a repeated call answers with. Errors: NOT_FOUND, also out of reach.
pub async fn found<T: Listed>(conn: &mut PgConnection, by: &Viewer, id: Uuid) -> Result<T> {
    let row = repository::find_many(conn, &reach(by), &[id]).await?.pop();
    row.ok_or_else(|| Error::not_found(T::NOUN))
}
