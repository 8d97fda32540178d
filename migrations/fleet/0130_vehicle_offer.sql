-- Vehicles that drivers offered as their own, with what became of each: an offer that is repeated gets the same answer.

CREATE TABLE vehicle_offer (
    -- The saga of the partner service that asks.
    saga_id    uuid        NOT NULL CONSTRAINT vehicle_offer_pkey PRIMARY KEY,
    driver_id  uuid        NOT NULL,
    vehicle_id uuid        CONSTRAINT vehicle_offer_vehicle_id_key UNIQUE
        CONSTRAINT vehicle_offer_vehicle_fkey REFERENCES vehicle (id),
    refusal    text,
    settled_at timestamptz NOT NULL,
    CONSTRAINT vehicle_offer_answer_check CHECK (num_nonnulls(vehicle_id, refusal) <= 1)
);
