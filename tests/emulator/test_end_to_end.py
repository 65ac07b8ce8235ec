"""Whole calls through the real SDK, real sockets and real callbacks."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from azure.communication.callautomation import PhoneNumberIdentifier
from azure.communication.callautomation.aio import CallAutomationClient
from azure.core.exceptions import HttpResponseError

from emulator.client import EmulatorControl, EmulatorError
from emulator.control_models import IncomingRequest, PlanRequest, SayRequest
from emulator.faults import Faults
from emulator.main import RunningEmulator, running_emulator
from tests.emulator.conftest import HASTY
from tests.emulator.dialling import COGNITIVE, code_of, dial, dialled, transcription
from tests.emulator.receiver import Receiver
from tests.support.eventually import eventually

HELLO = ["Hello, this is Ana.", "Hi Ana, Ben speaking.", "It's working, goodbye!"]


def details(receiver: Receiver, name: str) -> dict[str, Any]:
    """The data of the newest event of this name."""
    return dict([event["data"] for event in receiver.events if event["type"].endswith("." + name)][-1])


async def test_the_whole_lifecycle(sdk: CallAutomationClient, receiver: Receiver, control: EmulatorControl) -> None:
    """Create, start, speak, change the locale, stop, hang up: every event, every packet, in order."""
    call_id = await dialled(sdk, receiver)
    call = sdk.get_call_connection(call_id)
    await call.start_transcription(locale="en-US", operation_context="s1")
    await eventually(lambda: receiver.finals() == HELLO)
    await call.update_transcription(locale="de-DE", operation_context="u1")
    await eventually(lambda: "TranscriptionUpdated" in receiver.names())
    properties = await call.get_call_properties()
    assert properties.transcription_subscription is not None
    assert properties.transcription_subscription.state == "active"
    assert properties.transcription_subscription.locale == "de-DE"
    await call.stop_transcription(operation_context="p1")
    await eventually(lambda: "TranscriptionStopped" in receiver.names())
    await call.hang_up(is_for_everyone=False)
    await eventually(lambda: "CallDisconnected" in receiver.names())
    assert receiver.names() == [
        "CallConnected",
        "ParticipantsUpdated",
        "TranscriptionStarted",
        "TranscriptionUpdated",
        "TranscriptionStopped",
        "CallDisconnected",
    ]
    assert all(len(json.loads(body)) == 1 for body in receiver.bodies)
    (stream,) = receiver.streams
    assert stream.path == "/transcription/a%20b?t=%2B1"
    assert stream.headers["x-ms-call-connection-id"] == call_id
    assert stream.headers["x-ms-call-correlation-id"] == receiver.events[0]["data"]["correlationId"]
    assert "sec-websocket-protocol" not in stream.headers
    kinds = [packet["kind"] for packet in stream.packets]
    assert kinds == ["TranscriptionMetadata", *["TranscriptionData"] * 3, "TranscriptionMetadata"]
    await eventually(lambda: stream.close_code == 1000)
    report = await control.call(call_id)
    assert report.script.model_dump() == {
        "name": "hello",
        "lines_total": 3,
        "spoken": 3,
        "delivered": 3,
        "undelivered": 0,
        "lost": 0,
        "finished": True,
        "position_ms": report.script.position_ms,
    }
    assert [final.text for final in await control.sent(call_id)] == HELLO
    assert (report.state, report.result_code, report.result_sub_code) == ("disconnected", 200, 7000)
    assert (report.packets_sent, report.streams_opened, report.events_posted) == (5, 1, 6)


async def test_intermediates(sdk: CallAutomationClient, receiver: Receiver) -> None:
    """They come if the call asked for them."""
    options = transcription(receiver, enable_intermediate_results=True, start_transcription=True)
    await dial(sdk, receiver, transcription=options)
    await eventually(lambda: receiver.finals() == HELLO)
    data = [packet["transcriptionData"] for packet in receiver.streams[0].packets[1:]]
    assert {one["resultStatus"] for one in data} == {"Intermediate", "Final"}
    assert "operationContext" not in details(receiver, "TranscriptionStarted")


@pytest.mark.parametrize(("outcome", "code"), [("declined", 200), ("busy", 486), ("no_answer", 480)])
async def test_rejections(
    sdk: CallAutomationClient, receiver: Receiver, control: EmulatorControl, outcome: str, code: int
) -> None:
    """A plan decides how the callee reacts, by bare number too."""
    await control.plan("+12025550147", PlanRequest.model_validate({"outcome": outcome, "ring_timeout": 0.5}))
    await dial(sdk, receiver)
    await eventually(lambda: len(receiver.names()) == 2)
    assert set(receiver.names()) == {"CallDisconnected", "CreateCallFailed"}
    assert details(receiver, "CreateCallFailed")["resultInformation"]["code"] == code


async def test_other_side_hangs_up_and_speaks(
    sdk: CallAutomationClient, receiver: Receiver, control: EmulatorControl
) -> None:
    """The control API puts words in people's mouths and lets them leave."""
    await control.plan("*", PlanRequest(silent=True))
    call_id = await dialled(sdk, receiver, transcription=transcription(receiver, start_transcription=True))
    await eventually(lambda: "TranscriptionStarted" in receiver.names())
    await control.say(call_id, SayRequest(participant="4:+12025550162", text="Are you there?", duration_ms=200))
    await eventually(lambda: receiver.finals() == ["Are you there?"])
    await control.hang_up(call_id)
    await eventually(lambda: "CallDisconnected" in receiver.names())
    assert details(receiver, "CallDisconnected")["resultInformation"]["subCode"] == 5010
    with pytest.raises(EmulatorError) as refused:
        await control.hang_up(call_id)
    assert (refused.value.status, refused.value.code) == (400, "8528")


