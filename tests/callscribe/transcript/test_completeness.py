"""The verdict."""

from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callscribe.transcript.completeness import CLOSING_SLACK, OPENING_SLACK, judge, merged
from callscribe.transcript.facts import (
    CallFacts,
    Counts,
    Gap,
    GapCause,
    StreamFacts,
    Unreadable,
    Verdict,
    VerdictKind,
)
from callscribe.transcript.spans import Span, union, without
from tests.callscribe.transcript.histories import END, histories, on, open_stream
from tests.callscribe.transcript.making import at


def call(**more: Any) -> CallFacts:
    """A call of 100 s, transcribed throughout, with what differs."""
    facts: dict[str, Any] = {
        "connected_at": at(0),
        "ended_at": at(END),
        "transcription": (on(2, END),),
        "streams": (open_stream("s1", 2, END),),
        "counts": Counts(received=5, stored=5),
    }
    return CallFacts(**(facts | more))


def causes(verdict: Verdict) -> list[GapCause]:
    """The causes of the gaps, in order."""
    return [gap.cause for gap in verdict.gaps]


def test_a_whole_call_is_complete() -> None:
    """Covered, contiguous, readable."""
    verdict = judge(call())
    assert (verdict.kind, verdict.gaps) == (VerdictKind.COMPLETE, ())
    assert verdict.counts.stored == 5


def test_the_slack_of_opening_and_closing_is_nobodys_loss() -> None:
    """A socket may come a little after transcription and go a little before it."""
    late, soon = OPENING_SLACK.total_seconds(), CLOSING_SLACK.total_seconds()
    assert judge(call(streams=(open_stream("s1", 2 + late, END - soon),))).kind is VerdictKind.COMPLETE
    too_late = judge(call(streams=(open_stream("s1", 3 + late, END),)))
    assert [(gap.start, gap.end) for gap in too_late.gaps] == [(at(2), at(3 + late))]
    too_soon = judge(call(streams=(open_stream("s1", 2, END - soon - 1),)))
    assert [(gap.start, gap.end, gap.cause) for gap in too_soon.gaps] == [
        (at(END - soon - 1), at(END), GapCause.STREAM_INTERRUPTED)
    ]


def test_no_slack_of_closing_where_no_stream_was_open() -> None:
    """Transcription that was on for less than the slack, without any socket, has lost what was said."""
    facts = call(transcription=(on(2, 30), on(40, 42.9)), streams=(open_stream("s1", 2, 29.5),))
    assert [(gap.start, gap.end, gap.cause) for gap in judge(facts).gaps] == [
        (at(40), at(42.9), GapCause.STREAM_INTERRUPTED)
    ]


def test_no_slack_where_ingest_had_not_listened_all_the_while() -> None:
    """An ingest that came back while transcription was on may have died with a socket of which nothing is known."""
    late = open_stream("s1", 4, END)
    listening = {"always": -100, "since transcription was on": 2, "since a second later": 3}
    gaps = {
        when: [(gap.start, gap.end) for gap in judge(call(streams=(_since(late, since),))).gaps]
        for when, since in listening.items()
    }
    assert gaps == {
        "always": [],
        "since transcription was on": [],
        "since a second later": [(at(2), at(4))],
    }
    unknown = late.model_copy(update={"listening_since": None})
    assert [(gap.start, gap.end) for gap in judge(call(streams=(unknown,))).gaps] == [(at(2), at(4))]
    # It is the stream that ended the wait that counts, not another one that came later.
    both = (_since(late, 3), open_stream("s2", 5, END))
    assert judge(call(streams=both)).kind is VerdictKind.PARTIAL


def _since(stream: StreamFacts, seconds: float) -> StreamFacts:
    return stream.model_copy(update={"listening_since": at(seconds)})


