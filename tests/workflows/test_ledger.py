"""The ledger: every order in which ACS may tell the same story gives the same state."""

import itertools
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callscribe.contracts.call import CallRequest
from callscribe.contracts.carried import CarriedState, TranscriptionChange
from callscribe.contracts.chunks import CallEvent, CloseStream, StreamOpening
from callscribe.contracts.steps import CallConnection
from callscribe.transcript.facts import GapCause
from workflows import evidence, ledger

T0 = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
REQUEST = CallRequest.model_validate({"origin": {"kind": "connect", "room_id": "r"}})


def at(seconds: float) -> datetime:
    """An instant of the story."""
    return T0 + timedelta(seconds=seconds)


def event(kind: str, seconds: float, **more: object) -> CallEvent:
    """An event of the story."""
    return CallEvent.model_validate(
        {"id": f"{kind}-{seconds}", "type": kind, "occurred_at": at(seconds), "received_at": at(seconds), **more}
    )


def fresh() -> CarriedState:
    """A call that ACS has answered."""
    return ledger.with_connection(ledger.fresh(REQUEST, T0), CallConnection(call_connection_id="cc"))


STORY = [
    event("CallConnected", 1),
    event("ParticipantsUpdated", 1.1, participants=["4:+12025550100"], sequence_number=1),
    event("TranscriptionStarted", 2),
    event("TranscriptionStopped", 5),
    event("TranscriptionStarted", 7),
    event("CallDisconnected", 9, message="over"),
]


@pytest.mark.parametrize("order", list(itertools.permutations(range(len(STORY))))[::37])
def test_any_order_gives_the_same_facts(order: tuple[int, ...]) -> None:
    """Transcription was on from 2 to 5 and from 7 to 9, in whatever order the events come, each of them twice."""
    state = fresh()
    for place in order:
        state = ledger.with_event(ledger.with_event(state, STORY[place]), STORY[place])
    facts = evidence.facts(state, at(20))
    assert [(each.start, each.end) for each in facts.transcription] == [(at(2), at(5)), (at(7), at(9))]
    assert (facts.connected_at, facts.ended_at, facts.failure) == (at(1), at(9), None)
    assert state.participants == ("4:+12025550100",)


def test_the_newest_locales_are_kept_with_when_they_came_into_force() -> None:
    """What names the locale in force again, in whatever case, is no change; of very many the oldest are forgotten."""
    state = fresh()
    for second, locale in enumerate(["en-US", "en-us", "de-DE", "en-US"]):
        state = ledger.with_locale(state, locale, at(second))
    assert [(each.at, each.locale) for each in state.locales] == [
        (at(0), "en-US"),
        (at(2), "de-DE"),
        (at(3), "en-US"),
    ]
    for second in range(4, 104):
        state = ledger.with_locale(state, "en-US" if second % 2 else "de-DE", at(second))
    assert [each.at for each in state.locales] == [at(second) for second in range(54, 104)]


def test_a_locale_for_the_next_start_is_not_in_force() -> None:
    """It is asked for by then, and dated by nothing before; what clocks that differ say never goes back."""
    state = ledger.with_locale(fresh(), "en-US", at(3))
    assert not ledger.awaits_its_locale(state)
    waiting = ledger.with_locale_to_come(state, "de-DE")
    assert (waiting.locale, waiting.locales, ledger.awaits_its_locale(waiting)) == ("de-DE", state.locales, True)
    assert not ledger.awaits_its_locale(ledger.with_locale_to_come(waiting, "en-us"))
    started = ledger.with_locale(waiting, "de-DE", at(2))
    assert [(each.at, each.locale) for each in started.locales] == [(at(3), "en-US"), (at(3), "de-DE")]
    assert not ledger.awaits_its_locale(started)


def test_on_since_its_newest_start() -> None:
    """While it is on."""
    state = fresh()
    assert ledger.on_since(state) is None
    state = ledger.with_transition(state, at(2), TranscriptionChange.ON)
    assert ledger.on_since(state) == at(2)
    assert ledger.on_since(ledger.with_transition(state, at(3), TranscriptionChange.PAUSED)) is None


def test_a_stop_while_pausing_is_a_pause() -> None:
    """The same event is a pause or a stop, by what was asked for."""
    state = ledger.with_event(fresh(), event("TranscriptionStarted", 2))
    paused = ledger.with_event(state.model_copy(update={"pausing": True}), event("TranscriptionStopped", 3))
    assert ledger.latest_change(paused) is TranscriptionChange.PAUSED
    assert ledger.latest_change(ledger.with_event(state, event("TranscriptionStopped", 3))) is TranscriptionChange.OFF


