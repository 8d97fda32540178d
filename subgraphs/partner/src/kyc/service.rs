//! What may happen to a driver's KYC, by whom.

use std::collections::BTreeSet;

use kit::Role;
use kit::clock::ist_date;
use kit::error::{Error, Result};
use kit::ids::new_id;
use uuid::Uuid;

use super::graphql::{ApproveKycInput, RejectKycInput, SubmitKycDocumentInput, SubmitKycInput};
use super::repository::{self, Decision};
use super::{
    KycDocument, KycDocumentKind, after_document, check_approval, check_rejection, check_submission,
};
use crate::actor::Actor;
use crate::driver::repository as drivers;
use crate::driver::service::{finish, get};
use crate::driver::{Driver, KycStatus};
use crate::input as check;
use crate::seal::{Field, last4};
use crate::write::{Begun, Write};

/// The driver an operation is about: drivers may leave it out and act for themselves.
async fn lock_subject(write: &mut Write<'_>, by: &Actor<'_>, named: Option<Uuid>) -> Result<Driver> {
    match named {
        Some(id) => drivers::lock(write.conn(), &by.scope(), id).await,
        None if by.viewer.role == Role::Driver => drivers::lock_own(write.conn(), by.viewer.user_id).await,
        None => Err(Error::validation("driverId", "Name a driver")),
    }
}

/// Hands in one document; a replaced required one reopens an approval.
pub(crate) async fn submit_document(by: &Actor<'_>, input: SubmitKycDocumentInput) -> Result<Driver> {
    let named = check::id(input.driver_id.as_ref(), "driverId")?;
    let url = check::url(&input.url, "url")?;
    let now = by.app.clock.now();
    if check::day(input.expires_at, "expiresAt")?.is_some_and(|date| date < ist_date(now)) {
        return Err(Error::validation("expiresAt", "This document has expired"));
    }
    let mut write =
        match Write::begin(by, "submitKycDocument", input.idempotency_key.as_deref(), &input).await? {
            Begun::Repeated(id) => return get(by, id).await,
            Begun::Fresh(write) => write,
        };
    let before = lock_subject(&mut write, by, named).await?;
    let number = input.number.as_deref().map(|number| number_of(input.kind, number)).transpose()?;
    let sealed = number
        .as_deref()
        .map(|number| by.app.sealer.seal(before.id, Field::DocumentNumber, number))
        .transpose()?;
    let document = KycDocument {
        id: new_id(),
        driver_id: before.id,
        kind: input.kind,
        url,
        number_sealed: sealed,
        number_last4: number.as_deref().map(last4),
        status: KycStatus::Pending,
        expires_at: input.expires_at,
        reject_reason: None,
        submitted_at: now,
        submitted_by: by.viewer.user_id,
        reviewed_at: None,
        reviewed_by: None,
    };
    repository::replace(write.conn(), &document).await?;
    let kyc_status = after_document(before.kyc_status, input.kind);
    if kyc_status == before.kyc_status {
        write.commit(before.id).await?;
        return Ok(before);
    }
    let after = Driver { kyc_status, kyc_submitted_at: None, ..before.clone() };
    finish(by, write, &before, after, Some("A required document was replaced")).await
}

fn number_of(kind: KycDocumentKind, number: &str) -> Result<String> {
    match kind {
        KycDocumentKind::PanCard => check::pattern(number, "AAAAA9999A", "number", "A PAN"),
        KycDocumentKind::AadhaarFront | KycDocumentKind::AadhaarBack => {
            check::pattern(number, "999999999999", "number", "An Aadhaar number")
        }
        _ => check::number(number, 4..=30, "number"),
    }
}

/// Asks for a decision; after a rejection this reopens the case.
pub(crate) async fn submit(by: &Actor<'_>, input: SubmitKycInput) -> Result<Driver> {
    let named = check::id(input.driver_id.as_ref(), "driverId")?;
    let mut write = match Write::begin(by, "submitKyc", input.idempotency_key.as_deref(), &input).await? {
        Begun::Repeated(id) => return get(by, id).await,
        Begun::Fresh(write) => write,
    };
    let before = lock_subject(&mut write, by, named).await?;
    check_submission(before.kyc_status, &repository::of_driver(write.conn(), before.id).await?)?;
    let after = Driver {
        kyc_status: KycStatus::Pending,
        kyc_submitted_at: Some(by.app.clock.now()),
        kyc_reject_reason: None,
        ..before.clone()
    };
    finish(by, write, &before, after, None).await
}

/// Approves; everything required must be there and valid today.
pub(crate) async fn approve(by: &Actor<'_>, input: ApproveKycInput) -> Result<Driver> {
    let id = check::required_id(&input.driver_id, "driverId")?;
    let mut write = match Write::begin(by, "approveKyc", input.idempotency_key.as_deref(), &input).await? {
        Begun::Repeated(id) => return get(by, id).await,
        Begun::Fresh(write) => write,
    };
    let before = drivers::lock(write.conn(), &by.scope(), id).await?;
    let now = by.app.clock.now();
    check_approval(before.kyc_status, &repository::of_driver(write.conn(), id).await?, ist_date(now))?;
    let decision = Decision {
        driver_id: id,
        status: KycStatus::Approved,
        reason: None,
        kinds: None,
        by: by.viewer.user_id,
        at: now,
    };
    repository::decide(write.conn(), &decision).await?;
    let after = Driver { kyc_status: KycStatus::Approved, kyc_reject_reason: None, ..before.clone() };
    finish(by, write, &before, after, None).await
}

/// Rejects with a reason; named documents have to be handed in again.
pub(crate) async fn reject(by: &Actor<'_>, input: RejectKycInput) -> Result<Driver> {
    let id = check::required_id(&input.driver_id, "driverId")?;
    let reason = check::text(&input.reason, "reason", 500)?;
    let mut write = match Write::begin(by, "rejectKyc", input.idempotency_key.as_deref(), &input).await? {
        Begun::Repeated(id) => return get(by, id).await,
        Begun::Fresh(write) => write,
    };
    let before = drivers::lock(write.conn(), &by.scope(), id).await?;
    check_rejection(before.kyc_status)?;
    let kinds: BTreeSet<KycDocumentKind> = input.documents.iter().flatten().copied().collect();
    let kinds: Vec<&'static str> = kinds.into_iter().map(KycDocumentKind::as_str).collect();
    if !kinds.is_empty() {
        let decision = Decision {
            driver_id: id,
            status: KycStatus::Rejected,
            reason: Some(&reason),
            kinds: Some(kinds.clone()),
            by: by.viewer.user_id,
            at: by.app.clock.now(),
        };
        if repository::decide(write.conn(), &decision).await? < kinds.len() as u64 {
            return Err(Error::validation("documents", "Not all of these documents wait for a decision"));
        }
    }
    let after = Driver {
        kyc_status: KycStatus::Rejected,
        kyc_reject_reason: Some(reason.clone()),
        kyc_submitted_at: None,
        ..before.clone()
    };
    finish(by, write, &before, after, Some(&reason)).await
}
