"""What late words change about a sealed call."""

from datetime import timedelta
from typing import Any

import pytest

from callscribe.contracts.amendment import SealedCall
from callscribe.contracts.chunks import CloseStream, StreamOpening
from callscribe.contracts.status import Quarantined
from callscribe.transcript.facts import Counts, Gap, GapCause, Interval, StreamFacts, Verdict, VerdictKind
from tests.callscribe.runtime.store.conftest import START, sealing
from tests.workflows.test_transcript_amendment import END, OPEN
from workflows import amending, ledger

SEALED = SealedCall(key="k", revision=1, result=sealing().result, facts=OPEN, participants={"4:+1": "Ada"})


def test_taking_up_and_judging_again_changes_nothing() -> None:
    """What was sealed is found again whole: a sealing without news is none."""
    state = amending.taken_up(SEALED, END)
    assert amending.amended(SEALED, state) == OPEN
    assert not amending.changes(SEALED, state)
    assert amending.brought(SEALED, state) == ()


def test_repeats_change_nothing() -> None:
    """They are counted, and no reason for a revision."""
    state = amending.taken_up(SEALED, END)
    state = state.model_copy(update={"counts": Counts(received=9, stored=2, duplicates=7)})
    assert not amending.changes(SEALED, state)


def test_what_cannot_be_read_is_told_once() -> None:
    """A chunk that is none is sent again for ever: it makes one revision, and not one for every time."""
    signal = Quarantined(at=END, signal="transcript_chunk", reason="ValidationError", size=3)
    state = ledger.set_aside(amending.taken_up(SEALED, END), signal)
    assert amending.changes(SEALED, state)
    told = SEALED.model_copy(update={"facts": amending.amended(SEALED, state)})
    again = ledger.set_aside(amending.taken_up(told, END), signal)
    assert not amending.changes(told, again)
    streams = (again.streams[0].model_copy(update={"mark": 4}),)
    assert amending.changes(told, again.model_copy(update={"streams": streams}))


TORN = OPEN.model_copy(
    update={
        "transcription": (Interval(start=START, end=END),),
        "streams": (
            StreamFacts(
                id="s1",
                opened_at=START,
                listening_since=START,
                closed_at=END - timedelta(seconds=2),
                mark=3,
                last_seq=3,
                torn=True,
                close_reason="ingest restarted",
            ),
        ),
    }
)
"""Ingest was killed in the call's last seconds, which the slack of an ordinary end would cover."""


def _torn_before(**changes: Any) -> SealedCall:
    facts = TORN.model_copy(update={"streams": (TORN.streams[0].model_copy(update=changes),)})
    return SEALED.model_copy(update={"facts": facts})


@pytest.mark.parametrize(
    "known", [{}, {"close_reason": ""}], ids=["with its reason", "sealed before reasons were kept"]
)
def test_a_torn_stream_stays_torn(known: dict[str, Any]) -> None:
    """Taken up and closed once more, because its receipt was lost, it is no news; amended, the call is partial still."""
    sealed = _torn_before(**known)
    state = amending.taken_up(sealed, END)
    close = CloseStream(
        stream=StreamOpening(id="s1", opened_at=START), last_seq=3, segments=2, closed_at=END, reason="ingest restarted"
    )
    state = ledger.closed(state, close)
    assert not amending.changes(sealed, state)
    assert amending.brought(sealed, state) == ()
    state = state.model_copy(update={"counts": Counts(received=5, stored=5)})
    request = amending.sealing(sealed, state)
    assert request is not None
    assert request.result.verdict.kind is VerdictKind.PARTIAL


def test_a_reason_that_is_not_known_is_not_written() -> None:
    """Where more comes of a stream whose reason was not kept, the store keeps the reason that it has."""
    sealed = _torn_before(close_reason="", mark=2)
    state = amending.taken_up(sealed, END)
    state = state.model_copy(update={"streams": (state.streams[0].model_copy(update={"mark": 3}),)})
    request = amending.sealing(sealed, state)
    assert request is not None
    assert [(stream.id, stream.close_reason) for stream in request.streams] == [("s1", None)]


def test_new_segments_are_told() -> None:
    """In the counts, in the reason, and in the number of segments of the result."""
    state = amending.taken_up(SEALED, END)
    streams = (state.streams[0].model_copy(update={"mark": 4, "last_seq": 4, "early": (), "closed_at": END}),)
    state = state.model_copy(update={"counts": Counts(received=5, stored=5), "streams": streams})
    request = amending.sealing(SEALED, state)
    assert request is not None
    assert request.facts is not None
    assert request.facts.streams == (StreamFacts(id="s1", opened_at=START, closed_at=END, mark=4, last_seq=4),)
    verdict = request.result.verdict
    assert (verdict.kind, verdict.counts.amended, request.result.segments) == (VerdictKind.COMPLETE, 3, 5)
    assert verdict.reason.endswith("Amended: 3 segments came after the call was sealed.")
    assert request.request is None
    assert [stream.id for stream in request.streams] == ["s1"]


def test_a_verdict_without_facts_keeps_its_gaps() -> None:
    """Sealed before facts were kept: what was missing then is missing still, as far as anybody knows."""
    gap = Gap(start=START, end=START + timedelta(minutes=1), cause=GapCause.STREAM_INTERRUPTED)
    pause = Gap(start=START + timedelta(minutes=2), end=START + timedelta(minutes=3), cause=GapCause.PAUSED)
    stop = Gap(start=START + timedelta(minutes=4), end=START + timedelta(minutes=5), cause=GapCause.STOPPED)
    verdict = Verdict(kind=VerdictKind.PARTIAL, reason="x", gaps=(gap, pause, stop), counts=Counts(stored=2))
    old = SEALED.model_copy(update={"facts": None, "result": sealing(verdict=verdict).result})
    facts = amending.facts_of(old)
    assert facts is not None
    assert [(each.start, each.note) for each in facts.failures] == [(START, "as it was sealed first")]
    assert [each.start for each in facts.pauses] == [pause.start]
    assert [each.start for each in facts.stops] == [stop.start]
    request = amending.sealing(old, amending.taken_up(old, END))
    assert request is not None
    causes = [each.cause for each in request.result.verdict.gaps]
    assert causes == [GapCause.STREAM_INTERRUPTED, GapCause.PAUSED, GapCause.STOPPED]


def test_a_call_that_was_never_sealed() -> None:
    """Nothing to amend: an empty ledger, and no sealing."""
    nothing = SealedCall(key="k")
    state = amending.taken_up(nothing, END)
    assert state.streams == ()
    assert amending.sealing(nothing, state) is None
    assert not amending.changes(nothing, state)
    assert amending.outcome(nothing, None, 0, None).revision == 0
