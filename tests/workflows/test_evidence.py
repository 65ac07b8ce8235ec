"""What the ledger says to whoever judges: at the end, and while the call goes on."""

import pytest

from callscribe.contracts.carried import TranscriptionChange
from callscribe.contracts.chunks import CloseStream, StreamOpening
from callscribe.contracts.status import Quarantined
from callscribe.transcript.completeness import judge
from callscribe.transcript.facts import Counts, GapCause
from tests.workflows.test_ledger import at, event, fresh
from workflows import evidence, ledger

OPENING = StreamOpening(id="s-1", opened_at=at(3), listening_since=at(0))


def test_a_stream_that_is_open_is_no_gap_yet() -> None:
    """Nor are chunks on their way; a hole between two streams is one at once."""
    state = fresh()
    for each in (event("CallConnected", 1), event("TranscriptionStarted", 2)):
        state = ledger.with_event(state, each)
    state = ledger.with_stream(state, OPENING)
    assert judge(evidence.facts_so_far(state, at(20))).gaps == ()
    assert [gap.cause for gap in judge(evidence.facts(state, at(20))).gaps] == [GapCause.NOT_CLOSED]
    state = ledger.closed(state, CloseStream(stream=OPENING, last_seq=9, segments=1, closed_at=at(10)))
    state = ledger.with_stream(state, StreamOpening(id="s-2", opened_at=at(12), listening_since=at(0)))
    (gap,) = judge(evidence.facts_so_far(state, at(20))).gaps
    assert (gap.start, gap.end, gap.cause) == (at(10), at(12), GapCause.STREAM_INTERRUPTED)


def test_since_when_ingest_listened_reaches_the_verdict() -> None:
    """It is what the slack of a stream's opening depends on."""
    (stream,) = evidence.stream_facts(ledger.with_stream(fresh(), OPENING))
    assert stream.listening_since == at(0)


def test_a_signal_that_could_not_be_read_is_missing_when_it_came() -> None:
    """Not somewhere in the call."""
    signal = Quarantined(at=at(5), signal="transcript_chunk", reason="ValidationError", size=3)
    (span,) = evidence.facts(ledger.set_aside(fresh(), signal), at(9)).unreadable
    assert (span.start, span.end, span.count) == (at(5), at(5), 1)


def test_transcription_that_is_on_has_no_end_yet() -> None:
    """Whoever draws it draws it up to now, whenever the workflow last heard of anything."""
    state = fresh()
    for each in (event("TranscriptionStarted", 2), event("TranscriptionStopped", 5), event("TranscriptionStarted", 7)):
        state = ledger.with_event(state, each)
    first, second = evidence.intervals_so_far(state, at(9))
    assert (first.start, first.end) == (at(2), at(5))
    assert (second.start, second.end) == (at(7), None)
    over = ledger.with_event(state, event("CallDisconnected", 8))
    assert evidence.intervals_so_far(over, at(9))[-1].end == at(8)


def test_since_when_a_call_has_stood_that_nobody_announced() -> None:
    """As early as anything shows it, or cannot be ruled out: what was said before must not count as never said."""
    late, early = at(20), at(100)
    unseen = StreamOpening(id="s-1", opened_at=late, listening_since=at(15))
    watched = unseen.model_copy(update={"listening_since": at(-1)})
    started = ledger.with_event(fresh(), event("TranscriptionStarted", 18))
    known = {
        "nothing": fresh(),
        "a socket, at an ingest that was away": ledger.with_stream(fresh(), unseen),
        "a socket, at an ingest that was there": ledger.with_stream(fresh(), watched),
        "TranscriptionStarted": ledger.with_stream(started, unseen),
    }
    since = {
        what: [
            (evidence.stood_since(state, early, transcribed_from_the_start=each) - at(0)).total_seconds()
            for each in (True, False)
        ]
        for what, state in known.items()
    }
    assert since == {
        "nothing": [0, 100],
        "a socket, at an ingest that was away": [0, 20],
        "a socket, at an ingest that was there": [20, 20],
        "TranscriptionStarted": [18, 18],
    }


@pytest.mark.parametrize("failed_at", [9, 9.5])
def test_a_failure_at_the_end_or_after_it_loses_nothing(failed_at: float) -> None:
    """ACS may say that transcription failed because the call is over."""
    state = fresh()
    for each in (
        event("TranscriptionStarted", 2),
        event("CallDisconnected", 9),
        event("TranscriptionFailed", failed_at, code=400, sub_code=8528, message="call already terminated"),
    ):
        state = ledger.with_event(state, each)
    assert evidence.facts(state, at(20)).failures == ()
    before = ledger.with_event(state, event("TranscriptionFailed", 8))
    assert [(gap.start, gap.end) for gap in evidence.facts(before, at(20)).failures] == [(at(8), at(9))]


START = TranscriptionChange.ON
STOP = TranscriptionChange.OFF


@pytest.mark.parametrize(
    ("changes", "ended_at", "stops"),
    [
        ([(2, START), (5, STOP), (7, START)], 60, [(5, 7)]),  # started again, however soon
        ([(2, START), (5, STOP)], 60, [(5, 60)]),
        ([(2, START), (5, STOP)], 10, [(5, 10)]),
        ([(2, START), (5, STOP)], 9.9, []),  # on the way to hanging up
        ([(2, START), (5, STOP), (8, STOP)], 11, [(5, 11)]),  # told twice
        ([(2, START), (5, STOP), (7, TranscriptionChange.FAILED)], 60, [(5, 7)]),  # a start that failed
        ([(2, START), (5, TranscriptionChange.PAUSED), (9, STOP)], 60, [(9, 60)]),
        ([(2, START), (5, TranscriptionChange.CEASED), (9, STOP), (20, START)], 60, [(9, 20)]),
        ([(3, STOP), (9, START)], 60, []),  # before the first start
        ([(3, TranscriptionChange.FAILED), (5, STOP)], 60, []),  # it was never on
    ],
)
def test_what_somebody_stopped(
    changes: list[tuple[float, TranscriptionChange]], ended_at: float, stops: list[tuple[float, float]]
) -> None:
    """Until it went on, or to the end of a call that went on; such a stop is a gap that leaves a verdict as it is."""
    state = fresh()
    for second, change in changes:
        state = ledger.with_transition(state, at(second), change)
    state = ledger.ended(state.model_copy(update={"counts": Counts(stored=1)}), at(ended_at), "over")
    facts = evidence.facts(state, at(90))
    expected = [(at(start), at(end)) for start, end in stops]
    assert [(each.start, each.end) for each in facts.stops] == expected
    gaps = [gap for gap in judge(facts).gaps if gap.cause is GapCause.STOPPED]
    assert [(gap.start, gap.end) for gap in gaps] == expected
