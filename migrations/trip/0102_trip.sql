-- Trips, who drove them, and every change of status that they went through.

-- Both are trusted contrib extensions: the owner of the database may create them.
CREATE EXTENSION IF NOT EXISTS pg_trgm;
CREATE EXTENSION IF NOT EXISTS btree_gist;

CREATE TABLE trip (
    id                  uuid             NOT NULL CONSTRAINT trip_pkey PRIMARY KEY,
    short_id            text             NOT NULL CONSTRAINT trip_short_id_key UNIQUE,
    status              text             NOT NULL CONSTRAINT trip_status_check CHECK (status IN (
        'BLOCKED', 'CREATED', 'DRIVER_ASSIGNED', 'STARTED', 'ARRIVED', 'ONBOARDED',
        'COMPLETED', 'CANCELLED', 'CANCELLED_BY_PARTNER', 'NO_SHOW')),
    trip_type           text             NOT NULL
        CONSTRAINT trip_type_check CHECK (trip_type IN ('AIRPORT', 'RENTAL', 'INTER_CITY')),
    booking_type        text             NOT NULL
        CONSTRAINT trip_booking_type_check CHECK (booking_type IN ('PREBOOK', 'INSTANT')),
    provider            text             NOT NULL DEFAULT 'INTERNAL'
        CONSTRAINT trip_provider_check CHECK (provider IN ('INTERNAL', 'MOJOBOXX', 'MMT', 'RAPIDO')),
    -- Created straight from a roster assignment: may be completed without arrival and boarding.
    from_assignment     boolean          NOT NULL DEFAULT false,
    -- No fleet: booked by the public and not dispatched yet, the super administrators' pool.
    fleet_id            uuid,
    assignment_id       uuid             CONSTRAINT trip_assignment_id_fkey REFERENCES assignment (id),
    driver_id           uuid,
    vehicle_id          uuid,
    origin_city         text             NOT NULL,
    destination_city    text             NOT NULL DEFAULT 'Unknown',
    pickup_time         timestamptz      NOT NULL,
    booked_at           timestamptz      NOT NULL,
    distance_km         double precision NOT NULL
        CONSTRAINT trip_distance_check CHECK (distance_km >= 0 AND distance_km <= 5000),
    distance_source     text             NOT NULL CONSTRAINT trip_distance_source_check
        CHECK (distance_source IN ('CLIENT_PROVIDED', 'ESTIMATED', 'GOOGLE_MAPS')),
    billable_km         bigint           NOT NULL,
    vehicle_sku         text             NOT NULL,
    vehicle_class       text             NOT NULL
        CONSTRAINT trip_vehicle_class_check CHECK (vehicle_class IN ('EV', 'NON_EV')),
    pickup_location     text             NOT NULL,
    drop_location       text,
    pickup_lat          double precision,
    pickup_lng          double precision,
    drop_lat            double precision,
    drop_lng            double precision,
    passenger_name      text,
    passenger_phone     text,
    boarding_otp_hash   text,
    payment_mode        text             NOT NULL
        CONSTRAINT trip_payment_mode_check CHECK (payment_mode IN ('CASH', 'PREPAID', 'QR')),
    tracking_token_hash text             CONSTRAINT trip_tracking_token_hash_key UNIQUE,
    -- All money in paise. The total is computed by the service; the check refuses a sum that does not add up.
    quote_paise         bigint           NOT NULL,
    waiting_paise       bigint           NOT NULL DEFAULT 0,
    night_paise         bigint           NOT NULL DEFAULT 0,
    airport_paise       bigint           NOT NULL DEFAULT 0,
    toll_paise          bigint           NOT NULL DEFAULT 0,
    parking_paise       bigint           NOT NULL DEFAULT 0,
    state_tax_paise     bigint           NOT NULL DEFAULT 0,
    total_paise         bigint           NOT NULL,
    started_at          timestamptz,
    arrived_at          timestamptz,
    boarded_at          timestamptz,
    completed_at        timestamptz,
    cancelled_at        timestamptz,
    cancel_reason       text,
    cancelled_by        uuid,
    last_lat            double precision,
    last_lng            double precision,
    last_location_at    timestamptz,
    created_by          uuid,
    updated_by          uuid,
    version             bigint           NOT NULL DEFAULT 1,
    created_at          timestamptz      NOT NULL,
    updated_at          timestamptz      NOT NULL,
    -- What a search box looks in.
    search              text             NOT NULL GENERATED ALWAYS AS (
        short_id || ' ' || pickup_location || ' ' || coalesce(drop_location, '') || ' '
        || coalesce(passenger_name, '') || ' ' || coalesce(passenger_phone, '')) STORED,
    CONSTRAINT trip_passenger_check CHECK ((passenger_name IS NULL) = (passenger_phone IS NULL)),
    CONSTRAINT trip_fare_check CHECK (
        least(quote_paise, waiting_paise, night_paise, airport_paise, toll_paise, parking_paise, state_tax_paise) >= 0
        AND total_paise = quote_paise + waiting_paise + night_paise + airport_paise
                        + toll_paise + parking_paise + state_tax_paise),
    CONSTRAINT trip_driver_check CHECK (
        status NOT IN ('DRIVER_ASSIGNED', 'STARTED', 'ARRIVED', 'ONBOARDED', 'COMPLETED', 'NO_SHOW')
        OR (driver_id IS NOT NULL AND vehicle_id IS NOT NULL AND fleet_id IS NOT NULL))
);
-- Every list is ordered by pickup time, newest first, with the id for ties.
CREATE INDEX trip_pickup_time_idx ON trip (pickup_time DESC, id DESC);
CREATE INDEX trip_fleet_pickup_time_idx ON trip (fleet_id, pickup_time DESC, id DESC);
CREATE INDEX trip_driver_pickup_time_idx ON trip (driver_id, pickup_time DESC, id DESC);
CREATE INDEX trip_status_pickup_time_idx ON trip (status, pickup_time DESC, id DESC);
CREATE INDEX trip_assignment_id_idx ON trip (assignment_id);
CREATE INDEX trip_completed_at_idx ON trip (completed_at) WHERE completed_at IS NOT NULL;
CREATE INDEX trip_search_idx ON trip USING gin (search gin_trgm_ops);

