"""Writes callback events: CloudEvents in the envelope that was recorded (protocol reference 3.2 to 3.5). Pure."""

import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from emulator.packets import dotnet_ticks

PREFIX = "Microsoft.Communication."
_ESCAPED = re.compile("[+<>&'`]")


@dataclass(frozen=True, kw_only=True, slots=True)
class CallIdentity:
    """What every event of a call repeats."""

    call_connection_id: str
    server_call_id: str
    correlation_id: str
    version: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Result:
    """A `resultInformation`."""

    code: int = 200
    sub_code: int = 0
    message: str = ""
    sip: tuple[int, str] | None = None

    def body(self) -> dict[str, Any]:
        """As it stands in an event."""
        body: dict[str, Any] = {"code": self.code, "subCode": self.sub_code, "message": self.message}
        if self.sip is not None:
            body["sipDetails"] = {"code": self.sip[0], "message": self.sip[1]}
        return body


COMPLETED = Result(message="Action completed successfully.")


def call_event(name: str, identity: CallIdentity, result: Result, context: str | None) -> dict[str, Any]:
    """The data of an event of the call's own life: CallConnected, CallDisconnected, the failures."""
    data: dict[str, Any] = {"version": identity.version}
    if context is not None:
        data["operationContext"] = context
    return data | {"resultInformation": result.body()} | _tail(name, identity)


def participants_event(identity: CallIdentity, participants: list[dict[str, Any]], sequence: int) -> dict[str, Any]:
    """The data of ParticipantsUpdated."""
    return {
        "participants": participants,
        "sequenceNumber": sequence,
        "resultInformation": Result().body(),
        "version": identity.version,
    } | _tail("ParticipantsUpdated", identity)


def transcription_event(
    name: str, identity: CallIdentity, *, status: str, details: str, result: Result, context: str | None
) -> dict[str, Any]:
    """The data of a Transcription… event; `operationContext` is absent if none was given."""
    data: dict[str, Any] = {
        "transcriptionUpdate": {"transcriptionStatus": status, "transcriptionStatusDetails": details},
        "version": identity.version,
    }
    if context is not None:
        data["operationContext"] = context
    return data | {"resultInformation": result.body()} | _tail(name, identity)


def envelope(name: str, data: dict[str, Any], *, event_id: str, now: float) -> dict[str, Any]:
    """The CloudEvent around `data`; `now` is Unix seconds."""
    source = f"calling/callConnections/{data['callConnectionId']}"
    return {
        "id": event_id,
        "source": source,
        "type": PREFIX + name,
        "data": data,
        "time": instant(now),
        "specversion": "1.0",
        "datacontenttype": "application/json",
        "subject": source,
    }


def instant(unix_seconds: float) -> str:
    """A time as the service writes it: seven digits of a second with trailing zeros trimmed, `+00:00` and not `Z`."""
    seconds, ticks = divmod(dotnet_ticks(unix_seconds) - dotnet_ticks(0), 10_000_000)
    fraction = f".{ticks:07}".rstrip("0").rstrip(".")
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S") + fraction + "+00:00"


def encode(events: list[dict[str, Any]]) -> bytes:
    r"""The body of a callback: a compact array, with `+` and its like escaped (`\u002B`), as .NET writes JSON."""
    text = json.dumps(events, separators=(",", ":"))
    return _ESCAPED.sub(lambda found: f"\\u{ord(found[0]):04X}", text).encode("ascii")


def _tail(name: str, identity: CallIdentity) -> dict[str, Any]:
    return {
        "callConnectionId": identity.call_connection_id,
        "serverCallId": identity.server_call_id,
        "correlationId": identity.correlation_id,
        "publicEventType": PREFIX + name,
    }
