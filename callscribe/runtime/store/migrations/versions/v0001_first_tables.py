"""Calls, streams, segments."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """To version 1."""
    op.create_table("schema_version", sa.Column("version", sa.Integer, primary_key=True, autoincrement=False))
    op.create_table(
        "calls",
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("connected_at", sa.DateTime(timezone=True)),
        sa.Column("ended_at", sa.DateTime(timezone=True)),
        sa.Column("end_reason", sa.Text, nullable=False),
        sa.Column("locale", sa.Text),
        sa.Column("call_connection_id", sa.Text),
        sa.Column("correlation_id", sa.Text),
        sa.Column("state", sa.Text),
        sa.Column("verdict", sa.Text),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("sealed_revision", sa.Integer, nullable=False),
        sa.Column("participants", sa.JSON, nullable=False),
        sa.Column("request", sa.JSON),
        sa.Column("result", sa.JSON),
    )
    op.create_index("calls_by_start", "calls", ["started_at", "key"])
    op.create_table(
        "streams",
        sa.Column("call", sa.Text, sa.ForeignKey("calls.key", ondelete="CASCADE"), primary_key=True),
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True)),
        sa.Column("close_reason", sa.Text),
        sa.Column("call_connection_id", sa.Text),
        sa.Column("correlation_id", sa.Text),
    )
    op.create_table(
        "segments",
        sa.Column("call", sa.Text, primary_key=True),
        sa.Column("stream", sa.Text, primary_key=True),
        sa.Column("position", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("identity", sa.Text, nullable=False),
        sa.Column("participant", sa.Text, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("offset", sa.BigInteger, nullable=False),
        sa.Column("duration", sa.BigInteger),
        sa.Column("words", sa.JSON, nullable=False),
        sa.Column("confidence", sa.Double),
        sa.Column("locale", sa.Text),
        sa.Column("subscription", sa.Text),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["call", "stream"], ["streams.call", "streams.id"], ondelete="CASCADE"),
        sa.UniqueConstraint("call", "identity", name="segments_said_once"),
    )
