"""A look into an outbox from outside, while ingest runs or not: what waits, since when and why; and sending it again."""

import base64
import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Final

from pydantic import AwareDatetime

from callscribe.contracts.chunks import CallEvent
from callscribe.model import Frozen
from ingest.schema import VERSION
from ingest.writer import OutboxError

PATIENCE_S: Final = 10.0
"""How long to wait for an ingest that is writing."""


class StreamWaiting(Frozen):
    """A stream that its workflow has not confirmed."""

    stream: str
    opened_at: AwareDatetime
    closed_at: AwareDatetime | None = None
    segments: int = 0
    """Finals that Temporal has not taken."""
    chunks: int = 0
    """Chunks, sealed already, that Temporal has not taken."""
    since: AwareDatetime | None = None
    """Since when the oldest of them waits."""
    why_not: str | None = None
    """Why the last attempt failed, if it did."""
    set_aside: str | None = None
    """Why it is not sent any more."""


class EventSetAside(Frozen):
    """An event that is not sent any more."""

    number: int
    type: str
    received_at: AwareDatetime
    set_aside: str


class CallWaiting(Frozen):
    """What the outbox holds of one call."""

    call: str
    streams: tuple[StreamWaiting, ...] = ()
    events: int = 0
    events_since: AwareDatetime | None = None
    events_why_not: str | None = None
    events_set_aside: tuple[EventSetAside, ...] = ()
    raw: int = 0
    """Messages that could not be read, kept as they came."""


class Salvage(Frozen):
    """A damaged outbox that was replaced."""

    at: AwareDatetime
    file: str
    """Where the damaged one is, in the same folder."""
    why: str
    salvaged: dict[str, int] = {}


class OutboxView(Frozen):
    """All of an outbox."""

    file: str
    calls: tuple[CallWaiting, ...] = ()
    salvages: tuple[Salvage, ...] = ()
    damaged_files: tuple[str, ...] = ()
    """Damaged outboxes in the same folder; they can be deleted once nobody misses anything."""


class RawMessage(Frozen):
    """A message that could not be read."""

    number: int
    call: str
    stream: str | None = None
    received_at: AwareDatetime
    reason: str
    text: str | None = None
    """The message; None if it is not UTF-8."""
    base64: str | None = None
    """The message, if it is not UTF-8."""


def inspect(path: Path) -> OutboxView:
    """What is in the outbox now, one moment's view of it. Raises `OutboxError`."""
    with _opened(path, "ro") as db:
        db.execute("BEGIN")
        keys = [row[0] for row in db.execute(_CALLS)]
        found = OutboxView(
            file=str(path),
            calls=tuple(_call(db, key) for key in keys),
            salvages=tuple(_salvage(row) for row in db.execute("SELECT at, file, report FROM salvages ORDER BY at")),
            damaged_files=damaged_files(path),
        )
        db.execute("COMMIT")
        return found


def damaged_files(path: Path) -> tuple[str, ...]:
    """Damaged outboxes that were moved aside, without their logs."""
    found = (each.name for each in path.parent.glob(f"{path.name}.damaged-*"))
    return tuple(sorted(name for name in found if not name.endswith(("-wal", "-shm"))))


def redeliver(path: Path, call: str | None = None) -> tuple[int, int]:
    """Take back that streams and events (of `call`, or of all) are set aside; returns how many of each.

    A running ingest notices within a second or two, any other one when it starts. Raises `OutboxError`.
    """
    where = "set_aside IS NOT NULL AND (call = :call OR :call IS NULL)"
    changed = []
    with _opened(path, "rw") as db:
        db.execute("BEGIN IMMEDIATE")
        for table in ("streams", "events"):
            statement = f"UPDATE {table} SET set_aside = NULL, set_aside_at = NULL WHERE {where}"  # noqa: S608 - our own
            changed.append(db.execute(statement, {"call": call}).rowcount)
        db.execute("COMMIT")
    return changed[0], changed[1]


