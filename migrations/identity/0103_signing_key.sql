-- Keys that sign access tokens. The private half is sealed (AES-256-GCM) under a key derived from the service's secret.

CREATE TABLE signing_key (
    kid          text        NOT NULL CONSTRAINT signing_key_pkey PRIMARY KEY,
    sealed       bytea       NOT NULL,
    public_jwk   jsonb       NOT NULL,
    -- Published from `created_at`, signs from `activates_at` until the next key does, unpublished after `retires_at`.
    activates_at timestamptz NOT NULL CONSTRAINT signing_key_activates_at_key UNIQUE,
    retires_at   timestamptz,
    created_at   timestamptz NOT NULL,
    CONSTRAINT signing_key_order_check
        CHECK (activates_at >= created_at AND (retires_at IS NULL OR retires_at > activates_at))
);