def test_what_could_not_be_read_is_missing_where_it_was_said() -> None:
    """Each moment is a gap of its own; what nobody can date may have been at any time."""
    spans = (
        Unreadable(start=at(10), end=at(14), count=2),
        Unreadable(start=at(50), end=at(50), count=1),
        Unreadable(start=at(90), end=at(END + 5), count=1),
    )
    dated = judge(call(unreadable=spans, counts=Counts(received=5, stored=5, unreadable=4)))
    assert [(gap.start, gap.end, gap.note) for gap in dated.gaps] == [
        (at(10), at(14), "2 messages could not be read, kept raw"),
        (at(50), at(50), "1 message could not be read, kept raw"),
        (at(90), at(END), "1 message could not be read, kept raw"),
    ]
    assert "unreadable (3 times, 14 s in all)" in dated.reason
    (undated, *_) = judge(call(unreadable=spans, counts=Counts(received=5, stored=5, unreadable=6))).gaps
    assert (undated.start, undated.end) == (at(0), at(END))
    instant = judge(call(unreadable=spans[1:2], counts=Counts(received=5, stored=5, unreadable=1)))
    assert instant.reason == "Words may be missing: unreadable."


def test_every_instant_between_two_streams_counts() -> None:
    """A reconnection is a gap, however short, even in the first seconds."""
    verdict = judge(call(streams=(open_stream("s1", 2, 3), open_stream("s2", 3.5, END))))
    assert verdict.kind is VerdictKind.PARTIAL
    assert [(gap.start, gap.end) for gap in verdict.gaps] == [(at(3), at(3.5))]
    assert "stream interrupted (0.5 s)" in verdict.reason


def test_overlapping_streams_leave_no_gap() -> None:
    """A second socket that opened before the first was gone."""
    streams = (open_stream("s1", 2, 50), open_stream("s2", 40, END))
    assert judge(call(streams=streams)).kind is VerdictKind.COMPLETE


def test_pauses_alone_leave_a_call_complete() -> None:
    """They are listed, and the reason says them."""
    facts = call(
        transcription=(on(2, 20), on(40, 60), on(70, None)),
        pauses=(on(20, 40), on(60, 70)),
        streams=(open_stream("s1", 2, 20), open_stream("s2", 41, 59), open_stream("s3", 72, END)),
    )
    verdict = judge(facts)
    assert verdict.kind is VerdictKind.COMPLETE
    assert causes(verdict) == [GapCause.PAUSED, GapCause.PAUSED]
    assert "paused twice by request (30 s)" in verdict.reason


def test_stops_alone_leave_a_call_complete() -> None:
    """They are listed as pauses are, each by its own name."""
    facts = call(
        transcription=(on(2, 20), on(40, 60)),
        pauses=(on(60, 70),),
        stops=(on(20, 40), on(70, None)),
        streams=(open_stream("s1", 2, 20), open_stream("s2", 41, 59)),
    )
    verdict = judge(facts)
    assert verdict.kind is VerdictKind.COMPLETE
    assert causes(verdict) == [GapCause.STOPPED, GapCause.PAUSED, GapCause.STOPPED]
    assert verdict.gaps[-1].end == at(END)
    assert verdict.reason == (
        "All that was transcribed is here; paused once by request (10 s); stopped twice by request (50 s)."
    )


def test_no_slack_for_a_stream_that_our_own_end_has_torn() -> None:
    """Ingest was killed two seconds before the hang-up: the last words may be gone, and the verdict must say so."""
    ended = END - 2
    torn = open_stream("s1", 2, ended).model_copy(update={"torn": True})
    verdict = judge(call(streams=(torn,)))
    assert verdict.kind is VerdictKind.PARTIAL
    assert [(gap.start, gap.end) for gap in verdict.gaps] == [(at(ended), at(END))]
    back = open_stream("s2", END - 1.5, END - 1)
    assert [(gap.start, gap.end) for gap in judge(call(streams=(torn, back))).gaps] == [(at(ended), at(END - 1.5))]


def test_a_socket_that_closes_during_a_pause_is_expected() -> None:
    """Also where the transcription interval spans the pause."""
    facts = call(pauses=(on(20, 40),), streams=(open_stream("s1", 2, 20), open_stream("s2", 42, END)))
    assert judge(facts).kind is VerdictKind.COMPLETE


def test_transcription_that_was_stopped_needs_no_stream() -> None:
    """Stopped and started again by request: not a gap."""
    facts = call(transcription=(on(2, 20), on(60, END)), streams=(open_stream("s1", 2, 20), open_stream("s2", 61, END)))
    assert judge(facts) == Verdict(
        kind=VerdictKind.COMPLETE, reason="All that was transcribed is here.", counts=facts.counts
    )


