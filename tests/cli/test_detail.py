"""One call in full, at any width."""

from datetime import UTC, datetime, timedelta

import pytest
from rich.console import Console

from callscribe.contracts.errors import Problem
from callscribe.contracts.status import CallResult, CallState, CallStatus, StreamStatus, TranscriptionState
from callscribe.transcript.facts import Verdict, VerdictKind
from cli.detail import end_view, status_view

NOW = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize("width", [40, 80, 200])
def test_a_running_call_fits(width: int) -> None:
    """Streams, participants, the last problem and what to do about it."""
    status = CallStatus(
        key="k" * 36,
        state=CallState.TRANSCRIBING,
        transcription=TranscriptionState.ON,
        locale="en-US",
        participants={"4:+12025550100": "", "8:acs:x": "Anna"},
        started_at=NOW,
        streams=(StreamStatus(id="s1", opened_at=NOW, mark=3, last_seq=4, segments=12),),
        problem=Problem(message="ACS refused.", advice="Set an endpoint."),
    )
    console = Console(width=width)
    with console.capture() as captured:
        console.print(status_view(status, NOW + timedelta(seconds=5)))
    shown = captured.get()
    assert all(len(line) <= width for line in shown.splitlines())
    for part in ("transcribing", "+1 202 555 0100", "Anna", "ACS refused.", "Set an endpoint."):
        assert part in shown


def test_the_verdict_of_a_finished_call_comes_first() -> None:
    """Then the rest."""
    verdict = Verdict(kind=VerdictKind.EMPTY, reason="Nothing was said.")
    result = CallResult(key="k", verdict=verdict, locale="en-US", started_at=NOW, ended_at=NOW, end_reason="hung up")
    console = Console(width=120)
    with console.capture() as captured:
        console.print(end_view(result, {}))
    lines = captured.get().splitlines()
    assert lines[0] == "empty: Nothing was said."
    assert any("hung up" in line for line in lines)


def test_a_transcript_that_is_being_amended_says_so() -> None:
    """Which revision is shown, and that another one is on its way."""
    verdict = Verdict(kind=VerdictKind.COMPLETE, reason="All of it.")
    result = CallResult(key="k", verdict=verdict, locale="en-US", started_at=NOW, ended_at=NOW, revision=2, segments=7)
    console = Console(width=120)
    with console.capture() as captured:
        console.print(end_view(result, {}, amending=True))
    assert "7 (revision 2; more has come, revision 3 follows)" in captured.get()
