"""What is said can be searched, read on from where one was, and put names to; deliveries to webhooks are remembered.

Segments get a number, by which "what has come since" can be asked for, and the words that they are found by. Existing
rows are numbered by their arrival; `words_of` cuts their words, a thousand segments at a time.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import TSVECTOR

from callscribe.runtime.store.indexing import index_what_is_not
from callscribe.runtime.store.people import describe_everybody

revision = "0003"
down_revision = "0002"

_INSTANT = sa.DateTime(timezone=True)
_OLD_COLUMNS = (
    'call, stream, position, identity, participant, text, "offset", duration, words, confidence, locale, subscription, '
    "received_at"
)


def upgrade() -> None:
    """To version 3."""
    op.add_column("calls", sa.Column("described", sa.Text, nullable=False, server_default=""))
    _make_new_tables()
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    _make_segments_anew(is_sqlite=is_sqlite)
    if is_sqlite:
        _make_segment_words()
    # Before there are indexes that every change would have to be written to as well.
    index_what_is_not(op.get_bind())
    op.create_index("segments_by_number", "segments", ["call", "number"])
    op.create_index("segments_by_arrival", "segments", ["call", "received_at", "stream", "position"])
    unindexed = sa.text("spoken IS NULL")
    op.create_index(
        "segments_without_words", "segments", ["number"], sqlite_where=unindexed, postgresql_where=unindexed
    )
    if not is_sqlite:
        op.create_index("segments_by_words", "segments", ["spoken"], postgresql_using="gin")
    op.execute(
        "INSERT INTO participants (call, id, heard_at) "
        "SELECT call, participant, min(received_at) FROM segments GROUP BY call, participant"
    )
    describe_everybody(op.get_bind())


def _make_new_tables() -> None:
    op.create_table(
        "participants",
        sa.Column("call", sa.Text, primary_key=True),
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("heard_at", _INSTANT),
        sa.Column("name", sa.Text),
        sa.Column("named_at", _INSTANT),
        sa.Column("described", sa.Text, nullable=False, server_default=""),
    )
    op.create_table(
        "deliveries",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("call", sa.Text, nullable=False),
        sa.Column("hook", sa.Text, nullable=False),
        sa.Column("event", sa.Text, nullable=False),
        sa.Column("revision", sa.Integer),
        sa.Column("url", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("last_status", sa.Integer),
        sa.Column("last_error", sa.Text, nullable=False),
        sa.Column("created_at", _INSTANT, nullable=False),
        sa.Column("updated_at", _INSTANT, nullable=False),
        sa.Column("delivered_at", _INSTANT),
        sa.Column("digest", sa.Text, nullable=False),
    )
    op.create_index("deliveries_of_calls", "deliveries", ["call", "created_at", "id"])


def _make_segments_anew(*, is_sqlite: bool) -> None:
    """With a number as the key: SQLite changes no primary key, and PostgreSQL would not use, before the step is over, an
    index of rows that the step itself has changed. AUTOINCREMENT, so that SQLite gives no number twice.
    """
    op.rename_table("segments", "segments_of_version_2")
    if not is_sqlite:  # where names of constraints are names of indexes
        op.drop_constraint("segments_pkey", "segments_of_version_2")
        op.drop_constraint("segments_said_once", "segments_of_version_2")
    op.create_table(
        "segments",
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer, "sqlite"), sa.Identity(), primary_key=True),
        sa.Column("call", sa.Text, nullable=False),
        sa.Column("stream", sa.Text, nullable=False),
        sa.Column("position", sa.BigInteger, nullable=False),
        sa.Column("identity", sa.Text, nullable=False),
        sa.Column("participant", sa.Text, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("offset", sa.BigInteger, nullable=False),
        sa.Column("duration", sa.BigInteger),
        sa.Column("words", sa.JSON, nullable=False),
        sa.Column("confidence", sa.Double),
        sa.Column("locale", sa.Text),
        sa.Column("subscription", sa.Text),
        sa.Column("received_at", _INSTANT, nullable=False),
        sa.Column("spoken", TSVECTOR().with_variant(sa.Text, "sqlite")),
        sa.ForeignKeyConstraint(["call", "stream"], ["streams.call", "streams.id"], ondelete="CASCADE"),
        sa.UniqueConstraint("call", "stream", "position", name="segments_in_their_place"),
        sa.UniqueConstraint("call", "identity", name="segments_said_once"),
        sqlite_autoincrement=True,
    )
    op.execute(
        f"INSERT INTO segments ({_OLD_COLUMNS}) SELECT {_OLD_COLUMNS} FROM segments_of_version_2 "  # noqa: S608  our names
        "ORDER BY received_at, call, stream, position"
    )
    op.drop_table("segments_of_version_2")


def _make_segment_words() -> None:
    """What FTS5 searches in, filled by triggers."""
    # "ascii" takes every character beyond ASCII for a part of a word: it cuts at our spaces and nowhere else.
    op.execute(
        "CREATE VIRTUAL TABLE segment_words USING fts5(spoken, content='segments', content_rowid='number', "
        "columnsize=0, tokenize='ascii')"
    )
    forget = "INSERT INTO segment_words (segment_words, rowid, spoken) VALUES ('delete', old.number, old.spoken);"
    learn = "INSERT INTO segment_words (rowid, spoken) SELECT new.number, new.spoken WHERE new.spoken IS NOT NULL;"
    for name, event, body in (
        ("segment_words_come", "AFTER INSERT ON segments", learn),
        ("segment_words_go", "AFTER DELETE ON segments WHEN old.spoken IS NOT NULL", forget),
        ("segment_words_late", "AFTER UPDATE OF spoken ON segments WHEN old.spoken IS NULL", learn),
        ("segment_words_change", "AFTER UPDATE OF spoken ON segments WHEN old.spoken IS NOT NULL", forget + learn),
    ):
        op.execute(f"CREATE TRIGGER {name} {event} BEGIN {body} END")
