//! KYC: which documents a driver owes, and which decision is possible when.

pub(crate) mod graphql;
pub(crate) mod repository;
pub(crate) mod service;

use std::collections::BTreeSet;

use async_graphql::Enum;
use chrono::{DateTime, NaiveDate, Utc};
use kit::error::{Code, Error, Result};
use uuid::Uuid;

use crate::driver::KycStatus;

/// A kind of document that a driver hands in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Enum, sqlx::Type, serde::Serialize)]
#[sqlx(type_name = "text", rename_all = "SCREAMING_SNAKE_CASE")]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(crate) enum KycDocumentKind {
    /// Driving licence, front. Required.
    LicenseFront,
    /// Driving licence, back. Required.
    LicenseBack,
    /// Aadhaar card, front. Required.
    AadhaarFront,
    /// Aadhaar card, back. Required.
    AadhaarBack,
    /// PAN card. Required.
    PanCard,
    /// A photo taken now. Required.
    LivePhoto,
    /// Proof of the bank account.
    BankProof,
    /// The signed agreement.
    DriverAgreement,
    /// Police verification.
    PoliceVerification,
    /// Proof of the current address.
    CurrentAddress,
    /// Proof of the permanent address.
    PermanentAddress,
    /// Anything else.
    Other,
}

/// What must be there before a driver can be approved.
pub(crate) const REQUIRED: [KycDocumentKind; 6] = [
    KycDocumentKind::LicenseFront,
    KycDocumentKind::LicenseBack,
    KycDocumentKind::AadhaarFront,
    KycDocumentKind::AadhaarBack,
    KycDocumentKind::PanCard,
    KycDocumentKind::LivePhoto,
];

impl KycDocumentKind {
    /// The database's and the wire's spelling.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            KycDocumentKind::LicenseFront => "LICENSE_FRONT",
            KycDocumentKind::LicenseBack => "LICENSE_BACK",
            KycDocumentKind::AadhaarFront => "AADHAAR_FRONT",
            KycDocumentKind::AadhaarBack => "AADHAAR_BACK",
            KycDocumentKind::PanCard => "PAN_CARD",
            KycDocumentKind::LivePhoto => "LIVE_PHOTO",
            KycDocumentKind::BankProof => "BANK_PROOF",
            KycDocumentKind::DriverAgreement => "DRIVER_AGREEMENT",
            KycDocumentKind::PoliceVerification => "POLICE_VERIFICATION",
            KycDocumentKind::CurrentAddress => "CURRENT_ADDRESS",
            KycDocumentKind::PermanentAddress => "PERMANENT_ADDRESS",
            KycDocumentKind::Other => "OTHER",
        }
    }

    /// Whether approval needs this document.
    pub(crate) fn is_required(self) -> bool {
        REQUIRED.contains(&self)
    }
}

/// A current document of a driver (a replaced one is history and never shown).
#[derive(Debug, Clone, sqlx::FromRow)]
pub(crate) struct KycDocument {
    pub(crate) id: Uuid,
    pub(crate) driver_id: Uuid,
    pub(crate) kind: KycDocumentKind,
    pub(crate) url: String,
    pub(crate) number_sealed: Option<Vec<u8>>,
    pub(crate) number_last4: Option<String>,
    pub(crate) status: KycStatus,
    pub(crate) expires_at: Option<NaiveDate>,
    pub(crate) reject_reason: Option<String>,
    pub(crate) submitted_at: DateTime<Utc>,
    pub(crate) submitted_by: Uuid,
    pub(crate) reviewed_at: Option<DateTime<Utc>>,
    pub(crate) reviewed_by: Option<Uuid>,
}

/// Required kinds that are not there, or were refused one by one.
pub(crate) fn missing(documents: &[KycDocument]) -> Vec<KycDocumentKind> {
    let present: BTreeSet<KycDocumentKind> = documents
        .iter()
        .filter(|document| document.status != KycStatus::Rejected)
        .map(|document| document.kind)
        .collect();
    REQUIRED.into_iter().filter(|kind| !present.contains(kind)).collect()
}

/// Where a driver's KYC stands after one document was handed in: a replaced required document reopens an approval.
pub(crate) fn after_document(status: KycStatus, kind: KycDocumentKind) -> KycStatus {
    match status {
        KycStatus::Approved if kind.is_required() => KycStatus::Pending,
        unchanged => unchanged,
    }
}

