"""Who is on a call: those who were heard, those who were sealed with it, and the names that people gave, which win."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Connection, bindparam, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from callscribe.acs.identifiers import readable
from callscribe.runtime.store.database import insert_into
from callscribe.runtime.store.rows import plain
from callscribe.runtime.store.schema import calls, participants
from callscribe.runtime.store.words import fold
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


async def note_heard(connection: AsyncConnection, key: str, heard: Mapping[RawId, datetime]) -> bool:
    """Remember who was heard on `key`, and since when; whoever is known already stays as he is. Whether one is new."""
    statement = insert_into(connection, participants).on_conflict_do_nothing().returning(participants.c.id)
    values = [{"call": key, "id": plain(raw_id), "heard_at": at} for raw_id, at in sorted(heard.items())]
    return bool((await connection.execute(statement, values)).all())


async def give_name(connection: AsyncConnection, key: str, raw_id: RawId, name: str, at: datetime) -> dict[RawId, str]:
    """Call a participant `name`, or as it was sealed if that is empty; returns the names of all."""
    values = {"name": plain(name) or None, "named_at": at}
    statement = insert_into(connection, participants).values(call=key, id=plain(raw_id), **values)
    await connection.execute(statement.on_conflict_do_update(index_elements=["call", "id"], set_=values))
    await describe(connection, key)
    return (await names_on(connection, {key: await _sealed(connection, key) or {}}))[key]


async def describe(connection: AsyncConnection, key: str, sealed: Mapping[RawId, str] | None = None) -> None:
    """Bring `calls.described` up to date with who is on the call; the sealed names are read where they are not given."""
    if sealed is None:
        sealed = await _sealed(connection, key) or {}
    text = _description(key, sealed, (await names_on(connection, {key: sealed}))[key])
    await connection.execute(update(calls).where(calls.c.key == key).values(described=text))


def describe_every_call(connection: Connection) -> None:
    """The same for all calls of a store that is brought up to date."""
    known: dict[str, dict[RawId, str | None]] = {}
    for row in connection.execute(_KNOWN):
        known.setdefault(row.call, {})[row.id] = row.name
    found = connection.execute(select(calls.c.key, calls.c.participants)).all()
    values = [
        {
            "at": row.key,
            "text": _description(row.key, row.participants, merged(row.participants, known.get(row.key, {}))),
        }
        for row in found
    ]
    if values:
        connection.execute(
            update(calls).where(calls.c.key == bindparam("at")).values(described=bindparam("text")), values
        )


_KNOWN = select(participants.c.call, participants.c.id, participants.c.name).order_by(
    participants.c.call, participants.c.heard_at.nulls_last(), participants.c.id
)


async def _sealed(connection: AsyncConnection, key: str) -> Mapping[RawId, str] | None:
    """The names that the call was sealed with; None where there is no such call."""
    found = await connection.execute(select(calls.c.participants).where(calls.c.key == key))
    names: Mapping[RawId, str] | None = found.scalar_one_or_none()
    return names


def _description(key: str, sealed: Mapping[RawId, str], names: Mapping[RawId, str]) -> str:
    """Folded, and so without spaces: a telephone number is found however it is written."""
    parts = [key]
    for raw_id, name in names.items():
        parts += [raw_id, readable(raw_id), name, sealed.get(raw_id, "")]
    return "\n".join(dict.fromkeys(folded for part in parts if (folded := fold(part))))
