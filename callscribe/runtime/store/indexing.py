"""The words of segments that nobody has cut yet: of an older store, or saved by an older Callscribe beside this one."""

from sqlalchemy import Connection, bindparam, select, update

from callscribe.runtime.store.schema import segments
from callscribe.runtime.store.words import as_tsvector, spaced

_TOGETHER = 1_000


def spoken(text: str, *, is_sqlite: bool) -> str:
    """The value of `segments.spoken` for `text`."""
    return spaced(text) if is_sqlite else as_tsvector(text)


def has_unindexed(connection: Connection) -> bool:
    """Whether there is a segment that cannot be found by its words. Cheap: it has an index of its own."""
    return connection.execute(select(segments.c.number).where(segments.c.spoken.is_(None)).limit(1)).first() is not None


def index_what_is_not(connection: Connection) -> None:
    """Cut the words of all of them."""
    is_sqlite = connection.dialect.name == "sqlite"
    missing = (
        select(segments.c.number, segments.c.text)
        .where(segments.c.spoken.is_(None), segments.c.number > bindparam("reached"))
        .order_by(segments.c.number)
        .limit(_TOGETHER)
    )
    fill = update(segments).where(segments.c.number == bindparam("at")).values(spoken=bindparam("cut"))
    reached = 0
    while rows := connection.execute(missing, {"reached": reached}).all():
        values = [{"at": row.number, "cut": spoken(row.text, is_sqlite=is_sqlite)} for row in rows]
        connection.execute(fill, values)
        reached = rows[-1].number
