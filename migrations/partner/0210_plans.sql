-- Indexes for lists that the plans on a large company's data asked for.

-- Rare kinds of movements, and those that are not settled, among very many trip payments.
CREATE INDEX ledger_transaction_type_page_idx ON ledger_transaction (type, created_at DESC, id DESC)
    WHERE type <> 'TRIP_PAYMENT';
CREATE INDEX ledger_transaction_unsettled_idx ON ledger_transaction (status, created_at DESC, id DESC)
    WHERE status <> 'SUCCESS';
-- All fleets' drivers by name; a fleet's have driver_name_page_idx.
CREATE INDEX driver_all_name_page_idx ON driver (name_key, id);
-- Shifts at a hub.
CREATE INDEX attendance_hub_page_idx ON attendance (hub_id, check_in_time DESC, id DESC);