def raw_messages(path: Path, call: str) -> Iterator[RawMessage]:
    """What came for the call and could not be read, oldest first. Raises `OutboxError`."""
    with _opened(path, "ro") as db:
        columns = "number, call, stream, received_at, reason, body"
        rows = db.execute(f"SELECT {columns} FROM raw WHERE call = ? ORDER BY number", (call,))  # noqa: S608 - our own
        for number, key, stream, received_at, reason, body in rows:
            try:
                shown: dict[str, Any] = {"text": body.decode("utf-8")}
            except UnicodeDecodeError:
                shown = {"base64": base64.b64encode(body).decode("ascii")}
            yield RawMessage(number=number, call=key, stream=stream, received_at=received_at, reason=reason, **shown)


_CALLS: Final = (
    "SELECT call, min(at) AS since FROM (SELECT call, touched_at AS at FROM streams UNION ALL "
    "SELECT call, received_at FROM events UNION ALL SELECT call, received_at FROM raw) GROUP BY call ORDER BY since, call"
)
_STREAMS: Final = """
SELECT s.id, json_extract(s.opening, '$.opened_at'), s.closed_at, s.trouble, s.set_aside,
    (SELECT count(*) FROM segments g WHERE g.stream = s.id)
        + (SELECT coalesce(sum(c.segments), 0) FROM chunks c WHERE c.stream = s.id AND c.signalled = 0),
    (SELECT count(*) FROM chunks c WHERE c.stream = s.id AND c.signalled = 0),
    (SELECT min(at) FROM (SELECT received_at AS at FROM segments g WHERE g.stream = s.id
        UNION ALL SELECT since FROM chunks c WHERE c.stream = s.id AND c.signalled = 0))
FROM streams s WHERE s.call = ? ORDER BY s.rowid
"""


def _call(db: sqlite3.Connection, key: str) -> CallWaiting:
    names = ("stream", "opened_at", "closed_at", "why_not", "set_aside", "segments", "chunks", "since")
    events, since = db.execute(
        "SELECT count(*), min(received_at) FROM events WHERE call = ? AND set_aside IS NULL", (key,)
    ).fetchone()
    trouble = db.execute(
        "SELECT trouble FROM events WHERE call = ? AND set_aside IS NULL ORDER BY number LIMIT 1", (key,)
    ).fetchone()
    aside = db.execute(
        "SELECT number, body, received_at, set_aside FROM events WHERE call = ? AND set_aside IS NOT NULL ORDER BY number",
        (key,),
    )
    (raw,) = db.execute("SELECT count(*) FROM raw WHERE call = ?", (key,)).fetchone()
    return CallWaiting(
        call=key,
        streams=tuple(StreamWaiting(**dict(zip(names, row, strict=True))) for row in db.execute(_STREAMS, (key,))),
        events=events,
        events_since=since,
        events_why_not=trouble[0] if trouble else None,
        events_set_aside=tuple(
            EventSetAside(
                number=number, type=CallEvent.model_validate_json(body).type, received_at=received_at, set_aside=reason
            )
            for number, body, received_at, reason in aside
        ),
        raw=raw,
    )


def _salvage(row: tuple[str, str, str]) -> Salvage:
    report = json.loads(row[2])
    return Salvage(at=row[0], file=row[1], why=report.pop("why", ""), salvaged=report)


@contextmanager
def _opened(path: Path, mode: str) -> Iterator[sqlite3.Connection]:
    if not path.exists():
        raise OutboxError(f"There is no outbox {path}: ingest has not run with this CALLSCRIBE_HOME.")
    try:
        with closing(
            sqlite3.connect(
                f"{path.absolute().as_uri()}?mode={mode}", uri=True, isolation_level=None, timeout=PATIENCE_S
            )
        ) as db:
            (version,) = db.execute("PRAGMA user_version").fetchone()
            if version != VERSION:
                age = "an older" if version < VERSION else "a newer"
                raise OutboxError(
                    f"The outbox {path} was written by {age} Callscribe: start ingest with this one first."
                )
            yield db
    except sqlite3.Error as error:
        raise OutboxError(
            f"The outbox {path} cannot be used: {error}. If it is damaged, ingest salvages it when it starts."
        ) from error
