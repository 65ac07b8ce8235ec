"""Requests to ACS that fail, in the course of a call each: refused, throttled, late, or done and not answered."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from itertools import count
from typing import Any

import pytest
from starlette.requests import Request

from activities import acs_client, policies
from callscribe.contracts.commands import Pause, Resume, UpdateLocale
from callscribe.contracts.links import incoming_url
from callscribe.contracts.status import CallResult
from callscribe.transcript.facts import GapCause, VerdictKind
from emulator.control_models import IncomingRequest, SayRequest
from emulator.faults import Faults, RestFault
from emulator.repeatability import Answer
from emulator.shell import http
from tests.end_to_end.faulty import SCRIPT, SPEED, TARGET, TEXTS, faulty, hung_up, missing, said, stored
from tests.end_to_end.stack import CallStack, Script
from tests.support.eventually import eventually
from worker import main
from workflows import healing

LONG = Script.of("long", [f"Number {number}." for number in range(28)])
ROOM = "99455010479855809"
RETRY_AFTER, LATE = 1, 4
HOW: dict[str, dict[str, Any]] = {
    "500": {"how": "refused", "status": 500},
    "throttled": {"how": "refused", "status": 429},
    "throttled for a time": {"how": "refused", "status": 429, "retry_after": RETRY_AFTER},
    "done, not answered": {"how": "answer_lost"},
    "slow": {"how": "slow", "delay": 0.5},
    "too slow": {"how": "slow", "delay": LATE},
}
NO_START = Faults(rest=(RestFault(operation="start", times=10_000),))
"""ACS starts no transcription for as long as this is in force."""
POLICIES = (
    "CREATE_CALL",
    "CONNECT_CALL",
    "ANSWER_CALL",
    "GET_CALL",
    "START_TRANSCRIPTION",
    "UPDATE_TRANSCRIPTION",
    "STOP_TRANSCRIPTION",
    "HANG_UP",
)


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A request is given up after a second, and tried again a moment later."""
    monkeypatch.setattr(acs_client, "_READ_TIMEOUT_S", 1.0)
    for name in POLICIES:
        policy = getattr(policies, name)
        monkeypatch.setattr(policies, name, replace(policy, first_pause=timedelta(seconds=0.2)))


def each(how: str, *operations: str) -> list[dict[str, Any]]:
    """The fault, once for each of these operations."""
    return [{**HOW[how], "operation": operation} for operation in operations]


async def all_happened(stack: CallStack, faults: int) -> None:
    """Every fault has found its request."""
    injected = (await stack.emulator.faults())[1]
    assert sum(injected.values()) == faults, injected


async def holds(check: Callable[[], Awaitable[None]]) -> None:
    """Wait until no assertion of `check` fails."""

    async def held() -> bool:
        await check()
        return True

    await eventually(held)


async def say(stack: CallStack, key: str, text: str) -> None:
    """Say something beside the script, and wait until everything has been said."""
    words = SayRequest(participant="4:+12025550147", text=text, duration_ms=20)
    await stack.emulator.say((await stack.report(key)).call_connection_id, words)
    await said(stack, key)


async def listens(stack: CallStack, key: str, *, streams: int) -> None:
    """Wait until transcription is on, and both sides know so, with the last of so many streams."""

    async def on() -> None:
        report, status = await stack.report(key), await stack.status(key)
        assert (report.transcription_state, report.streams_opened) == ("active", streams)
        assert (status.state, len(status.streams)) == ("transcribing", streams)

    await holds(on)


async def last_words(stack: CallStack, key: str, *, streams: int) -> None:
    """Once transcription is on again, something is said that belongs into the transcript."""
    await listens(stack, key, streams=streams)
    await say(stack, key, "At last.")


def nothing_was_given_up(result: CallResult) -> None:
    """Each step was done in the end."""
    assert [step for step in result.steps if step.outcome != "done"] == []


