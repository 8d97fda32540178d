-- KYC documents, with their history: a replaced document stays, marked superseded.

CREATE TABLE kyc_document (
    id             uuid        NOT NULL CONSTRAINT kyc_document_pkey PRIMARY KEY,
    driver_id      uuid        NOT NULL CONSTRAINT kyc_document_driver_fkey REFERENCES driver (id),
    kind           text        NOT NULL CONSTRAINT kyc_document_kind_check CHECK (kind IN (
                       'LICENSE_FRONT', 'LICENSE_BACK', 'AADHAAR_FRONT', 'AADHAAR_BACK', 'PAN_CARD', 'LIVE_PHOTO', 'BANK_PROOF',
                       'DRIVER_AGREEMENT', 'POLICE_VERIFICATION', 'CURRENT_ADDRESS', 'PERMANENT_ADDRESS', 'OTHER')),
    url            text        NOT NULL,
    number_sealed  bytea,
    number_last4   text,
    status         text        NOT NULL DEFAULT 'PENDING'
                   CONSTRAINT kyc_document_status_check CHECK (status IN ('PENDING', 'APPROVED', 'REJECTED')),
    expires_at     date,
    reject_reason  text,
    submitted_at   timestamptz NOT NULL,
    submitted_by   uuid        NOT NULL,
    reviewed_at    timestamptz,
    reviewed_by    uuid,
    superseded_at  timestamptz
);
CREATE UNIQUE INDEX kyc_document_current_key ON kyc_document (driver_id, kind) WHERE superseded_at IS NULL;
