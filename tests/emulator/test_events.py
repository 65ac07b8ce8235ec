"""The writer of events, against the recorded ones (protocol reference 3.2, 3.3, 3.5)."""

import json
from typing import Any

import pytest
from azure.core.messaging import CloudEvent

from emulator import events
from emulator.identifiers import participant_of

IDENTITY = events.CallIdentity(
    call_connection_id="00001680-0723-4c4f-b19e-0416336ba7ff",
    server_call_id="aHR0cHM6Ly9hcGkuZmxpZ2h0cHJveHku",
    correlation_id="f88ebe3f-68bb-4f29-b70c-0844853da6e0",
    version="2025-06-15",
)
CALL_CONNECTED = (
    r'[{"id":"Sanitized","source":"calling/callConnections/00001680-0723-4c4f-b19e-0416336ba7ff",'
    r'"type":"Microsoft.Communication.CallConnected","data":{"version":"2025-06-15","resultInformation":'
    r'{"code":200,"subCode":0,"message":""},"callConnectionId":"00001680-0723-4c4f-b19e-0416336ba7ff",'
    r'"serverCallId":"aHR0cHM6Ly9hcGkuZmxpZ2h0cHJveHku","correlationId":"f88ebe3f-68bb-4f29-b70c-0844853da6e0",'
    r'"publicEventType":"Microsoft.Communication.CallConnected"},"time":"2025-06-17T17:22:43.56178\u002B00:00",'
    r'"specversion":"1.0","datacontenttype":"application/json",'
    r'"subject":"calling/callConnections/00001680-0723-4c4f-b19e-0416336ba7ff"}]'
)
STARTED = '{"transcriptionUpdate":{"transcriptionStatus":"transcriptionStarted","transcriptionStatusDetails":"subscriptionStarted"},"version":"2025-06-15","operationContext":"StartTranscription","resultInformation":{"code":200,"subCode":0,"message":"Action completed successfully."},"callConnectionId":"00001680-0723-4c4f-b19e-0416336ba7ff","serverCallId":"aHR0cHM6Ly9hcGkuZmxpZ2h0cHJveHku","correlationId":"f88ebe3f-68bb-4f29-b70c-0844853da6e0","publicEventType":"Microsoft.Communication.TranscriptionStarted"}'


def test_call_connected() -> None:
    """Byte for byte as recorded, with the escaped plus sign."""
    data = events.call_event("CallConnected", IDENTITY, events.Result(), None)
    event = events.envelope("CallConnected", data, event_id="Sanitized", now=1750180963.56178)
    assert events.encode([event]).decode() == CALL_CONNECTED


def test_transcription_started() -> None:
    """The data byte for byte as recorded."""
    data = events.transcription_event(
        "TranscriptionStarted",
        IDENTITY,
        status="transcriptionStarted",
        details="subscriptionStarted",
        result=events.COMPLETED,
        context="StartTranscription",
    )
    assert json.dumps(data, separators=(",", ":")) == STARTED


def test_participants_updated() -> None:
    """Keys in their recorded order."""
    data = events.participants_event(IDENTITY, [participant_of("8:acs:r_u")], 1)
    assert list(data) == [
        "participants",
        "sequenceNumber",
        "resultInformation",
        "version",
        "callConnectionId",
        "serverCallId",
        "correlationId",
        "publicEventType",
    ]
    assert data["participants"] == [
        {
            "identifier": {
                "rawId": "8:acs:r_u",
                "kind": "communicationUser",
                "communicationUser": {"id": "8:acs:r_u"},
            },
            "isMuted": False,
            "isOnHold": False,
        }
    ]


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        (1750180967.364259, "2025-06-17T17:22:47.364259+00:00"),
        (1750180967.5, "2025-06-17T17:22:47.5+00:00"),
        (1750180967.0, "2025-06-17T17:22:47+00:00"),
    ],
)
def test_time(seconds: float, expected: str) -> None:
    """Trailing zeros of the fraction are trimmed, and all of it if nothing is left."""
    assert events.instant(seconds) == expected


def test_time_has_seven_digits() -> None:
    """Ticks are kept as far as a double can tell."""
    assert events.instant(1.0000001) == "1970-01-01T00:00:01.0000001+00:00"


def test_azure_reads_the_envelope() -> None:
    """The SDK's own CloudEvent accepts what is written."""
    data = events.call_event("CallConnected", IDENTITY, events.Result(sip=(486, "Busy Here")), "ctx")
    event = events.envelope("CallConnected", data, event_id="1", now=1750180963.5617813)
    read: CloudEvent[dict[str, Any]] = CloudEvent.from_dict(json.loads(events.encode([event]))[0])
    assert read.type == "Microsoft.Communication.CallConnected"
    assert read.data is not None
    assert read.data["operationContext"] == "ctx"
    assert read.data["resultInformation"]["sipDetails"] == {"code": 486, "message": "Busy Here"}


def test_bodies_survive_escaping() -> None:
    """Escaping changes bytes, never meaning."""
    awkward = {"callConnectionId": "x", "operationContext": "a+b <c> & 'd' `e` ü \"q\" \\"}
    event = events.envelope("CallConnected", awkward, event_id="1", now=0.0)
    body = events.encode([event])
    assert body.isascii()
    assert not set(b"+<>&'`") & set(body)
    assert json.loads(body)[0]["data"] == awkward
