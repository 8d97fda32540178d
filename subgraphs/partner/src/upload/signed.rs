//! Upload addresses that prove themselves: whatever serves the base address checks the signature and asks nobody.

use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use chrono::{DateTime, Duration, Utc};
use kit::error::{Error, Result};
use uuid::Uuid;

use super::{FileKind, FileStore, UPLOAD_MINUTES, UploadFolder, UploadUrl};

/// Gives out signed addresses under a base address. The signature is an HMAC-SHA256 over the path, the expiry and the content
/// type, so none of them can be another.
pub struct SignedStore {
    base: String,
    key: hmac::Key,
}

/// An upload as it arrives: `PUT <base><path>?expires=<expires>&signature=<signature>`.
#[derive(Debug, Clone, Copy)]
pub struct UploadRequest<'a> {
    /// The path below the base address, beginning with a slash.
    pub path: &'a str,
    /// The header of the request.
    pub content_type: &'a str,
    /// Seconds since 1970.
    pub expires: i64,
    /// As in the address.
    pub signature: &'a str,
}

impl SignedStore {
    /// Errors: the key is not 32 bytes in base64.
    pub fn new(base: &str, key: &str) -> Result<SignedStore> {
        let bytes = STANDARD.decode(key).ok().filter(|bytes| bytes.len() == 32);
        let bytes = bytes.ok_or_else(|| Error::internal("the upload key is not 32 bytes in base64"))?;
        // A key of its own, whatever else the given one may be used for.
        let derived = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &bytes), b"upload addresses");
        let key = hmac::Key::new(hmac::HMAC_SHA256, derived.as_ref());
        Ok(SignedStore { base: base.trim_end_matches('/').to_owned(), key })
    }

    /// Whether an upload is one that an address was given out for, and in time. Errors: FORBIDDEN.
    pub fn verify(&self, request: &UploadRequest<'_>, now: DateTime<Utc>) -> Result<()> {
        let signature = URL_SAFE_NO_PAD.decode(request.signature).unwrap_or_default();
        let text = signed_text(request.path, request.expires, request.content_type);
        if hmac::verify(&self.key, text.as_bytes(), &signature).is_err() {
            return Err(Error::forbidden("This address was not given out for this file"));
        }
        if now.timestamp() > request.expires {
            return Err(Error::forbidden("This address has expired: ask for a new one"));
        }
        Ok(())
    }
}

impl FileStore for SignedStore {
    fn upload_url(&self, user: Uuid, folder: UploadFolder, kind: FileKind, now: DateTime<Utc>) -> UploadUrl {
        let path = format!("/{}/{user}/{}.{}", folder.path(), kit::ids::new_id(), kind.extension());
        let expires_at = now + Duration::minutes(UPLOAD_MINUTES);
        let expires = expires_at.timestamp();
        let text = signed_text(&path, expires, kind.content_type());
        let signature = URL_SAFE_NO_PAD.encode(hmac::sign(&self.key, text.as_bytes()));
        let file_url = format!("{}{path}", self.base);
        UploadUrl {
            upload_url: format!("{file_url}?expires={expires}&signature={signature}"),
            file_url,
            expires_at,
        }
    }
}

/// What is signed. None of the parts holds a line break, so no two requests read the same.
fn signed_text(path: &str, expires: i64, content_type: &str) -> String {
    format!("PUT\n{path}\n{expires}\n{content_type}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::DEVELOPMENT_DATA_KEY;

    const BASE: &str = "https://files.test";

    fn store() -> SignedStore {
        SignedStore::new("https://files.test/", DEVELOPMENT_DATA_KEY).unwrap()
    }

    /// Path, expiry and signature of an address.
    fn parts(url: &UploadUrl) -> (String, i64, String) {
        let (address, query) = url.upload_url.split_once("?expires=").unwrap();
        let (expires, signature) = query.split_once("&signature=").unwrap();
        (address.strip_prefix(BASE).unwrap().to_owned(), expires.parse().unwrap(), signature.to_owned())
    }

    #[test]
    fn an_address_works_for_its_path_type_and_time_and_for_nothing_else() {
        let (store, now) = (store(), DateTime::UNIX_EPOCH);
        let url = store.upload_url(Uuid::nil(), UploadFolder::Documents, FileKind::Pdf, now);
        let (path, expires, signature) = parts(&url);
        assert_eq!((expires, url.expires_at.timestamp()), (300, 300));
        assert_eq!(url.file_url, format!("{BASE}{path}"));
        let good =
            UploadRequest { path: &path, content_type: "application/pdf", expires, signature: &signature };
        assert!(store.verify(&good, now + Duration::minutes(5)).is_ok());
        let other_path = path.replace("documents", "selfies");
        let refused = [
            (UploadRequest { path: &other_path, ..good }, now),
            (UploadRequest { content_type: "text/html", ..good }, now),
            (UploadRequest { content_type: "", ..good }, now),
            (UploadRequest { expires: 3_000, ..good }, now),
            (UploadRequest { signature: "", ..good }, now),
            (UploadRequest { signature: &signature[1..], ..good }, now),
            (good, now + Duration::seconds(301)),
        ];
        for (request, at) in refused {
            let error = store.verify(&request, at).unwrap_err();
            assert_eq!(error.code(), kit::Code::FORBIDDEN, "{request:?}");
        }
        let stranger = SignedStore::new(BASE, &STANDARD.encode([9; 32])).unwrap();
        assert!(stranger.verify(&good, now).is_err(), "another key");
        let again = store.upload_url(Uuid::nil(), UploadFolder::Documents, FileKind::Pdf, now);
        assert_ne!(again.file_url, url.file_url);
    }

    #[test]
    fn a_key_that_is_none_is_refused() {
        for key in ["", "short", &STANDARD.encode([1; 16])] {
            assert!(SignedStore::new(BASE, key).is_err(), "{key}");
        }
    }
}