-- Who was given a trip, and until when: at most one live (ASSIGNED) row per trip, and no driver is promised
-- to two trips whose times overlap.
CREATE TABLE trip_assignment (
    id                    uuid        NOT NULL CONSTRAINT trip_assignment_pkey PRIMARY KEY,
    short_id              text        NOT NULL CONSTRAINT trip_assignment_short_id_key UNIQUE,
    trip_id               uuid        NOT NULL CONSTRAINT trip_assignment_trip_id_fkey REFERENCES trip (id),
    driver_id             uuid        NOT NULL,
    vehicle_id            uuid        NOT NULL,
    assignment_id         uuid        NOT NULL
        CONSTRAINT trip_assignment_assignment_id_fkey REFERENCES assignment (id),
    status                text        NOT NULL CONSTRAINT trip_assignment_status_check
        CHECK (status IN ('ASSIGNED', 'UNASSIGNED', 'COMPLETED', 'CANCELLED')),
    -- When the driver is taken: scheduled pickup until the estimated end.
    busy                  tstzrange   NOT NULL,
    booking_attempted     boolean     NOT NULL DEFAULT false,
    booking_failed_reason text,
    assigned_by           uuid,
    assigned_at           timestamptz NOT NULL,
    unassigned_at         timestamptz,
    unassigned_by         uuid,
    unassign_reason       text,
    CONSTRAINT trip_assignment_driver_overlap_excl
        EXCLUDE USING gist (driver_id WITH =, busy WITH &&) WHERE (status = 'ASSIGNED')
);
CREATE UNIQUE INDEX trip_assignment_live_key ON trip_assignment (trip_id) WHERE status = 'ASSIGNED';
CREATE INDEX trip_assignment_trip_id_idx ON trip_assignment (trip_id, assigned_at);
CREATE INDEX trip_assignment_driver_status_idx ON trip_assignment (driver_id, status);

-- One row per version of a trip: what changed, who did it, when and why.
CREATE TABLE trip_history (
    trip_id     uuid        NOT NULL CONSTRAINT trip_history_trip_id_fkey REFERENCES trip (id),
    version     bigint      NOT NULL,
    action      text        NOT NULL,
    from_status text,
    to_status   text        NOT NULL,
    actor_id    uuid,
    reason      text,
    -- Before and after of a change that is not a change of status (fare, pickup time).
    detail      jsonb,
    at          timestamptz NOT NULL,
    CONSTRAINT trip_history_pkey PRIMARY KEY (trip_id, version)
);

-- Positions reported while a trip is live; the newest is also on the trip. Old rows are deleted by a timer.
CREATE TABLE trip_location (
    id          uuid             NOT NULL CONSTRAINT trip_location_pkey PRIMARY KEY,
    trip_id     uuid             NOT NULL CONSTRAINT trip_location_trip_id_fkey REFERENCES trip (id),
    driver_id   uuid             NOT NULL,
    lat         double precision NOT NULL CONSTRAINT trip_location_lat_check CHECK (lat BETWEEN -90 AND 90),
    lng         double precision NOT NULL CONSTRAINT trip_location_lng_check CHECK (lng BETWEEN -180 AND 180),
    recorded_at timestamptz      NOT NULL
);
CREATE INDEX trip_location_trip_id_idx ON trip_location (trip_id, recorded_at DESC);
CREATE INDEX trip_location_recorded_at_idx ON trip_location (recorded_at);
