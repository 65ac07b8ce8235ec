"""Events that never come, one test each: ACS is asked for the truth after a deadline, and the transcript says it."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest

from callscribe.contracts.commands import Pause, Resume, UpdateLocale
from callscribe.transcript.completeness import CLOSING_SLACK
from callscribe.transcript.facts import GapCause, VerdictKind
from tests.end_to_end.faulty import SCRIPT, SPEED, TARGET, TEXTS, hung_up, missing, said, stored
from tests.end_to_end.stack import CallStack
from worker import main
from workflows import connection, healing

LIMITS = {"drain_timeout": "PT6S", "connect_timeout": "PT1S", "transcription_timeout": "PT1S"}


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """ACS is asked after a second where no limit of the call says when, and after three about a stream, which is just no
    slack any more; workflows share the modules that say so.
    """
    monkeypatch.setattr(main, "PASSED_THROUGH", (*main.PASSED_THROUGH, "workflows"))
    monkeypatch.setattr(connection, "DISCONNECT_TIMEOUT", timedelta(seconds=1))
    monkeypatch.setattr(healing, "STREAM_TIMEOUT", CLOSING_SLACK + timedelta(seconds=0.2))


async def deaf(stack: CallStack, key: str, lost: Sequence[str], **request: Any) -> Any:
    """A call of which these events are lost; its workflow's handle."""
    await stack.plan(TARGET, script=SCRIPT.text, speed=SPEED, faults={"lose_events": lost})
    return await stack.start(key, limits=LIMITS, **request)


ALL = ["CallConnected", "ParticipantsUpdated", "TranscriptionStarted", "CallDisconnected"]


@pytest.mark.parametrize(
    ("start", "lost"),
    [*(("when_connected", [event]) for event in ALL), ("when_connected", ALL), ("with_call", ALL)],
    ids=[*ALL, "all", "all of a call that is transcribed from the start"],
)
async def test_a_call_whose_events_are_lost_is_whole(stack: CallStack, lost: list[str], start: str) -> None:
    """From the beginning to a hang-up of ours: every word, and no gap."""
    handle = await deaf(stack, "deaf", lost, transcription={"start": start})
    await stack.reaches("deaf", "transcribing")
    await said(stack, "deaf")
    result = await hung_up(stack, "deaf", handle)
    assert (await stack.emulator.faults())[1] == {"lose_events": len(lost)}
    assert await stored(stack, "deaf") == TEXTS
    assert result.verdict.kind is VerdictKind.COMPLETE, result.verdict
    assert await missing(stack, "deaf", result.verdict.gaps) == 0


async def test_a_change_of_locale_that_nobody_confirms(stack: CallStack) -> None:
    """TranscriptionUpdated is lost: asked, ACS names the new locale."""
    handle = await deaf(stack, "locale", ["TranscriptionUpdated"])
    await stack.reaches("locale", "transcribing")
    assert (await stack.update("locale", "update_locale", UpdateLocale(locale="de-DE")))["locale"] == "de-DE"
    await said(stack, "locale")
    result = await hung_up(stack, "locale", handle)
    assert [each.locale for each in result.locales] == ["en-US", "de-DE"]
    assert await stored(stack, "locale") == TEXTS
    assert result.verdict.kind is VerdictKind.COMPLETE, result.verdict


async def test_a_pause_that_nobody_confirms(stack: CallStack) -> None:
    """TranscriptionStopped is lost: paused since ACS took the request, and nothing but the pause is missing."""
    handle = await deaf(stack, "pause", ["TranscriptionStopped"])
    await stack.reaches("pause", "transcribing")
    await stack.update("pause", "pause", Pause())
    assert (await stack.status("pause")).transcription == "paused"
    await stack.update("pause", "resume", Resume())
    await said(stack, "pause")
    result = await hung_up(stack, "pause", handle)
    assert result.verdict.kind is VerdictKind.COMPLETE, result.verdict
    assert [gap.cause for gap in result.verdict.gaps] == [GapCause.PAUSED]
    assert await missing(stack, "pause", result.verdict.gaps) > 0


async def test_an_end_that_nobody_tells(stack: CallStack) -> None:
    """The far end hangs up, and CallDisconnected is lost: ACS is asked once no socket has been open for a while. Nobody
    knows that nothing was said in it.
    """
    handle = await deaf(stack, "end", ["CallDisconnected"])
    await said(stack, "end")
    await stack.emulator.hang_up((await stack.report("end")).call_connection_id)
    result = await handle.result()
    assert "CallDisconnected did not come" in result.end_reason
    assert await stored(stack, "end") == TEXTS
    (gap,) = result.verdict.gaps
    assert (gap.cause, gap.end) == (GapCause.STREAM_INTERRUPTED, result.ended_at)
    assert await missing(stack, "end", result.verdict.gaps) == 0
