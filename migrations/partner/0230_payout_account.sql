-- A payout goes to the account that its file named and that was compared with the driver's: not to another one that somebody
-- writes into the profile before the bank has paid. Sealed like the driver's own.
ALTER TABLE payout
    ADD COLUMN bank_account_sealed bytea,
    ADD COLUMN bank_ifsc           text,
    ADD COLUMN bank_account_name   text;
UPDATE payout p SET bank_account_sealed = d.bank_account_sealed, bank_ifsc = d.bank_ifsc, bank_account_name = d.bank_account_name
FROM driver d WHERE d.id = p.driver_id AND p.status = 'PENDING';
CREATE INDEX payout_pending_idx ON payout (id) WHERE status = 'PENDING';

-- Who waits for a KYC decision, the longest waiting first.
CREATE INDEX driver_kyc_waiting_idx ON driver (kyc_submitted_at, id)
    WHERE kyc_status = 'PENDING' AND kyc_submitted_at IS NOT NULL;
CREATE INDEX driver_fleet_kyc_waiting_idx ON driver (fleet_id, kyc_submitted_at, id)
    WHERE kyc_status = 'PENDING' AND kyc_submitted_at IS NOT NULL;
