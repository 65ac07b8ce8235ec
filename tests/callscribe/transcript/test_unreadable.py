"""The short list of when something could not be read."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from callscribe.transcript.facts import Unreadable
from callscribe.transcript.unreadable import MOST_SPANS, with_unreadable
from tests.callscribe.transcript.making import at


def span(start: float, end: float, count: int = 1) -> Unreadable:
    """A span in seconds."""
    return Unreadable(start=at(start), end=at(end), count=count)


def test_what_touches_becomes_one() -> None:
    """With the counts of both; what lies apart stays apart, in order."""
    spans: tuple[Unreadable, ...] = ()
    for one in (span(5, 6), span(1, 2), span(6, 8, 2)):
        spans = with_unreadable(spans, one)
    assert spans == (span(1, 2), span(5, 8, 3))


def test_of_too_many_the_nearest_are_joined() -> None:
    """The list stays short, and wrong by as little as can be."""
    spans: tuple[Unreadable, ...] = ()
    for number in range(MOST_SPANS):
        spans = with_unreadable(spans, span(number * 10, number * 10))
    assert with_unreadable(spans, span(21, 21))[2] == span(20, 21, 2)


@given(st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 30), st.integers(1, 3)), max_size=120))
def test_nothing_is_forgotten(given_spans: list[tuple[int, int, int]]) -> None:
    """Every message is counted and every span covered, by a bounded list that is in order and apart."""
    spans: tuple[Unreadable, ...] = ()
    for start, length, count in given_spans:
        spans = with_unreadable(spans, span(start, start + length, count))
    assert len(spans) <= MOST_SPANS
    assert sum(each.count for each in spans) == sum(count for *_, count in given_spans)
    assert all(one.end < two.start for one, two in pairwise(spans))
    for start, length, _ in given_spans:
        assert any(each.start <= at(start) and at(start + length) <= each.end for each in spans)
