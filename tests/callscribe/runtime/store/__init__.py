"""The transcript store, on SQLite and PostgreSQL."""
