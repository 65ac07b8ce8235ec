"""What is shown of a call."""

from datetime import UTC, datetime

import pytest

from callscribe.contracts.call import CallRequest
from callscribe.contracts.carried import Phase, TranscriptionChange
from callscribe.contracts.errors import Problem
from callscribe.contracts.status import StreamStatus
from callscribe.transcript.facts import Verdict, VerdictKind
from workflows import ledger, view

NOW = datetime(2026, 3, 1, 12, 30, tzinfo=UTC)
REQUEST = CallRequest.model_validate(
    {"origin": {"kind": "connect", "room_id": "r"}, "participants": {"4:+12025550100": "Anna | Support"}}
)
CONNECTED = ledger.fresh(REQUEST, NOW).model_copy(update={"connected_at": NOW, "phase": Phase.IN_CALL})


@pytest.mark.parametrize(
    ("change", "word"),
    [
        (None, "connected"),
        (TranscriptionChange.ON, "transcribing"),
        (TranscriptionChange.PAUSED, "paused"),
        (TranscriptionChange.OFF, "stopped"),
        (TranscriptionChange.FAILED, "connected"),
    ],
)
def test_state_in_one_word(change: TranscriptionChange | None, word: str) -> None:
    """A connected call is named after what its transcription does."""
    state = ledger.with_transition(CONNECTED, NOW, change) if change else CONNECTED
    assert view.call_state(state) == word


def test_state_before_and_after_the_call() -> None:
    """Connecting, draining, and what the verdict makes of it."""
    assert view.call_state(ledger.fresh(REQUEST, NOW)) == "connecting"
    ended = ledger.ended(CONNECTED, NOW, "over")
    assert view.call_state(ended) == "draining"
    assert view.call_state(ended, Verdict(kind=VerdictKind.COMPLETE, reason="")) == "sealed"
    assert view.call_state(ended, Verdict(kind=VerdictKind.FAILED, reason="")) == "failed"


def test_details_are_a_table_that_no_name_can_break() -> None:
    """The web UI's details name people and problems; a bar in a name does not open a new column."""
    stream = StreamStatus(id="s-1", opened_at=NOW, mark=3, last_seq=4, closed_at=NOW, segments=9)
    state = CONNECTED.model_copy(update={"problem": Problem(message="late", advice="Wait."), "streams": (stream,)})
    text = view.details(REQUEST, state, Verdict(kind=VerdictKind.PARTIAL, reason="a gap"))
    assert "| Participants | Anna \\| Support |" in text
    assert "| Last problem | late Wait. |" in text
    assert "**partial**: a gap" in text
    assert "- s-1: opened 12:30:00, closed 12:30:00, 3 of 4 chunks, 9 segments" in text
