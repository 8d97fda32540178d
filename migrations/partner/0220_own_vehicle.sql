-- A vehicle that a driver brings when they sign up: the fleet service adds it, or says why it does not.

ALTER TABLE driver
    -- PENDING while the fleet service decides; REFUSED with the code of why.
    ADD COLUMN own_vehicle_state text NOT NULL DEFAULT 'NONE'
        CONSTRAINT driver_own_vehicle_state_check
        CHECK (own_vehicle_state IN ('NONE', 'PENDING', 'READY', 'REFUSED')),
    ADD COLUMN own_vehicle_refusal text;

UPDATE driver SET own_vehicle_state = 'READY' WHERE own_vehicle_id IS NOT NULL;

ALTER TABLE driver
    ADD CONSTRAINT driver_own_vehicle_ready_check
        CHECK ((own_vehicle_state = 'READY') = (own_vehicle_id IS NOT NULL)),
    ADD CONSTRAINT driver_own_vehicle_refusal_check
        CHECK ((own_vehicle_state = 'REFUSED') = (own_vehicle_refusal IS NOT NULL));
