"""The tables. One row a call, a stream, a segment; offsets are 64-bit ticks, instants are UTC."""

from datetime import UTC, datetime
from typing import Final

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    DateTime,
    Dialect,
    Double,
    ForeignKey,
    ForeignKeyConstraint,
    Identity,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
)
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlalchemy.types import TypeDecorator

VERSION: Final = 4
"""Of the tables below; an older store is brought to it (`migrations/`), one of a higher version is refused."""


class Instant(TypeDecorator[datetime]):
    """An instant with its time zone: `timestamptz` in PostgreSQL, UTC text that sorts by time in SQLite."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 - SQLAlchemy's signature
        """To UTC: SQLite keeps no offset."""
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 - SQLAlchemy's signature
        """With UTC put back."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class PlainText(TypeDecorator[str]):
    """Text as every database can hold it, also where one only looks for it: see `plain`."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002 - SQLAlchemy's signature
        """Without what some database refuses."""
        return None if value is None else plain(value)


def plain(text: str) -> str:
    """`text` as every database can hold it: PostgreSQL refuses NUL, and UTF-8 knows no half of a surrogate pair.

    One such character must not keep a call's words out of the store for ever, nor make a look for it an error.
    """
    if text.isascii() and "\x00" not in text:
        return text
    return text.replace("\x00", "\ufffd").encode("utf-8", "replace").decode("utf-8")


metadata = MetaData()

schema_version = Table("schema_version", metadata, Column("version", Integer, primary_key=True, autoincrement=False))

calls = Table(
    "calls",
    metadata,
    Column("key", PlainText, primary_key=True),
    Column("started_at", Instant, nullable=False),
    Column("connected_at", Instant),
    Column("ended_at", Instant),
    Column("end_reason", PlainText, nullable=False, default=""),
    Column("locale", PlainText),
    Column("call_connection_id", PlainText),
    Column("correlation_id", PlainText),
    Column("state", PlainText),
    Column("verdict", PlainText),
    Column("revision", Integer, nullable=False, default=0),
    Column("sealed_revision", Integer, nullable=False, default=0),
    Column("participants", JSON, nullable=False, default=dict),
    Column("request", JSON(none_as_null=True)),
    Column("result", JSON(none_as_null=True)),
    Column("facts", JSON(none_as_null=True)),
    Column("described", PlainText, nullable=False, server_default=""),
    Index("calls_by_start", "started_at", "key"),
)
"""`participants` are the names that came with the call's request, then those that it was sealed with; `described` is what a list is filtered by: the key and those people, folded. `verdict` is the kind alone, to search by; the whole is in `result`, what it was found from in `facts`. `request` is without the secret of an answered call."""

streams = Table(
    "streams",
    metadata,
    Column("call", PlainText, ForeignKey("calls.key", ondelete="CASCADE"), primary_key=True),
    Column("id", PlainText, primary_key=True),
    Column("opened_at", Instant, nullable=False),
    Column("closed_at", Instant),
    Column("close_reason", PlainText),
    Column("call_connection_id", PlainText),
    Column("correlation_id", PlainText),
)

segments = Table(
    "segments",
    metadata,
    Column("number", BigInteger().with_variant(Integer, "sqlite"), Identity(), primary_key=True),
    Column("call", PlainText, nullable=False),
    Column("stream", PlainText, nullable=False),
    Column("position", BigInteger, nullable=False),
    Column("identity", PlainText, nullable=False),
    Column("participant", PlainText, nullable=False),
    Column("text", PlainText, nullable=False),
    Column("offset", BigInteger, nullable=False),
    Column("duration", BigInteger),
    Column("words", JSON, nullable=False),
    Column("confidence", Double),
    Column("locale", PlainText),
    Column("subscription", PlainText),
    Column("received_at", Instant, nullable=False),
    Column("spoken", TSVECTOR().with_variant(Text, "sqlite")),
    ForeignKeyConstraint(["call", "stream"], ["streams.call", "streams.id"], ondelete="CASCADE"),
    UniqueConstraint("call", "stream", "position", name="segments_in_their_place"),
    UniqueConstraint("call", "identity", name="segments_said_once"),
    Index("segments_by_number", "call", "number"),
    Index("segments_by_arrival", "call", "received_at", "stream", "position"),
    Index("segments_by_words", "spoken", postgresql_using="gin").ddl_if(dialect="postgresql"),
    sqlite_autoincrement=True,
)
"""`number` rises with every transaction that writes to the same call: it is drawn while the call's row is held, so what
is committed later is never numbered lower. `identity` makes a replay after a reconnection the same row; `words` is
`[[text, offset, duration], …]`; `spoken` is what `text` is found by (see `words.py`), null where nobody has cut it yet.
SQLite has a table `segment_words` beside it, filled by triggers, in which FTS5 finds what is in `spoken`.
"""

Index(
    "segments_without_words",
    segments.c.number,
    sqlite_where=segments.c.spoken.is_(None),
    postgresql_where=segments.c.spoken.is_(None),
)

participants = Table(
    "participants",
    metadata,
    Column("call", PlainText, primary_key=True),
    Column("id", PlainText, primary_key=True),
    Column("heard_at", Instant),
    Column("name", PlainText),
    Column("named_at", Instant),
    Column("described", PlainText, nullable=False, server_default=""),
)
"""Who was heard on a call, and the names that people gave; those of its request and its seal are in `calls.participants`.
`described` is what a list is filtered by: raw id and name, folded.
No foreign key: a call may be given names before anything was said on it.
"""

deliveries = Table(
    "deliveries",
    metadata,
    Column("id", PlainText, primary_key=True),
    Column("call", PlainText, nullable=False),
    Column("hook", PlainText, nullable=False),
    Column("event", PlainText, nullable=False),
    Column("revision", Integer),
    Column("url", PlainText, nullable=False),
    Column("state", PlainText, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("last_status", Integer),
    Column("last_error", PlainText, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("updated_at", Instant, nullable=False),
    Column("delivered_at", Instant),
    Column("digest", PlainText, nullable=False),
    Index("deliveries_of_calls", "call", "created_at", "id"),
)
"""What became of every message to a webhook. No foreign key: a message may go out before anything was said."""

messages = Table(
    "messages",
    metadata,
    Column("id", PlainText, ForeignKey("deliveries.id", ondelete="CASCADE"), primary_key=True),
    Column("body", Text, nullable=False),
)
"""The bodies of messages that stand for themselves, word for word, so that every attempt sends the same."""

feeds = Table(
    "feeds",
    metadata,
    Column("id", PlainText, primary_key=True),
    Column("round", Integer, nullable=False),
    Column("batch", Integer, nullable=False),
    Column("cursor", PlainText),
    Column("next_cursor", PlainText),
    Column("body", Text),
)
"""How far each webhook that follows calls has come with a call; `body` is the batch that it has not taken yet."""
