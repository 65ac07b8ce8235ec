"""Where a page of results ended."""

import base64
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callscribe.runtime.store.cursors import CursorError, call_cursor, call_of, number_cursor, number_of
from tests.callscribe.runtime.store.conftest import START


@given(st.datetimes(timezones=st.just(UTC)), st.text())
def test_a_cursor_is_read_as_it_was_given(started_at: datetime, key: str) -> None:
    """Whatever the call is called; and it can stand in an address."""
    cursor = call_cursor(started_at, key)
    assert call_of(cursor) == (started_at, key)
    assert cursor.replace("-", "").replace("_", "").isalnum()
    assert number_of(number_cursor(17)) == 17


def _encoded(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode()


FOREIGN_JSON = (
    "[]",
    "17",
    '["2026-11-22", "k"]',
    '["never", "k"]',
    '["2026-11-22T00:00:00Z", 5]',
    '{"a": 1}',
    "[" * 5000,
)


@pytest.mark.parametrize("cursor", ["", "x", "é", "[]", call_cursor(START, "k") + "!", *map(_encoded, FOREIGN_JSON)])
def test_other_texts_are_refused(cursor: str) -> None:
    """By one error, which says what to do."""
    with pytest.raises(CursorError, match="Begin again without it"):
        call_of(cursor)


@pytest.mark.parametrize("cursor", ["", "-1", "1.5", "²", "9" * 19, "x", " 1"])
def test_other_numbers_are_refused(cursor: str) -> None:
    """So that no database is asked for them."""
    with pytest.raises(CursorError):
        number_of(cursor)
