"""The tables of the outbox, and what happens to them at start-up."""

from sqlite3 import Connection
from typing import Final

from ingest.writer import OutboxError

VERSION: Final = 1
"""`PRAGMA user_version` of the file."""

_TABLES: Final = (
    """CREATE TABLE streams (
        id TEXT PRIMARY KEY,
        call TEXT NOT NULL,
        opening TEXT NOT NULL,
        last_seq INTEGER NOT NULL,
        segments INTEGER NOT NULL DEFAULT 0,
        touched_at TEXT NOT NULL,
        closed_at TEXT,
        close_reason TEXT,
        set_aside TEXT,
        set_aside_at TEXT
    )""",
    """CREATE TABLE segments (
        stream TEXT NOT NULL REFERENCES streams (id) ON DELETE CASCADE,
        position INTEGER NOT NULL,
        body TEXT NOT NULL,
        received_at TEXT NOT NULL,
        PRIMARY KEY (stream, position)
    ) WITHOUT ROWID""",
    """CREATE TABLE chunks (
        stream TEXT NOT NULL REFERENCES streams (id) ON DELETE CASCADE,
        seq INTEGER NOT NULL,
        body TEXT NOT NULL,
        segments INTEGER NOT NULL,
        since TEXT NOT NULL,
        signalled INTEGER NOT NULL DEFAULT 0,
        PRIMARY KEY (stream, seq)
    )""",
    "CREATE INDEX chunks_waiting ON chunks (stream, seq) WHERE signalled = 0",
    """CREATE TABLE events (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        call TEXT NOT NULL,
        body TEXT NOT NULL,
        received_at TEXT NOT NULL,
        set_aside TEXT,
        set_aside_at TEXT
    )""",
    "CREATE INDEX events_waiting ON events (call, number) WHERE set_aside IS NULL",
    """CREATE TABLE raw (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        call TEXT NOT NULL,
        stream TEXT,
        reason TEXT NOT NULL,
        body BLOB NOT NULL,
        received_at TEXT NOT NULL,
        uncounted INTEGER NOT NULL
    )""",
    "CREATE INDEX raw_uncounted ON raw (stream) WHERE uncounted = 1",
)


def prepare(db: Connection, now: str) -> None:
    """Make the tables in a new file; close the streams that a process which is gone left open.

    `now` is ISO 8601 in UTC. Such a stream ends when its process was last seen alive, not now: what was said in between
    reached nobody, and a transcript has to show that gap. Raises `OutboxError` for a file of a newer version.
    """
    (version,) = db.execute("PRAGMA user_version").fetchone()
    if version > VERSION:
        raise OutboxError(
            f"The outbox was written by a newer Callscribe (format {version}, this one knows {VERSION}): "
            "start the newer version, or set CALLSCRIBE_HOME to another folder."
        )
    if version == 0:
        for statement in _TABLES:
            db.execute(statement)
        db.execute(f"PRAGMA user_version = {VERSION}")
    db.execute(
        "UPDATE streams SET closed_at = min(touched_at, ?), close_reason = 'ingest restarted' WHERE closed_at IS NULL",
        (now,),
    )
