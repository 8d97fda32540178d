//! Where uploaded files go: a port with an offline adapter, until there is an object store.

pub(crate) mod graphql;

use async_graphql::Enum;
use chrono::{DateTime, Duration, Utc};
use kit::error::{Error, Result};
use uuid::Uuid;

/// What a file is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
pub(crate) enum UploadFolder {
    /// Check-in selfies.
    Selfies,
    /// Photos of the odometer.
    Odometer,
    /// KYC documents.
    Documents,
    /// Profile pictures.
    Profiles,
    /// Photos and papers of vehicles.
    Vehicles,
}

impl UploadFolder {
    fn path(self) -> &'static str {
        match self {
            UploadFolder::Selfies => "selfies",
            UploadFolder::Odometer => "odometer",
            UploadFolder::Documents => "documents",
            UploadFolder::Profiles => "profiles",
            UploadFolder::Vehicles => "vehicles",
        }
    }
}

/// How long an upload address works.
pub(crate) const UPLOAD_MINUTES: i64 = 5;

/// Where to put a file, and where it can be read afterwards.
#[derive(Debug, Clone, async_graphql::SimpleObject)]
pub(crate) struct UploadUrl {
    /// Send the file here with PUT and the content type you named.
    pub(crate) upload_url: String,
    /// Where the file is afterwards; hand this in.
    pub(crate) file_url: String,
    /// When the upload address stops working.
    pub(crate) expires_at: DateTime<Utc>,
}

/// A store of files that gives out addresses to upload to.
pub(crate) trait FileStore: Send + Sync {
    /// An address for one file of a user. The name is new, so nobody overwrites another's file.
    fn upload_url(&self, user: Uuid, folder: UploadFolder, extension: &str, now: DateTime<Utc>) -> UploadUrl;
}

/// Gives out addresses under a base address; whatever serves it keeps the files.
pub(crate) struct PlainStore {
    pub(crate) base: String,
}

impl FileStore for PlainStore {
    fn upload_url(&self, user: Uuid, folder: UploadFolder, extension: &str, now: DateTime<Utc>) -> UploadUrl {
        let base = self.base.trim_end_matches('/');
        let file_url = format!("{base}/{}/{user}/{}.{extension}", folder.path(), kit::ids::new_id());
        let expires_at = now + Duration::minutes(UPLOAD_MINUTES);
        UploadUrl {
            upload_url: format!("{file_url}?expires={}", expires_at.timestamp()),
            file_url,
            expires_at,
        }
    }
}

/// The file name's extension for a content type that is allowed. Errors: VALIDATION for any other.
pub(crate) fn extension(content_type: &str) -> Result<&'static str> {
    match content_type.trim().to_ascii_lowercase().as_str() {
        "image/jpeg" => Ok("jpg"),
        "image/png" => Ok("png"),
        "application/pdf" => Ok("pdf"),
        _ => Err(Error::validation("contentType", "Files are image/jpeg, image/png or application/pdf")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_real_types_of_pictures_and_pdf_are_taken() {
        assert_eq!(extension("image/JPEG").unwrap(), "jpg");
        assert_eq!(extension("application/pdf").unwrap(), "pdf");
        for refused in ["image/pdf", "image/jpg", "text/html", "image/svg+xml", ""] {
            assert_eq!(extension(refused).unwrap_err().field_name(), Some("contentType"), "{refused}");
        }
    }

    #[test]
    fn an_address_works_for_five_minutes_and_is_new_every_time() {
        let store = PlainStore { base: "https://files.test/".into() };
        let now = DateTime::UNIX_EPOCH;
        let one = store.upload_url(Uuid::nil(), UploadFolder::Selfies, "jpg", now);
        let two = store.upload_url(Uuid::nil(), UploadFolder::Selfies, "jpg", now);
        assert!(one.upload_url.starts_with("https://files.test/selfies/"));
        assert!(one.upload_url.ends_with("?expires=300"));
        assert_ne!(one.file_url, two.file_url);
    }
}
