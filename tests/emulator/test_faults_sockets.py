"""Faults through real sockets and the real SDK: what a receiver sees of each."""

import asyncio
from typing import Any

import pytest
from azure.communication.callautomation.aio import CallAutomationClient
from azure.core.exceptions import HttpResponseError, ServiceRequestError, ServiceResponseError

from emulator.client import EmulatorControl
from emulator.control_models import PlanRequest
from emulator.faults import CallFault, Drop, Faults, Late, Overlap, Poison, RestFault, Stall
from emulator.main import RunningEmulator
from emulator.scripts import SHIPPED, load_script
from tests.emulator.dialling import ANA, code_of, dial, dialled, transcription
from tests.emulator.receiver import Receiver
from tests.support.eventually import eventually

HELLO = load_script(SHIPPED / "hello.jsonl")
TEXTS = [line.text for line in HELLO.lines]
AFTER_FIRST = HELLO.lines[0].end_ms + 200


async def faulty(
    control: EmulatorControl, sdk: CallAutomationClient, receiver: Receiver, *faults: CallFault, **others: Any
) -> str:
    """A call to Ana with these faults, four times faster than life."""
    await control.plan("+12025550147", PlanRequest(speed=4, faults=Faults(calls=faults, **others)))
    return await dialled(sdk, receiver, transcription=transcription(receiver, start_transcription=True))


async def all_said(control: EmulatorControl, call: str) -> None:
    """Wait for the end of the script."""

    async def said() -> bool:
        script = (await control.call(call)).script
        return script.finished and script.spoken == script.lines_total

    await eventually(said)


async def test_broken_connection(control: EmulatorControl, sdk: CallAutomationClient, receiver: Receiver) -> None:
    """The receiver sees 1006, then a new socket with metadata and the last word again, marked in the report."""
    call = await faulty(control, sdk, receiver, Drop(at_ms=AFTER_FIRST, pause=0, replay=1))
    await all_said(control, call)
    await eventually(lambda: len(receiver.streams) == 2)
    first, second = receiver.streams
    assert first.close_code == 1006
    assert second.packets[0]["kind"] == "TranscriptionMetadata"
    await eventually(lambda: receiver.finals() == [TEXTS[0], *TEXTS])
    sent = await control.sent(call)
    assert [(final.text, final.stream, final.replay) for final in sent[:2]] == [
        (TEXTS[0], 1, False),
        (TEXTS[0], 2, True),
    ]

    async def accepted() -> bool:
        return all(final.accepted for final in await control.sent(call))

    await eventually(accepted)
    assert (await control.call(call)).faults == {"drop": 1}
    assert (await control.faults())[1] == {"drop": 1}


async def test_half_open(
    control: EmulatorControl, sdk: CallAutomationClient, receiver: Receiver, emulator: RunningEmulator
) -> None:
    """The receiver is never told: the first socket stays open, answers no ping, and outlives the call."""
    call = await faulty(control, sdk, receiver, Drop(at_ms=AFTER_FIRST, how="half_open", pause=0))
    await all_said(control, call)
    await control.hang_up(call)
    await eventually(lambda: receiver.names(call)[-1] == "CallDisconnected")
    await eventually(lambda: receiver.finals() == TEXTS)
    first, second = receiver.streams
    await eventually(lambda: second.close_code == 1000)
    assert first.close_code is None
    pong = await first.connection.ping()
    done, _ = await asyncio.wait({asyncio.ensure_future(pong)}, timeout=0.2)
    assert not done
    assert len(emulator.switchboard.abandoned) == 1


async def test_overlap(control: EmulatorControl, sdk: CallAutomationClient, receiver: Receiver) -> None:
    """Two sockets of one call at once, each word on both, and the first one closes as if nothing were."""
    call = await faulty(control, sdk, receiver, Overlap(at_ms=0, lasts=1.2, sends="both"))
    await all_said(control, call)
    await eventually(lambda: len(receiver.streams) == 2)
    first, second = receiver.streams
    await eventually(lambda: first.finals() == second.finals() == TEXTS)
    await eventually(lambda: first.close_code == 1000)
    assert second.close_code is None


async def test_stall(control: EmulatorControl, sdk: CallAutomationClient, receiver: Receiver) -> None:
    """An open socket without a packet, then all of them."""
    await faulty(control, sdk, receiver, Stall(at_ms=0, lasts=1.0))
    await eventually(lambda: bool(receiver.streams))
    await asyncio.sleep(0.6)  # what is tested is that nothing comes
    assert receiver.finals() == []
    await eventually(lambda: receiver.finals() == TEXTS)
    assert len(receiver.streams) == 1


