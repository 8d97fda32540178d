//! Secrets that passengers hold: the token that opens one trip, and the code that they tell the driver. Only hashes are
//! stored.

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::rand;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use kit::error::{Error, Result};
use uuid::Uuid;

/// 256 random bits as URL-safe text.
///
/// # Errors
/// INTERNAL when the system has no randomness.
pub fn tracking_token() -> Result<String> {
    let mut bytes = [0_u8; 32];
    rand::fill(&mut bytes).map_err(|_| Error::internal("no randomness"))?;
    Ok(URL_SAFE_NO_PAD.encode(bytes))
}

/// Four random digits.
///
/// # Errors
/// INTERNAL when the system has no randomness.
pub fn boarding_code() -> Result<String> {
    let mut bytes = [0_u8; 8];
    rand::fill(&mut bytes).map_err(|_| Error::internal("no randomness"))?;
    Ok(format!("{:04}", u64::from_be_bytes(bytes) % 10_000))
}

/// What is stored of a token.
#[must_use]
pub fn hash(text: &str) -> String {
    URL_SAFE_NO_PAD.encode(digest(&SHA256, text.as_bytes()))
}

/// What is stored of a boarding code: bound to its trip, so that equal codes do not look equal.
#[must_use]
pub fn hash_code(trip_id: Uuid, code: &str) -> String {
    hash(&format!("{trip_id}:{code}"))
}

/// Whether a code is the one whose hash is stored, in constant time.
#[must_use]
pub fn code_matches(trip_id: Uuid, stored: &str, code: &str) -> bool {
    verify_slices_are_equal(stored.as_bytes(), hash_code(trip_id, code.trim()).as_bytes()).is_ok()
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::{boarding_code, code_matches, hash_code, tracking_token};

    #[test]
    fn a_code_opens_its_own_trip_only() {
        let (one, other) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let stored = hash_code(one, "4711");
        assert!(code_matches(one, &stored, " 4711 "));
        assert!(!code_matches(one, &stored, "4712"));
        assert!(!code_matches(other, &stored, "4711"));
    }

    #[test]
    fn secrets_differ_and_have_their_length() {
        let (one, two) = (tracking_token(), tracking_token());
        assert_ne!(one.as_deref().ok(), two.as_deref().ok());
        assert_eq!(one.map(|token| token.len()).ok(), Some(43));
        assert_eq!(boarding_code().map(|code| code.len()).ok(), Some(4));
    }
}
