-- Fleets as far as trips need them, and a limit to guessing boarding codes.

-- A fleet that was deactivated gets no new trips and no new shifts. Fed by the owner's events, like driver_ref.
CREATE TABLE fleet_ref (
    id        uuid        NOT NULL CONSTRAINT fleet_ref_pkey PRIMARY KEY,
    status    text        NOT NULL,
    version   bigint      NOT NULL,
    synced_at timestamptz NOT NULL
);

-- Wrong codes since the last block, and until when no code is taken.
ALTER TABLE trip ADD COLUMN boarding_failures integer NOT NULL DEFAULT 0;
ALTER TABLE trip ADD COLUMN boarding_blocked_until timestamptz;
