"""Finding what was said, in every call or in one: the newest first."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, cast, column, exists, func, literal, select, table
from sqlalchemy.dialects.postgresql import TSQUERY
from sqlalchemy.ext.asyncio import AsyncConnection

from callscribe.runtime.store import rows
from callscribe.runtime.store.cursors import number_cursor, number_of
from callscribe.runtime.store.people import names_on
from callscribe.runtime.store.queries import Query
from callscribe.runtime.store.records import SearchHit, SearchResult
from callscribe.runtime.store.schema import calls, segments, streams
from callscribe.runtime.store.snippets import snippet
from callscribe.transcript.model import RawId

_WORDS = table("segment_words", column("rowid"), column("segment_words"))
_SHOWN = tuple(column for column in rows.SEGMENT_COLUMNS if column.name != "words")


async def search(
    connection: AsyncConnection, query: Query, *, limit: int, after: str | None, key: str | None
) -> SearchResult:
    """As `TranscriptStore.search`. One row more than a page is asked for: it tells whether there is another page."""
    said = segments.alias("said")
    speaks = exists().where(said.c.call == streams.c.call, said.c.stream == streams.c.id).correlate(streams)
    zero = (
        select(func.min(streams.c.opened_at))
        .where(streams.c.call == calls.c.key, speaks)
        .correlate(calls)
        .scalar_subquery()
    )
    found_by = _matches(connection, query)
    number = _WORDS.c.rowid if connection.dialect.name == "sqlite" else segments.c.number
    statement = (
        select(segments.c.number, *_SHOWN, calls.c.key, calls.c.started_at, calls.c.participants, zero.label("zero_at"))
        .join(calls, calls.c.key == segments.c.call)
        .where(found_by)
        .order_by(number.desc())
        .limit(limit + 1)
    )
    if connection.dialect.name == "sqlite":
        statement = statement.join(_WORDS, _WORDS.c.rowid == segments.c.number)
    if after is not None:
        statement = statement.where(number < number_of(after))
    if key is not None:
        statement = statement.where(segments.c.call == key)
    found = (await connection.execute(statement)).mappings().all()
    page = found[:limit]
    people = await names_on(connection, {row["key"]: row["participants"] for row in page})
    return SearchResult(
        hits=tuple(_hit(row, query, people[row["key"]]) for row in page),
        after=number_cursor(page[-1]["number"]) if len(found) > limit else None,
    )


def _matches(connection: AsyncConnection, query: Query) -> ColumnElement[bool]:
    if connection.dialect.name == "sqlite":
        return _WORDS.c.segment_words.op("MATCH", is_comparison=True)(literal(query.for_sqlite()))
    return segments.c.spoken.op("@@", is_comparison=True)(cast(query.for_postgresql(), TSQUERY))


def _hit(row: Any, query: Query, names: Mapping[RawId, str]) -> SearchHit:
    segment = rows.row_to_segment({**row, "words": ()})
    return SearchHit(
        key=row["key"],
        segment=segment,
        name=names.get(segment.participant, ""),
        snippet=snippet(segment.text, query),
        call_started_at=row["started_at"],
        zero_at=row["zero_at"],
    )
