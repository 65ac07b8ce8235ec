#!/bin/sh
# Makes the two roles and the transcript store's database, and sets the roles' passwords. Safe to run again.
# The databases of Temporal are made by its own tool (temporal-schema.sh).
# Needs psql 15 or newer, PGHOST and the administrator's PGUSER and PGPASSWORD.
set -eu
: "${TEMPORAL_DB_PASSWORD:?set the password of the role temporal}"
: "${TRANSCRIPT_DB_PASSWORD:?set the password of the role callscribe}"

# \getenv and not --set: a password in a command line can be read by every user of the machine.
psql --no-psqlrc --quiet --set=ON_ERROR_STOP=1 --dbname=postgres <<'SQL'
\getenv temporal_password TEMPORAL_DB_PASSWORD
\getenv callscribe_password TRANSCRIPT_DB_PASSWORD
SELECT 'CREATE ROLE temporal LOGIN CREATEDB'
  WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'temporal') \gexec
SELECT 'CREATE ROLE callscribe LOGIN'
  WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'callscribe') \gexec
ALTER ROLE temporal PASSWORD :'temporal_password';
ALTER ROLE callscribe PASSWORD :'callscribe_password';
SELECT 'CREATE DATABASE callscribe OWNER callscribe'
  WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = 'callscribe') \gexec
SQL
echo "The roles temporal and callscribe and the database callscribe are there."
