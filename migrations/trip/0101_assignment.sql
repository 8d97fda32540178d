-- The daily roster: which driver has which vehicle. At most one ACTIVE row per driver and per vehicle,
-- kept by the two partial unique indexes, whoever writes and however many at once.

CREATE TABLE assignment (
    id         uuid        NOT NULL CONSTRAINT assignment_pkey PRIMARY KEY,
    short_id   text        NOT NULL CONSTRAINT assignment_short_id_key UNIQUE,
    fleet_id   uuid        NOT NULL,
    driver_id  uuid        NOT NULL,
    vehicle_id uuid        NOT NULL,
    status     text        NOT NULL
        CONSTRAINT assignment_status_check CHECK (status IN ('ACTIVE', 'ENDED')),
    start_time timestamptz NOT NULL,
    end_time   timestamptz,
    end_reason text,
    created_by uuid,
    ended_by   uuid,
    version    bigint      NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    CONSTRAINT assignment_end_check CHECK ((status = 'ENDED') = (end_time IS NOT NULL))
);
CREATE UNIQUE INDEX assignment_driver_active_key ON assignment (driver_id) WHERE status = 'ACTIVE';
CREATE UNIQUE INDEX assignment_vehicle_active_key ON assignment (vehicle_id) WHERE status = 'ACTIVE';
-- Lists, newest first, by each thing that they are asked for; the id breaks ties for the page cursor.
CREATE INDEX assignment_start_time_idx ON assignment (start_time DESC, id DESC);
CREATE INDEX assignment_fleet_start_time_idx ON assignment (fleet_id, start_time DESC, id DESC);
CREATE INDEX assignment_driver_start_time_idx ON assignment (driver_id, start_time DESC, id DESC);
CREATE INDEX assignment_vehicle_start_time_idx ON assignment (vehicle_id, start_time DESC, id DESC);
