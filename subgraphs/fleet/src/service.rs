//! What all slices do the same way when they write.

use kit::{Code, Error, Result};

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
