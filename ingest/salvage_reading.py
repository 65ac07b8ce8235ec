"""Reads of a damaged SQLite file what can be read: from the front, from the back, and what is missing between, key by key."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
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
_MOST_PROBES: Final = 20_000
"""Keys of one table that are asked for one by one."""


def read_tables(path: Path) -> Rows:
    """Every row that can be read, each once; no table is missing from the answer. The file is not written to."""
    found: Rows = {table: [] for table in KEYS}
    if not path.exists():
        return found
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as db:
            db.row_factory = sqlite3.Row
            db.text_factory = lambda raw: raw.decode("utf-8", "replace")
            for table in KEYS:
                found[table] = list(_read(db, table).values())
            for table, number in (("chunks", "last_seq"), ("segments", "segments")):
                _probe(db, table, found, number)
    except sqlite3.Error:
        pass  # not even its first page can be read
    return found


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