def test_a_failure_is_one_gap_not_two() -> None:
    """The time of a failure is not counted as an interruption as well."""
    failure = Gap(start=at(30), end=at(50), cause=GapCause.TRANSCRIPTION_FAILED, note="code 8578")
    facts = call(failures=(failure,), streams=(open_stream("s1", 2, 30), open_stream("s2", 52, END)))
    assert judge(facts).gaps == (failure,)


def test_an_interruption_that_acs_tells_of_is_one_gap_with_the_time_without_a_stream() -> None:
    """No slack at its edges, for transcription was on all the while; and it is one where a stream seemed open, too."""
    told = Gap(start=at(31), end=at(33), cause=GapCause.STREAM_INTERRUPTED, note="told")
    apart = call(interruptions=(told,), streams=(open_stream("s1", 2, 30), open_stream("s2", 33, END)))
    assert judge(apart).gaps == (told.model_copy(update={"start": at(30)}),)
    assert judge(call(interruptions=(told,))).gaps == (told,)


@pytest.mark.parametrize(
    ("facts", "cause"),
    [
        ({"streams": (open_stream("s1", 2, END, mark=2, last=3),)}, GapCause.NEVER_DELIVERED),
        ({"streams": (open_stream("s1", 2, END, mark=2, last=None),)}, GapCause.NOT_CLOSED),
        ({"counts": Counts(received=5, stored=5, unreadable=1)}, GapCause.UNREADABLE),
        ({"failure": "TranscriptionFailed 8578"}, GapCause.TRANSCRIPTION_FAILED),
    ],
)
def test_what_is_missing_makes_a_call_partial(facts: dict[str, Any], cause: GapCause) -> None:
    """Each cause, with a gap inside the call and a reason that names it."""
    verdict = judge(call(**facts))
    assert verdict.kind is VerdictKind.PARTIAL
    assert causes(verdict) == [cause]
    assert cause.value in verdict.reason


def test_a_call_that_never_started_has_failed() -> None:
    """The reason is the failure's."""
    facts = CallFacts(ended_at=at(5), failure="busy: the callee is on another call (486)")
    assert judge(facts) == Verdict(kind=VerdictKind.FAILED, reason="busy: the callee is on another call (486)")


@pytest.mark.parametrize(
    ("facts", "beginning"),
    [
        ({}, "Nothing was said"),
        ({"streams": ()}, "Nothing reached us"),
        (
            {"streams": (), "transcription": (on(0, 2),)},
            "Nothing reached us: transcription was on for 2 s and no stream",
        ),
        ({"counts": Counts(unreadable=4)}, "Nothing reached us"),
        ({"transcription": (), "streams": ()}, "Transcription was never on"),
        ({"pauses": (on(0, END),), "streams": ()}, "Nothing was transcribed; paused once"),
    ],
)
def test_an_empty_call_says_which_emptiness(facts: dict[str, Any], beginning: str) -> None:
    """Silence, loss, or transcription that was never on."""
    verdict = judge(call(**({"counts": Counts()} | facts)))
    assert verdict.kind is VerdictKind.EMPTY
    assert verdict.reason.startswith(beginning)


def test_without_transcription_events_streams_show_what_was_on() -> None:
    """Callbacks that were lost do not hide an interruption."""
    facts = call(transcription=(), streams=(open_stream("s1", 10, 20), open_stream("s2", 30, 40)))
    assert [(gap.start, gap.end) for gap in judge(facts).gaps] == [(at(20), at(30))]


def test_gaps_of_one_cause_that_touch_become_one() -> None:
    """With both notes; another cause stays beside it."""
    gaps = [
        Gap(start=at(5), end=at(9), cause=GapCause.NOT_CLOSED, note="b"),
        Gap(start=at(1), end=at(5), cause=GapCause.NOT_CLOSED, note="a"),
        Gap(start=at(3), end=at(4), cause=GapCause.PAUSED),
    ]
    assert merged(gaps) == (
        Gap(start=at(1), end=at(9), cause=GapCause.NOT_CLOSED, note="a; b"),
        Gap(start=at(3), end=at(4), cause=GapCause.PAUSED),
    )


