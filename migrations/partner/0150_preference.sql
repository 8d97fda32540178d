-- Preferences of drivers: ten keys, each changed through a request that somebody approves.

CREATE TABLE preference_definition (
    key                text    NOT NULL CONSTRAINT preference_definition_pkey PRIMARY KEY,
    short_id           text    NOT NULL CONSTRAINT preference_definition_short_id_key UNIQUE,
    display_name       text    NOT NULL,
    description        text    NOT NULL,
    category           text    NOT NULL CONSTRAINT preference_definition_category_check CHECK (category IN ('TRIP', 'PAYOUT', 'SHIFT')),
    approval_required  boolean NOT NULL DEFAULT true,
    default_value      boolean NOT NULL DEFAULT false,
    is_active          boolean NOT NULL DEFAULT true,
    position           integer NOT NULL
);
CREATE INDEX preference_definition_category_idx ON preference_definition (category, position);

INSERT INTO preference_definition (key, short_id, display_name, description, category, position) VALUES
    ('prefer_airport_rides', 'PFD20260101001', 'Airport rides',        'Offer me airport trips first.',                          'TRIP', 1),
    ('accept_rentals',       'PFD20260101002', 'Rentals',              'I take hourly rental trips.',                            'TRIP', 2),
    ('auto_assign_rides',    'PFD20260101003', 'Automatic assignment', 'Assign trips to me without asking.',                     'TRIP', 3),
    ('prefer_short_trips',   'PFD20260101004', 'Short trips',          'Offer me short city trips first.',                       'TRIP', 4),
    ('accept_outstation',    'PFD20260101005', 'Outstation trips',     'I take trips to other cities.',                          'TRIP', 5),
    ('enable_rental_model',  'PFD20260101006', 'Rental model',         'I pay rent for the cab instead of sharing the fares.',   'PAYOUT', 6),
    ('auto_deduct_loans',    'PFD20260101007', 'Deduct loan',          'Deduct my loan instalments from payouts.',               'PAYOUT', 7),
    ('auto_deduct_savings',  'PFD20260101008', 'Deduct savings',       'Put a part of each payout into my savings.',             'PAYOUT', 8),
    ('prefer_night_shift',   'PFD20260101009', 'Night shift',          'I prefer to drive at night.',                            'SHIFT', 9),
    ('prefer_day_shift',     'PFD20260101010', 'Day shift',            'I prefer to drive by day.',                              'SHIFT', 10);

CREATE TABLE driver_preference (
    driver_id    uuid        NOT NULL CONSTRAINT driver_preference_pkey PRIMARY KEY
                 CONSTRAINT driver_preference_driver_fkey REFERENCES driver (id),
    short_id     text        NOT NULL CONSTRAINT driver_preference_short_id_key UNIQUE,
    preferences  jsonb       NOT NULL CONSTRAINT driver_preference_object_check CHECK (jsonb_typeof(preferences) = 'object'),
    approved_by  uuid,
    approved_at  timestamptz
);

CREATE TABLE preference_request (
    id                uuid        NOT NULL CONSTRAINT preference_request_pkey PRIMARY KEY,
    short_id          text        NOT NULL CONSTRAINT preference_request_short_id_key UNIQUE,
    driver_id         uuid        NOT NULL CONSTRAINT preference_request_driver_fkey REFERENCES driver (id),
    current_values    jsonb       NOT NULL,
    requested_values  jsonb       NOT NULL CONSTRAINT preference_request_object_check CHECK (jsonb_typeof(requested_values) = 'object'),
    status            text        NOT NULL DEFAULT 'PENDING'
                      CONSTRAINT preference_request_status_check CHECK (status IN ('PENDING', 'APPROVED', 'REJECTED')),
    requested_at      timestamptz NOT NULL,
    requested_by      uuid        NOT NULL,
    reviewed_at       timestamptz,
    reviewed_by       uuid,
    rejection_reason  text
);
CREATE UNIQUE INDEX preference_request_pending_key ON preference_request (driver_id) WHERE status = 'PENDING';
CREATE INDEX preference_request_page_idx ON preference_request (status, requested_at DESC, id DESC);
CREATE INDEX preference_request_driver_idx ON preference_request (driver_id, requested_at DESC, id DESC);