@pytest.mark.parametrize("socket", ["same", "new"])
async def test_late(control: EmulatorControl, sdk: CallAutomationClient, receiver: Receiver, socket: str) -> None:
    """After CallDisconnected, on the socket that stayed open or on a new one, which closes then."""
    fault = Late.model_validate({"at_ms": AFTER_FIRST, "after": 0.5, "socket": socket})
    call = await faulty(control, sdk, receiver, fault)

    async def over() -> bool:
        return (await control.call(call)).script.finished

    await eventually(over)
    await control.hang_up(call)
    await eventually(lambda: receiver.names(call)[-1] == "CallDisconnected")
    assert receiver.finals() == TEXTS[:1]
    await eventually(lambda: receiver.finals() == TEXTS)
    assert len(receiver.streams) == (1 if socket == "same" else 2)
    await eventually(lambda: all(stream.close_code == 1000 for stream in receiver.streams))


async def test_oversized_packet_costs_the_socket_and_no_more(
    control: EmulatorControl, sdk: CallAutomationClient, receiver: Receiver
) -> None:
    """A receiver that refuses it with 1009 gets a new socket."""
    call = await faulty(control, sdk, receiver, Poison(at_ms=AFTER_FIRST, shape="oversized"))
    await eventually(lambda: len(receiver.streams) == 2, within=15)
    assert receiver.streams[0].close_code in {1006, 1009}  # the close frame may be lost behind what it refuses
    await all_said(control, call)
    report = await control.call(call)
    assert report.script.delivered + report.script.lost == 3


async def test_events_of_a_plan(control: EmulatorControl, sdk: CallAutomationClient, receiver: Receiver) -> None:
    """A plan's faults are its calls' own: others are as ever."""
    call = await faulty(control, sdk, receiver, duplicate_events=1, lose_events=("ParticipantsUpdated",))
    await eventually(lambda: "TranscriptionStarted" in receiver.names(call))
    await eventually(lambda: receiver.names(call) == ["CallConnected"] * 2 + ["TranscriptionStarted"] * 2)
    await control.plan("+12025550147", PlanRequest())
    other = await dialled(sdk, receiver)
    await eventually(lambda: receiver.names(other) == ["CallConnected", "ParticipantsUpdated"])


async def test_answer_lost(control: EmulatorControl, sdk: CallAutomationClient, receiver: Receiver) -> None:
    """The call is made, the connection breaks before the answer, and a repetition finds the same call."""
    lost = RestFault(how="answer_lost", operation="create")
    await control.plan("+12025550147", PlanRequest(faults=Faults(rest=(lost,))))
    headers = {
        "Repeatability-Request-ID": "11111111-1111-1111-1111-111111111111",
        "Repeatability-First-Sent": "Mon, 01 Jun 2026 10:00:00 GMT",
    }
    repeat: dict[str, Any] = {"headers": headers}
    with pytest.raises((ServiceResponseError, ServiceRequestError)):
        await sdk.create_call(ANA, receiver.callback_url, **repeat)
    (made,) = await control.calls()
    again = await sdk.create_call(ANA, receiver.callback_url, **repeat)
    assert again.call_connection_id == made.call_connection_id
    assert len(await control.calls()) == 1


async def test_slow_and_refused(control: EmulatorControl, sdk: CallAutomationClient, receiver: Receiver) -> None:
    """Requests about a call meet the faults of its plan, in their order and as often as asked."""
    rest = (
        RestFault(how="slow", delay=0.3, operation="start"),
        RestFault(status=429, retry_after=3, operation="stop"),
        RestFault(status=503, operation="stop"),
    )
    await control.plan("+12025550147", PlanRequest(faults=Faults(rest=rest)))
    made = await dial(sdk, receiver)
    call = str(made.call_connection_id)
    await eventually(lambda: "CallConnected" in receiver.names(call))
    connection = sdk.get_call_connection(call)
    loop = asyncio.get_running_loop()
    before = loop.time()
    await connection.start_transcription(locale="en-US")
    assert loop.time() - before >= 0.3
    await eventually(lambda: "TranscriptionStarted" in receiver.names(call))
    refused = []
    for _ in range(2):
        with pytest.raises(HttpResponseError) as error:
            await connection.stop_transcription()
        refused.append(code_of(error.value))
    assert refused == [(429, "8516"), (503, "9998")]
    await connection.stop_transcription()
