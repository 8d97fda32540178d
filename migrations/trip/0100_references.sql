-- Local copies of what other services own, fed by their events. `version` is the owner's row version:
-- an older event never overwrites a newer one. Nothing here is edited by a person.

CREATE TABLE driver_ref (
    id                    uuid        NOT NULL CONSTRAINT driver_ref_pkey PRIMARY KEY,
    user_id               uuid        NOT NULL,
    fleet_id              uuid,
    hub_id                uuid,
    name                  text        NOT NULL,
    status                text        NOT NULL
        CONSTRAINT driver_ref_status_check CHECK (status IN ('ACTIVE', 'INACTIVE', 'SUSPENDED', 'BLACKLISTED')),
    kyc_status            text        NOT NULL
        CONSTRAINT driver_ref_kyc_status_check CHECK (kyc_status IN ('PENDING', 'APPROVED', 'REJECTED')),
    is_available          boolean     NOT NULL,
    -- The switch of an administrator, as opposed to availability derived from trips and breaks.
    is_forced_unavailable boolean     NOT NULL DEFAULT false,
    payment_model         text,
    version               bigint      NOT NULL,
    synced_at             timestamptz NOT NULL
);
CREATE INDEX driver_ref_user_id_idx ON driver_ref (user_id);
CREATE INDEX driver_ref_fleet_id_idx ON driver_ref (fleet_id, id);
CREATE INDEX driver_ref_hub_id_idx ON driver_ref (hub_id, id);

CREATE TABLE vehicle_ref (
    id               uuid        NOT NULL CONSTRAINT vehicle_ref_pkey PRIMARY KEY,
    fleet_id         uuid,
    hub_id           uuid,
    number           text        NOT NULL,
    status           text        NOT NULL
        CONSTRAINT vehicle_ref_status_check CHECK (status IN ('ACTIVE', 'INACTIVE', 'MAINTENANCE')),
    fuel_type        text        NOT NULL,
    -- The earliest of permit, fitness and insurance expiry; unknown as soon as one of them is missing.
    docs_valid_until date,
    version          bigint      NOT NULL,
    synced_at        timestamptz NOT NULL
);
CREATE INDEX vehicle_ref_fleet_id_idx ON vehicle_ref (fleet_id, id);
CREATE INDEX vehicle_ref_hub_id_idx ON vehicle_ref (hub_id, id);

-- One row per attendance (a day's check-in) of a driver; the open one decides whether a trip may start.
CREATE TABLE attendance_ref (
    id             uuid        NOT NULL CONSTRAINT attendance_ref_pkey PRIMARY KEY,
    driver_id      uuid        NOT NULL,
    status         text        NOT NULL
        CONSTRAINT attendance_ref_status_check CHECK (status IN ('PENDING', 'APPROVED', 'REJECTED', 'CHECKED_OUT')),
    check_in_time  timestamptz NOT NULL,
    check_out_time timestamptz,
    on_break       boolean     NOT NULL DEFAULT false,
    version        bigint      NOT NULL,
    synced_at      timestamptz NOT NULL
);
CREATE INDEX attendance_ref_driver_id_idx ON attendance_ref (driver_id, check_in_time DESC);
