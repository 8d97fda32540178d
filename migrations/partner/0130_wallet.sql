-- Money: an append-only double-entry ledger. Amounts are paise; credit is positive, debit is negative.
--
-- Three invariants live here, not in the program:
--   1. the entries of one transaction sum to zero        (deferred constraint trigger)
--   2. nothing that was written is changed or removed     (triggers; a transaction may only move along its states)
--   3. a wallet equals the sum of its driver's entries    (only the entry trigger writes wallets, one entry at a time)

CREATE TABLE driver_wallet (
    driver_id        uuid        NOT NULL CONSTRAINT driver_wallet_pkey PRIMARY KEY
                     CONSTRAINT driver_wallet_driver_fkey REFERENCES driver (id),
    earnings_paise   bigint      NOT NULL DEFAULT 0,
    deposit_paise    bigint      NOT NULL DEFAULT 0 CONSTRAINT driver_wallet_deposit_check CHECK (deposit_paise >= 0),
    cash_held_paise  bigint      NOT NULL DEFAULT 0,
    version          bigint      NOT NULL DEFAULT 0,
    updated_at       timestamptz NOT NULL
);

CREATE TABLE ledger_transaction (
    id              uuid        NOT NULL CONSTRAINT ledger_transaction_pkey PRIMARY KEY,
    short_id        text        NOT NULL CONSTRAINT ledger_transaction_short_id_key UNIQUE,
    driver_id       uuid        CONSTRAINT ledger_transaction_driver_fkey REFERENCES driver (id),
    type            text        NOT NULL CONSTRAINT ledger_transaction_type_check CHECK (type IN (
                        'DEPOSIT', 'RENTAL', 'TRIP_PAYMENT', 'INCENTIVE', 'PENALTY', 'DAILY_COLLECTION', 'PAYOUT', 'ORDER_PAYMENT')),
    status          text        NOT NULL CONSTRAINT ledger_transaction_status_check CHECK (status IN ('PENDING', 'SUCCESS', 'FAILED', 'REFUNDED')),
    -- From the driver's side: negative is a deduction.
    amount_paise    bigint      NOT NULL,
    payment_method  text        NOT NULL CONSTRAINT ledger_transaction_method_check CHECK (payment_method IN (
                        'PG_CARD', 'PG_UPI', 'PG_NETBANKING', 'VIRTUAL_QR', 'CASH', 'BANK_TRANSFER')),
    description     text,
    trip_id         uuid,
    -- The version of the trip that this brings the books up to: its completion, then each adjusted fare.
    trip_version    bigint,
    penalty_id      uuid,
    incentive_id    uuid,
    collection_id   uuid,
    rental_id       uuid,
    payout_id       uuid,
    -- The reference of whoever moved the money (gateway, bank, cash book): the same one is never booked twice.
    external_id     text        CONSTRAINT ledger_transaction_external_id_key UNIQUE,
    metadata        jsonb,
    created_at      timestamptz NOT NULL,
    created_by      uuid,
    updated_at      timestamptz NOT NULL,
    CONSTRAINT ledger_transaction_trip_check CHECK ((trip_id IS NULL) = (trip_version IS NULL)),
    CONSTRAINT ledger_transaction_trip_key UNIQUE (trip_id, trip_version)
);
CREATE INDEX ledger_transaction_driver_page_idx ON ledger_transaction (driver_id, created_at DESC, id DESC);
CREATE INDEX ledger_transaction_page_idx ON ledger_transaction (created_at DESC, id DESC);
CREATE INDEX ledger_transaction_penalty_idx ON ledger_transaction (penalty_id) WHERE penalty_id IS NOT NULL;

