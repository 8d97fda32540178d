-- A driver whose account is made together with the profile, and what follows when an account is switched off.

ALTER TABLE driver
    -- PENDING while the identity service makes the account; REFUSED with the code of why there is none.
    ADD COLUMN account_status text NOT NULL DEFAULT 'READY'
        CONSTRAINT driver_account_status_check CHECK (account_status IN ('PENDING', 'READY', 'REFUSED')),
    ADD COLUMN account_refusal text,
    -- INACTIVE because the account was switched off: switching it on again gives the driver back what they were.
    ADD COLUMN account_withdrawn boolean NOT NULL DEFAULT false,
    ADD CONSTRAINT driver_account_refusal_check CHECK ((account_status = 'REFUSED') = (account_refusal IS NOT NULL)),
    -- Nobody works whose account is not there; user_id is then the id that the account will have.
    ADD CONSTRAINT driver_account_first_check CHECK (account_status = 'READY' OR status <> 'ACTIVE');

ALTER TABLE driver_change
    DROP CONSTRAINT driver_change_what_check,
    ADD CONSTRAINT driver_change_what_check
        CHECK (what IN ('KYC', 'STATUS', 'AVAILABILITY', 'HUB', 'ACCOUNT', 'BANK'));

-- Whether a phone is somebody's already, as far as is known here.
CREATE INDEX user_ref_phone_idx ON user_ref (phone);
