"""The outbox's tables."""

import sqlite3
from contextlib import closing

import pytest

from ingest.schema import VERSION, prepare
from ingest.writer import OutboxError

NOW = "2026-01-02T03:04:05.000000+00:00"


def test_prepares_a_file_once() -> None:
    """Tables and version the first time; nothing but the closing of left streams afterwards."""
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as db:
        prepare(db, NOW)
        assert db.execute("PRAGMA user_version").fetchone() == (VERSION,)
        db.execute("INSERT INTO streams (id, call, opening, last_seq, touched_at) VALUES ('s', 'c', '{}', 1, '2025')")
        db.execute("INSERT INTO streams (id, call, opening, last_seq, touched_at) VALUES ('t', 'c', '{}', 1, '2027')")
        prepare(db, NOW)
        ended = db.execute("SELECT id, closed_at, close_reason FROM streams ORDER BY id").fetchall()
        assert ended == [("s", "2025", "ingest restarted"), ("t", NOW, "ingest restarted")]


def test_a_newer_file_is_left_alone() -> None:
    """It is refused by name."""
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as db:
        db.execute(f"PRAGMA user_version = {VERSION + 1}")
        with pytest.raises(OutboxError, match="newer Callscribe"):
            prepare(db, NOW)
        assert db.execute("SELECT count(*) FROM sqlite_schema").fetchone() == (0,)