def test_events_of_another_leg_change_nothing() -> None:
    """Two legs of one call share a correlation id, not a connection."""
    state = fresh()
    assert ledger.with_event(state, event("CallDisconnected", 3, call_connection_id="other")) is state
    assert ledger.with_event(state, event("CallDisconnected", 3, call_connection_id="cc")).ended_at == at(3)


def test_failure_of_transcription_is_a_gap_until_it_is_on_again() -> None:
    """The gap begins with TranscriptionFailed, carries its codes, and ends with the next start."""
    state = fresh()
    for each in (
        event("CallConnected", 1),
        event("TranscriptionStarted", 2),
        event("TranscriptionFailed", 4, code=500, sub_code=8578, message="no websocket"),
        event("TranscriptionStarted", 6),
        event("CallDisconnected", 9),
    ):
        state = ledger.with_event(state, each)
    (gap,) = evidence.facts(state, at(20)).failures
    assert (gap.start, gap.end, gap.cause) == (at(4), at(6), GapCause.TRANSCRIPTION_FAILED)
    assert "8578" in gap.note
    assert "no websocket" in gap.note


INTERRUPTED = event("TranscriptionUpdated", 4, transcription_status_details="streamConnectionInterrupted")


def test_an_interrupted_stream_is_no_end_of_transcription() -> None:
    """It is on all the while, and what its stream missed is a gap of that name until ACS says that it is back."""
    story = [
        event("TranscriptionStarted", 2),
        INTERRUPTED,
        event("TranscriptionResumed", 6),
        event("CallDisconnected", 9),
    ]
    for order in itertools.permutations(story):
        state = fresh()
        for each in order:
            state = ledger.with_event(state, each)
        facts = evidence.facts(state, at(20))
        assert [(each.start, each.end) for each in facts.transcription] == [(at(2), at(9))]
        assert [(gap.start, gap.end, gap.cause) for gap in facts.interruptions] == [
            (at(4), at(6), GapCause.STREAM_INTERRUPTED)
        ]
        assert facts.failures == ()


@pytest.mark.parametrize("stream_first", [False, True])
def test_a_stream_that_opens_ends_an_interruption(stream_first: bool) -> None:
    """ACS need not say so; the one that was open before does not, and an event that comes later adds nothing."""
    state = ledger.with_event(fresh(), event("TranscriptionStarted", 2))
    state = ledger.with_stream(state, StreamOpening(id="before", opened_at=at(2.1)))
    if stream_first:
        state = ledger.with_stream(state, StreamOpening(id="after", opened_at=at(5)))
        state = ledger.with_event(state, INTERRUPTED)
    else:
        state = ledger.with_event(state, INTERRUPTED)
        assert ledger.is_interrupted(state)
        state = ledger.with_stream(state, StreamOpening(id="after", opened_at=at(5)))
    state = ledger.with_event(state, event("TranscriptionResumed", 6))
    assert not ledger.is_interrupted(state)
    (gap,) = evidence.facts(state, at(20)).interruptions
    assert (gap.start, gap.end) == (at(4), at(5))
    assert gap.note == "TranscriptionUpdated: streamConnectionInterrupted"


@pytest.mark.parametrize("kind", ["TranscriptionStopped", "TranscriptionFailed"])
def test_what_is_off_has_no_stream_to_lose(kind: str) -> None:
    """Told so late, it changes nothing; and a stream that opens does not put on again what has ended."""
    asked = fresh().model_copy(update={"unwanted": True, "start_wanted": True})
    on = ledger.with_event(asked.model_copy(update={"unwanted": kind == "TranscriptionStopped"}), event(kind, 3))
    late = ledger.with_event(on, INTERRUPTED)
    assert late.transitions == on.transitions
    over = ledger.with_event(ledger.with_event(fresh(), INTERRUPTED), event("TranscriptionFailed", 4.5))
    assert ledger.with_stream(over, StreamOpening(id="s", opened_at=at(5))).transitions == over.transitions


def test_failures_are_decided_by_type_and_never_by_code() -> None:
    """CreateCallFailed carries code 200 when the callee declines."""
    state = ledger.with_event(fresh(), event("CreateCallFailed", 3, code=200, sub_code=5002, message="declined"))
    facts = evidence.facts(state, at(9))
    assert facts.failure == "CreateCallFailed (200/5002): declined"
    assert facts.connected_at is None


