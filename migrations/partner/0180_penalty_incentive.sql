-- Penalties with their effects, and incentives.

CREATE TABLE penalty (
    id                       uuid        NOT NULL CONSTRAINT penalty_pkey PRIMARY KEY,
    short_id                 text        NOT NULL CONSTRAINT penalty_short_id_key UNIQUE,
    driver_id                uuid        NOT NULL CONSTRAINT penalty_driver_fkey REFERENCES driver (id),
    type                     text        NOT NULL CONSTRAINT penalty_type_check CHECK (type IN ('MONETARY', 'WARNING', 'SUSPENSION', 'BLACKLIST')),
    amount_paise             bigint      NOT NULL DEFAULT 0 CONSTRAINT penalty_amount_check CHECK (amount_paise >= 0),
    reason                   text        NOT NULL,
    category                 text        CONSTRAINT penalty_category_check CHECK (category IN ('BEHAVIOR', 'SAFETY', 'DAMAGE', 'FLEET_RULE', 'OTHER')),
    -- OPEN until its money is taken or its time is over; PAID and WAIVED are final.
    state                    text        NOT NULL DEFAULT 'OPEN' CONSTRAINT penalty_state_check CHECK (state IN ('OPEN', 'PAID', 'WAIVED')),
    deducted_deposit_paise   bigint      NOT NULL DEFAULT 0 CONSTRAINT penalty_deducted_check CHECK (deducted_deposit_paise BETWEEN 0 AND amount_paise),
    deducted_at              timestamptz,
    paid_at                  timestamptz,
    suspension_start         timestamptz,
    suspension_end           timestamptz,
    -- SCHEDULED → IN_EFFECT → LIFTED, for suspensions and blacklistings.
    effect                   text        CONSTRAINT penalty_effect_check CHECK (effect IN ('SCHEDULED', 'IN_EFFECT', 'LIFTED')),
    waived_by                uuid,
    waived_at                timestamptz,
    waiver_reason            text,
    reviewed_by              uuid,
    reviewed_at              timestamptz,
    review_notes             text,
    version                  bigint      NOT NULL DEFAULT 1,
    created_at               timestamptz NOT NULL,
    created_by               uuid,
    updated_at               timestamptz NOT NULL,
    CONSTRAINT penalty_suspension_period_check CHECK (
        (type = 'SUSPENSION') = (suspension_start IS NOT NULL AND suspension_end IS NOT NULL)
        AND (suspension_end IS NULL OR suspension_end > suspension_start)),
    CONSTRAINT penalty_monetary_amount_check CHECK (type <> 'MONETARY' OR amount_paise > 0)
);
CREATE INDEX penalty_driver_page_idx ON penalty (driver_id, created_at DESC, id DESC);
CREATE INDEX penalty_page_idx ON penalty (created_at DESC, id DESC);
CREATE INDEX penalty_due_start_idx ON penalty (suspension_start) WHERE effect = 'SCHEDULED';
CREATE INDEX penalty_due_end_idx ON penalty (suspension_end) WHERE effect = 'IN_EFFECT' AND type = 'SUSPENSION';

CREATE TABLE incentive (
    id              uuid        NOT NULL CONSTRAINT incentive_pkey PRIMARY KEY,
    short_id        text        NOT NULL CONSTRAINT incentive_short_id_key UNIQUE,
    driver_id       uuid        NOT NULL CONSTRAINT incentive_driver_fkey REFERENCES driver (id),
    amount_paise    bigint      NOT NULL CONSTRAINT incentive_amount_check CHECK (amount_paise > 0),
    reason          text        NOT NULL,
    category        text        CONSTRAINT incentive_category_check CHECK (category IN ('MILESTONE', 'PERFORMANCE', 'REFERRAL', 'OTHER')),
    is_paid         boolean     NOT NULL DEFAULT false,
    paid_at         timestamptz,
    paid_by         uuid,
    transaction_id  uuid        CONSTRAINT incentive_transaction_fkey REFERENCES ledger_transaction (id),
    referral_id     uuid        CONSTRAINT incentive_referral_key UNIQUE CONSTRAINT incentive_referral_fkey REFERENCES referral (id),
    version         bigint      NOT NULL DEFAULT 1,
    created_at      timestamptz NOT NULL,
    created_by      uuid,
    updated_at      timestamptz NOT NULL,
    CONSTRAINT incentive_paid_check CHECK (is_paid = (paid_at IS NOT NULL))
);
CREATE INDEX incentive_driver_page_idx ON incentive (driver_id, created_at DESC, id DESC);
CREATE INDEX incentive_page_idx ON incentive (created_at DESC, id DESC);
