"""The REST surface through the real SDK: exact status codes, exact error codes."""

import asyncio
import uuid
from collections.abc import Callable
from functools import partial
from typing import Any

import httpx
import pytest
from azure.communication.callautomation import (
    PhoneNumberIdentifier,
)
from azure.communication.callautomation.aio import CallAutomationClient
from azure.core.exceptions import (
    ClientAuthenticationError,
    HttpResponseError,
    ResourceExistsError,
    ResourceNotFoundError,
)

from callscribe.runtime.tls import tls
from emulator.client import EmulatorControl
from emulator.faults import Faults, RestFault
from emulator.main import RunningEmulator, running_emulator
from tests.emulator.conftest import HASTY
from tests.emulator.dialling import ANA, COGNITIVE, code_of, dial, dialled, transcription
from tests.emulator.receiver import Receiver
from tests.support.eventually import eventually


async def test_create(sdk: CallAutomationClient, receiver: Receiver) -> None:
    """201 with properties in state connecting; then connected."""
    made = await dial(
        sdk, receiver, operation_context="ctx", source_caller_id_number=PhoneNumberIdentifier("+18005550100")
    )
    assert made.call_connection_state == "connecting"
    assert made.targets is not None
    assert [target.raw_id for target in made.targets] == ["4:+12025550147"]
    assert made.correlation_id
    assert made.server_call_id
    await eventually(receiver.names)
    now = await sdk.get_call_connection(str(made.call_connection_id)).get_call_properties()
    assert now.call_connection_state == "connected"
    assert now.transcription_subscription is not None
    assert now.transcription_subscription.state == "inactive"


def posted(receiver: Receiver, call_id: str, name: str) -> bool:
    """Whether this call has posted this event."""
    return name in receiver.names(call_id)


async def test_connect(sdk: CallAutomationClient, receiver: Receiver) -> None:
    """Rooms, group calls and server calls; updating them is refused with 405/8520."""
    locators: list[dict[str, Any]] = [
        {"room_id": "99455010479855809"},
        {"group_call_id": "g-1"},
        {"server_call_id": "aHR0cHM6"},
    ]
    for locator in locators:
        made = await sdk.connect_call(
            receiver.callback_url,
            **locator,
            cognitive_services_endpoint=COGNITIVE,
            transcription=transcription(receiver, start_transcription=True),
        )
        call_id = str(made.call_connection_id)
        await eventually(partial(posted, receiver, call_id, "TranscriptionStarted"))
        with pytest.raises(HttpResponseError) as refused:
            await sdk.get_call_connection(call_id).update_transcription(locale="de-DE")
        assert code_of(refused.value) == (405, "8520")


async def test_wrong_key(
    emulator: RunningEmulator, sdk_for: Callable[..., CallAutomationClient], receiver: Receiver
) -> None:
    """401 with the recorded body."""
    for wrong in (sdk_for(emulator, "d3Jvbmc="), sdk_for(emulator, api_version="2025-06-15", key="d3Jvbmc=")):
        with pytest.raises(ClientAuthenticationError) as refused:
            await dial(wrong, receiver)
        assert code_of(refused.value) == (401, "7509")
        assert "HMAC-SHA256 validation failed" in refused.value.message


async def test_unsigned_and_altered_requests(emulator: RunningEmulator) -> None:
    """A request without a signature is refused; the control API needs none."""
    async with httpx.AsyncClient(verify=tls(), base_url=emulator.endpoint) as client:
        answer = await client.get("/calling/callConnections/x?api-version=2026-03-12")
        assert answer.status_code == 401
        assert answer.json() == {"error": {"code": "7509", "message": "HMAC-SHA256 validation failed"}}
        assert (await client.get("/emulator/healthz")).status_code == 200


async def test_unknown_api_version(
    emulator: RunningEmulator, sdk_for: Callable[..., CallAutomationClient], receiver: Receiver
) -> None:
    """The recorded message, without a code."""
    with pytest.raises(HttpResponseError) as refused:
        await dial(sdk_for(emulator, api_version="2024-11-15-preview"), receiver)
    assert code_of(refused.value) == (400, None)
    assert "No HTTP resource was found that matches the request URI" in str(refused.value)


