"""The event reader: recorded bodies, both schemas, and anything at all."""

import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callscribe.acs.events import (
    STREAM_INTERRUPTED,
    CloudEventFacts,
    IncomingCall,
    OtherEvent,
    SubscriptionValidation,
    UnreadableEvent,
    parse_event_grid,
    parse_events,
)

CONNECTION = "00001680-0723-4c4f-b19e-0416336ba7ff"
CONNECTED = rb"""[{"id":"Sanitized","source":"calling/callConnections/00001680-0723-4c4f-b19e-0416336ba7ff","type":"Microsoft.Communication.CallConnected","data":{"version":"2025-06-15","resultInformation":{"code":200,"subCode":0,"message":""},"callConnectionId":"00001680-0723-4c4f-b19e-0416336ba7ff","serverCallId":"aHR0","correlationId":"f88ebe3f-68bb-4f29-b70c-0844853da6e0","publicEventType":"Microsoft.Communication.CallConnected"},"time":"2025-06-17T17:22:43.5617813\u002B00:00","specversion":"1.0","datacontenttype":"application/json","subject":"calling/callConnections/00001680-0723-4c4f-b19e-0416336ba7ff"}]"""
STARTED = {
    "transcriptionUpdate": {
        "transcriptionStatus": "transcriptionStarted",
        "transcriptionStatusDetails": "subscriptionStarted",
    },
    "version": "2025-06-15",
    "operationContext": "StartTranscription",
    "resultInformation": {"code": 200, "subCode": 0, "message": "Action completed successfully."},
    "callConnectionId": CONNECTION,
    "serverCallId": "…",
    "correlationId": "f88ebe3f-68bb-4f29-b70c-0844853da6e0",
    "publicEventType": "Microsoft.Communication.TranscriptionStarted",
}
FAILED = {
    "resultInformation": {"code": 500, "subCode": 9999, "message": "Unknown internal server error."},
    "transcriptionUpdate": {
        "transcriptionStatus": "transcriptionFailed",
        "transcriptionStatusDetails": "unspecifiedError",
    },
    "dialogId": "92e08834-b6ee-4ede-8956-9fefa27a691c",
    "callConnectionId": "491f1300-0c70-4f8c-97b4-94474f2a371b",
    "publicEventType": "icrosoft.Communication.TranscriptionFailed",
}
PARTICIPANTS = {
    "participants": [
        {"identifier": {"rawId": "8:acs:a_b", "kind": "communicationUser"}, "isMuted": False},
        {"identifier": {"rawId": "4:+12025550100"}},
        {"identifier": None},
        {"identifier": {"rawId": "8:acs:" + "x" * 1000}},
        "nobody",
    ],
    "sequenceNumber": 3,
    "callConnectionId": CONNECTION,
}


def event(kind: str, data: Any, **envelope: Any) -> dict[str, Any]:
    """A CloudEvent of ACS."""
    return {"id": "1", "type": f"Microsoft.Communication.{kind}", "data": data, "specversion": "1.0"} | envelope


def one(body: Any) -> CloudEventFacts:
    """The only event in a body."""
    (found,) = parse_events(json.dumps(body).encode())
    assert isinstance(found, CloudEventFacts)
    return found


def test_reads_a_recorded_call_connected() -> None:
    """The recorded body, with its escaped plus sign and seven digits of fraction."""
    (found,) = parse_events(CONNECTED)
    assert found == CloudEventFacts(
        id="Sanitized",
        type="CallConnected",
        occurred_at=datetime(2025, 6, 17, 17, 22, 43, 561781, tzinfo=UTC),
        call_connection_id=CONNECTION,
        server_call_id="aHR0",
        correlation_id="f88ebe3f-68bb-4f29-b70c-0844853da6e0",
        code=200,
        sub_code=0,
    )


def test_reads_transcription_events() -> None:
    """Status, details, context and result."""
    started = one([event("TranscriptionStarted", STARTED)])
    assert (started.transcription_status, started.transcription_status_details) == (
        "transcriptionStarted",
        "subscriptionStarted",
    )
    assert started.operation_context == "StartTranscription"
    failed = one(event("TranscriptionFailed", FAILED))
    assert (failed.type, failed.code, failed.sub_code) == ("TranscriptionFailed", 500, 9999)
    assert failed.message == "Unknown internal server error."
    told = {"transcriptionStatus": "transcriptionUpdated", "transcriptionStatusDetails": STREAM_INTERRUPTED}
    updated = one(event("TranscriptionUpdated", STARTED | {"transcriptionUpdate": told}))
    assert (updated.type, updated.transcription_status_details) == ("TranscriptionUpdated", STREAM_INTERRUPTED)


def test_reads_participants() -> None:
    """Raw ids in their order; what has none, or none that can be kept, is left out."""
    found = one(event("ParticipantsUpdated", PARTICIPANTS))
    assert found.participants == ("8:acs:a_b", "4:+12025550100")
    assert found.sequence_number == 3


