-- A driver's profile. Numbers of documents and bank accounts are sealed (AES-256-GCM) with the last four
-- characters kept beside them for masking; the plain text is nowhere in this database.

CREATE EXTENSION IF NOT EXISTS pg_trgm;

CREATE TABLE driver (
    id                    uuid        NOT NULL CONSTRAINT driver_pkey PRIMARY KEY,
    short_id              text        NOT NULL CONSTRAINT driver_short_id_key UNIQUE,
    user_id               uuid        NOT NULL CONSTRAINT driver_user_id_key UNIQUE,
    fleet_id              uuid,
    hub_id                uuid,
    own_vehicle_id        uuid        CONSTRAINT driver_own_vehicle_id_key UNIQUE,
    first_name            text        NOT NULL CONSTRAINT driver_first_name_check CHECK (first_name <> ''),
    last_name             text        NOT NULL,
    mobile                text        NOT NULL,
    profile_pic           text,
    email                 text,
    dob                   date,
    address               text,
    city                  text,
    pincode               text,
    aadhaar_sealed        bytea,
    aadhaar_last4         text,
    pan_sealed            bytea,
    pan_last4             text,
    licence_sealed        bytea,
    licence_last4         text,
    bank_account_sealed   bytea,
    bank_account_last4    text,
    bank_ifsc             text,
    bank_account_name     text,
    gst_number            text,
    payment_model         text        CONSTRAINT driver_payment_model_check CHECK (payment_model IN ('RENTAL', 'PAYOUT')),
    rev_share_bp          integer     NOT NULL DEFAULT 7000 CONSTRAINT driver_rev_share_check CHECK (rev_share_bp BETWEEN 0 AND 10000),
    kyc_status            text        NOT NULL DEFAULT 'PENDING'
                          CONSTRAINT driver_kyc_status_check CHECK (kyc_status IN ('PENDING', 'APPROVED', 'REJECTED')),
    kyc_reject_reason     text,
    kyc_submitted_at      timestamptz,
    status                text        NOT NULL DEFAULT 'ACTIVE'
                          CONSTRAINT driver_status_check CHECK (status IN ('ACTIVE', 'INACTIVE', 'SUSPENDED', 'BLACKLISTED')),
    status_before_suspension text     CONSTRAINT driver_previous_status_check CHECK (status_before_suspension IN ('ACTIVE', 'INACTIVE')),
    forced_unavailable    boolean     NOT NULL DEFAULT false,
    on_break              boolean     NOT NULL DEFAULT false,
    live_trip_id          uuid,
    -- Availability is derived, so it cannot disagree with what it is derived from.
    is_available          boolean     NOT NULL GENERATED ALWAYS AS
                          (status = 'ACTIVE' AND NOT forced_unavailable AND NOT on_break AND live_trip_id IS NULL) STORED,
    completed_trips       bigint      NOT NULL DEFAULT 0,
    onboarded_at          timestamptz,
    version               bigint      NOT NULL DEFAULT 1,
    created_at            timestamptz NOT NULL,
    created_by            uuid,
    updated_at            timestamptz NOT NULL,
    updated_by            uuid,
    search_text           text        NOT NULL GENERATED ALWAYS AS
                          (lower(first_name || ' ' || last_name || ' ' || mobile || ' ' || short_id)) STORED,
    name_key              text        NOT NULL GENERATED ALWAYS AS (lower(first_name || ' ' || last_name)) STORED,
    CONSTRAINT driver_hub_needs_fleet_check CHECK (hub_id IS NULL OR fleet_id IS NOT NULL)
);
-- Lists are pages by (created_at, id) inside a scope.
CREATE INDEX driver_page_idx ON driver (created_at DESC, id DESC);
CREATE INDEX driver_fleet_page_idx ON driver (fleet_id, created_at DESC, id DESC);
CREATE INDEX driver_hub_page_idx ON driver (hub_id, created_at DESC, id DESC);
CREATE INDEX driver_kyc_queue_idx ON driver (fleet_id, kyc_status, created_at DESC, id DESC);
CREATE INDEX driver_name_page_idx ON driver (fleet_id, name_key, id);
CREATE INDEX driver_mobile_idx ON driver (mobile);
CREATE INDEX driver_live_trip_id_idx ON driver (live_trip_id) WHERE live_trip_id IS NOT NULL;
CREATE INDEX driver_search_idx ON driver USING gin (search_text gin_trgm_ops);

-- Who changed a driver's standing, from what to what, and why.
CREATE TABLE driver_change (
    id          uuid        NOT NULL CONSTRAINT driver_change_pkey PRIMARY KEY,
    driver_id   uuid        NOT NULL CONSTRAINT driver_change_driver_fkey REFERENCES driver (id),
    what        text        NOT NULL CONSTRAINT driver_change_what_check CHECK (what IN ('KYC', 'STATUS', 'AVAILABILITY', 'HUB')),
    from_value  text,
    to_value    text,
    reason      text,
    changed_at  timestamptz NOT NULL,
    changed_by  uuid
);
CREATE INDEX driver_change_driver_idx ON driver_change (driver_id, changed_at DESC, id DESC);

-- Trips and roster assignments as their events told: whether a trip is being driven, which vehicle a driver has today.
CREATE TABLE trip_ref (
    trip_id    uuid    NOT NULL CONSTRAINT trip_ref_pkey PRIMARY KEY,
    driver_id  uuid,
    is_live    boolean NOT NULL,
    version    bigint  NOT NULL
);
CREATE INDEX trip_ref_live_idx ON trip_ref (driver_id) WHERE is_live;

CREATE TABLE assignment_ref (
    assignment_id  uuid    NOT NULL CONSTRAINT assignment_ref_pkey PRIMARY KEY,
    driver_id      uuid    NOT NULL,
    vehicle_id     uuid    NOT NULL,
    is_active      boolean NOT NULL,
    version        bigint  NOT NULL
);
CREATE INDEX assignment_ref_driver_idx ON assignment_ref (driver_id) WHERE is_active;
