-- Vehicles and their papers.

CREATE TABLE vehicle (
    id               uuid        NOT NULL CONSTRAINT vehicle_pkey PRIMARY KEY,
    short_id         text        NOT NULL CONSTRAINT vehicle_short_id_key UNIQUE,
    -- No fleet: the vehicle of an independent owner.
    fleet_id         uuid        CONSTRAINT vehicle_fleet_fkey REFERENCES fleet (id),
    hub_id           uuid,
    number           text        NOT NULL CONSTRAINT vehicle_number_key UNIQUE
        CONSTRAINT vehicle_number_check CHECK (number ~ '^[A-Z0-9]{5,12}$'),
    name             text        NOT NULL,
    model            text        NOT NULL,
    color            text,
    ownership        text        NOT NULL
        CONSTRAINT vehicle_ownership_check CHECK (ownership IN ('OWNED', 'LEASED')),
    fuel_type        text        NOT NULL
        CONSTRAINT vehicle_fuel_type_check CHECK (fuel_type IN ('PETROL', 'DIESEL', 'CNG', 'ELECTRIC')),
    status           text        NOT NULL
        CONSTRAINT vehicle_status_check CHECK (status IN ('ACTIVE', 'INACTIVE', 'MAINTENANCE')),
    owner_name       text,
    chassis_number   text,
    vin_number       text
        CONSTRAINT vehicle_vin_number_check CHECK (vin_number ~ '^[A-HJ-NPR-Z0-9]{17}$'),
    rc_front_image   text,
    rc_back_image    text,
    permit_image     text,
    permit_expiry    date,
    fitness_image    text,
    fitness_expiry   date,
    insurance_image  text,
    insurance_start  date,
    insurance_expiry date,
    version          bigint      NOT NULL DEFAULT 1,
    created_by       uuid,
    updated_by       uuid,
    created_at       timestamptz NOT NULL,
    updated_at       timestamptz NOT NULL,
    CONSTRAINT vehicle_hub_fkey FOREIGN KEY (hub_id, fleet_id) REFERENCES hub (id, fleet_id),
    CONSTRAINT vehicle_hub_needs_fleet_check CHECK (hub_id IS NULL OR fleet_id IS NOT NULL),
    CONSTRAINT vehicle_insurance_period_check CHECK (insurance_start <= insurance_expiry)
);
CREATE INDEX vehicle_created_at_idx ON vehicle (created_at DESC, id DESC);
CREATE INDEX vehicle_fleet_created_at_idx ON vehicle (fleet_id, created_at DESC, id DESC);
CREATE INDEX vehicle_hub_created_at_idx ON vehicle (hub_id, created_at DESC, id DESC);
CREATE INDEX vehicle_fleet_status_idx ON vehicle (fleet_id, status, created_at DESC, id DESC);
CREATE INDEX vehicle_fleet_number_idx ON vehicle (fleet_id, number);
-- What runs out soon, per paper.
CREATE INDEX vehicle_permit_expiry_idx ON vehicle (permit_expiry, id);
CREATE INDEX vehicle_fitness_expiry_idx ON vehicle (fitness_expiry, id);
CREATE INDEX vehicle_insurance_expiry_idx ON vehicle (insurance_expiry, id);
CREATE INDEX vehicle_search_idx ON vehicle
    USING gin ((number || ' ' || name || ' ' || model || ' ' || short_id) gin_trgm_ops);

-- Which driver was given which vehicle, told by the trip service: a driver may read the vehicles of their shifts.
CREATE TABLE driver_vehicle (
    driver_id  uuid        NOT NULL,
    vehicle_id uuid        NOT NULL,
    since      timestamptz NOT NULL,
    CONSTRAINT driver_vehicle_pkey PRIMARY KEY (driver_id, vehicle_id)
);

-- Trips as far as vehicles care, told by the trip service: a vehicle on a live trip is not taken out of service.
-- The version keeps older news from overwriting newer.
CREATE TABLE trip_ref (
    trip_id    uuid        NOT NULL CONSTRAINT trip_ref_pkey PRIMARY KEY,
    vehicle_id uuid,
    is_live    boolean     NOT NULL,
    version    bigint      NOT NULL,
    updated_at timestamptz NOT NULL
);
CREATE INDEX trip_ref_live_vehicle_idx ON trip_ref (vehicle_id) WHERE is_live;
CREATE INDEX trip_ref_done_idx ON trip_ref (updated_at) WHERE NOT is_live;
