-- Rental plans of fleets, and the plans that drivers are on. At most one active rental per driver.

CREATE TABLE rental_plan (
    id              uuid        NOT NULL CONSTRAINT rental_plan_pkey PRIMARY KEY,
    short_id        text        NOT NULL CONSTRAINT rental_plan_short_id_key UNIQUE,
    fleet_id        uuid        NOT NULL,
    name            text        NOT NULL CONSTRAINT rental_plan_name_check CHECK (name <> ''),
    rental_paise    bigint      NOT NULL CONSTRAINT rental_plan_rental_check CHECK (rental_paise > 0),
    deposit_paise   bigint      NOT NULL CONSTRAINT rental_plan_deposit_check CHECK (deposit_paise >= 0),
    validity_days   integer     NOT NULL CONSTRAINT rental_plan_validity_check CHECK (validity_days BETWEEN 1 AND 366),
    is_active       boolean     NOT NULL DEFAULT true,
    version         bigint      NOT NULL DEFAULT 1,
    created_at      timestamptz NOT NULL,
    created_by      uuid,
    updated_at      timestamptz NOT NULL,
    updated_by      uuid
);
CREATE UNIQUE INDEX rental_plan_fleet_name_key ON rental_plan (fleet_id, lower(name)) WHERE is_active;
CREATE INDEX rental_plan_fleet_page_idx ON rental_plan (fleet_id, created_at DESC, id DESC);

CREATE TABLE driver_rental (
    id             uuid        NOT NULL CONSTRAINT driver_rental_pkey PRIMARY KEY,
    short_id       text        NOT NULL CONSTRAINT driver_rental_short_id_key UNIQUE,
    driver_id      uuid        NOT NULL CONSTRAINT driver_rental_driver_fkey REFERENCES driver (id),
    plan_id        uuid        NOT NULL CONSTRAINT driver_rental_plan_fkey REFERENCES rental_plan (id),
    rental_paise   bigint      NOT NULL,
    start_at       timestamptz NOT NULL,
    expires_at     timestamptz NOT NULL,
    is_active      boolean     NOT NULL DEFAULT true,
    ended_at       timestamptz,
    end_reason     text        CONSTRAINT driver_rental_end_reason_check CHECK (end_reason IN ('EXPIRED', 'RENEWED', 'SUSPENDED', 'BLACKLISTED')),
    created_at     timestamptz NOT NULL,
    created_by     uuid,
    CONSTRAINT driver_rental_period_check CHECK (expires_at > start_at)
);
CREATE UNIQUE INDEX driver_rental_active_key ON driver_rental (driver_id) WHERE is_active;
CREATE INDEX driver_rental_driver_page_idx ON driver_rental (driver_id, start_at DESC, id DESC);
CREATE INDEX driver_rental_expiry_idx ON driver_rental (expires_at) WHERE is_active;
