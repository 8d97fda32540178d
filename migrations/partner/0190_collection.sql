-- What a driver's cab took in on one IST day, how it was settled, and imported payouts.

CREATE TABLE daily_collection (
    id                        uuid        NOT NULL CONSTRAINT daily_collection_pkey PRIMARY KEY,
    short_id                  text        NOT NULL CONSTRAINT daily_collection_short_id_key UNIQUE,
    driver_id                 uuid        NOT NULL CONSTRAINT daily_collection_driver_fkey REFERENCES driver (id),
    vehicle_id                uuid,
    date                      date        NOT NULL,
    qr_paise                  bigint      NOT NULL DEFAULT 0 CONSTRAINT daily_collection_qr_check CHECK (qr_paise >= 0),
    cash_paise                bigint      NOT NULL DEFAULT 0 CONSTRAINT daily_collection_cash_check CHECK (cash_paise >= 0),
    total_paise               bigint      NOT NULL GENERATED ALWAYS AS (qr_paise + cash_paise) STORED,
    expected_paise            bigint      CONSTRAINT daily_collection_expected_check CHECK (expected_paise >= 0),
    variance_paise            bigint      GENERATED ALWAYS AS (qr_paise + cash_paise - expected_paise) STORED,
    rev_share_bp              integer     CONSTRAINT daily_collection_share_check CHECK (rev_share_bp BETWEEN 0 AND 10000),
    share_paise               bigint,
    incentive_paise           bigint      NOT NULL DEFAULT 0,
    penalty_paise             bigint      NOT NULL DEFAULT 0,
    net_payout_paise          bigint,
    -- OPEN → RECONCILED → PAID
    state                     text        NOT NULL DEFAULT 'OPEN' CONSTRAINT daily_collection_state_check CHECK (state IN ('OPEN', 'RECONCILED', 'PAID')),
    reconciled_by             uuid,
    reconciled_at             timestamptz,
    reconciliation_notes      text,
    paid_by                   uuid,
    paid_at                   timestamptz,
    payout_transaction_id     uuid        CONSTRAINT daily_collection_payout_fkey REFERENCES ledger_transaction (id),
    version                   bigint      NOT NULL DEFAULT 1,
    created_at                timestamptz NOT NULL,
    updated_at                timestamptz NOT NULL,
    CONSTRAINT daily_collection_driver_date_key UNIQUE (driver_id, date),
    CONSTRAINT daily_collection_net_check CHECK (state = 'OPEN' OR net_payout_paise IS NOT NULL)
);
CREATE INDEX daily_collection_page_idx ON daily_collection (date DESC, id DESC);
CREATE INDEX daily_collection_state_page_idx ON daily_collection (state, date DESC, id DESC);

CREATE TABLE payout (
    id               uuid        NOT NULL CONSTRAINT payout_pkey PRIMARY KEY,
    short_id         text        NOT NULL CONSTRAINT payout_short_id_key UNIQUE,
    driver_id        uuid        NOT NULL CONSTRAINT payout_driver_fkey REFERENCES driver (id),
    amount_paise     bigint      NOT NULL CONSTRAINT payout_amount_check CHECK (amount_paise > 0),
    incentive_paise  bigint      NOT NULL DEFAULT 0 CONSTRAINT payout_incentive_check CHECK (incentive_paise >= 0),
    penalty_paise    bigint      NOT NULL DEFAULT 0 CONSTRAINT payout_penalty_check CHECK (penalty_paise >= 0),
    cycle            text        NOT NULL CONSTRAINT payout_cycle_check CHECK (cycle <> ''),
    status           text        NOT NULL CONSTRAINT payout_status_check CHECK (status IN ('PENDING', 'SUCCESS', 'FAILED')),
    transaction_id   uuid        CONSTRAINT payout_transaction_key UNIQUE CONSTRAINT payout_transaction_fkey REFERENCES ledger_transaction (id),
    created_by       uuid,
    processed_at     timestamptz,
    created_at       timestamptz NOT NULL
);
-- The same driver, amount and cycle is the same payout; importing a file twice changes nothing.
CREATE UNIQUE INDEX payout_duplicate_key ON payout (driver_id, amount_paise, cycle) WHERE status IN ('PENDING', 'SUCCESS');
CREATE INDEX payout_driver_page_idx ON payout (driver_id, created_at DESC, id DESC);
