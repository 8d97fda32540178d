//! Where uploaded files go: a port with an offline adapter, until there is an object store.

pub(crate) mod graphql;
mod signed;

use async_graphql::Enum;
use chrono::{DateTime, Utc};
use kit::error::{Error, Result};
use uuid::Uuid;

pub use signed::{SignedStore, UploadRequest};

/// What a file is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
pub enum UploadFolder {
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
pub const UPLOAD_MINUTES: i64 = 5;

/// Where to put a file, and where it can be read afterwards.
#[derive(Debug, Clone, async_graphql::SimpleObject)]
pub struct UploadUrl {
    /// Send the file here with PUT and the content type you named; with another, the signature does not fit.
    pub upload_url: String,
    /// Where the file is afterwards; hand this in.
    pub file_url: String,
    /// When the upload address stops working.
    pub expires_at: DateTime<Utc>,
}

/// A kind of file that may be uploaded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileKind {
    /// image/jpeg
    Jpeg,
    /// image/png
    Png,
    /// application/pdf
    Pdf,
}

impl FileKind {
    /// The kind of a content type. Errors: VALIDATION for one that is not allowed.
    pub fn of(content_type: &str) -> Result<FileKind> {
        let wanted = content_type.trim().to_ascii_lowercase();
        [FileKind::Jpeg, FileKind::Png, FileKind::Pdf]
            .into_iter()
            .find(|kind| kind.content_type() == wanted)
            .ok_or_else(|| {
                Error::validation("contentType", "Files are image/jpeg, image/png or application/pdf")
            })
    }

    /// As in the header of a request.
    pub fn content_type(self) -> &'static str {
        match self {
            FileKind::Jpeg => "image/jpeg",
            FileKind::Png => "image/png",
            FileKind::Pdf => "application/pdf",
        }
    }

    /// The ending of a file's name.
    pub fn extension(self) -> &'static str {
        match self {
            FileKind::Jpeg => "jpg",
            FileKind::Png => "png",
            FileKind::Pdf => "pdf",
        }
    }
}

/// A store of files that gives out addresses to upload to.
pub trait FileStore: Send + Sync {
    /// An address for one file of a user. The name is new, so nobody overwrites another's file.
    fn upload_url(&self, user: Uuid, folder: UploadFolder, kind: FileKind, now: DateTime<Utc>) -> UploadUrl;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_real_types_of_pictures_and_pdf_are_taken() {
        assert_eq!(FileKind::of("image/JPEG").unwrap().extension(), "jpg");
        assert_eq!(FileKind::of("application/pdf").unwrap().extension(), "pdf");
        for refused in ["image/pdf", "image/jpg", "text/html", "image/svg+xml", ""] {
            assert_eq!(FileKind::of(refused).unwrap_err().field_name(), Some("contentType"), "{refused}");
        }
    }
}