def test_tolerates_what_is_missing() -> None:
    """No data, no id, no result: the type alone is enough; the connection is found in the source."""
    source = f"calling/callConnections/{CONNECTION}"
    found = one({"type": "Microsoft.Communication.AnswerFailed", "source": source, "time": "soon"})
    assert found.type == "AnswerFailed"
    assert found.call_connection_id == CONNECTION
    assert found.occurred_at is None
    again = one({"source": source, "type": "Microsoft.Communication.AnswerFailed", "time": "soon"})
    assert found.id == again.id != one({"type": "Microsoft.Communication.AnswerFailed"}).id


def test_unknown_types_pass_through() -> None:
    """A type that nobody knows yet is an event like any other."""
    assert one(event("CallShrank", {})).type == "CallShrank"
    assert one({"type": "Contoso.Thing"}).type == "Contoso.Thing"


def test_one_broken_element_does_not_cost_the_others() -> None:
    """Each element stands alone, in order."""
    body = [event("CallConnected", {}), 7, {"id": "2"}, event("CallDisconnected", {}, id="3")]
    first, second, third, fourth = parse_events(json.dumps(body).encode())
    assert isinstance(first, CloudEventFacts)
    assert second == UnreadableEvent(raw=b"7", reason="An event is a JSON int, not an object.")
    assert third == UnreadableEvent(raw=b'{"id":"2"}', reason="An event has no type.")
    assert isinstance(fourth, CloudEventFacts)
    assert fourth.type == "CallDisconnected"


@pytest.mark.parametrize("body", [b"", b"\xff", b"[" * 100_000, b"{'a': 1}"])
def test_a_body_that_is_no_json_comes_back_whole(body: bytes) -> None:
    """Nothing is thrown, nothing is thrown away."""
    (found,) = parse_events(body)
    assert isinstance(found, UnreadableEvent)
    assert found.raw == body
    assert parse_events(b"[]") == []


@pytest.mark.parametrize("depth", range(300, 1100, 100))
def test_depths_between_reading_and_writing(depth: int) -> None:
    """A nesting that can just be read but not be written again is unreadable, not an error."""
    (found,) = parse_events(b"[" * depth + b"]" * depth)
    assert isinstance(found, UnreadableEvent)


def test_event_grid_in_both_schemas() -> None:
    """The handshake and an incoming call, in Event Grid's schema and as CloudEvents."""
    call = {
        "to": {"kind": "phoneNumber", "rawId": "4:+10000000001", "phoneNumber": {"value": "+10000000001"}},
        "from": {"kind": "phoneNumber", "rawId": "4:+10000000002", "phoneNumber": {"value": "+10000000002"}},
        "serverCallId": "aHR0",
        "callerDisplayName": "",
        "incomingCallContext": "eyJhbGciOiJub25lIn0.x",
        "correlationId": "c",
    }
    expected = IncomingCall(
        incoming_call_context="eyJhbGciOiJub25lIn0.x",
        caller="4:+10000000002",
        callee="4:+10000000001",
        server_call_id="aHR0",
        correlation_id="c",
    )
    body = [
        {"eventType": "Microsoft.EventGrid.SubscriptionValidationEvent", "data": {"validationCode": "512d38b6"}},
        {"eventType": "Microsoft.Communication.IncomingCall", "data": call},
        {"type": "Microsoft.Communication.IncomingCall", "specversion": "1.0", "data": call},
        {"type": "Microsoft.Communication.ChatMessageReceived", "data": {}},
        {"type": "Microsoft.Communication.IncomingCall", "data": {}},
    ]
    validation, grid, cloud, other, broken = parse_event_grid(json.dumps(body).encode())
    assert validation == SubscriptionValidation(code="512d38b6")
    assert grid == cloud == expected
    assert other == OtherEvent(type="Microsoft.Communication.ChatMessageReceived")
    assert isinstance(broken, UnreadableEvent)
    assert "eyJ" not in repr(grid)


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.text() | st.sampled_from(["id", "type", "data", "time", "source", "resultInformation", "participants"]),
            inner,
            max_size=5,
        )
    ),
    max_leaves=20,
)


@given(st.binary() | values.map(lambda value: json.dumps(value).encode()))
def test_reading_never_raises(body: bytes) -> None:
    """Any body is read into a list: of events, and of what is none."""
    assert isinstance(parse_events(body), list)
    assert isinstance(parse_event_grid(body), list)


zones = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))


@given(st.datetimes(timezones=zones))
def test_any_instant_is_read_as_utc(instant: datetime) -> None:
    """A time with any zone is the same instant in UTC, or absent at the ends of the calendar."""
    found = one({"type": "x", "time": instant.isoformat()}).occurred_at
    assert found is None or (found == instant and found.tzinfo is UTC)