@given(histories(), st.randoms(use_true_random=False))
def test_a_verdict_depends_on_the_facts_alone(facts: CallFacts, chance: Any) -> None:
    """Not on the order in which they were noted."""
    shuffled = {
        name: tuple(chance.sample(getattr(facts, name), len(getattr(facts, name))))
        for name in ("transcription", "pauses", "stops", "failures", "interruptions", "streams", "unreadable")
    }
    assert judge(facts.model_copy(update=shuffled)) == judge(facts)


@given(histories())
def test_what_a_verdict_always_keeps_to(facts: CallFacts) -> None:
    """Failed means a failure and no text; empty means no text; gaps lie in the call, in order, apart per cause; partial
    has a gap that nobody asked for, and complete has none.
    """
    verdict = judge(facts)
    stored = facts.counts.stored > 0
    assert (verdict.kind is VerdictKind.FAILED) == (facts.failure is not None and not stored)
    assert (verdict.kind in (VerdictKind.FAILED, VerdictKind.EMPTY)) == (not stored)
    known = [one.start for one in facts.transcription] + [one.opened_at for one in facts.streams] + [facts.ended_at]
    begun = facts.connected_at or min(known)
    assert all(begun <= gap.start <= gap.end <= facts.ended_at for gap in verdict.gaps)
    assert list(verdict.gaps) == sorted(verdict.gaps, key=lambda gap: (gap.start, gap.end, gap.cause.value))
    for cause in GapCause:
        of_cause = [gap for gap in verdict.gaps if gap.cause is cause]
        assert all(one.end < two.start for one, two in pairwise(of_cause))
    lost = [gap for gap in verdict.gaps if gap.cause not in (GapCause.PAUSED, GapCause.STOPPED)]
    if stored:
        assert verdict.kind is (VerdictKind.PARTIAL if lost else VerdictKind.COMPLETE)
    assert verdict.reason


@given(histories(told=False))
def test_covered_time_is_never_called_interrupted(facts: CallFacts) -> None:
    """A stream that was open throughout leaves no interruption, and no interruption lies where a stream was open."""
    whole = open_stream("whole", -10, END + 20)
    covered = judge(facts.model_copy(update={"streams": (*facts.streams, whole)}))
    assert GapCause.STREAM_INTERRUPTED not in causes(covered)
    open_time = union((one.opened_at, one.closed_at or at(END + 20)) for one in facts.streams)
    for gap in judge(facts).gaps:
        if gap.cause is GapCause.STREAM_INTERRUPTED:
            assert without([(gap.start, gap.end)], open_time) == [(gap.start, gap.end)]


def interrupted(verdict: Verdict) -> list[Span]:
    """The time that the verdict calls interrupted."""
    return [(gap.start, gap.end) for gap in verdict.gaps if gap.cause is GapCause.STREAM_INTERRUPTED]


@given(histories(told=False), st.integers(0, 4))
def test_a_stream_that_fills_a_hole_never_makes_it_worse(facts: CallFacts, which: int) -> None:
    """Coverage from where one stream ended to where the next began interrupts nothing that was whole before; so it
    never turns complete into partial.
    """
    holes = without([(at(-10), at(END + 20))], union((s.opened_at, s.closed_at or at(END)) for s in facts.streams))
    start, end = holes[which % len(holes)]
    since = {stream.opened_at: stream.listening_since for stream in facts.streams}.get(end, at(-100))
    filling = StreamFacts(
        id="filling", opened_at=start, listening_since=since or at(-100), closed_at=end, mark=1, last_seq=1
    )
    before, after = judge(facts), judge(facts.model_copy(update={"streams": (*facts.streams, filling)}))
    assert without(interrupted(after), interrupted(before)) == []
    if before.kind is VerdictKind.COMPLETE:
        assert after.kind is VerdictKind.COMPLETE


@given(histories())
def test_a_verdict_survives_storage(facts: CallFacts) -> None:
    """Written as JSON and read again it is the same."""
    verdict = judge(facts)
    assert Verdict.model_validate_json(verdict.model_dump_json()) == verdict
    assert verdict.counts == facts.counts
    assert all(gap.end - gap.start >= timedelta() for gap in verdict.gaps)
