-- A session is one sign-in on one device: a family of refresh tokens, of which exactly one is live.

CREATE TABLE session (
    id            uuid        NOT NULL CONSTRAINT session_pkey PRIMARY KEY,
    user_id       uuid        NOT NULL CONSTRAINT session_user_fkey REFERENCES app_user (id) ON DELETE CASCADE,
    client_type   text        NOT NULL CONSTRAINT session_client_type_check CHECK (client_type IN ('web', 'app')),
    last_used_at  timestamptz NOT NULL,
    revoked_at    timestamptz,
    revoke_reason text
        CONSTRAINT session_revoke_reason_check
        CHECK (revoke_reason IN ('LOGOUT', 'REUSE', 'DEACTIVATED', 'ROLE_CHANGED')),
    created_at    timestamptz NOT NULL,
    CONSTRAINT session_revoked_check CHECK ((revoked_at IS NULL) = (revoke_reason IS NULL))
);
CREATE INDEX session_user_live_idx ON session (user_id) WHERE revoked_at IS NULL;
CREATE INDEX session_user_idx ON session (user_id);
CREATE INDEX session_revoked_at_idx ON session (revoked_at) WHERE revoked_at IS NOT NULL;

CREATE TABLE refresh_token (
    id             uuid        NOT NULL CONSTRAINT refresh_token_pkey PRIMARY KEY,
    session_id     uuid        NOT NULL
        CONSTRAINT refresh_token_session_fkey REFERENCES session (id) ON DELETE CASCADE,
    token_hash     bytea       NOT NULL CONSTRAINT refresh_token_hash_key UNIQUE
        CONSTRAINT refresh_token_hash_check CHECK (octet_length(token_hash) = 32),
    replaced_by_id uuid,
    rotated_at     timestamptz,
    expires_at     timestamptz NOT NULL,
    created_at     timestamptz NOT NULL
);
CREATE UNIQUE INDEX refresh_token_live_key ON refresh_token (session_id) WHERE rotated_at IS NULL;
CREATE INDEX refresh_token_session_idx ON refresh_token (session_id);
CREATE INDEX refresh_token_expires_at_idx ON refresh_token (expires_at);
