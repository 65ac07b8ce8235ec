"""Ticks of 100 ns, and the two eras of offsets."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callscribe.acs.ticks import digits, from_milliseconds, inverted_to_instant, is_inverted, to_milliseconds


@given(st.integers(-(2**50), 2**50))
def test_milliseconds_there_and_back(milliseconds: int) -> None:
    """Whole milliseconds survive."""
    assert to_milliseconds(from_milliseconds(milliseconds)) == milliseconds


def test_digits_are_whole() -> None:
    """Beyond what a number of JavaScript holds."""
    assert digits(2**62 + 1) == "4611686018427387905"
    assert digits(None) is None


def test_rounding() -> None:
    """Down to milliseconds, to the nearest tick."""
    assert to_milliseconds(19_999) == 1
    assert from_milliseconds(0.00016) == 2


@pytest.mark.parametrize(
    ("offset", "instant"),
    [
        (2516998782481234400, datetime(2023, 12, 12, 23, 9, 11, 876000, UTC)),
        (2516942161212568046, datetime(2024, 2, 16, 11, 57, 58, 743000, UTC)),
        (2516933652456984600, datetime(2024, 2, 26, 8, 19, 14, 301000, UTC)),
    ],
)
def test_inverted_offsets_of_the_reference(offset: int, instant: datetime) -> None:
    """The three dated captures decode to their dates (protocol reference 1.5)."""
    assert is_inverted(offset)
    assert abs(inverted_to_instant(offset) - instant) < timedelta(milliseconds=1)


@pytest.mark.parametrize("offset", [0, 49876484, 868464674])
def test_offsets_of_today_are_not_inverted(offset: int) -> None:
    """Ticks since the start of the stream."""
    assert not is_inverted(offset)
