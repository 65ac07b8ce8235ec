"""Reads of a damaged SQLite file what can be read: from the front, from the back, and what is missing between, key by key."""

import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Final

Row = dict[str, Any]
Rows = dict[str, list[Row]]

KEYS: Final = {
    "streams": ("id",),
    "chunks": ("stream", "seq"),
    "segments": ("stream", "position"),
    "events": ("number",),
    "raw": ("number",),
    "salvages": ("at", "file"),
}
"""Every table of the outbox → what names a row."""
_ORDERS: Final = {"segments": "stream {0}, position {0}"}
_MOST_FILLED: Final = 16 * 1024**3
"""Bytes; a header that asks for more is damaged itself. They are zeros, and take no room on the disk."""
_MOST_PROBES: Final = 20_000
"""Keys of one table that are asked for one by one."""


def read_tables(path: Path) -> Rows:
    """Every row that can be read, each once; no table is missing from the answer. The file is not written to."""
    found: Rows = {table: [] for table in KEYS}
    if not path.exists():
        return found
    try:
        with _whole(path) as readable, closing(_connect(readable)) as db:
            db.row_factory = sqlite3.Row
            db.text_factory = lambda raw: raw.decode("utf-8", "replace")
            for table in KEYS:
                found[table] = list(_read(db, table).values())
            for table, number in (("chunks", "last_seq"), ("segments", "segments")):
                _probe(db, table, found, number)
    except sqlite3.Error:
        pass  # not even its first page can be read
    return found


def _connect(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)


@contextmanager
def _whole(path: Path) -> Iterator[Path]:
    """The file, or a copy that is filled up with zeros: of one that is shorter than it says, SQLite reads nothing at all."""
    size = path.stat().st_size
    with path.open("rb") as file:
        header = file.read(100)
    page, pages = int.from_bytes(header[16:18], "big"), int.from_bytes(header[28:32], "big")
    missing = (65536 if page == 1 else page) * pages - size
    if not 0 < missing <= _MOST_FILLED:
        yield path
        return
    copy = path.with_name(path.name + ".reading")
    logs = [(path.with_name(path.name + "-wal"), copy.with_name(copy.name + "-wal"))]
    try:
        for source, target in [(path, copy), *logs]:
            if source.exists():
                shutil.copyfile(source, target)
        os.truncate(copy, size + missing)
        yield copy
    finally:
        for ending in ("", "-wal", "-shm"):
            copy.with_name(copy.name + ending).unlink(missing_ok=True)


def _read(db: sqlite3.Connection, table: str) -> dict[tuple[Any, ...], Row]:
    rows: dict[tuple[Any, ...], Row] = {}
    for direction in ("ASC", "DESC"):
        order = _ORDERS.get(table, "rowid {0}").format(direction)
        complete = True
        try:
            for row in db.execute(f"SELECT * FROM {table} NOT INDEXED ORDER BY {order}"):  # noqa: S608 - our own names
                known = dict(row)
                rows.setdefault(_key(table, known), known)
        except sqlite3.Error:
            complete = False
        if complete:
            break
    return rows


def _key(table: str, row: Row) -> tuple[Any, ...]:
    return tuple(row.get(name) for name in KEYS[table])


def _probe(db: sqlite3.Connection, table: str, found: Rows, number: str) -> None:
    """Numbers run from 1 without a gap in every stream, so what is missing in the middle can be asked for by name."""
    known = {_key(table, row) for row in found[table]}
    column = KEYS[table][1]
    for _, key in zip(range(_MOST_PROBES), _expected(found["streams"], number, known), strict=False):
        try:
            statement = f"SELECT * FROM {table} WHERE stream = ? AND {column} = ?"  # noqa: S608 - our own names
            found[table] += [dict(row) for row in db.execute(statement, key)]
        except sqlite3.Error:
            continue


def _expected(streams: list[Row], number: str, known: set[tuple[Any, ...]]) -> Iterator[tuple[str, int]]:
    for stream in streams:
        most = stream.get(number)
        for each in range(1, most + 1) if isinstance(most, int) else ():
            if (stream["id"], each) not in known:
                yield stream["id"], each
