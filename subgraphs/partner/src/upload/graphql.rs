//! Upload addresses as clients ask for them.

use async_graphql::{Context, InputObject, Object};
use kit::error::Result;

use super::{FileKind, UploadFolder, UploadUrl};
use crate::actor::{EVERYBODY, actor};

/// A file about to be uploaded.
#[derive(Debug, Clone, InputObject)]
pub(crate) struct CreateUploadUrlInput {
    /// Accepted on every mutation; each call gives a new address anyway.
    pub(crate) idempotency_key: Option<String>,
    /// What it is for.
    pub(crate) folder: UploadFolder,
    /// image/jpeg, image/png or application/pdf.
    pub(crate) content_type: String,
}

/// Mutations of uploads.
#[derive(Default)]
pub(crate) struct UploadMutation;

#[Object]
impl UploadMutation {
    /// Where to upload a file. The address works for five minutes, for this content type only.
    async fn create_upload_url(&self, ctx: &Context<'_>, input: CreateUploadUrlInput) -> Result<UploadUrl> {
        let by = actor(ctx, EVERYBODY)?;
        let kind = FileKind::of(&input.content_type)?;
        Ok(by.app.files.upload_url(by.viewer.user_id, input.folder, kind, by.app.clock.now()))
    }
}
