-- One-time passwords and the tickets they buy. Codes and tickets are kept as keyed digests only.

CREATE TABLE otp (
    id          uuid        NOT NULL CONSTRAINT otp_pkey PRIMARY KEY,
    phone       text        NOT NULL,
    purpose     text        NOT NULL CONSTRAINT otp_purpose_check CHECK (purpose IN ('LOGIN', 'SIGNUP')),
    code_hmac   bytea       NOT NULL CONSTRAINT otp_code_hmac_check CHECK (octet_length(code_hmac) = 32),
    client_ip   text,
    attempts    integer     NOT NULL DEFAULT 0 CONSTRAINT otp_attempts_check CHECK (attempts BETWEEN 0 AND 3),
    verified    boolean     NOT NULL DEFAULT false,
    -- When it was used, or replaced by a newer code.
    consumed_at timestamptz,
    expires_at  timestamptz NOT NULL,
    created_at  timestamptz NOT NULL
);
-- A newer code replaces the older one: one live code per phone and purpose.
CREATE UNIQUE INDEX otp_live_key ON otp (phone, purpose) WHERE consumed_at IS NULL;
-- The limits count recent requests per phone and per address.
CREATE INDEX otp_phone_created_at_idx ON otp (phone, created_at DESC);
CREATE INDEX otp_client_ip_created_at_idx ON otp (client_ip, created_at DESC);
CREATE INDEX otp_created_at_idx ON otp (created_at);

-- Wrong answers in a row per phone, over all codes; enough of them lock the phone for a while.
CREATE TABLE phone_lock (
    phone        text        NOT NULL CONSTRAINT phone_lock_pkey PRIMARY KEY,
    failures     integer     NOT NULL CONSTRAINT phone_lock_failures_check CHECK (failures >= 0),
    locked_until timestamptz,
    updated_at   timestamptz NOT NULL
);

-- Proof that a phone was verified, handed to the sign-up form.
CREATE TABLE signup_ticket (
    id          uuid        NOT NULL CONSTRAINT signup_ticket_pkey PRIMARY KEY,
    ticket_hash bytea       NOT NULL CONSTRAINT signup_ticket_hash_key UNIQUE,
    phone       text        NOT NULL,
    consumed_at timestamptz,
    expires_at  timestamptz NOT NULL,
    created_at  timestamptz NOT NULL
);
CREATE INDEX signup_ticket_expires_at_idx ON signup_ticket (expires_at);