CREATE TABLE ledger_entry (
    id              bigint      NOT NULL GENERATED ALWAYS AS IDENTITY CONSTRAINT ledger_entry_pkey PRIMARY KEY,
    transaction_id  uuid        NOT NULL CONSTRAINT ledger_entry_transaction_fkey REFERENCES ledger_transaction (id),
    account         text        NOT NULL CONSTRAINT ledger_entry_account_check CHECK (account IN (
                        'EARNINGS', 'DEPOSIT', 'CASH_HELD',
                        'CLEARING', 'REVENUE', 'RENT', 'INCENTIVES', 'PENALTIES', 'BANK', 'REFUNDS_DUE', 'SUSPENSE')),
    driver_id       uuid        CONSTRAINT ledger_entry_driver_fkey REFERENCES driver (id),
    -- Which effect of which completed trip this is; the same one is never booked twice. Null for adjustments.
    trip_id         uuid,
    amount_paise    bigint      NOT NULL CONSTRAINT ledger_entry_amount_check CHECK (amount_paise <> 0),
    balance_after   bigint,
    created_at      timestamptz NOT NULL,
    CONSTRAINT ledger_entry_owner_check CHECK ((driver_id IS NOT NULL) = (account IN ('EARNINGS', 'DEPOSIT', 'CASH_HELD')))
);
CREATE INDEX ledger_entry_transaction_idx ON ledger_entry (transaction_id);
CREATE INDEX ledger_entry_driver_idx ON ledger_entry (driver_id, account, id) WHERE driver_id IS NOT NULL;
CREATE UNIQUE INDEX ledger_entry_trip_kind_key ON ledger_entry (trip_id, account) WHERE trip_id IS NOT NULL;

-- Invariant 1.
CREATE FUNCTION ledger_must_balance() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    total numeric;
BEGIN
    SELECT sum(amount_paise) INTO total FROM ledger_entry WHERE transaction_id = NEW.transaction_id;
    IF total <> 0 THEN
        RAISE EXCEPTION 'ledger transaction % does not balance: entries sum to % paise', NEW.transaction_id, total
            USING ERRCODE = 'check_violation', CONSTRAINT = 'ledger_entry_balance_check', TABLE = 'ledger_entry';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER ledger_entry_balance_check AFTER INSERT ON ledger_entry
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION ledger_must_balance();

-- Invariant 2.
CREATE FUNCTION ledger_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME
        USING ERRCODE = 'check_violation', CONSTRAINT = 'ledger_append_only', TABLE = TG_TABLE_NAME;
END $$;
CREATE TRIGGER ledger_entry_append_only BEFORE UPDATE OR DELETE ON ledger_entry
    FOR EACH ROW EXECUTE FUNCTION ledger_is_append_only();
CREATE TRIGGER ledger_entry_no_truncate BEFORE TRUNCATE ON ledger_entry
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_is_append_only();
CREATE TRIGGER ledger_transaction_no_delete BEFORE DELETE ON ledger_transaction
    FOR EACH ROW EXECUTE FUNCTION ledger_is_append_only();
CREATE TRIGGER ledger_transaction_no_truncate BEFORE TRUNCATE ON ledger_transaction
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_is_append_only();

CREATE FUNCTION ledger_transaction_moves_forward() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.status, NEW.updated_at) IS DISTINCT FROM (OLD.status, OLD.updated_at)
       AND to_jsonb(NEW) - 'status' - 'updated_at' = to_jsonb(OLD) - 'status' - 'updated_at'
       AND (OLD.status, NEW.status) IN (('PENDING', 'SUCCESS'), ('PENDING', 'FAILED'), ('SUCCESS', 'REFUNDED')) THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'ledger transaction %: % may not become %', OLD.id, OLD.status, NEW.status
        USING ERRCODE = 'check_violation', CONSTRAINT = 'ledger_append_only', TABLE = 'ledger_transaction';
END $$;
CREATE TRIGGER ledger_transaction_moves_forward BEFORE UPDATE ON ledger_transaction
    FOR EACH ROW EXECUTE FUNCTION ledger_transaction_moves_forward();

