"""A damaged outbox: what can be read of it goes into a sound one, and the damaged one is kept beside it.

    outbox.sqlite.salvaging         being written
    outbox.sqlite.salvaged          written whole; takes the place of the outbox in the next step, or at the next start
    outbox.sqlite.damaged-<time>    the damaged one with its log (`-wal`), untouched

What is known to be missing is never passed over: a chunk that is gone is replaced by an empty one that counts as
unreadable, segments that are gone are counted in the stream's next chunk, and so the call's verdict tells of them.
(A chunk that the workflow has already keeps its place there: its replacement is dropped as a repeat.)
"""

import json
import logging
import os
import sqlite3
from collections import Counter
from contextlib import closing, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from callscribe.contracts.chunks import CallEvent, StreamOpening, TranscriptChunk
from callscribe.transcript.model import Segment
from ingest.chunking import put_chunk, text_of
from ingest.salvage_reading import Rows, read_tables
from ingest.schema import prepare

_COMPANIONS = ("-wal", "-shm")

_log = logging.getLogger(__name__)


def salvage(path: Path, *, why: str, now: datetime | None = None) -> Path:
    """Replace the damaged outbox at `path`; the caller holds its lock and has closed it. Returns where the old one is.

    Raises `OSError` or `sqlite3.Error` if the disk does not take the new one; the damaged one is where it was then.
    """
    at = now or datetime.now(UTC)
    aside = _free(path.with_name(f"{path.name}.damaged-{at.astimezone(UTC):%Y%m%dT%H%M%SZ}"))
    fresh, whole = path.with_name(path.name + ".salvaging"), _whole(path)
    for leftover in (fresh, whole):
        leftover.unlink(missing_ok=True)
    rows = read_tables(path)
    with closing(sqlite3.connect(fresh, isolation_level=None)) as db:
        fresh.chmod(0o600)
        db.execute("PRAGMA synchronous=FULL")
        db.execute("BEGIN IMMEDIATE")
        prepare(db, None)
        report = _Filling(db, rows, at).fill()
        text = json.dumps({"why": why, **report})
        db.execute("INSERT INTO salvages (at, file, report) VALUES (?, ?, ?)", (text_of(at), aside.name, text))
        db.execute("COMMIT")
    fresh.rename(whole)
    _swap(path, aside)
    _log.critical(
        "the outbox was damaged: salvaged what can be read",
        extra={"kept_as": str(aside), "why": why, "salvaged": report},
    )
    return aside


def finish(path: Path, *, now: datetime | None = None) -> None:
    """Put a salvaged outbox in its place, where the process that salvaged it was killed before it had done so."""
    if _whole(path).exists():
        at = now or datetime.now(UTC)
        _swap(path, _free(path.with_name(f"{path.name}.damaged-{at.astimezone(UTC):%Y%m%dT%H%M%SZ}")))


def _whole(path: Path) -> Path:
    return path.with_name(path.name + ".salvaged")


def _free(path: Path) -> Path:
    found, number = path, 1
    while found.exists():
        number += 1
        found = path.with_name(f"{path.name}-{number}")
    return found


def _swap(path: Path, aside: Path) -> None:
    """Every step can be repeated. The log goes first: a sound file must never meet the log of a damaged one."""
    for ending in _COMPANIONS:
        with suppress(FileNotFoundError):
            path.with_name(path.name + ending).rename(aside.with_name(aside.name + ending))
    with suppress(FileNotFoundError):
        path.rename(aside)
    _whole(path).rename(path)
    descriptor = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


