//! Sealing of personal numbers at rest: AES-256-GCM, bound to the driver and the column they belong to.

use aws_lc_rs::aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use kit::error::{Error, Result};
use uuid::Uuid;

/// What is sealed; part of what the seal proves, so that a value can't be moved to another column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Field {
    Aadhaar,
    Pan,
    Licence,
    BankAccount,
    DocumentNumber,
}

impl Field {
    fn label(self) -> &'static [u8] {
        match self {
            Field::Aadhaar => b"aadhaar",
            Field::Pan => b"pan",
            Field::Licence => b"licence",
            Field::BankAccount => b"bank_account",
            Field::DocumentNumber => b"document_number",
        }
    }
}

/// Seals and opens personal numbers with one key.
pub(crate) struct Sealer {
    key: RandomizedNonceKey,
}

impl Sealer {
    /// Errors: the key is not 32 bytes in base64.
    pub(crate) fn new(key: &str) -> Result<Sealer> {
        let bytes = STANDARD.decode(key).map_err(|_| Error::internal("PARTNER_DATA_KEY is not base64"))?;
        let key = RandomizedNonceKey::new(&AES_256_GCM, &bytes)
            .map_err(|_| Error::internal("PARTNER_DATA_KEY is not 32 bytes"))?;
        Ok(Sealer { key })
    }

    /// Nonce, ciphertext, tag. Sealing the same text twice gives different bytes.
    pub(crate) fn seal(&self, driver_id: Uuid, field: Field, text: &str) -> Result<Vec<u8>> {
        let mut bytes = text.as_bytes().to_vec();
        let nonce = self
            .key
            .seal_in_place_append_tag(associated(driver_id, field), &mut bytes)
            .map_err(|_| Error::internal("sealing failed"))?;
        Ok([nonce.as_ref().as_slice(), &bytes].concat())
    }

    /// Errors: another key, another driver, another field, or changed bytes.
    pub(crate) fn open(&self, driver_id: Uuid, field: Field, sealed: &[u8]) -> Result<String> {
        let broken =
            || Error::internal("a sealed value does not open: wrong PARTNER_DATA_KEY or changed data");
        let (nonce, sealed) = sealed.split_at_checked(NONCE_LEN).ok_or_else(broken)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| broken())?;
        let mut bytes = sealed.to_vec();
        let text =
            self.key.open_in_place(nonce, associated(driver_id, field), &mut bytes).map_err(|_| broken())?;
        String::from_utf8(text.to_vec()).map_err(|_| broken())
    }
}

fn associated(driver_id: Uuid, field: Field) -> Aad<Vec<u8>> {
    Aad::from([driver_id.as_bytes().as_slice(), field.label()].concat())
}

/// The last four characters, kept in the clear for masking.
pub(crate) fn last4(text: &str) -> String {
    let count = text.chars().count();
    text.chars().skip(count.saturating_sub(4)).collect()
}

/// How a masked number is shown.
pub(crate) fn masked(last4: &str) -> String {
    format!("••••{last4}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::DEVELOPMENT_DATA_KEY;

    #[test]
    fn a_sealed_number_opens_only_for_its_driver_and_field() {
        let sealer = Sealer::new(DEVELOPMENT_DATA_KEY).unwrap();
        let driver = Uuid::from_u128(1);
        let sealed = sealer.seal(driver, Field::Aadhaar, "123412341234").unwrap();
        assert!(!sealed.windows(4).any(|window| window == b"1234"));
        assert_eq!(sealer.open(driver, Field::Aadhaar, &sealed).unwrap(), "123412341234");
        assert!(sealer.open(Uuid::from_u128(2), Field::Aadhaar, &sealed).is_err());
        assert!(sealer.open(driver, Field::Pan, &sealed).is_err());
        assert!(sealer.open(driver, Field::Aadhaar, &sealed[..8]).is_err());
    }

    #[test]
    fn the_mask_shows_four_characters() {
        assert_eq!(masked(&last4("ABCDE1234F")), "••••234F");
        assert_eq!(last4("12"), "12");
    }
}
