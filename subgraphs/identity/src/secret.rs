//! Everything that needs the service's secret or chance: digests of codes, opaque tokens, sealed keys.

use aws_lc_rs::aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey};
use aws_lc_rs::{digest, hmac, rand};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use kit::{Error, Result};
use uuid::Uuid;

/// A secret shorter than this is refused.
const SECRET_MIN_BYTES: usize = 32;

/// Keys derived from the one secret of this service, each for one use.
pub struct Vault {
    codes: hmac::Key,
    seal: RandomizedNonceKey,
}

/// A token as the client holds it, and the digest that is kept of it.
pub struct OpaqueToken {
    /// 256 random bits, base64url.
    pub text: String,
    /// SHA-256 of the text. Unkeyed is enough for 256 random bits.
    pub hash: Vec<u8>,
}

impl Vault {
    /// Derives the keys. Errors: a secret shorter than 32 bytes.
    pub fn new(secret: &str) -> Result<Self> {
        if secret.len() < SECRET_MIN_BYTES {
            return Err(Error::internal("IDENTITY_SECRET must have at least 32 bytes"));
        }
        let master = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
        let derive = |use_: &str| hmac::sign(&master, use_.as_bytes());
        let seal = RandomizedNonceKey::new(&AES_256_GCM, derive("signing-key-seal").as_ref())
            .map_err(|_| Error::internal("cannot derive the sealing key"))?;
        Ok(Self { codes: hmac::Key::new(hmac::HMAC_SHA256, derive("one-time-codes").as_ref()), seal })
    }

    /// The digest that is kept of a one-time code. Bound to its row, so that rows cannot be swapped.
    pub fn code_digest(&self, otp_id: Uuid, phone: &str, code: &str) -> Vec<u8> {
        hmac::sign(&self.codes, &code_message(otp_id, phone, code)).as_ref().to_vec()
    }

    /// Compares in constant time.
    pub fn code_matches(&self, otp_id: Uuid, phone: &str, code: &str, digest: &[u8]) -> bool {
        hmac::verify(&self.codes, &code_message(otp_id, phone, code), digest).is_ok()
    }

    /// Seals the private half of a key for the database: nonce, then ciphertext with tag.
    pub fn seal(&self, label: &str, plain: &[u8]) -> Result<Vec<u8>> {
        let mut text = plain.to_vec();
        let nonce = self
            .seal
            .seal_in_place_append_tag(Aad::from(label.as_bytes()), &mut text)
            .map_err(|_| Error::internal("sealing failed"))?;
        Ok([nonce.as_ref().as_slice(), &text].concat())
    }

    /// Opens what [`Vault::seal`] sealed. Errors: another secret, another label, or damage.
    pub fn open(&self, label: &str, sealed: &[u8]) -> Result<Vec<u8>> {
        let refused = || Error::internal(format!("{label} cannot be opened: was IDENTITY_SECRET changed?"));
        let (nonce, text) = sealed.split_at_checked(NONCE_LEN).ok_or_else(refused)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| refused())?;
        let mut text = text.to_vec();
        let plain =
            self.seal.open_in_place(nonce, Aad::from(label.as_bytes()), &mut text).map_err(|_| refused())?;
        Ok(plain.to_vec())
    }
}

/// The digest under which a token is looked up.
pub fn token_digest(text: &str) -> Vec<u8> {
    digest::digest(&digest::SHA256, text.as_bytes()).as_ref().to_vec()
}

/// A new opaque token.
pub fn opaque_token() -> Result<OpaqueToken> {
    let text = URL_SAFE_NO_PAD.encode(random::<32>()?);
    Ok(OpaqueToken { hash: token_digest(&text), text })
}

/// A new one-time code: six digits, each of the million equally likely.
pub fn one_time_code() -> Result<String> {
    // The largest multiple of a million below 2^32; above it the draw is repeated, so that no code is favoured.
    const LIMIT: u32 = u32::MAX - u32::MAX % 1_000_000;
    loop {
        let drawn = u32::from_be_bytes(random()?);
        if drawn < LIMIT {
            return Ok(format!("{:06}", drawn % 1_000_000));
        }
    }
}

fn code_message(otp_id: Uuid, phone: &str, code: &str) -> Vec<u8> {
    [otp_id.as_bytes().as_slice(), phone.as_bytes(), b"\0", code.as_bytes()].concat()
}

fn random<const N: usize>() -> Result<[u8; N]> {
    let mut bytes = [0; N];
    rand::fill(&mut bytes).map_err(|_| Error::internal("no randomness"))?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "0123456789abcdef0123456789abcdef";

    fn vault(secret: &str) -> Vault {
        Vault::new(secret).map_err(|error| error.log_line()).unwrap()
    }

    #[test]
    fn a_code_matches_only_its_own_row_phone_and_digits() {
        let vault = vault(SECRET);
        let id = Uuid::now_v7();
        let digest = vault.code_digest(id, "+919000000001", "123456");
        assert!(vault.code_matches(id, "+919000000001", "123456", &digest));
        assert!(!vault.code_matches(id, "+919000000001", "123457", &digest));
        assert!(!vault.code_matches(id, "+919000000002", "123456", &digest));
        assert!(!vault.code_matches(Uuid::now_v7(), "+919000000001", "123456", &digest));
    }

    #[test]
    fn a_sealed_key_opens_only_under_the_same_secret_and_label() {
        let sealed = vault(SECRET).seal("key-1", b"private").map_err(|e| e.log_line()).unwrap();
        assert!(!sealed.windows(7).any(|window| window == b"private"));
        assert_eq!(vault(SECRET).open("key-1", &sealed).map_err(|e| e.log_line()).unwrap(), b"private");
        assert!(vault(SECRET).open("key-2", &sealed).is_err());
        assert!(vault("fedcba9876543210fedcba9876543210").open("key-1", &sealed).is_err());
        assert!(vault(SECRET).open("key-1", b"short").is_err());
    }

    #[test]
    fn a_short_secret_is_refused() {
        assert!(Vault::new("too short").is_err());
    }

    #[test]
    fn codes_and_tokens_have_their_shape_and_do_not_repeat() {
        let codes: std::collections::HashSet<_> =
            (0..100).map(|_| one_time_code().map_err(|e| e.log_line()).unwrap()).collect();
        assert!(codes.len() > 95);
        assert!(codes.iter().all(|code| code.len() == 6 && code.bytes().all(|b| b.is_ascii_digit())));
        let token = opaque_token().map_err(|e| e.log_line()).unwrap();
        assert_eq!((token.text.len(), token.hash.len()), (43, 32));
        assert_eq!(token_digest(&token.text), token.hash);
    }
}
