"""How long a server asks us to wait."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from activities.retry_after import LONGEST, retry_after

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({}, None),
        ({"Retry-After": "7"}, 7),
        ({"retry-after": " 0 "}, 0),
        ({"Retry-After": "1.5"}, 1.5),
        ({"Retry-After": "Sun, 22 Nov 2026 12:00:30 GMT"}, 30),
        ({"Retry-After": "Sun, 22 Nov 2026 11:00:00 GMT"}, 0),
        ({"retry-after-ms": "250"}, 0.25),
        ({"x-ms-retry-after-ms": "1500", "Retry-After": "9"}, 1.5),
        ({"retry-after-ms": "soon", "Retry-After": "9"}, 9),
        ({"Retry-After": "-3"}, None),
        ({"Retry-After": "nan"}, None),
        ({"Retry-After": "inf"}, None),
        ({"Retry-After": "tomorrow"}, None),
        ({"Retry-After": ""}, None),
        ({"Retry-After": "999999999"}, LONGEST.total_seconds()),
    ],
)
def test_forms(headers: dict[str, str], expected: float | None) -> None:
    """Seconds, milliseconds, an HTTP date; nonsense is absent, a past date is at once."""
    assert retry_after(headers, NOW) == (None if expected is None else timedelta(seconds=expected))


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from(["Retry-After", "retry-after-ms"]), st.text()))
def test_any_header_is_bounded(headers: dict[str, str]) -> None:
    """Whatever a header says, the answer is None or from zero to the longest, and nothing is raised."""
    delay = retry_after(headers, NOW)
    assert delay is None or timedelta() <= delay <= LONGEST