async def test_incoming_call(sdk: CallAutomationClient, receiver: Receiver, control: EmulatorControl) -> None:
    """The handshake once, then IncomingCall; its context answers once, with the same correlation id."""
    asked = IncomingRequest(caller="+12025550162", callee="+12025550147", notify=receiver.grid_url, display_name="Ben")
    rung = await control.incoming(asked)
    assert [kind for kind, _ in receiver.grid] == ["SubscriptionValidation", "Notification"]
    event = receiver.grid[1][1]
    assert event["eventType"] == "Microsoft.Communication.IncomingCall"
    assert event["subject"] == "/caller/4:+12025550162/recipient/4:+12025550147"
    assert event["data"]["from"] == {
        "rawId": "4:+12025550162",
        "kind": "phoneNumber",
        "phoneNumber": {"value": "+12025550162"},
    }
    context = event["data"]["incomingCallContext"]
    made = await sdk.answer_call(
        context,
        receiver.callback_url,
        cognitive_services_endpoint=COGNITIVE,
        transcription=transcription(receiver, start_transcription=True),
    )
    assert made.correlation_id == rung.correlation_id == event["data"]["correlationId"]
    assert made.source is not None
    assert made.source.raw_id == "4:+12025550162"
    await eventually(lambda: receiver.finals() == HELLO)
    with pytest.raises(HttpResponseError) as refused:
        await sdk.answer_call(context, receiver.callback_url)
    assert code_of(refused.value) == (404, "8522")
    await control.incoming(asked)
    assert [kind for kind, _ in receiver.grid][2:] == ["Notification"]
    other = receiver.grid[2][1]["data"]["incomingCallContext"]
    await sdk.reject_call(other)
    with pytest.raises(HttpResponseError):
        await sdk.answer_call(other, receiver.callback_url)


async def test_failed_handshake(receiver: Receiver, control: EmulatorControl) -> None:
    """A webhook that does not return the code is told so."""
    receiver.handshake = False
    asked = IncomingRequest(caller="+12025550162", callee="+12025550147", notify=receiver.grid_url)
    with pytest.raises(EmulatorError, match="did not pass the subscription handshake") as refused:
        await control.incoming(asked)
    assert (refused.value.status, refused.value.code) == (502, "webhook_failed")


@pytest.mark.parametrize(("url", "sub_code"), [("ws://127.0.0.1:1/t", 8578), ("nonsense", 8581)])
async def test_socket_that_cannot_be_opened(
    sdk: CallAutomationClient, receiver: Receiver, url: str, sub_code: int
) -> None:
    """TranscriptionFailed with 8578 for a server that is not there, 8581 for a URL that is none."""
    options = transcription(receiver, transport_url=url, start_transcription=True)
    await dial(sdk, receiver, transcription=options)
    await eventually(lambda: "TranscriptionFailed" in receiver.names())
    assert details(receiver, "TranscriptionFailed")["resultInformation"]["subCode"] == sub_code


