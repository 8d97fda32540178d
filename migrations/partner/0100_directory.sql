-- What partner remembers of its neighbours: rows copied from their events, never edited here.
-- `version` is the owner's aggregate version: an older event never overwrites a newer row.

CREATE TABLE user_ref (
    id          uuid        NOT NULL CONSTRAINT user_ref_pkey PRIMARY KEY,
    role        text        NOT NULL,
    name        text        NOT NULL,
    phone       text        NOT NULL,
    fleet_id    uuid,
    is_active   boolean     NOT NULL,
    version     bigint      NOT NULL,
    updated_at  timestamptz NOT NULL
);

CREATE TABLE fleet_ref (
    id          uuid        NOT NULL CONSTRAINT fleet_ref_pkey PRIMARY KEY,
    name        text        NOT NULL,
    status      text        NOT NULL,
    version     bigint      NOT NULL,
    updated_at  timestamptz NOT NULL
);

CREATE TABLE hub_ref (
    id                 uuid             NOT NULL CONSTRAINT hub_ref_pkey PRIMARY KEY,
    fleet_id           uuid             NOT NULL,
    lat                double precision NOT NULL,
    lng                double precision NOT NULL,
    -- Null: the configured default.
    geofence_radius_m  integer          CONSTRAINT hub_ref_radius_check CHECK (geofence_radius_m > 0),
    version            bigint           NOT NULL,
    updated_at         timestamptz      NOT NULL
);
CREATE INDEX hub_ref_fleet_id_idx ON hub_ref (fleet_id);