async def test_unknown_call(sdk: CallAutomationClient) -> None:
    """404/8522 for everything one can ask of a call."""
    call = sdk.get_call_connection("no such/call")
    for asked in (
        call.get_call_properties(),
        call.hang_up(is_for_everyone=False),
        call.hang_up(is_for_everyone=True),
        call.start_transcription(locale="en-US"),
        call.update_transcription(locale="en-US"),
        call.stop_transcription(),
    ):
        with pytest.raises(ResourceNotFoundError) as refused:
            await asked
        assert code_of(refused.value) == (404, "8522")


async def test_start_before_connected(sdk_for: Callable[..., CallAutomationClient], receiver: Receiver) -> None:
    """400/8501."""
    async with running_emulator(HASTY.model_copy(update={"haste": 1.0})) as slow:
        sdk = sdk_for(slow)
        made = await dial(sdk, receiver)
        with pytest.raises(HttpResponseError) as refused:
            await sdk.get_call_connection(str(made.call_connection_id)).start_transcription(locale="en-US")
        assert code_of(refused.value) == (400, "8501")


@pytest.mark.parametrize("missing", ["transport URL", "transcription", "cognitive services endpoint"])
async def test_start_without_configuration(sdk: CallAutomationClient, receiver: Receiver, missing: str) -> None:
    """405/8522."""
    changes: dict[str, dict[str, Any]] = {
        "transport URL": {"transcription": transcription(receiver, transport_url=None)},
        "transcription": {"transcription": None},
        "cognitive services endpoint": {"cognitive_services_endpoint": None},
    }
    call_id = await dialled(sdk, receiver, **changes[missing])
    with pytest.raises(HttpResponseError) as refused:
        await sdk.get_call_connection(call_id).start_transcription(locale="en-US")
    assert code_of(refused.value) == (405, "8522")


@pytest.mark.parametrize("locale", ["en", "en-US-NancyNeural", "english"])
async def test_bad_locales(sdk: CallAutomationClient, receiver: Receiver, locale: str) -> None:
    """400/8523 at create, start and update."""
    with pytest.raises(HttpResponseError) as refused:
        await dial(sdk, receiver, transcription=transcription(receiver, locale=locale))
    assert code_of(refused.value) == (400, "8523")
    call = sdk.get_call_connection(await dialled(sdk, receiver))
    with pytest.raises(HttpResponseError) as refused:
        await call.start_transcription(locale=locale)
    assert code_of(refused.value) == (400, "8523")
    await call.start_transcription()
    await eventually(lambda: "TranscriptionStarted" in receiver.names())
    wrong_locales: list[Any] = [locale, None]
    for wrong in wrong_locales:
        with pytest.raises(HttpResponseError) as refused:
            await call.update_transcription(locale=wrong)
        assert code_of(refused.value) == (400, "8523")


async def test_after_the_end(sdk: CallAutomationClient, receiver: Receiver) -> None:
    """Actions are refused with 400/8528; the call itself is not found any more."""
    call_id = await dialled(sdk, receiver)
    call = sdk.get_call_connection(call_id)
    await call.hang_up(is_for_everyone=False)
    await eventually(lambda: "CallDisconnected" in receiver.names(call_id))
    with pytest.raises(HttpResponseError) as refused:
        await call.start_transcription(locale="en-US")
    assert code_of(refused.value) == (400, "8528")
    with pytest.raises(ResourceNotFoundError) as gone:
        await call.get_call_properties()
    assert code_of(gone.value) == (404, "8522")


async def test_disconnecting(receiver: Receiver, sdk_for: Any) -> None:
    """Between the hang-up and its event the call is still there."""
    async with running_emulator(HASTY.model_copy(update={"hangup_delay": 1200})) as emulator:
        sdk = sdk_for(emulator)
        call = sdk.get_call_connection(await dialled(sdk, receiver))
        await call.hang_up(is_for_everyone=False)
        assert (await call.get_call_properties()).call_connection_state == "disconnecting"