-- Invariant 3. CASH_HELD is what the driver owes, so its balance is the negative of the account.
CREATE FUNCTION ledger_entry_moves_wallet() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.driver_id IS NULL THEN
        RETURN NEW;
    END IF;
    -- Two steps: an upsert would check the balance of the row it proposes, a debit alone, before it finds the conflict.
    INSERT INTO driver_wallet (driver_id, updated_at) VALUES (NEW.driver_id, NEW.created_at)
    ON CONFLICT ON CONSTRAINT driver_wallet_pkey DO NOTHING;
    UPDATE driver_wallet SET
        earnings_paise = earnings_paise + CASE NEW.account WHEN 'EARNINGS' THEN NEW.amount_paise ELSE 0 END,
        deposit_paise = deposit_paise + CASE NEW.account WHEN 'DEPOSIT' THEN NEW.amount_paise ELSE 0 END,
        cash_held_paise = cash_held_paise - CASE NEW.account WHEN 'CASH_HELD' THEN NEW.amount_paise ELSE 0 END,
        version = version + 1,
        updated_at = NEW.created_at
    WHERE driver_id = NEW.driver_id
    RETURNING CASE NEW.account WHEN 'EARNINGS' THEN earnings_paise WHEN 'DEPOSIT' THEN deposit_paise ELSE cash_held_paise END
    INTO NEW.balance_after;
    RETURN NEW;
END $$;
CREATE TRIGGER ledger_entry_moves_wallet BEFORE INSERT ON ledger_entry
    FOR EACH ROW EXECUTE FUNCTION ledger_entry_moves_wallet();

CREATE FUNCTION wallet_is_derived() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- Depth 1 is a statement of a client; the entry trigger arrives here at depth 2.
    IF pg_trigger_depth() < 2 THEN
        RAISE EXCEPTION 'driver_wallet is written by ledger entries only'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'driver_wallet_derived', TABLE = 'driver_wallet';
    END IF;
    RETURN COALESCE(NEW, OLD);
END $$;
CREATE TRIGGER driver_wallet_derived BEFORE INSERT OR UPDATE OR DELETE ON driver_wallet
    FOR EACH ROW EXECUTE FUNCTION wallet_is_derived();

-- Wallets that differ from a recomputation: always empty; tests and operators look here.
CREATE VIEW wallet_drift AS
SELECT w.driver_id, w.earnings_paise, w.deposit_paise, w.cash_held_paise,
       coalesce(e.earnings, 0) AS earnings_sum, coalesce(e.deposit, 0) AS deposit_sum, coalesce(e.cash_held, 0) AS cash_held_sum
FROM driver_wallet w
LEFT JOIN (
    SELECT driver_id,
           sum(amount_paise) FILTER (WHERE account = 'EARNINGS') AS earnings,
           sum(amount_paise) FILTER (WHERE account = 'DEPOSIT') AS deposit,
           -sum(amount_paise) FILTER (WHERE account = 'CASH_HELD') AS cash_held
    FROM ledger_entry WHERE driver_id IS NOT NULL GROUP BY driver_id
) e USING (driver_id)
WHERE w.earnings_paise <> coalesce(e.earnings, 0)
   OR w.deposit_paise <> coalesce(e.deposit, 0)
   OR w.cash_held_paise <> coalesce(e.cash_held, 0);

-- Completed trips as partner heard of them: weekly earnings and referral averages.
CREATE TABLE trip_earning (
    trip_id        uuid        NOT NULL CONSTRAINT trip_earning_pkey PRIMARY KEY,
    driver_id      uuid        NOT NULL CONSTRAINT trip_earning_driver_fkey REFERENCES driver (id),
    fare_paise     bigint      NOT NULL,
    earned_paise   bigint      NOT NULL,
    -- The terms it was booked by: an adjusted fare is shared as the trip was, whatever the driver has agreed to since.
    payment_model  text        CONSTRAINT trip_earning_model_check CHECK (payment_model IN ('RENTAL', 'PAYOUT')),
    rev_share_bp   integer     NOT NULL,
    version        bigint      NOT NULL,
    completed_at   timestamptz NOT NULL
);
CREATE INDEX trip_earning_driver_idx ON trip_earning (driver_id, completed_at);
