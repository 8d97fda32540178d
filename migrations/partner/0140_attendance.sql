-- Shifts: check-in, breaks, check-out. At most one open shift per driver and one open break per shift.

CREATE TABLE attendance (
    id                   uuid             NOT NULL CONSTRAINT attendance_pkey PRIMARY KEY,
    short_id             text             NOT NULL CONSTRAINT attendance_short_id_key UNIQUE,
    driver_id            uuid             NOT NULL CONSTRAINT attendance_driver_fkey REFERENCES driver (id),
    hub_id               uuid             NOT NULL,
    status               text             NOT NULL DEFAULT 'PENDING'
                         CONSTRAINT attendance_status_check CHECK (status IN ('PENDING', 'APPROVED', 'REJECTED', 'CHECKED_OUT')),
    check_in_time        timestamptz      NOT NULL,
    check_out_time       timestamptz,
    check_in_lat         double precision NOT NULL,
    check_in_lng         double precision NOT NULL,
    distance_m           double precision NOT NULL,
    selfie_url           text             NOT NULL,
    odometer_start       integer          NOT NULL CONSTRAINT attendance_odometer_start_check CHECK (odometer_start >= 0),
    odometer_end         integer,
    odometer_image_url   text,
    cash_deposited_paise bigint           NOT NULL DEFAULT 0 CONSTRAINT attendance_cash_check CHECK (cash_deposited_paise >= 0),
    reviewed_by          uuid,
    reviewed_at          timestamptz,
    admin_remarks        text,
    version              bigint           NOT NULL DEFAULT 1,
    created_at           timestamptz      NOT NULL,
    updated_at           timestamptz      NOT NULL,
    CONSTRAINT attendance_odometer_check CHECK (odometer_end >= odometer_start),
    CONSTRAINT attendance_period_check CHECK (check_out_time >= check_in_time)
);
CREATE UNIQUE INDEX attendance_open_key ON attendance (driver_id)
    WHERE status IN ('PENDING', 'APPROVED') AND check_out_time IS NULL;
CREATE INDEX attendance_driver_page_idx ON attendance (driver_id, check_in_time DESC, id DESC);
CREATE INDEX attendance_page_idx ON attendance (check_in_time DESC, id DESC);
CREATE INDEX attendance_status_page_idx ON attendance (status, check_in_time DESC, id DESC);

CREATE TABLE shift_break (
    id             uuid        NOT NULL CONSTRAINT shift_break_pkey PRIMARY KEY,
    short_id       text        NOT NULL CONSTRAINT shift_break_short_id_key UNIQUE,
    attendance_id  uuid        NOT NULL CONSTRAINT shift_break_attendance_fkey REFERENCES attendance (id),
    start_time     timestamptz NOT NULL,
    end_time       timestamptz,
    CONSTRAINT shift_break_period_check CHECK (end_time >= start_time)
);
CREATE UNIQUE INDEX shift_break_open_key ON shift_break (attendance_id) WHERE end_time IS NULL;
CREATE INDEX shift_break_attendance_idx ON shift_break (attendance_id, start_time);
