"""Sockets that ACS loses in mid-call, one test each: what it says of that, or does not, and what our transcript says."""

from datetime import timedelta

import pytest

from callscribe.transcript.completeness import CLOSING_SLACK
from callscribe.transcript.facts import GapCause, VerdictKind
from tests.end_to_end.faulty import faulty, hung_up, missing, said, stored
from tests.end_to_end.stack import CallStack, Script
from worker import main
from workflows import healing

LONG = Script.of("long", [f"Number {number}." for number in range(24)])


@pytest.fixture
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """ACS gets a second to reconnect, and a stream three to open where it says nothing, which is just no slack any more;
    workflows share the module that says so.
    """
    monkeypatch.setattr(main, "PASSED_THROUGH", (*main.PASSED_THROUGH, "workflows"))
    monkeypatch.setattr(healing, "RECONNECTION", timedelta(seconds=1))
    monkeypatch.setattr(healing, "STREAM_TIMEOUT", CLOSING_SLACK + timedelta(seconds=0.2))


@pytest.mark.parametrize("resumed", [True, False])
@pytest.mark.parametrize("told", ["updated", "failed"])
async def test_an_interruption_that_acs_tells_of(stack: CallStack, told: str, resumed: bool) -> None:
    """Nothing is started anew, and what was said until the socket came back is a gap, whether ACS says that it is back."""
    drop = {"kind": "drop", "at_ms": 1500, "pause": 0.8, "told": told, "resumed": resumed}
    handle = await faulty(stack, "told", drop, script=LONG)
    await said(stack, "told")
    status = await stack.status("told")
    assert status.transcription == "on"
    assert status.problem is not None
    assert status.problem.detail == "streamConnectionInterrupted"
    result = await hung_up(stack, "told", handle)
    assert (await stack.report("told")).streams_opened == 2
    assert not [step for step in result.steps if step.name.startswith("stop")]
    assert result.verdict.kind is VerdictKind.PARTIAL
    (gap,) = result.verdict.gaps
    assert gap.cause is GapCause.STREAM_INTERRUPTED
    assert "streamConnectionInterrupted" in gap.note
    assert 0.7 < (gap.end - gap.start).total_seconds() < 3
    assert await missing(stack, "told", [gap]) > 0
    assert (await stored(stack, "told"))[-1] == "Number 23."


async def test_a_socket_that_acs_gives_up(stack: CallStack) -> None:
    """TranscriptionFailed 500/8578: it is started again, and what was said in between is a gap that says so."""
    handle = await faulty(stack, "given-up", {"kind": "drop", "at_ms": 1500, "then": "give_up"}, script=LONG)
    await said(stack, "given-up")
    result = await hung_up(stack, "given-up", handle)
    assert (await stack.report("given-up")).streams_opened == 2
    assert result.verdict.kind is VerdictKind.PARTIAL
    (gap,) = result.verdict.gaps
    assert gap.cause is GapCause.TRANSCRIPTION_FAILED
    assert "8578" in gap.note
    assert await missing(stack, "given-up", [gap]) > 0
    assert (await stored(stack, "given-up"))[-1] == "Number 23."


@pytest.mark.parametrize("told", [None, "updated", "failed"])
@pytest.mark.usefixtures("soon")
async def test_a_socket_that_never_comes_back(stack: CallStack, told: str | None) -> None:
    """ACS says that transcription is active, and no socket comes: when its time is over it is stopped and started."""
    drop = {"kind": "drop", "at_ms": 1500, "then": "silence", "told": told}
    handle = await faulty(stack, "silence", drop, script=LONG)
    await said(stack, "silence")
    result = await hung_up(stack, "silence", handle)
    assert (await stack.report("silence")).streams_opened == 2
    assert result.verdict.kind is VerdictKind.PARTIAL
    interrupted, restarted = result.verdict.gaps
    assert (interrupted.cause, restarted.cause) == (GapCause.STREAM_INTERRUPTED, GapCause.RESTARTED)
    assert interrupted.end == restarted.start
    assert await missing(stack, "silence", result.verdict.gaps) > 0
    assert (await stored(stack, "silence"))[-1] == "Number 23."


@pytest.mark.usefixtures("soon")
async def test_a_failure_that_nobody_tells(stack: CallStack) -> None:
    """ACS gives up, and TranscriptionFailed is lost: asked why no socket comes, it says that transcription is off."""
    drop = {"kind": "drop", "at_ms": 1500, "then": "give_up"}
    handle = await faulty(stack, "untold", drop, script=LONG, lose_events=["TranscriptionFailed"])
    await said(stack, "untold")
    result = await hung_up(stack, "untold", handle)
    assert (await stack.emulator.faults())[1] == {"drop": 1, "lose_events": 1}
    assert [gap.cause for gap in result.verdict.gaps] == [GapCause.STREAM_INTERRUPTED]
    assert await missing(stack, "untold", result.verdict.gaps) > 0
    assert (await stored(stack, "untold"))[-1] == "Number 23."
