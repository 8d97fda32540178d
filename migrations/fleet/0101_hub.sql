-- Hubs with their geofence, and who manages them. The composite keys let the database itself refuse a manager
-- or a vehicle of another fleet.

CREATE TABLE hub_manager (
    id              uuid        NOT NULL CONSTRAINT hub_manager_pkey PRIMARY KEY,
    short_id        text        NOT NULL CONSTRAINT hub_manager_short_id_key UNIQUE,
    fleet_id        uuid        NOT NULL CONSTRAINT hub_manager_fleet_fkey REFERENCES fleet (id),
    name            text        NOT NULL
        CONSTRAINT hub_manager_name_check CHECK (btrim(name) <> '' AND char_length(name) <= 120),
    mobile          text        NOT NULL
        CONSTRAINT hub_manager_mobile_check CHECK (mobile ~ '^\+[1-9][0-9]{7,14}$'),
    city            text        NOT NULL,
    profile_picture text,
    remarks         text,
    status          text        NOT NULL
        CONSTRAINT hub_manager_status_check CHECK (status IN ('ACTIVE', 'INACTIVE')),
    user_id         uuid,
    version         bigint      NOT NULL DEFAULT 1,
    created_by      uuid,
    updated_by      uuid,
    created_at      timestamptz NOT NULL,
    updated_at      timestamptz NOT NULL,
    CONSTRAINT hub_manager_id_fleet_key UNIQUE (id, fleet_id)
);
CREATE UNIQUE INDEX hub_manager_mobile_active_key ON hub_manager (mobile) WHERE status = 'ACTIVE';
CREATE INDEX hub_manager_fleet_created_at_idx ON hub_manager (fleet_id, created_at DESC, id DESC);
CREATE INDEX hub_manager_created_at_idx ON hub_manager (created_at DESC, id DESC);
CREATE INDEX hub_manager_search_idx ON hub_manager USING gin ((name || ' ' || mobile) gin_trgm_ops);

CREATE TABLE hub (
    id                uuid             NOT NULL CONSTRAINT hub_pkey PRIMARY KEY,
    short_id          text             NOT NULL CONSTRAINT hub_short_id_key UNIQUE,
    fleet_id          uuid             NOT NULL CONSTRAINT hub_fleet_fkey REFERENCES fleet (id),
    name              text             NOT NULL
        CONSTRAINT hub_name_check CHECK (btrim(name) <> '' AND char_length(name) <= 120),
    hub_type          text             NOT NULL
        CONSTRAINT hub_type_check CHECK (hub_type IN ('AIRPORT', 'OFFICE', 'YARD')),
    address           text             NOT NULL,
    lat               double precision NOT NULL CONSTRAINT hub_lat_check CHECK (lat BETWEEN -90 AND 90),
    lng               double precision NOT NULL CONSTRAINT hub_lng_check CHECK (lng BETWEEN -180 AND 180),
    geofence_radius_m integer          NOT NULL DEFAULT 500
        CONSTRAINT hub_geofence_radius_check
        CHECK (geofence_radius_m BETWEEN 50 AND 2000 AND geofence_radius_m % 50 = 0),
    hub_manager_id    uuid             CONSTRAINT hub_hub_manager_id_key UNIQUE,
    version           bigint           NOT NULL DEFAULT 1,
    created_by        uuid,
    updated_by        uuid,
    created_at        timestamptz      NOT NULL,
    updated_at        timestamptz      NOT NULL,
    CONSTRAINT hub_id_fleet_key UNIQUE (id, fleet_id),
    CONSTRAINT hub_hub_manager_fkey FOREIGN KEY (hub_manager_id, fleet_id) REFERENCES hub_manager (id, fleet_id)
);
CREATE UNIQUE INDEX hub_fleet_name_key ON hub (fleet_id, lower(name));
CREATE INDEX hub_fleet_created_at_idx ON hub (fleet_id, created_at DESC, id DESC);
CREATE INDEX hub_created_at_idx ON hub (created_at DESC, id DESC);
