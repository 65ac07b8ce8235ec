#!/bin/sh
# Makes Temporal's two databases and brings their schema to this version of the server. Safe to run again: the tool
# skips what is there. Runs in temporalio/admin-tools. Needs POSTGRES_SEEDS, POSTGRES_USER and SQL_PASSWORD.
set -eu
: "${POSTGRES_SEEDS:?set the host of PostgreSQL}"
: "${POSTGRES_USER:?set the role that owns the databases of Temporal}"
: "${SQL_PASSWORD:?set the password of that role; temporal-sql-tool reads it from here}"
schemas=${TEMPORAL_SCHEMAS:-/etc/temporal/schema/postgresql/v12}

sql_tool() {
    temporal-sql-tool --plugin postgres12 --ep "$POSTGRES_SEEDS" -p "${DB_PORT:-5432}" -u "$POSTGRES_USER" "$@"
}

bring_up() {
    sql_tool --db "$1" create
    sql_tool --db "$1" setup-schema -v 0.0
    sql_tool --db "$1" update-schema -d "$schemas/$2/versioned"
}

bring_up temporal temporal
bring_up temporal_visibility visibility
echo "The databases temporal and temporal_visibility have this version's schema."
