-- What every database of the federation has: events out (outbox), events in (inbox, dead letters), short ids,
-- answered mutations and timers. Merged by kit::migrate with the subgraph's own migrations, which start at 0100.

-- Events out. A row is written in the transaction that causes the event and never changes but for its position.
--
-- Order: neither an identity column nor a transaction id is commit order. So a row has no place in the log until it is
-- visible: then somebody who holds the lock of outbox_head numbers all visible unplaced rows by sequence, in a short
-- transaction of its own. Placements are serial, so positions appear in ascending order and nothing can turn up
-- behind a reader. Two changes of one aggregate keep their order, because the second can only be recorded after
-- the first has committed, and so has the higher sequence and is never placed earlier.
CREATE TABLE outbox (
    sequence          bigint      GENERATED ALWAYS AS IDENTITY,
    transaction_id    xid8        NOT NULL DEFAULT pg_current_xact_id(),
    position          bigint,
    event_id          uuid        NOT NULL,
    event_type        text        NOT NULL,
    version           integer     NOT NULL,
    occurred_at       timestamptz NOT NULL,
    aggregate_id      uuid        NOT NULL,
    aggregate_version bigint      NOT NULL,
    correlation_id    text        NOT NULL,
    payload           jsonb       NOT NULL,
    CONSTRAINT outbox_pkey PRIMARY KEY (sequence),
    CONSTRAINT outbox_event_id_key UNIQUE (event_id),
    CONSTRAINT outbox_position_key UNIQUE (position)
);
CREATE INDEX outbox_unplaced_idx ON outbox (sequence) WHERE position IS NULL;
CREATE INDEX outbox_aggregate_idx ON outbox (aggregate_id, position);

-- The last position given away. Locking this one row is what makes placements serial.
CREATE TABLE outbox_head (
    singleton boolean NOT NULL DEFAULT true,
    position  bigint  NOT NULL DEFAULT 0,
    CONSTRAINT outbox_head_pkey PRIMARY KEY (singleton),
    CONSTRAINT outbox_head_one_row CHECK (singleton)
);
INSERT INTO outbox_head DEFAULT VALUES;

-- How far the relay has published. Its row lock is the relay's leadership.
CREATE TABLE outbox_cursor (
    name       text        NOT NULL,
    position   bigint      NOT NULL DEFAULT 0,
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT outbox_cursor_pkey PRIMARY KEY (name)
);
INSERT INTO outbox_cursor (name) VALUES ('relay');

-- Wakes relay and feeds at commit. Carries nothing: whoever misses it polls.
CREATE FUNCTION outbox_wake() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NOTIFY outbox;
    RETURN NULL;
END $$;
CREATE TRIGGER outbox_wake AFTER INSERT ON outbox FOR EACH STATEMENT EXECUTE FUNCTION outbox_wake();

-- Events in: what each consumer has handled, written in the transaction of the handling.
CREATE TABLE inbox (
    consumer   text        NOT NULL,
    event_id   uuid        NOT NULL,
    handled_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT inbox_pkey PRIMARY KEY (consumer, event_id)
);
CREATE INDEX inbox_handled_at_idx ON inbox (handled_at);

-- Events that a consumer could not handle, when there is no broker to keep them.
CREATE TABLE dead_letter (
    queue      text        NOT NULL,
    event_id   uuid        NOT NULL,
    envelope   jsonb       NOT NULL,
    error      text        NOT NULL,
    attempts   integer     NOT NULL,
    died_at    timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT dead_letter_pkey PRIMARY KEY (queue, event_id)
);

-- Serials of short ids such as TRP20260127001, one per prefix and business day.
CREATE TABLE short_id_sequence (
    prefix text   NOT NULL,
    day    date   NOT NULL,
    last   bigint NOT NULL,
    CONSTRAINT short_id_sequence_pkey PRIMARY KEY (prefix, day)
);

-- Mutations that were answered: the same key by the same actor gets the same entity, not a second effect.
CREATE TABLE idempotency_key (
    actor       uuid        NOT NULL,
    operation   text        NOT NULL,
    key         text        NOT NULL,
    fingerprint text        NOT NULL,
    entity_id   uuid,
    created_at  timestamptz NOT NULL,
    CONSTRAINT idempotency_key_pkey PRIMARY KEY (actor, operation, key),
    CONSTRAINT idempotency_key_length CHECK (char_length(key) BETWEEN 1 AND 200)
);
CREATE INDEX idempotency_key_created_at_idx ON idempotency_key (created_at);

-- Timers: the row lock elects the replica that runs one, last_run_at is where it catches up from.
CREATE TABLE timer (
    name        text        NOT NULL,
    last_run_at timestamptz NOT NULL,
    CONSTRAINT timer_pkey PRIMARY KEY (name)
);
