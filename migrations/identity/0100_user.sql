-- People who may sign in. Fleet and hubs are ids of the fleet database: no foreign key can hold them,
-- the service asks the owner before it writes one.

CREATE EXTENSION IF NOT EXISTS pg_trgm;

CREATE TABLE app_user (
    id             uuid        NOT NULL CONSTRAINT app_user_pkey PRIMARY KEY,
    short_id       text        NOT NULL CONSTRAINT app_user_short_id_key UNIQUE,
    name           text        NOT NULL
        CONSTRAINT app_user_name_check CHECK (btrim(name) <> '' AND char_length(name) <= 120),
    phone          text        NOT NULL CONSTRAINT app_user_phone_key UNIQUE
        CONSTRAINT app_user_phone_check CHECK (phone ~ '^\+[1-9][0-9]{7,14}$'),
    role           text        NOT NULL
        CONSTRAINT app_user_role_check
        CHECK (role IN ('SUPER_ADMIN', 'FLEET_ADMIN', 'MANAGER', 'OPERATIONS', 'DRIVER')),
    is_active      boolean     NOT NULL DEFAULT true,
    fleet_id       uuid,
    hub_ids        uuid[]      NOT NULL DEFAULT '{}',
    -- The driver profile of this user, told by the partner service; the version keeps older news out.
    driver_id      uuid        CONSTRAINT app_user_driver_id_key UNIQUE,
    driver_version bigint      NOT NULL DEFAULT 0,
    version        bigint      NOT NULL DEFAULT 1,
    created_by     uuid,
    updated_by     uuid,
    created_at     timestamptz NOT NULL,
    updated_at     timestamptz NOT NULL,
    CONSTRAINT app_user_super_admin_scope_check
        CHECK (role <> 'SUPER_ADMIN' OR (fleet_id IS NULL AND hub_ids = '{}')),
    CONSTRAINT app_user_hubs_need_fleet_check CHECK (hub_ids = '{}' OR fleet_id IS NOT NULL)
);
-- Lists are read newest first or by name, over everybody or one fleet; the id breaks ties for the page cursor.
CREATE INDEX app_user_created_at_idx ON app_user (created_at DESC, id DESC);
CREATE INDEX app_user_name_idx ON app_user (lower(name), id);
CREATE INDEX app_user_fleet_created_at_idx ON app_user (fleet_id, created_at DESC, id DESC);
CREATE INDEX app_user_fleet_name_idx ON app_user (fleet_id, lower(name), id);
CREATE INDEX app_user_role_created_at_idx ON app_user (role, created_at DESC, id DESC);
CREATE INDEX app_user_hub_ids_idx ON app_user USING gin (hub_ids);
-- Search by any part of a name, phone or short id.
CREATE INDEX app_user_search_idx ON app_user
    USING gin ((name || ' ' || phone || ' ' || short_id) gin_trgm_ops);
