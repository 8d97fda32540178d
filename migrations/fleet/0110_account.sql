-- Accounts that were refused say why; offices that were lost with an account come back with it.

ALTER TABLE fleet ADD COLUMN admin_refusal text;
ALTER TABLE fleet_manager ADD COLUMN login_refusal text;

-- Accounts as they were last switched; the version keeps older news out.
CREATE TABLE account_switch (
    user_id   uuid    NOT NULL CONSTRAINT account_switch_pkey PRIMARY KEY,
    is_active boolean NOT NULL,
    version   bigint  NOT NULL
);

-- Managers who left because their account was switched off, with the hub that a hub manager was in charge of.
CREATE TABLE withdrawn_office (
    manager_id uuid NOT NULL CONSTRAINT withdrawn_office_pkey PRIMARY KEY,
    kind       text NOT NULL CONSTRAINT withdrawn_office_kind_check CHECK (kind IN ('FLEET', 'HUB')),
    user_id    uuid NOT NULL,
    hub_id     uuid
);
CREATE INDEX withdrawn_office_user_id_idx ON withdrawn_office (user_id);
CREATE INDEX hub_manager_user_id_idx ON hub_manager (user_id) WHERE user_id IS NOT NULL;
