"""Stretches of time."""

from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callscribe.transcript.spans import Span, clip, counted, duration_text, total, union, without
from tests.callscribe.transcript.making import at

spans = st.lists(
    st.tuples(st.integers(0, 40), st.integers(0, 12)).map(lambda pair: (at(pair[0]), at(pair[0] + pair[1]))), max_size=8
)


def seconds_in(stretches: list[Span]) -> set[int]:
    """Every whole second that lies in one of the stretches; a model that is too simple to be wrong."""
    return {second for second in range(60) if any(start <= at(second) < end for start, end in stretches)}


@given(spans, spans)
def test_union_and_difference_agree_with_counting_seconds(some: list[Span], others: list[Span]) -> None:
    """Union and difference hold exactly the seconds that sets of seconds do, in order and apart."""
    joined, left = union(some), without(union(some), union(others))
    assert seconds_in(joined) == seconds_in(some)
    assert seconds_in(left) == seconds_in(some) - seconds_in(others)
    assert total(joined) == timedelta(seconds=len(seconds_in(some)))
    assert all(one[1] < two[0] for one, two in pairwise(joined))


def test_clip_never_leaves_the_bounds() -> None:
    """A span outside becomes an instant at the nearer bound; a span that ends before it starts, an instant."""
    bounds = (at(10), at(20))
    assert clip((at(5), at(15)), bounds) == (at(10), at(15))
    assert clip((at(1), at(2)), bounds) == (at(10), at(10))
    assert clip((at(30), at(40)), bounds) == (at(20), at(20))
    assert clip((at(15), at(12)), bounds) == (at(15), at(15))


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0 s"), (0.44, "0.4 s"), (12.4, "12 s"), (59.7, "1 min 0 s"), (185, "3 min 5 s"), (7199, "1 h 59 min")],
)
def test_lengths_read_as_people_say_them(seconds: float, text: str) -> None:
    """From tenths of a second to hours."""
    assert duration_text(timedelta(seconds=seconds)) == text


def test_one_thing_and_several() -> None:
    """As people count."""
    assert [counted(count, "chunk") for count in (0, 1, 2)] == ["0 chunks", "1 chunk", "2 chunks"]