async def test_socket_dropped_in_mid_call(
    receiver: Receiver, sdk_for: Callable[[RunningEmulator], CallAutomationClient]
) -> None:
    """A killed receiver is dialled again; what falls due meanwhile is lost and counted, nothing is replayed."""
    config = HASTY.model_copy(update={"reconnect_pause": 0.1, "reconnect_tries": 100})
    async with running_emulator(config) as emulator, EmulatorControl(emulator.endpoint) as control:
        await control.plan("*", PlanRequest(silent=True))
        options = transcription(receiver, start_transcription=True)
        call_id = await dialled(sdk_for(emulator), receiver, transcription=options)
        await eventually(lambda: "TranscriptionStarted" in receiver.names())
        await control.say(call_id, SayRequest(participant="4:+1", text="one", duration_ms=1))
        await eventually(lambda: receiver.finals() == ["one"])
        await receiver.drop_sockets()
        await control.say(call_id, SayRequest(participant="4:+1", text="two", duration_ms=2000))

        async def lost() -> bool:
            return (await control.call(call_id)).script.lost == 1

        await eventually(lost)
        await receiver.open_sockets()
        await eventually(lambda: "TranscriptionResumed" in receiver.names())
        await control.say(call_id, SayRequest(participant="4:+1", text="three", duration_ms=1))
        await eventually(lambda: receiver.finals() == ["one", "three"])
        assert receiver.streams[1].packets[0]["kind"] == "TranscriptionMetadata"
        script = (await control.call(call_id)).script
        assert (script.delivered, script.lost, script.undelivered) == (2, 1, 0)


async def test_events_wait_for_a_receiver_that_comes_back(sdk: CallAutomationClient, receiver: Receiver) -> None:
    """A callback that fails is posted again, and the order of a call's events stays."""
    receiver.status = 503
    made = await dial(sdk, receiver)
    call = sdk.get_call_connection(str(made.call_connection_id))

    async def connected() -> bool:
        return (await call.get_call_properties()).call_connection_state == "connected"

    await eventually(connected)
    await call.hang_up(is_for_everyone=True)
    receiver.status = 200
    await eventually(lambda: "CallDisconnected" in receiver.names())
    assert receiver.names() == ["CallConnected", "ParticipantsUpdated", "CallDisconnected"]


async def test_faults_of_events(sdk: CallAutomationClient, receiver: Receiver, control: EmulatorControl) -> None:
    """Duplicates keep their id; swapped events arrive the other way round; an event may come before the answer."""
    await control.set_faults(Faults(duplicate_events=1))
    await dial(sdk, receiver)
    await eventually(lambda: len(receiver.names()) == 4)
    assert receiver.names() == ["CallConnected"] * 2 + ["ParticipantsUpdated"] * 2
    assert receiver.events[0]["id"] == receiver.events[1]["id"]
    receiver.bodies.clear()
    await control.set_faults(Faults(swap_events=1))
    await dial(sdk, receiver)
    await eventually(lambda: len(receiver.names()) == 2)
    assert receiver.names() == ["ParticipantsUpdated", "CallConnected"]
    receiver.bodies.clear()
    await control.set_faults(Faults(event_before_response=1))
    made = await dial(sdk, receiver)
    assert "CallConnected" in receiver.names(str(made.call_connection_id))


async def test_many_calls_at_once(sdk: CallAutomationClient, receiver: Receiver, control: EmulatorControl) -> None:
    """Fifty calls, each with its own words, none mixed up."""
    head = '{"call": "own", "locale": "en-US", "participants": {}}'
    for number in range(50):
        line = f'{{"participant": "4:+1", "offset_ms": 0, "duration_ms": 500, "text": "call {number}"}}'
        await control.plan(f"4:+1202555{number:04}", PlanRequest(script=f"{head}\n{line}\n", speed=1))

    options = transcription(receiver, start_transcription=True)
    made = {
        number: await sdk.create_call(
            PhoneNumberIdentifier(f"+1202555{number:04}"),
            receiver.callback_url,
            cognitive_services_endpoint=COGNITIVE,
            transcription=options,
        )
        for number in range(50)
    }
    await eventually(lambda: len(receiver.finals()) == 50)
    heard = {stream.headers["x-ms-call-connection-id"]: stream.finals() for stream in receiver.streams}
    assert heard == {call.call_connection_id: [f"call {number}"] for number, call in made.items()}