async def test_terminate(sdk: CallAutomationClient, receiver: Receiver) -> None:
    """Hanging up for everyone ends the call as well."""
    call_id = await dialled(sdk, receiver)
    await sdk.get_call_connection(call_id).hang_up(is_for_everyone=True)
    await eventually(lambda: "CallDisconnected" in receiver.names(call_id))


async def test_repeated_create_rings_once(
    sdk: CallAutomationClient, receiver: Receiver, control: EmulatorControl
) -> None:
    """The same Repeatability-Request-ID: the same answer and no second call."""
    request_id = str(uuid.uuid4())
    made = [await dial(sdk, receiver, headers={"Repeatability-Request-ID": request_id}) for _ in range(3)]
    assert len({call.call_connection_id for call in made}) == 1
    assert len(await control.calls()) == 1
    other = await dial(sdk, receiver, headers={"Repeatability-Request-ID": str(uuid.uuid4())})
    assert other.call_connection_id != made[0].call_connection_id


async def test_repeatability_conflict(sdk: CallAutomationClient, receiver: Receiver, control: EmulatorControl) -> None:
    """The same id with another body: 409, and nothing rings."""
    request_id = str(uuid.uuid4())
    await dial(sdk, receiver, headers={"Repeatability-Request-ID": request_id})
    with pytest.raises(ResourceExistsError) as refused:
        await dial(sdk, receiver, operation_context="other", headers={"Repeatability-Request-ID": request_id})
    assert code_of(refused.value) == (409, "8519")
    assert len(await control.calls()) == 1


async def test_concurrent_repeats(sdk: CallAutomationClient, receiver: Receiver, control: EmulatorControl) -> None:
    """Repeats that race one another still ring once."""
    request_id = str(uuid.uuid4())
    made = await asyncio.gather(
        *(dial(sdk, receiver, headers={"Repeatability-Request-ID": request_id}) for _ in range(8))
    )
    assert len({call.call_connection_id for call in made}) == 1
    assert len(await control.calls()) == 1


async def test_participants(sdk: CallAutomationClient, receiver: Receiver) -> None:
    """Whom the application named and who speaks; one of them by raw id; anybody else is not found."""
    call = sdk.get_call_connection(await dialled(sdk, receiver))
    everyone = [one.identifier.raw_id async for one in call.list_participants() if one.identifier is not None]
    assert everyone == ["4:+12025550147", "4:+12025550162"]
    ana = await call.get_participant(ANA)
    assert ana.identifier is not None
    assert ana.identifier.raw_id == "4:+12025550147"
    with pytest.raises(ResourceNotFoundError):
        await call.get_participant(PhoneNumberIdentifier("+12025550100"))


async def test_what_is_not_emulated_says_so(sdk: CallAutomationClient, receiver: Receiver) -> None:
    """405/8520, and never a pretended success."""
    call = sdk.get_call_connection(await dialled(sdk, receiver))
    for asked in (call.cancel_all_media_operations(), call.mute_participant(ANA), call.add_participant(ANA)):
        with pytest.raises(HttpResponseError) as refused:
            await asked
        assert code_of(refused.value) == (405, "8520")


async def test_injected_failures(sdk: CallAutomationClient, receiver: Receiver, control: EmulatorControl) -> None:
    """A request fails as often as asked, before anything is done; Retry-After comes if asked for."""
    failure = RestFault(status=429, times=2, retry_after=7, operation="create")
    await control.set_faults(Faults(rest=(failure,)))
    for _ in range(2):
        with pytest.raises(HttpResponseError) as refused:
            await dial(sdk, receiver)
        assert code_of(refused.value) == (429, "8516")
        response: Any = refused.value.response
        assert response.headers["Retry-After"] == "7"
    assert await control.calls() == []
    await dial(sdk, receiver)
    assert (await control.faults())[1] == {"rest_refused": 2}
