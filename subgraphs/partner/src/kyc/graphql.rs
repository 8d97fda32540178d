//! KYC as clients see and ask for it.

use std::collections::HashMap;

use async_graphql::{Context, ID, InputObject, Object};
use chrono::{DateTime, NaiveDate, Utc};
use kit::error::Result;
use kit::loader::{self, Batch, Source};
use kit::page::{Connection, PageArgs};
use kit::viewer::caller;
use serde::Serialize;
use uuid::Uuid;

use super::{KycDocument, KycDocumentKind, repository, service};
use crate::actor::{ADMINS, EVERYBODY, actor, app};
use crate::driver::graphql::sees_numbers;
use crate::driver::input::{DriverFilter, DriverOrder, Sort};
use crate::driver::loader::DriverById;
use crate::driver::{Driver, KycStatus};
use crate::seal::{Field, masked};

/// A document that a driver handed in.
#[Object]
impl KycDocument {
    /// The document's id.
    async fn id(&self) -> ID {
        self.id.into()
    }

    /// What it is.
    async fn kind(&self) -> KycDocumentKind {
        self.kind
    }

    /// Where the file is.
    async fn url(&self) -> &str {
        &self.url
    }

    /// The number on it; masked unless you handle money or it is yours.
    async fn number(&self, ctx: &Context<'_>) -> Result<Option<String>> {
        let Some(sealed) = &self.number_sealed else { return Ok(None) };
        let owner = loader::load::<DriverById>(ctx, self.driver_id).await?.map(|driver| driver.user_id);
        if owner.is_some_and(|owner| sees_numbers(caller(ctx), owner)) {
            return app(ctx)?.sealer.open(self.driver_id, Field::DocumentNumber, sealed).map(Some);
        }
        Ok(self.number_last4.as_deref().map(masked))
    }

    /// Whether it was accepted.
    async fn status(&self) -> KycStatus {
        self.status
    }

    /// Whether approval needs it.
    async fn required(&self) -> bool {
        self.kind.is_required()
    }

    /// The last day on which it is valid.
    async fn expires_at(&self) -> Option<NaiveDate> {
        self.expires_at
    }

    /// Why it was refused.
    async fn reject_reason(&self) -> Option<&str> {
        self.reject_reason.as_deref()
    }

    /// When it was handed in.
    async fn submitted_at(&self) -> DateTime<Utc> {
        self.submitted_at
    }

    /// Who handed it in.
    async fn submitted_by(&self) -> ID {
        self.submitted_by.into()
    }

    /// When somebody decided.
    async fn reviewed_at(&self) -> Option<DateTime<Utc>> {
        self.reviewed_at
    }

    /// Who decided.
    async fn reviewed_by(&self) -> Option<ID> {
        self.reviewed_by.map(ID::from)
    }
}

/// A document for a driver's KYC.
#[derive(Debug, Clone, InputObject, Serialize)]
pub(crate) struct SubmitKycDocumentInput {
    /// Repeating a request with the same key gives the first answer again.
    pub(crate) idempotency_key: Option<String>,
    /// The driver; left out by drivers, who act for themselves.
    pub(crate) driver_id: Option<ID>,
    /// What it is; it replaces an earlier one of the kind.
    pub(crate) kind: KycDocumentKind,
    /// Where the file is; see createUploadUrl.
    pub(crate) url: String,
    /// The number on it.
    pub(crate) number: Option<String>,
    /// The last day on which it is valid.
    pub(crate) expires_at: Option<NaiveDate>,
}

/// Asks for a decision on a driver's KYC.
#[derive(Debug, Clone, InputObject, Serialize)]
pub(crate) struct SubmitKycInput {
    /// Repeating a request with the same key gives the first answer again.
    pub(crate) idempotency_key: Option<String>,
    /// The driver; left out by drivers, who act for themselves.
    pub(crate) driver_id: Option<ID>,
}

/// Approves a driver's KYC.
#[derive(Debug, Clone, InputObject, Serialize)]
pub(crate) struct ApproveKycInput {
    /// Repeating a request with the same key gives the first answer again.
    pub(crate) idempotency_key: Option<String>,
    /// The driver.
    pub(crate) driver_id: ID,
}

/// Rejects a driver's KYC.
#[derive(Debug, Clone, InputObject, Serialize)]
pub(crate) struct RejectKycInput {
    /// Repeating a request with the same key gives the first answer again.
    pub(crate) idempotency_key: Option<String>,
    /// The driver.
    pub(crate) driver_id: ID,
    /// Why, in words that the driver reads.
    pub(crate) reason: String,
    /// The documents to hand in again.
    pub(crate) documents: Option<Vec<KycDocumentKind>>,
}

/// Documents of drivers that were loaded within the viewer's scope.
pub(crate) struct DocumentsByDriver;

impl Batch for DocumentsByDriver {
    type Key = Uuid;
    type Value = Vec<KycDocument>;

    async fn load(source: &Source, keys: &[Uuid]) -> Result<HashMap<Uuid, Vec<KycDocument>>> {
        let mut all: HashMap<Uuid, Vec<KycDocument>> = HashMap::new();
        for document in repository::of_drivers(&source.pool, keys).await? {
            all.entry(document.driver_id).or_default().push(document);
        }
        Ok(all)
    }
}

/// Queries about KYC.
#[derive(Default)]
pub(crate) struct KycQuery;

#[Object]
impl KycQuery {
    /// Drivers who handed in their documents and wait for a decision, the longest waiting first; or those of another
    /// status.
    async fn kyc_queue(
        &self,
        ctx: &Context<'_>,
        fleet_id: Option<ID>,
        status: Option<KycStatus>,
        first: Option<i32>,
        after: Option<String>,
    ) -> Result<Connection<Driver>> {
        actor(ctx, ADMINS)?;
        let status = status.unwrap_or(KycStatus::Pending);
        let filter = DriverFilter {
            fleet_id,
            kyc_status: Some(vec![status]),
            kyc_submitted: (status == KycStatus::Pending).then_some(true),
            ..DriverFilter::default()
        };
        let sort =
            if status == KycStatus::Pending { Sort::Waiting } else { Sort::By(DriverOrder::OldestFirst) };
        crate::driver::query::list(ctx, PageArgs::parse(first, after)?, filter, sort).await
    }
}

/// Mutations of KYC.
#[derive(Default)]
pub(crate) struct KycMutation;

#[Object]
impl KycMutation {
    /// Hands in one document, your own or that of a driver in your scope. Replacing a required one after the approval
    /// reopens the case.
    async fn submit_kyc_document(&self, ctx: &Context<'_>, input: SubmitKycDocumentInput) -> Result<Driver> {
        service::submit_document(&actor(ctx, EVERYBODY)?, input).await
    }

    /// Asks for a decision when all required documents are there.
    async fn submit_kyc(&self, ctx: &Context<'_>, input: SubmitKycInput) -> Result<Driver> {
        service::submit(&actor(ctx, EVERYBODY)?, input).await
    }

    /// Approves a driver whose required documents are there and valid.
    async fn approve_kyc(&self, ctx: &Context<'_>, input: ApproveKycInput) -> Result<Driver> {
        service::approve(&actor(ctx, ADMINS)?, input).await
    }

    /// Rejects with a reason; the driver may hand in again.
    async fn reject_kyc(&self, ctx: &Context<'_>, input: RejectKycInput) -> Result<Driver> {
        service::reject(&actor(ctx, ADMINS)?, input).await
    }
}
