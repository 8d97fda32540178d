-- Referral codes of users, and who brought whom. One referral per newcomer.

CREATE TABLE referral_code (
    user_id     uuid        NOT NULL CONSTRAINT referral_code_pkey PRIMARY KEY,
    code        text        NOT NULL CONSTRAINT referral_code_code_key UNIQUE
                CONSTRAINT referral_code_format_check CHECK (code ~ '^REF_[0-9A-Z]{8}$'),
    created_at  timestamptz NOT NULL
);

CREATE TABLE referral (
    id              uuid        NOT NULL CONSTRAINT referral_pkey PRIMARY KEY,
    short_id        text        NOT NULL CONSTRAINT referral_short_id_key UNIQUE,
    referred_by_id  uuid        NOT NULL,
    referred_to_id  uuid        NOT NULL CONSTRAINT referral_referred_to_key UNIQUE,
    status          text        NOT NULL DEFAULT 'PENDING'
                    CONSTRAINT referral_status_check CHECK (status IN ('PENDING', 'COMPLETED', 'CANCELLED', 'EXPIRED')),
    rewarded_at     timestamptz,
    incentive_id    uuid,
    created_at      timestamptz NOT NULL,
    updated_at      timestamptz NOT NULL,
    CONSTRAINT referral_self_check CHECK (referred_by_id <> referred_to_id)
);
CREATE INDEX referral_referred_by_idx ON referral (referred_by_id, created_at);
CREATE INDEX referral_pending_idx ON referral (created_at, id) WHERE status = 'PENDING';