/// Whether an administrator may approve: everything required is there and nothing of it has expired.
pub(crate) fn check_approval(status: KycStatus, documents: &[KycDocument], today: NaiveDate) -> Result<()> {
    if status != KycStatus::Pending {
        return Err(transition(status, KycStatus::Approved));
    }
    let missing: Vec<&str> = missing(documents).into_iter().map(KycDocumentKind::as_str).collect();
    if !missing.is_empty() {
        return Err(Error::conflict(format!("Documents are missing: {}", missing.join(", ")))
            .with("missing", missing));
    }
    let expired: Vec<&str> = documents
        .iter()
        .filter(|document| {
            document.kind.is_required() && document.expires_at.is_some_and(|date| date < today)
        })
        .map(|document| document.kind.as_str())
        .collect();
    if !expired.is_empty() {
        return Err(Error::conflict(format!("Documents have expired: {}", expired.join(", ")))
            .with("expired", expired));
    }
    Ok(())
}

/// Whether an administrator may reject.
pub(crate) fn check_rejection(status: KycStatus) -> Result<()> {
    if status == KycStatus::Pending { Ok(()) } else { Err(transition(status, KycStatus::Rejected)) }
}

/// Whether a driver may hand the whole in for a decision.
pub(crate) fn check_submission(status: KycStatus, documents: &[KycDocument]) -> Result<()> {
    if status == KycStatus::Approved {
        return Err(transition(status, KycStatus::Pending));
    }
    let missing: Vec<&str> = missing(documents).into_iter().map(KycDocumentKind::as_str).collect();
    if missing.is_empty() {
        return Ok(());
    }
    Err(Error::validation("documents", format!("Documents are missing: {}", missing.join(", ")))
        .with("missing", missing))
}

fn transition(from: KycStatus, to: KycStatus) -> Error {
    Error::new(Code::INVALID_TRANSITION, format!("KYC is {} and can't become {}", from.as_str(), to.as_str()))
        .with("from", from.as_str())
        .with("to", to.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document(kind: KycDocumentKind) -> KycDocument {
        KycDocument {
            id: Uuid::nil(),
            driver_id: Uuid::nil(),
            kind,
            url: "https://files.test/a.jpg".into(),
            number_sealed: None,
            number_last4: None,
            status: KycStatus::Pending,
            expires_at: None,
            reject_reason: None,
            submitted_at: DateTime::UNIX_EPOCH,
            submitted_by: Uuid::nil(),
            reviewed_at: None,
            reviewed_by: None,
        }
    }

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn approval_needs_each_of_the_six_required_documents() {
        let all: Vec<KycDocument> = REQUIRED.into_iter().map(document).collect();
        assert!(check_approval(KycStatus::Pending, &all, day("2026-01-27")).is_ok());
        for absent in REQUIRED {
            let five: Vec<KycDocument> =
                all.iter().filter(|document| document.kind != absent).cloned().collect();
            assert_eq!(missing(&five), [absent]);
            assert_eq!(
                check_approval(KycStatus::Pending, &five, day("2026-01-27")).unwrap_err().code(),
                Code::CONFLICT
            );
        }
    }

    #[test]
    fn an_expired_licence_cannot_be_approved_but_one_that_ends_today_can() {
        let mut all: Vec<KycDocument> = REQUIRED.into_iter().map(document).collect();
        all[0].expires_at = Some(day("2026-01-27"));
        assert!(check_approval(KycStatus::Pending, &all, day("2026-01-27")).is_ok());
        assert_eq!(
            check_approval(KycStatus::Pending, &all, day("2026-01-28")).unwrap_err().code(),
            Code::CONFLICT
        );
    }

    #[test]
    fn decisions_are_made_on_pending_only() {
        let all: Vec<KycDocument> = REQUIRED.into_iter().map(document).collect();
        for status in [KycStatus::Approved, KycStatus::Rejected] {
            assert_eq!(
                check_approval(status, &all, day("2026-01-27")).unwrap_err().code(),
                Code::INVALID_TRANSITION
            );
            assert_eq!(check_rejection(status).unwrap_err().code(), Code::INVALID_TRANSITION);
        }
    }

    #[test]
    fn replacing_a_required_document_reopens_an_approval_and_another_kind_does_not() {
        assert_eq!(after_document(KycStatus::Approved, KycDocumentKind::PanCard), KycStatus::Pending);
        assert_eq!(after_document(KycStatus::Approved, KycDocumentKind::BankProof), KycStatus::Approved);
        assert_eq!(after_document(KycStatus::Rejected, KycDocumentKind::PanCard), KycStatus::Rejected);
    }
}
