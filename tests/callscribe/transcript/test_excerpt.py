"""A transcript on its time line, and parts of it."""

from callscribe.transcript.assembly import assemble
from callscribe.transcript.excerpt import excerpt
from callscribe.transcript.facts import Gap, GapCause, Verdict, VerdictKind
from tests.callscribe.transcript.making import NOON, at, segment, stream

SECOND = 10_000_000
GAPS = (
    Gap(start=at(-5), end=at(1), cause=GapCause.STREAM_INTERRUPTED),
    Gap(start=at(20), end=at(30), cause=GapCause.PAUSED),
)
CALL = assemble(
    "k",
    locale="en-US",
    segments=[segment(1, 2), segment(2, 10), segment(3, 40)],
    streams=[stream()],
    verdict=Verdict(kind=VerdictKind.PARTIAL, reason="Some.", gaps=GAPS),
)


def test_the_whole_has_everything() -> None:
    """Gaps that begin before the time line begin with it."""
    whole = excerpt(CALL)
    assert not whole.is_part
    assert [one.start for one in whole.timed] == [2 * SECOND, 10 * SECOND, 40 * SECOND]
    assert whole.zero == NOON
    assert [(start, end) for start, end, _ in whole.gaps()] == [(0, SECOND), (20 * SECOND, 30 * SECOND)]


def test_a_part_keeps_the_times_of_the_whole() -> None:
    """Segments that begin in it, and gaps that reach into it."""
    part = excerpt(CALL, since=10 * SECOND, until=40 * SECOND)
    assert part.is_part
    assert [one.start for one in part.timed] == [10 * SECOND]
    assert part.zero == NOON
    assert [gap.cause for _, _, gap in part.gaps()] == [GapCause.PAUSED]
    assert [one.start for one in excerpt(CALL, until=10 * SECOND).timed] == [2 * SECOND]
    assert [gap.cause for _, _, gap in excerpt(CALL, since=25 * SECOND).gaps()] == [GapCause.PAUSED]


def test_without_words_there_is_no_place_for_gaps() -> None:
    """Nobody knows where the time line would begin."""
    assert excerpt(assemble("k", locale="en-US", verdict=CALL.verdict)).gaps() == []
