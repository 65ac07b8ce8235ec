#!/bin/sh
# Writes .env from .env.example with fresh secrets. An .env that is there is never touched: its passwords are in use.
set -eu
cd "$(dirname "$0")/.."
if [ -e .env ]; then
    echo ".env is there already and stays as it is; delete it first if you mean to start over." >&2
    exit 1
fi

fresh() {
    od -An -N32 -tx1 /dev/urandom | tr -d ' \n'
}

umask 077
while IFS= read -r line; do
    case $line in
        [A-Z]*_SECRET= | [A-Z]*_PASSWORD=) printf '%s%s\n' "$line" "$(fresh)" ;;
        *) printf '%s\n' "$line" ;;
    esac
done <.env.example >.env
echo "Wrote .env, with secrets of its own. Next: docker compose up --detach"
