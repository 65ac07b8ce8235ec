"""The activities against the emulator: a whole call, and each documented refusal, through the real SDK."""

import uuid
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from temporalio.exceptions import ApplicationError

from activities.acs_client import open_client, parse_connection_string
from activities.call_automation import CallAutomationActivities
from callscribe.contracts.call import ConnectCall, CreateCall, Origin, PhoneNumber, TranscriptionSettings
from callscribe.contracts.errors import ErrorType
from callscribe.contracts.steps import (
    CallReference,
    CallSnapshot,
    EstablishCall,
    HangUpRequest,
    Repeatability,
    StartRequest,
    StopRequest,
    UpdateRequest,
)
from emulator.main import EmulatorConfig, RunningEmulator, running_emulator
from tests.activities.conftest import perform, settings_with
from tests.activities.recorder import Recorder
from tests.support.eventually import eventually

ROOM = ConnectCall(room_id="99455010479855809")
PHONE = CreateCall(targets=(PhoneNumber(value="+14255550123"),))


def establish(origin: Origin, **transcription: Any) -> EstablishCall:
    """A request with headers of its own."""
    return EstablishCall(
        key="k",
        origin=origin,
        transcription=TranscriptionSettings(**transcription),
        repeatability=repeatability(),
    )


def repeatability() -> Repeatability:
    """As the workflow makes it, once a step."""
    return Repeatability(request_id=str(uuid.uuid4()), first_sent=datetime.now(UTC))


@pytest.fixture
async def emulator() -> AsyncIterator[RunningEmulator]:
    """An emulator in a hurry."""
    async with running_emulator(EmulatorConfig(port=0, haste=50, speed=50)) as running:
        yield running


@pytest.fixture
async def activities(
    emulator: RunningEmulator, acs: Recorder, tmp_path: Path
) -> AsyncIterator[CallAutomationActivities]:
    """The activities with the emulator's connection string; its events go to the recorder, its packets nowhere."""
    settings = settings_with(home=tmp_path, public_http_url=acs.url, public_websocket_url="ws://127.0.0.1:1")
    async with open_client(parse_connection_string(emulator.connection_string)) as client:
        yield CallAutomationActivities(client, settings)


async def connected(activities: CallAutomationActivities, connection: str) -> None:
    """Wait until the call is connected."""

    async def is_connected() -> bool:
        return (await perform(activities.get_call, CallReference(call_connection_id=connection))).state == "connected"

    await eventually(is_connected)


async def refused(activities: CallAutomationActivities, step: str, argument: Any, attempt: int = 1) -> ApplicationError:
    """The error that a step ends with."""
    with pytest.raises(ApplicationError) as caught:
        await perform(getattr(activities, step), argument, attempt=attempt)
    return caught.value


async def test_a_room_from_joining_to_leaving(activities: CallAutomationActivities) -> None:
    """Connect, start, find it started, be refused an update, stop, hang up, and find it over."""
    call = (await perform(activities.connect_call, establish(ROOM))).call_connection_id
    await connected(activities, call)
    start = StartRequest(call_connection_id=call, locale="en-US", operation_context="s1")
    assert not (await perform(activities.start_transcription, start)).already_so
    update = UpdateRequest(call_connection_id=call, locale="de-DE")
    error = await refused(activities, "update_transcription", update)
    assert (error.type, error.details[0].code) == (ErrorType.NOT_SUPPORTED, "8520")
    leave = HangUpRequest(call_connection_id=call, for_everyone=False, repeatability=repeatability())
    assert not (await perform(activities.hang_up, leave)).already_so

    async def over() -> bool:
        return (await perform(activities.hang_up, leave)).already_so

    await eventually(over)


async def test_dialling_twice_is_one_call(activities: CallAutomationActivities) -> None:
    """The same request again, as after a lost answer: the same call."""
    request = establish(PHONE)
    first = await perform(activities.create_call, request)
    second = await perform(activities.create_call, request, attempt=2)
    assert first.call_connection_id == second.call_connection_id
    other = await perform(activities.create_call, establish(PHONE))
    assert other.call_connection_id != first.call_connection_id


async def test_documented_refusals(activities: CallAutomationActivities) -> None:
    """Unknown call; start before connected; locale without region: the documented codes as our types."""
    assert await perform(activities.get_call, CallReference(call_connection_id="unknown")) == CallSnapshot(exists=False)
    error = await refused(activities, "stop_transcription", StopRequest(call_connection_id="unknown"))
    assert (error.type, error.details[0].code) == (ErrorType.NOT_FOUND, "8522")

    call = (await perform(activities.connect_call, establish(ROOM))).call_connection_id
    await connected(activities, call)
    error = await refused(activities, "start_transcription", StartRequest(call_connection_id=call, locale="en"))
    assert (error.type, error.details[0].code) == (ErrorType.INVALID, "8523")


async def test_start_before_connected(acs: Recorder, tmp_path: Path) -> None:
    """400/8501, to be tried again in a second."""
    settings = settings_with(home=tmp_path, public_http_url=acs.url)
    async with (
        running_emulator(EmulatorConfig(port=0, connect_delay=600)) as slow,
        open_client(parse_connection_string(slow.connection_string)) as client,
    ):
        activities = CallAutomationActivities(client, settings)
        call = (await perform(activities.connect_call, establish(ROOM))).call_connection_id
        error = await refused(activities, "start_transcription", StartRequest(call_connection_id=call))
        assert (error.type, error.non_retryable) == (ErrorType.NOT_ESTABLISHED, False)


async def test_a_wrong_key(emulator: RunningEmulator, tmp_path: Path) -> None:
    """401/7509, not retried."""
    wrong = f"endpoint={emulator.endpoint}/;accesskey=d3Jvbmc="
    async with open_client(parse_connection_string(wrong)) as client:
        activities = CallAutomationActivities(client, settings_with(home=tmp_path))
        error = await refused(activities, "get_call", CallReference(call_connection_id="c"))
    assert (error.type, error.non_retryable, error.details[0].code) == (ErrorType.AUTHENTICATION, True, "7509")
