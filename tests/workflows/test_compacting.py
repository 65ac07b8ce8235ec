"""What is carried stays bounded, and says no less to be missing than before."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callscribe.contracts.carried import CarriedState, TranscriptionChange, Transition
from callscribe.contracts.status import StreamStatus
from callscribe.transcript.completeness import judge
from callscribe.transcript.facts import Counts, GapCause
from workflows import compacting, evidence

T0 = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
MANY = compacting.MOST_STREAMS + 400


def at(seconds: float) -> datetime:
    """An instant of the call."""
    return T0 + timedelta(seconds=seconds)


def stream(number: int, opened: float, closed: float | None, **more: object) -> StreamStatus:
    """One that arrived whole, if it is closed."""
    whole = {"closed_at": at(closed), "mark": 3, "last_seq": 3, "segments": 5} if closed is not None else {}
    return StreamStatus.model_validate({"id": f"s{number}", "opened_at": at(opened), **whole, **more})


def call(streams: list[StreamStatus], transitions: list[Transition] | None = None, length: float = 1e6) -> CarriedState:
    """A call that is over."""
    on = [Transition(at=at(0), change=TranscriptionChange.ON)]
    return CarriedState(
        started_at=at(0),
        connected_at=at(0),
        ended_at=at(length),
        locale="en-US",
        counts=Counts(stored=1),
        streams=tuple(streams),
        transitions=tuple(transitions or on),
    )


def missing(state: CarriedState) -> list[tuple[datetime, datetime]]:
    """What its verdict says is missing."""
    return [(gap.start, gap.end) for gap in judge(evidence.facts(state, at(1e6))).gaps if gap.is_loss]


def test_a_usual_call_is_left_as_it_is() -> None:
    """Only what is too much is joined."""
    state = call([stream(number, number * 10, number * 10 + 9) for number in range(100)])
    assert compacting.compacted(state) is state


def test_streams_that_touch_become_one_and_the_verdict_stays() -> None:
    """Each opens before the one before it has closed: nothing is lost, and nothing less is known."""
    state = call([stream(number, number * 10, number * 10 + 11) for number in range(MANY)], length=MANY * 10)
    less = compacting.compacted(state)
    assert len(less.streams) == compacting.NEWEST + 1
    assert missing(less) == missing(state)
    assert sum(each.segments for each in less.streams) == sum(each.segments for each in state.streams)


def test_what_has_not_arrived_whole_is_kept() -> None:
    """The verdict needs it by name."""
    streams = [stream(number, number * 10, number * 10 + 11) for number in range(MANY)]
    streams[5] = stream(5, 50, 61, mark=1)
    streams[7] = stream(7, 70, None)
    less = compacting.compacted(call(streams))
    assert {"s5", "s7"} <= {each.id for each in less.streams}
    causes = {gap.cause for gap in judge(evidence.facts(less, at(1e6))).gaps}
    assert {GapCause.NEVER_DELIVERED, GapCause.NOT_CLOSED} <= causes


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(1, 9)), min_size=20, max_size=60))
def test_no_gap_becomes_shorter(pattern: list[tuple[int, int]]) -> None:
    """Whatever the pauses between streams and their lengths: what was missing is still said to be, and there is a bound."""
    streams, now = [], 0.0
    for number in range(MANY):
        pause, length = pattern[number % len(pattern)]
        streams.append(stream(number, now + pause, now + pause + length))
        now += pause + length
    state = call(streams, length=now)
    less = compacting.compacted(state)
    assert len(less.streams) <= compacting.MOST_STREAMS
    after = missing(less)
    assert all(any(start <= gap[0] and gap[1] <= end for start, end in after) for gap in missing(state))


@pytest.mark.parametrize("loss", [*compacting._LOSSES])
def test_transitions_are_bounded_and_losses_only_grow(loss: TranscriptionChange) -> None:
    """A transcription that fails again and again, some minutes of it longer than others."""
    transitions = []
    for number in range(compacting.MOST_TRANSITIONS):
        transitions.append(Transition(at=at(number * 20), change=TranscriptionChange.ON))
        transitions.append(Transition(at=at(number * 20 + 3 + number % 7), change=loss, note="no websocket"))
    state = call([stream(0, 0, 1e6)], transitions)
    less = compacting.compacted(state)
    assert len(less.transitions) <= compacting.MOST_TRANSITIONS
    assert less.transitions[-compacting.NEWEST :] == state.transitions[-compacting.NEWEST :]
    after = missing(less)
    assert all(any(start <= gap[0] and gap[1] <= end for start, end in after) for gap in missing(state))
