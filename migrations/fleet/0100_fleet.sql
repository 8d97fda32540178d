-- Fleets and the people who run them.

CREATE EXTENSION IF NOT EXISTS pg_trgm;

CREATE TABLE fleet (
    id            uuid        NOT NULL CONSTRAINT fleet_pkey PRIMARY KEY,
    short_id      text        NOT NULL CONSTRAINT fleet_short_id_key UNIQUE,
    name          text        NOT NULL
        CONSTRAINT fleet_name_check CHECK (btrim(name) <> '' AND char_length(name) <= 120),
    mobile        text        NOT NULL CONSTRAINT fleet_mobile_key UNIQUE
        CONSTRAINT fleet_mobile_check CHECK (mobile ~ '^\+[1-9][0-9]{7,14}$'),
    email         text,
    city          text        NOT NULL,
    dob           date,
    fleet_type    text        NOT NULL
        CONSTRAINT fleet_type_check CHECK (fleet_type IN ('INDIVIDUAL', 'COMPANY')),
    gst_number    text
        CONSTRAINT fleet_gst_number_check CHECK (gst_number ~ '^[0-9]{2}[A-Z]{5}[0-9]{4}[A-Z][0-9A-Z]Z[0-9A-Z]$'),
    pan_number    text        NOT NULL
        CONSTRAINT fleet_pan_number_check CHECK (pan_number ~ '^[A-Z]{5}[0-9]{4}[A-Z]$'),
    mode_id       text        NOT NULL DEFAULT 'CAB',
    status        text        NOT NULL
        CONSTRAINT fleet_status_check CHECK (status IN ('ACTIVE', 'INACTIVE')),
    -- The administrator's account is made by the identity service: NONE asked for, PENDING, READY or REFUSED.
    admin_name    text,
    admin_state   text        NOT NULL DEFAULT 'NONE'
        CONSTRAINT fleet_admin_state_check CHECK (admin_state IN ('NONE', 'PENDING', 'READY', 'REFUSED')),
    admin_user_id uuid,
    version       bigint      NOT NULL DEFAULT 1,
    created_by    uuid,
    updated_by    uuid,
    created_at    timestamptz NOT NULL,
    updated_at    timestamptz NOT NULL
);
CREATE INDEX fleet_created_at_idx ON fleet (created_at DESC, id DESC);
CREATE INDEX fleet_name_idx ON fleet (lower(name), id);
CREATE INDEX fleet_city_created_at_idx ON fleet (city, created_at DESC, id DESC);
CREATE INDEX fleet_search_idx ON fleet USING gin ((name || ' ' || mobile || ' ' || short_id) gin_trgm_ops);

CREATE TABLE fleet_manager (
    id              uuid        NOT NULL CONSTRAINT fleet_manager_pkey PRIMARY KEY,
    short_id        text        NOT NULL CONSTRAINT fleet_manager_short_id_key UNIQUE,
    fleet_id        uuid        NOT NULL CONSTRAINT fleet_manager_fleet_fkey REFERENCES fleet (id),
    name            text        NOT NULL
        CONSTRAINT fleet_manager_name_check CHECK (btrim(name) <> '' AND char_length(name) <= 120),
    mobile          text        NOT NULL
        CONSTRAINT fleet_manager_mobile_check CHECK (mobile ~ '^\+[1-9][0-9]{7,14}$'),
    profile_picture text,
    remarks         text,
    status          text        NOT NULL
        CONSTRAINT fleet_manager_status_check CHECK (status IN ('ACTIVE', 'INACTIVE')),
    -- The login of this manager, made by the identity service when one was asked for.
    login_state     text        NOT NULL DEFAULT 'NONE'
        CONSTRAINT fleet_manager_login_state_check CHECK (login_state IN ('NONE', 'PENDING', 'READY', 'REFUSED')),
    user_id         uuid        CONSTRAINT fleet_manager_user_id_key UNIQUE,
    version         bigint      NOT NULL DEFAULT 1,
    created_by      uuid,
    updated_by      uuid,
    created_at      timestamptz NOT NULL,
    updated_at      timestamptz NOT NULL
);
-- A number belongs to one serving manager; somebody who left may serve elsewhere.
CREATE UNIQUE INDEX fleet_manager_mobile_active_key ON fleet_manager (mobile) WHERE status = 'ACTIVE';
CREATE INDEX fleet_manager_fleet_created_at_idx ON fleet_manager (fleet_id, created_at DESC, id DESC);
CREATE INDEX fleet_manager_created_at_idx ON fleet_manager (created_at DESC, id DESC);
CREATE INDEX fleet_manager_search_idx ON fleet_manager USING gin ((name || ' ' || mobile) gin_trgm_ops);
