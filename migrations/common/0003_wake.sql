-- A commit that records an event does not notify any more: from a NOTIFY to the end of its transaction, the wait for the
-- disk included, PostgreSQL holds a lock for the whole server, so that such commits go through one by one. The process
-- that records tells its own relay; whoever gives events their places notifies the other replicas (kit/src/wake.rs).
DROP TRIGGER outbox_wake ON outbox;
DROP FUNCTION outbox_wake();
