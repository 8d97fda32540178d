#!/usr/bin/env bash
# Run once by the PostgreSQL image on an empty volume: four databases, four roles, each role in its own database only.
set -euo pipefail

create() {
  local service=$1 password=$2
  psql -v ON_ERROR_STOP=1 -v role="$service" -v password="$password" -v database="db_$service" \
    --username "${POSTGRES_USER:-postgres}" --dbname postgres <<'SQL'
CREATE ROLE :"role" LOGIN PASSWORD :'password';
CREATE DATABASE :"database" OWNER :"role";
REVOKE ALL ON DATABASE :"database" FROM PUBLIC;
SQL
}

create identity "$IDENTITY_DB_PASSWORD"
create fleet "$FLEET_DB_PASSWORD"
create partner "$PARTNER_DB_PASSWORD"
create trip "$TRIP_DB_PASSWORD"
