"""What a verdict must not miss: the gaps that a history must have, found second by second and not from spans.

All that a random history tells happens at whole seconds; so what holds at the middle of a second holds throughout it.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from hypothesis import assume, given

from callscribe.transcript.completeness import CLOSING_SLACK, OPENING_SLACK, judge
from callscribe.transcript.facts import CallFacts, Gap, GapCause, Interval, StreamFacts, VerdictKind
from tests.callscribe.transcript.histories import END, histories
from tests.callscribe.transcript.making import at

SECONDS = range(-10, END)
"""Every second that a history may speak of, up to the call's end."""


def middle(second: int) -> datetime:
    """The instant in the middle of a second."""
    return at(second + 0.5)


def during(second: int, stretches: Iterable[Interval]) -> bool:
    """Whether one of them, each without an end as long as it is open, holds the second."""
    return any(one.start <= middle(second) and (one.end is None or middle(second) <= one.end) for one in stretches)


def bounds(stream: StreamFacts) -> Interval:
    """From the stream's opening to its end."""
    return Interval(start=stream.opened_at, end=stream.closed_at)


def begun(facts: CallFacts) -> datetime:
    """When the call began, as far as its facts tell."""
    told = [stretch.start for stretch in facts.transcription] + [stream.opened_at for stream in facts.streams]
    return facts.connected_at or min(told, default=facts.ended_at)


def wanted(facts: CallFacts) -> set[int]:
    """The seconds of the call in which transcription was on, not paused and not stopped, working or not."""
    streams = [bounds(stream) for stream in facts.streams]
    on = facts.transcription
    if not on and streams:
        closed = None if any(one.end is None for one in streams) else max(one.end for one in streams if one.end)
        on = (Interval(start=min(one.start for one in streams), end=closed),)
    return {
        second
        for second in SECONDS
        if middle(second) > begun(facts) and during(second, on) and not during(second, (*facts.pauses, *facts.stops))
    }


def missed(facts: CallFacts) -> set[int]:
    """The seconds that were wanted, had not failed, and have neither a stream nor an excuse."""
    needed = {second for second in wanted(facts) if not inside(second, facts.failures)}
    bare = {second for second in needed if not during(second, map(bounds, facts.streams))}
    return {second for second in bare if not is_excused(facts, second, needed, bare)}


def is_excused(facts: CallFacts, second: int, needed: set[int], bare: set[int]) -> bool:
    """Whether a stream was about to open, the first that there can have been, or had just closed and was not torn."""
    first = last = second
    while first - 1 in bare:
        first -= 1
    while last + 1 in bare:
        last += 1
    length = timedelta(seconds=last + 1 - first)
    if first - 1 not in needed:
        opened = [stream.listening_since for stream in facts.streams if stream.opened_at == at(last + 1)]
        return length <= OPENING_SLACK and any(since is not None and since <= at(first) for since in opened)
    torn = any(stream.torn and stream.closed_at == at(first) for stream in facts.streams)
    return last + 1 not in needed and length <= CLOSING_SLACK and not torn


def inside(second: int, gaps: Iterable[Gap]) -> bool:
    """Whether one of the gaps holds the second."""
    return any(gap.start <= middle(second) <= gap.end for gap in gaps)


def within(facts: CallFacts, start: datetime, end: datetime | None) -> tuple[datetime, datetime]:
    """The part of a stretch that lies in the call; an instant at its nearer edge if there is none."""
    low, high = begun(facts), facts.ended_at
    return min(max(start, low), high), min(max(end or high, start, low), high)


def gaps_of(facts: CallFacts, cause: GapCause) -> list[Gap]:
    """The verdict's gaps of one cause; a call that has failed and holds no word has a reason instead of gaps."""
    verdict = judge(facts)
    assume(verdict.kind is not VerdictKind.FAILED)
    return [gap for gap in verdict.gaps if gap.cause is cause]


@given(histories())
def test_no_second_that_was_missed_is_passed_over(facts: CallFacts) -> None:
    """What is called interrupted is, to the second, when a stream was needed and none was open without an excuse, and when
    ACS has told so.
    """
    interrupted = gaps_of(facts, GapCause.STREAM_INTERRUPTED)
    told = {each for each in SECONDS if middle(each) > begun(facts) and inside(each, facts.interruptions)}
    assert {second for second in SECONDS if inside(second, interrupted)} == missed(facts) | told


@given(histories())
def test_what_failed_while_it_was_wanted_is_a_gap(facts: CallFacts) -> None:
    """Also where a stream was open all the while."""
    failed = gaps_of(facts, GapCause.TRANSCRIPTION_FAILED)
    assert all(inside(second, failed) for second in wanted(facts) if inside(second, facts.failures))


@given(histories())
def test_what_somebody_asked_to_leave_out_is_named_to_the_second(facts: CallFacts) -> None:
    """By what was asked for, and nothing else is: also where a stream was open all the while."""
    for cause, stretches in ((GapCause.PAUSED, facts.pauses), (GapCause.STOPPED, facts.stops)):
        named = gaps_of(facts, cause)
        asked = {each for each in SECONDS if middle(each) > begun(facts) and during(each, stretches)}
        assert {second for second in SECONDS if inside(second, named)} == asked


@given(histories())
def test_every_stream_that_did_not_arrive_whole_has_a_gap(facts: CallFacts) -> None:
    """From its opening to its end, by the cause that is its own and with its name; one that is whole is named nowhere."""
    never, open_still = gaps_of(facts, GapCause.NEVER_DELIVERED), gaps_of(facts, GapCause.NOT_CLOSED)
    for stream in facts.streams:
        start, end = within(facts, stream.opened_at, stream.closed_at)
        for gaps, lacks in (
            (open_still, stream.last_seq is None),
            (never, stream.last_seq is not None and stream.mark < stream.last_seq),
        ):
            named = [gap for gap in gaps if f"stream {stream.id}:" in gap.note]
            assert any(gap.start <= start and end <= gap.end for gap in named) is lacks
            assert bool(named) is lacks


@given(histories())
def test_whatever_was_unreadable_has_a_gap(facts: CallFacts) -> None:
    """Where it was said, or the whole call where nobody knows; and there is none where all could be read."""
    gaps = gaps_of(facts, GapCause.UNREADABLE)
    assert bool(gaps) is (facts.counts.unreadable > 0)
    places = [within(facts, span.start, span.end) for span in facts.unreadable]
    if facts.counts.unreadable > sum(span.count for span in facts.unreadable):
        places.append((begun(facts), facts.ended_at))
    assert all(any(gap.start <= start and end <= gap.end for gap in gaps) for start, end in places)