def test_call_that_ends_before_it_connects_has_failed() -> None:
    """Also when ACS sends nothing but CallDisconnected."""
    state = ledger.with_event(fresh(), event("CallDisconnected", 3, message="gone"))
    assert evidence.facts(state, at(9)).failure == "the call never connected: gone"


def test_transcription_that_was_wanted_and_never_came_has_failed() -> None:
    """A connected call without transcription is a failure only if somebody wanted it."""
    state = ledger.with_event(fresh(), event("CallConnected", 1))
    state = ledger.with_event(state, event("CallDisconnected", 5))
    assert evidence.facts(state, at(9)).failure is None
    wanted = state.model_copy(update={"start_wanted": True})
    assert "transcription never started" in (evidence.facts(wanted, at(9)).failure or "")


def test_participants_follow_the_sequence_number() -> None:
    """An older list that comes late adds nobody; those who left stay known."""
    state = ledger.with_event(fresh(), event("ParticipantsUpdated", 2, participants=["a", "b"], sequence_number=2))
    state = ledger.with_event(state, event("ParticipantsUpdated", 1, participants=["z"], sequence_number=1))
    state = ledger.with_event(state, event("ParticipantsUpdated", 3, participants=["b", "c"], sequence_number=3))
    assert state.participants == ("a", "b", "c")


def test_closing_a_stream_twice_keeps_the_first() -> None:
    """A repeated close changes nothing; a close may be the first thing that is heard of a stream."""
    opening = StreamOpening(id="s", opened_at=at(2))
    state = ledger.closed(fresh(), CloseStream(stream=opening, last_seq=0, segments=0, closed_at=at(3)))
    again = ledger.closed(state, CloseStream(stream=opening, last_seq=9, segments=0, closed_at=at(4)))
    (stream,) = again.streams
    assert (stream.last_seq, stream.closed_at, ledger.is_whole(stream)) == (0, at(3), True)


@pytest.mark.parametrize(
    ("reason", "torn"),
    [
        ("closed by ACS (1000)", False),
        ("connection lost (1006)", False),
        ("", False),
        ("ingest restarted", True),
        ("ingest stopped", True),
        ("closed by ingest (1001)", True),
        ("outbox failed", True),
    ],
)
def test_a_stream_that_ingest_itself_ended_is_torn(reason: str, torn: bool) -> None:
    """By how ingest words the end; the verdict then grants no slack."""
    closing = CloseStream(
        stream=StreamOpening(id="s", opened_at=at(2)), last_seq=1, segments=0, closed_at=at(3), reason=reason
    )
    (stream,) = evidence.facts(ledger.closed(fresh(), closing), at(9)).streams
    assert stream.torn is torn


def test_steps_are_timed() -> None:
    """The newest unfinished step of a name is the one that finishes."""
    state = ledger.step_begun(fresh(), "hang up", at(1))
    state = ledger.step_finished(state, "hang up", at(2), "failed: busy")
    state = ledger.step_finished(ledger.step_begun(state, "hang up", at(3)), "hang up", at(5))
    assert [(step.finished_at, step.outcome) for step in state.steps] == [(at(2), "failed: busy"), (at(5), "done")]


@given(st.lists(st.sampled_from(["TranscriptionStarted", "TranscriptionStopped", "TranscriptionFailed"]), max_size=12))
def test_intervals_never_overlap_and_stay_inside_the_call(kinds: list[str]) -> None:
    """Whatever sequence of transcription events: intervals and failures lie apart, in order, before the call's end."""
    state = ledger.with_event(fresh(), event("CallConnected", 0))
    for second, kind in enumerate(kinds, start=1):
        state = ledger.with_event(state, event(kind, second))
    facts = evidence.facts(ledger.with_event(state, event("CallDisconnected", 8)), at(50))
    spans = sorted(
        [(each.start, each.end or facts.ended_at) for each in facts.transcription]
        + [(each.start, each.end) for each in facts.failures]
    )
    assert all(start <= end <= at(8) for start, end in spans)
    assert all(before[1] <= after[0] for before, after in itertools.pairwise(spans))


def test_remembers_only_the_newest_events() -> None:
    """The memory of event ids is bounded, so that the state carried to the next run is."""
    state = fresh()
    for number in range(ledger.REMEMBERED_EVENTS + 50):
        state = ledger.with_event(state, event("ParticipantsUpdated", number, sequence_number=number))
    assert len(state.seen_events) == ledger.REMEMBERED_EVENTS
