-- Sagas: what several services do together, step by step. The row is written in the transaction that begins the work and
-- ended in the transaction that hears how it went, so a crash leaves it RUNNING, and a timer repeats the step at hand.

CREATE TABLE saga (
    -- Travels with every request of this saga, and comes back with the answers.
    id          uuid        NOT NULL,
    kind        text        NOT NULL,
    -- What it is about: an entity of this database.
    subject_id  uuid        NOT NULL,
    -- What is being done, or waited for.
    step        text        NOT NULL,
    state       text        NOT NULL DEFAULT 'RUNNING',
    -- What repeating the step needs; emptied at the end.
    payload     jsonb       NOT NULL DEFAULT '{}',
    -- How often the step was repeated.
    attempts    integer     NOT NULL DEFAULT 0,
    next_at     timestamptz NOT NULL,
    last_error  text,
    created_at  timestamptz NOT NULL,
    updated_at  timestamptz NOT NULL,
    CONSTRAINT saga_pkey PRIMARY KEY (id),
    CONSTRAINT saga_state_check CHECK (state IN ('RUNNING', 'COMPLETED', 'COMPENSATED')),
    CONSTRAINT saga_attempts_check CHECK (attempts >= 0)
);
-- One at a time about one thing.
CREATE UNIQUE INDEX saga_running_key ON saga (kind, subject_id) WHERE state = 'RUNNING';
CREATE INDEX saga_due_idx ON saga (next_at) WHERE state = 'RUNNING';
CREATE INDEX saga_ended_idx ON saga (updated_at) WHERE state <> 'RUNNING';
