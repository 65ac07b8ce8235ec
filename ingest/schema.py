"""The tables of the outbox, and what happens to them at start-up."""

from sqlite3 import Connection
from typing import Final

from ingest.writer import OutboxError

VERSION: Final = 3
"""`PRAGMA user_version` of the file."""

IS_ACCEPTED: Final = "(closed_at IS NOT NULL OR close_reason IS NULL)"
"""Of a row of `streams`, in SQL: its socket was accepted, or it has ended without."""
NOT_ACCEPTED: Final = "connection lost before it was accepted"
"""`close_reason` of a stream that is not closed: its socket has not been accepted yet. One that is left so ended as it began."""

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
        set_aside_at TEXT,
        trouble TEXT,
        trouble_at TEXT
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
        call TEXT,
        PRIMARY KEY (stream, seq)
    )""",
    "CREATE INDEX chunks_waiting ON chunks (stream, seq) WHERE signalled = 0",
    """CREATE TABLE events (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        call TEXT NOT NULL,
        body TEXT NOT NULL,
        received_at TEXT NOT NULL,
        set_aside TEXT,
        set_aside_at TEXT,
        trouble TEXT,
        trouble_at TEXT
    )""",
    "CREATE INDEX events_waiting ON events (call, number) WHERE set_aside IS NULL",
    """CREATE TABLE raw (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        call TEXT NOT NULL,
        stream TEXT,
        reason TEXT NOT NULL,
        body BLOB NOT NULL,
        received_at TEXT NOT NULL,
        uncounted INTEGER NOT NULL,
        said_since TEXT
    )""",
    "CREATE INDEX raw_uncounted ON raw (stream) WHERE uncounted = 1",
    "CREATE TABLE salvages (at TEXT NOT NULL, file TEXT NOT NULL, report TEXT NOT NULL)",
)
_FROM_1: Final = (
    "ALTER TABLE streams ADD COLUMN trouble TEXT",
    "ALTER TABLE streams ADD COLUMN trouble_at TEXT",
    "ALTER TABLE events ADD COLUMN trouble TEXT",
    "ALTER TABLE events ADD COLUMN trouble_at TEXT",
    "ALTER TABLE chunks ADD COLUMN call TEXT",
    "UPDATE chunks SET call = (SELECT call FROM streams WHERE streams.id = chunks.stream)",
    "CREATE TABLE salvages (at TEXT NOT NULL, file TEXT NOT NULL, report TEXT NOT NULL)",
)
"""`trouble` is why something is not delivered yet; a chunk's own `call` lets it be sent where its stream's row is lost."""
_FROM_2: Final = ("ALTER TABLE raw ADD COLUMN said_since TEXT",)
"""What an unreadable packet said was said between then and its arrival."""
_STEPS: Final = {0: _TABLES, 1: (*_FROM_1, *_FROM_2), 2: _FROM_2}
"""Version of a file → what brings it to `VERSION`."""


def prepare(db: Connection, now: str | None) -> None:
    """Make the tables in a new file, or bring old ones up to date; close the streams that a process which is gone left open.

    `now` is ISO 8601 in UTC, None while this process's own streams are open. Such a stream ends when its process was last seen alive, not now: what was said in between
    reached nobody, and a transcript has to show that gap. Raises `OutboxError` for a file of a newer version.
    """
    (version,) = db.execute("PRAGMA user_version").fetchone()
    if version > VERSION:
        raise OutboxError(
            f"The outbox was written by a newer Callscribe (format {version}, this one knows {VERSION}): "
            "start the newer version, or set CALLSCRIBE_HOME to another folder."
        )
    if version < VERSION:
        for statement in _STEPS[version]:
            db.execute(statement)
        probe(db)
    if now is None:
        return
    db.execute(
        "UPDATE streams SET closed_at = min(touched_at, ?), close_reason = 'ingest restarted' WHERE closed_at IS NULL",
        (now,),
    )


def probe(db: Connection) -> None:
    """Write a page that changes nothing: whether the disk takes anything."""
    db.execute(f"PRAGMA user_version = {VERSION}")
