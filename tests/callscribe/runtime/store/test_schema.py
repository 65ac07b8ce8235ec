"""The tables."""

from datetime import datetime, timedelta, timezone

from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.schema import CreateTable

from callscribe.runtime.store.schema import Instant, metadata, plain
from tests.callscribe.runtime.store.conftest import START


def test_instants_are_utc_everywhere() -> None:
    """Another zone is turned to UTC on the way in, and UTC is put back on the way out."""
    instant, dialect = Instant(), sqlite.dialect()
    there = START.astimezone(timezone(timedelta(hours=5, minutes=30)))
    stored = instant.process_bind_param(there, dialect)
    assert stored is not None
    assert stored.utcoffset() == timedelta()
    assert instant.process_result_value(stored.replace(tzinfo=None), dialect) == START
    assert instant.process_result_value(there, dialect) == START
    assert instant.process_bind_param(None, dialect) is None
    assert instant.process_result_value(None, dialect) is None
    assert isinstance(stored, datetime)


def test_offsets_are_64_bit_in_both_dialects() -> None:
    """Ticks of either era fit."""
    for module in (sqlite, postgresql):
        dialect = module.dialect()
        table = str(CreateTable(metadata.tables["segments"]).compile(dialect=dialect))
        assert '"offset" BIGINT' in table or "offset BIGINT" in table
        assert "UNIQUE (call, identity)" in table


@settings(deadline=None)
@given(st.text(st.characters()))
def test_plain_text_is_always_storable(text: str) -> None:
    """No NUL, and UTF-8 can say it; a text that was storable is left alone."""
    made = plain(text)
    assert "\x00" not in made
    assert made.encode("utf-8").decode("utf-8") == made
    assert plain(made) == made