class _Filling:
    """Fills a fresh outbox from the rows of a damaged one."""

    def __init__(self, db: sqlite3.Connection, rows: Rows, now: datetime) -> None:
        self._db = db
        self._rows = rows
        self._now = now
        self._calls: dict[str, str] = {}
        self._report: Counter[str] = Counter()

    def fill(self) -> dict[str, int]:
        """All tables; what was salvaged and what is known to be lost."""
        chunks = self._read_chunks()
        segments = self._read_segments()
        self._streams(chunks, segments)
        for stream, call in self._calls.items():
            self._chunks(stream, call, chunks.get(stream, {}))
            self._segments(stream, call, chunks.get(stream, {}), segments.get(stream, {}))
        for stream in segments.keys() - self._calls.keys():
            for segment, _ in segments[stream].values():
                self._keep("", stream, segment.model_dump_json(), "a segment whose stream is lost")
                self._report["segments without a call, kept raw"] += 1
        self._events()
        for row in self._rows["raw"]:
            self._insert("raw", row, ("call", "stream", "reason", "body", "received_at", "uncounted", "said_since"))
            self._report["raw messages"] += 1
        for row in self._rows["salvages"]:
            self._insert("salvages", row, ("at", "file", "report"))
        return dict(self._report)

    def _read_chunks(self) -> dict[str, dict[int, tuple[TranscriptChunk, dict[str, Any]]]]:
        found: dict[str, dict[int, tuple[TranscriptChunk, dict[str, Any]]]] = {}
        for row in self._rows["chunks"]:
            try:
                chunk = TranscriptChunk.model_validate_json(row["body"])
            except (ValidationError, TypeError):
                self._unusable(row)
                continue
            found.setdefault(chunk.stream.id, {})[chunk.seq] = chunk, row
        return found

    def _read_segments(self) -> dict[str, dict[int, tuple[Segment, dict[str, Any]]]]:
        found: dict[str, dict[int, tuple[Segment, dict[str, Any]]]] = {}
        for row in self._rows["segments"]:
            try:
                segment = Segment.model_validate_json(row["body"])
            except (ValidationError, TypeError):
                self._unusable(row)
                continue
            found.setdefault(segment.stream, {})[segment.position] = segment, row
        return found

    def _streams(self, chunks: dict[str, dict[int, Any]], segments: dict[str, dict[int, Any]]) -> None:
        names = ("id", "call", "opening", "last_seq", "segments", "touched_at", "closed_at", "close_reason")
        for row in self._rows["streams"]:
            try:
                StreamOpening.model_validate_json(row["opening"])
                row = row | {"last_seq": int(row["last_seq"]), "segments": int(row["segments"])}  # noqa: PLW2901 - checked
            except (ValidationError, TypeError, ValueError):
                continue  # made anew below, from its chunks
            self._insert("streams", row, (*names, "set_aside", "set_aside_at", "trouble", "trouble_at"))
            self._calls[row["id"]] = row["call"]
            self._report["streams"] += 1
        for stream, its in chunks.items():
            chunk, row = its[max(its)]
            if stream in self._calls or not row.get("call"):
                continue
            said = sum(len(one.segments) for one, _ in its.values()) + len(segments.get(stream, {}))
            touched = text_of(chunk.sealed_at)
            made = (stream, row["call"], chunk.stream.model_dump_json(), chunk.seq, said, touched)
            self._insert("streams", dict(zip(names, made, strict=False)), names[:6])
            self._calls[stream] = row["call"]
            self._keep(row["call"], stream, "", "the stream's own row was lost", counted=True)
            self._report["streams made anew from their chunks"] += 1

    def _chunks(self, stream: str, call: str, its: dict[int, tuple[TranscriptChunk, dict[str, Any]]]) -> None:
        ((last, opening),) = self._db.execute(
            "SELECT last_seq, opening FROM streams WHERE id = ?", (stream,)
        ).fetchall()
        last = max([last, *its])
        self._db.execute("UPDATE streams SET last_seq = ? WHERE id = ?", (last, stream))
        for seq in range(1, last + 1):
            if seq in its:
                row = its[seq][1] | {"call": call, "stream": stream, "seq": seq, "segments": len(its[seq][0].segments)}
                self._insert("chunks", row, ("stream", "seq", "body", "segments", "since", "signalled", "call"))
                self._report["chunks"] += 1
                continue
            empty = TranscriptChunk(
                stream=StreamOpening.model_validate_json(opening), seq=seq, sealed_at=self._now, unreadable=1
            )
            put_chunk(self._db, call, empty, since=text_of(self._now))
            self._report["chunks lost"] += 1

    def _segments(self, stream: str, call: str, chunks: dict[int, Any], its: dict[int, tuple[Segment, Any]]) -> None:
        for position, (segment, _) in sorted(its.items()):
            row = (stream, position, segment.model_dump_json(), text_of(segment.received_at))
            self._db.execute("INSERT INTO segments (stream, position, body, received_at) VALUES (?, ?, ?, ?)", row)
            self._report["segments"] += 1
        # Sealed ones are told by their chunks: only those behind the last chunk can be missing here.
        sealed = max((one.position for chunk, _ in chunks.values() for one in chunk.segments), default=0)
        (said,) = self._db.execute("SELECT segments FROM streams WHERE id = ?", (stream,)).fetchone()
        missing = [position for position in range(sealed + 1, said + 1) if position not in its]
        for _ in missing if chunks else ():
            self._keep(call, stream, "", "a segment was lost", counted=True)
            self._report["segments lost"] += 1

    def _events(self) -> None:
        for row in self._rows["events"]:
            try:
                CallEvent.model_validate_json(row["body"])
            except (ValidationError, TypeError):
                self._unusable(row)
                continue
            names = ("number", "call", "body", "received_at", "set_aside", "set_aside_at", "trouble", "trouble_at")
            self._insert("events", row, names)
            self._report["events"] += 1

    def _unusable(self, row: dict[str, Any]) -> None:
        self._keep(str(row.get("call") or ""), row.get("stream"), row.get("body"), "damaged")
        self._report["damaged, kept raw"] += 1

    def _keep(self, call: str, stream: Any, body: Any, reason: str, *, counted: bool = False) -> None:
        raw = body if isinstance(body, bytes) else str(body or "").encode("utf-8", "replace")
        self._db.execute(
            "INSERT INTO raw (call, stream, reason, body, received_at, uncounted) VALUES (?, ?, ?, ?, ?, ?)",
            (call, stream, f"outbox damaged: {reason}", raw, text_of(self._now), int(counted)),
        )

    def _insert(self, table: str, row: dict[str, Any], names: tuple[str, ...]) -> None:
        known = [name for name in names if row.get(name) is not None]
        marks = ", ".join("?" for _ in known)
        # A row that the damage has put there twice, or that breaks a rule, is one too many.
        statement = f"INSERT OR IGNORE INTO {table} ({', '.join(known)}) VALUES ({marks})"  # noqa: S608 - our own names
        self._db.execute(statement, [row[name] for name in known])
