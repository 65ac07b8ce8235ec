"""The list of calls: the newest first, filtered, page by page, in two queries however long it is."""

from typing import Any

from sqlalchemy import ColumnElement, FromClause, exists, func, literal, or_, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from callscribe.runtime.store import rows
from callscribe.runtime.store.cursors import call_of
from callscribe.runtime.store.people import names_on
from callscribe.runtime.store.reading import ARRIVAL
from callscribe.runtime.store.records import CallFilter, LastWords, StoredCall
from callscribe.runtime.store.schema import calls, participants, plain, segments
from callscribe.runtime.store.words import fold

_ORDER = (calls.c.started_at, calls.c.key)


async def calls_of(
    connection: AsyncConnection, where: CallFilter, limit: int, before: str | None, after: str | None
) -> list[StoredCall]:
    """As `TranscriptStore.calls`."""
    last = segments.alias("last")
    newest = (
        select(segments.c.number)
        .where(segments.c.call == calls.c.key)
        .order_by(*(column.desc() for column in ARRIVAL))
        .limit(1)
        .correlate(calls)
        .scalar_subquery()
    )
    count = select(func.count()).where(segments.c.call == calls.c.key).correlate(calls).scalar_subquery()
    said = [last.c[name].label(f"last_{name}") for name in LastWords.model_fields]
    joined: FromClause = calls.outerjoin(last, last.c.number == newest)
    if before is not None:
        known = select(*_ORDER).where(calls.c.key == before).subquery()
        joined = joined.join(known, tuple_(*_ORDER) < tuple_(known.c.started_at, known.c.key))
    query = (
        select(calls, *said, count.label("segment_count"))
        .select_from(joined)
        .where(*_conditions(where))
        .order_by(*(column.desc() for column in _ORDER))
        .limit(limit)
    )
    if after is not None:
        started_at, key = call_of(after)
        query = query.where(
            tuple_(*_ORDER) < tuple_(literal(started_at, calls.c.started_at.type), literal(key, calls.c.key.type))
        )
    found = (await connection.execute(query)).mappings().all()
    people = await names_on(connection, {row["key"]: row["participants"] for row in found})
    return [
        StoredCall(**rows.row_to_call(row, people[row["key"]], row["segment_count"]), last_words=_last_words(row))
        for row in found
    ]


def _last_words(row: Any) -> LastWords | None:
    if row["last_stream"] is None:
        return None
    return LastWords(**{name: row[f"last_{name}"] for name in LastWords.model_fields})


def _conditions(where: CallFilter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if where.live is not None:
        conditions.append(calls.c.state.is_(None) if where.live else calls.c.state.is_not(None))
    if where.verdict is not None:
        conditions.append(calls.c.verdict == where.verdict)
    if where.locale:
        wanted, known = plain(where.locale).lower(), func.lower(calls.c.locale)
        conditions.append(or_(known == wanted, known.startswith(f"{wanted}-", autoescape=True)))
    if text := fold(where.text):
        on_it = participants.c.described.contains(text, autoescape=True)
        heard = exists().where(participants.c.call == calls.c.key, on_it).correlate(calls)
        conditions.append(or_(calls.c.described.contains(text, autoescape=True), heard))
    if where.keys is not None:
        conditions.append(calls.c.key.in_(where.keys))
    return conditions