@pytest.mark.parametrize("how", [how for how in HOW if how != "too slow"])
async def test_every_request_fails_once(stack: CallStack, how: str) -> None:
    """Create, start, change of locale, pause, hang-up: tried again no sooner than ACS asks for, and done once."""
    operations = ["create", "start", "update", "stop", "terminate"]
    if how != "slow":
        operations += ["get"]  # before a request without a repeatability id is repeated
    handle = await faulty(stack, "requests", rest=each(how, *operations))
    await stack.reaches("requests", "transcribing")
    await stack.update("requests", "update_locale", UpdateLocale(locale="de-DE"))
    await stack.update("requests", "pause", Pause())
    await stack.update("requests", "resume", Resume())
    await said(stack, "requests")
    await say(stack, "requests", "At last.")
    result = await hung_up(stack, "requests", handle)
    await all_happened(stack, len(operations))
    assert len(await stack.emulator.calls()) == 1
    nothing_was_given_up(result)
    if "retry_after" in HOW[how]:
        took = [step.finished_at - step.started_at for step in result.steps if step.finished_at]
        assert sum(each >= timedelta(seconds=RETRY_AFTER) for each in took) >= 5, result.steps
    assert [each.locale for each in result.locales] == ["en-US", "de-DE"]
    assert result.verdict.kind is VerdictKind.COMPLETE, result.verdict
    assert [gap.cause for gap in result.verdict.gaps] == [GapCause.PAUSED]
    await missing(stack, "requests", result.verdict.gaps)
    assert (await stored(stack, "requests"))[-1] == "At last."


@pytest.mark.parametrize("how", ["500", "done, not answered", "too slow"])
async def test_a_room_that_is_connected_and_left_once(stack: CallStack, how: str) -> None:
    """Connecting carries a repeatability id, and leaving what has been left is no error."""
    await stack.plan(ROOM, script=SCRIPT.text, speed=SPEED, faults={"rest": each(how, "connect", "hang_up")})
    handle = await stack.start("room", origin={"kind": "connect", "room_id": ROOM})
    await stack.reaches("room", "transcribing")
    await said(stack, "room")
    result = await hung_up(stack, "room", handle)
    await all_happened(stack, 2)
    assert len(await stack.emulator.calls()) == 1
    nothing_was_given_up(result)
    assert await stored(stack, "room") == TEXTS
    assert result.verdict.kind is VerdictKind.COMPLETE, result.verdict


@pytest.mark.parametrize("how", ["500", "done, not answered", "too slow"])
async def test_an_incoming_call_is_answered_once(stack: CallStack, how: str) -> None:
    """Its context is good once: what is repeated is the same answering."""
    caller: dict[str, Any] = {"from": "+12025550162", "to": "+18005550100", "script": SCRIPT.text, "speed": SPEED}
    notify = incoming_url(stack.settings.public_http_url, stack.settings.secret())
    ringing = {**caller, "notify": notify, "faults": {"rest": each(how, "answer")}}
    await stack.emulator.incoming(IncomingRequest.model_validate(ringing))

    async def found() -> str | None:
        return next((call.key for call in await stack.store.calls()), None)

    key = await eventually(found)
    await said(stack, key)
    result = await hung_up(stack, key, stack.client.get_workflow_handle(f"call-{key}", result_type=CallResult))
    await all_happened(stack, 1)
    assert len(await stack.emulator.calls()) == 1
    nothing_was_given_up(result)
    assert await stored(stack, key) == TEXTS
    assert result.verdict.kind is VerdictKind.COMPLETE, result.verdict


