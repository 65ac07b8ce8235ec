"""Who is on a call: those who were heard, those whom its request or its seal names, and the names that people gave, which win."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Connection, bindparam, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from callscribe.runtime.store.database import insert_into
from callscribe.runtime.store.rows import description
from callscribe.runtime.store.schema import calls, participants
from callscribe.transcript.model import RawId

Known = Mapping[RawId, str | None]
"""Raw ids in the order in which they were first heard → the name that somebody gave, None where nobody did."""


def merged(sealed: Mapping[RawId, str], known: Known) -> dict[RawId, str]:
    """Names by raw id, as every reader sees them; an empty one where there is none."""
    names = dict(sealed)
    for raw_id, given in known.items():
        names[raw_id] = names.get(raw_id, "") if given is None else given
    return names


async def names_on(
    connection: AsyncConnection, sealed: Mapping[str, Mapping[RawId, str]]
) -> dict[str, dict[RawId, str]]:
    """Everybody's names on each of the calls whose sealed ones are given, in one query."""
    known: dict[str, dict[RawId, str | None]] = {key: {} for key in sealed}
    if known:
        for row in await connection.execute(_KNOWN.where(participants.c.call.in_(known))):
            known[row.call][row.id] = row.name
    return {key: merged(names, known[key]) for key, names in sealed.items()}


async def note_heard(connection: AsyncConnection, key: str, heard: Mapping[RawId, datetime]) -> None:
    """Remember who was heard on `key`, and since when; whoever is known already stays as he is."""
    values = [
        {"call": key, "id": raw_id, "heard_at": at, "described": description("", {raw_id: ""})}
        for raw_id, at in sorted(heard.items())
    ]
    await connection.execute(insert_into(connection, participants).on_conflict_do_nothing(), values)


async def give_name(connection: AsyncConnection, key: str, raw_id: RawId, name: str, at: datetime) -> dict[RawId, str]:
    """Call a participant `name`, or as it was sealed if that is empty; returns the names of all."""
    values = {"name": name or None, "named_at": at, "described": description("", {raw_id: name})}
    statement = insert_into(connection, participants).values(call=key, id=raw_id, **values)
    await connection.execute(statement.on_conflict_do_update(index_elements=["call", "id"], set_=values))
    sealed = await connection.execute(select(calls.c.participants).where(calls.c.key == key))
    return (await names_on(connection, {key: sealed.scalar_one_or_none() or {}}))[key]


def describe_everybody(connection: Connection) -> None:
    """Fill `described` of the calls and the participants of a store that is brought up to date."""
    sealed = connection.execute(select(calls.c.key, calls.c.participants)).all()
    heard = connection.execute(select(participants.c.call, participants.c.id)).all()
    if sealed:
        connection.execute(
            update(calls).where(calls.c.key == bindparam("at")).values(described=bindparam("text")),
            [{"at": row.key, "text": description(row.key, row.participants)} for row in sealed],
        )
    if heard:
        connection.execute(
            update(participants)
            .where(participants.c.call == bindparam("key"), participants.c.id == bindparam("at"))
            .values(described=bindparam("text")),
            [{"key": row.call, "at": row.id, "text": description("", {row.id: ""})} for row in heard],
        )


_KNOWN = select(participants.c.call, participants.c.id, participants.c.name).order_by(
    participants.c.call, participants.c.heard_at.nulls_last(), participants.c.id
)
