"""Calls as in ACS's how-to, through the real SDK."""

from typing import Any

from azure.communication.callautomation import CallConnectionProperties, PhoneNumberIdentifier, TranscriptionOptions
from azure.communication.callautomation.aio import CallAutomationClient
from azure.core.exceptions import HttpResponseError

from tests.emulator.receiver import Receiver
from tests.support.eventually import eventually

ANA = PhoneNumberIdentifier("+12025550147")
COGNITIVE = "https://cog.example/"


async def dial(sdk: CallAutomationClient, receiver: Receiver, **changes: Any) -> CallConnectionProperties:
    """A call as in the how-to."""
    options: dict[str, Any] = {"cognitive_services_endpoint": COGNITIVE, "transcription": transcription(receiver)}
    return await sdk.create_call(ANA, receiver.callback_url, **(options | changes))


async def dialled(sdk: CallAutomationClient, receiver: Receiver, **changes: Any) -> str:
    """The id of such a call once it is connected."""
    call_id = str((await dial(sdk, receiver, **changes)).call_connection_id)
    await eventually(lambda: "CallConnected" in receiver.names(call_id))
    return call_id


def code_of(error: HttpResponseError) -> tuple[int | None, str | None]:
    """HTTP status and ACS code of an SDK error."""
    return error.status_code, None if error.error is None else error.error.code


def transcription(receiver: Receiver, **changes: Any) -> TranscriptionOptions:
    """Transcription options as in ACS's how-to: websocket, en-US, not started."""
    options: dict[str, Any] = {
        "transport_url": receiver.socket_url,
        "transport_type": "websocket",
        "locale": "en-US",
        "start_transcription": False,
    }
    return TranscriptionOptions(**(options | changes))
