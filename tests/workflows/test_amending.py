"""What late words change about a sealed call."""

from datetime import timedelta

from callscribe.contracts.amendment import SealedCall
from callscribe.transcript.facts import Counts, Gap, GapCause, StreamFacts, Verdict, VerdictKind
from tests.callscribe.runtime.store.conftest import START, sealing
from tests.workflows.test_transcript_amendment import END, OPEN
from workflows import amending

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
    verdict = Verdict(kind=VerdictKind.PARTIAL, reason="x", gaps=(gap, pause), counts=Counts(stored=2))
    old = SEALED.model_copy(update={"facts": None, "result": sealing(verdict=verdict).result})
    facts = amending.facts_of(old)
    assert facts is not None
    assert [(each.start, each.note) for each in facts.failures] == [(START, "as it was sealed first")]
    assert [each.start for each in facts.pauses] == [pause.start]
    request = amending.sealing(old, amending.taken_up(old, END))
    assert request is not None
    assert [each.cause for each in request.result.verdict.gaps] == [GapCause.STREAM_INTERRUPTED, GapCause.PAUSED]


def test_a_call_that_was_never_sealed() -> None:
    """Nothing to amend: an empty ledger, and no sealing."""
    nothing = SealedCall(key="k")
    state = amending.taken_up(nothing, END)
    assert state.streams == ()
    assert amending.sealing(nothing, state) is None
    assert not amending.changes(nothing, state)
    assert amending.outcome(nothing, None, 0, None).revision == 0