async def test_a_start_that_is_refused_for_longer_than_it_is_tried(
    stack: CallStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Transcription has failed then, and is started once ACS takes it: what was said until then is a gap that says why."""
    monkeypatch.setattr(policies, "START_TRANSCRIPTION", replace(policies.START_TRANSCRIPTION, attempts=2))
    await stack.emulator.set_faults(NO_START)
    await stack.plan(TARGET, script=SCRIPT.text, speed=SPEED, speech_starts="connected")
    handle = await stack.start("refused")

    async def given_up_while_people_speak() -> None:
        assert any(step.outcome.startswith("failed") for step in (await stack.status("refused")).steps)
        assert (await stack.report("refused")).script.undelivered > 0

    await holds(given_up_while_people_speak)
    await stack.emulator.set_faults(Faults())
    await last_words(stack, "refused", streams=1)
    result = await hung_up(stack, "refused", handle)
    first, *_, last = [step.outcome for step in result.steps if step.name.startswith("start")]
    assert first.startswith("failed: ACS answered 500/9999")
    assert last == "done"
    assert result.verdict.kind is VerdictKind.PARTIAL
    (gap,) = result.verdict.gaps
    assert gap.cause is GapCause.TRANSCRIPTION_FAILED
    assert "ACS answered 500/9999" in gap.note
    assert await missing(stack, "refused", [gap]) > 0
    assert (await stored(stack, "refused"))[-1] == "At last."


async def test_requests_that_are_carried_out_long_after_they_were_given_up(stack: CallStack) -> None:
    """They have been repeated meanwhile: nothing is dialled, started or changed twice that would be heard of."""
    rest = each("too slow", "create", "start", "update", "terminate")
    handle = await faulty(stack, "late", rest=rest, script=LONG)
    await stack.reaches("late", "transcribing")
    await stack.update("late", "update_locale", UpdateLocale(locale="de-DE"))
    await said(stack, "late")
    result = await hung_up(stack, "late", handle)
    await all_happened(stack, len(rest))
    assert len(await stack.emulator.calls()) == 1
    nothing_was_given_up(result)
    assert result.verdict.kind is VerdictKind.COMPLETE, result.verdict
    assert await missing(stack, "late", ()) == 0
    assert await stored(stack, "late") == [line["text"] for line in LONG.lines]


@pytest.fixture
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """An unasked stop is looked into at once; workflows share the module that says so."""
    monkeypatch.setattr(main, "PASSED_THROUGH", (*main.PASSED_THROUGH, "workflows"))
    monkeypatch.setattr(healing, "STOP_SETTLES", timedelta(seconds=0.5))


@pytest.fixture
def withheld(monkeypatch: pytest.MonkeyPatch) -> Iterator[asyncio.Event]:
    """The first stop reaches ACS, and is carried out once this is set; the others are carried out at once."""
    answer, carry_out, stops = http._answer, asyncio.Event(), count()

    async def late(request: Request, *others: Any) -> Answer:
        await request.body()  # before the client gives up, and it cannot be read any more
        if ":stopTranscription" in str(request.url) and next(stops) == 0:
            await carry_out.wait()
        return await answer(request, *others)

    monkeypatch.setattr(http, "_answer", late)
    yield carry_out
    carry_out.set()


@pytest.mark.usefixtures("soon")
async def test_a_stop_that_is_carried_out_after_the_resume(stack: CallStack, withheld: asyncio.Event) -> None:
    """A pause was asked for twice, for its first request seemed lost: what that one stops unasked is started again, and
    what was said in between is a gap.
    """
    await stack.plan(TARGET, script=SCRIPT.text, speed=SPEED)
    handle = await stack.start("stop")
    await stack.reaches("stop", "transcribing")
    await stack.update("stop", "pause", Pause())
    await stack.update("stop", "resume", Resume())
    await listens(stack, "stop", streams=2)
    await stack.emulator.set_faults(NO_START)
    withheld.set()

    async def stopped() -> bool:
        return (await stack.report("stop")).transcription_state == "inactive"

    await eventually(stopped)
    await say(stack, "stop", "Into the void.")
    await stack.emulator.set_faults(Faults())
    await last_words(stack, "stop", streams=3)
    result = await hung_up(stack, "stop", handle)
    assert result.verdict.kind is VerdictKind.PARTIAL
    assert [gap.cause for gap in result.verdict.gaps] == [GapCause.PAUSED, GapCause.TRANSCRIPTION_FAILED]
    assert "unasked" in result.verdict.gaps[1].note
    assert await missing(stack, "stop", result.verdict.gaps) > 0
    texts = await stored(stack, "stop")
    assert "Into the void." not in texts
    assert texts[-1] == "At last."
