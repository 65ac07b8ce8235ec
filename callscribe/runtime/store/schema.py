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
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
)
from sqlalchemy.types import TypeDecorator

VERSION: Final = 2
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


metadata = MetaData()

schema_version = Table("schema_version", metadata, Column("version", Integer, primary_key=True, autoincrement=False))

calls = Table(
    "calls",
    metadata,
    Column("key", Text, primary_key=True),
    Column("started_at", Instant, nullable=False),
    Column("connected_at", Instant),
    Column("ended_at", Instant),
    Column("end_reason", Text, nullable=False, default=""),
    Column("locale", Text),
    Column("call_connection_id", Text),
    Column("correlation_id", Text),
    Column("state", Text),
    Column("verdict", Text),
    Column("revision", Integer, nullable=False, default=0),
    Column("sealed_revision", Integer, nullable=False, default=0),
    Column("participants", JSON, nullable=False, default=dict),
    Column("request", JSON(none_as_null=True)),
    Column("result", JSON(none_as_null=True)),
    Column("facts", JSON(none_as_null=True)),
    Index("calls_by_start", "started_at", "key"),
)
"""`verdict` is the kind alone, to search by; the whole is in `result`, what it was found from in `facts`. `request` is without the secret of an answered call."""

streams = Table(
    "streams",
    metadata,
    Column("call", Text, ForeignKey("calls.key", ondelete="CASCADE"), primary_key=True),
    Column("id", Text, primary_key=True),
    Column("opened_at", Instant, nullable=False),
    Column("closed_at", Instant),
    Column("close_reason", Text),
    Column("call_connection_id", Text),
    Column("correlation_id", Text),
)

segments = Table(
    "segments",
    metadata,
    Column("call", Text, primary_key=True),
    Column("stream", Text, primary_key=True),
    Column("position", BigInteger, primary_key=True, autoincrement=False),
    Column("identity", Text, nullable=False),
    Column("participant", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("offset", BigInteger, nullable=False),
    Column("duration", BigInteger),
    Column("words", JSON, nullable=False),
    Column("confidence", Double),
    Column("locale", Text),
    Column("subscription", Text),
    Column("received_at", Instant, nullable=False),
    ForeignKeyConstraint(["call", "stream"], ["streams.call", "streams.id"], ondelete="CASCADE"),
    UniqueConstraint("call", "identity", name="segments_said_once"),
)
"""`identity` makes a replay after a reconnection the same row; `words` is `[[text, offset, duration], …]`."""
