"""Events: what ACS and Event Grid post to us (protocol reference 3.1 to 3.9, rules 7.2), reduced to the facts in them.

Readers of bodies never raise: what cannot be read comes back as `UnreadableEvent` with the bytes it came in, so that one
broken element costs nothing but itself.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, TypeVar

from callscribe.acs.foreign_json import Fields, ForeignJsonError, digest, dumps, loads
from callscribe.acs.identifiers import is_storable_id

COMMUNICATION_PREFIX: Final = "Microsoft.Communication."
VALIDATION_TYPE: Final = "Microsoft.EventGrid.SubscriptionValidationEvent"
INCOMING_CALL_TYPE: Final = "Microsoft.Communication.IncomingCall"
CALL_DISCONNECTED: Final = "CallDisconnected"
"""The event of a call's end."""
STREAM_INTERRUPTED: Final = "streamConnectionInterrupted"
"""Status details that have no event type of their own (protocol reference 3.4)."""
STREAM_REESTABLISHED: Final = "streamConnectionReestablished"
"""Those of TranscriptionResumed, an event that not every SDK knows (protocol reference 3.3)."""
_CONNECTIONS: Final = "callConnections/"

Event = TypeVar("Event")


@dataclass(frozen=True, kw_only=True, slots=True)
class CloudEventFacts:
    """One callback event. `code` never decides anything: a `…Failed` event can carry code 200; the type decides."""

    id: str
    """CloudEvents id; a digest of the event where it has none, so that a repeat has the same."""
    type: str
    """Without `Microsoft.Communication.`; types of other publishers stay whole."""
    occurred_at: datetime | None = None
    call_connection_id: str | None = None
    server_call_id: str | None = None
    correlation_id: str | None = None
    operation_context: str | None = None
    code: int | None = None
    sub_code: int | None = None
    message: str = ""
    transcription_status: str | None = None
    transcription_status_details: str | None = None
    participants: tuple[str, ...] = ()
    """Raw ids, of ParticipantsUpdated."""
    sequence_number: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class UnreadableEvent:
    """An element of a body, or a whole body, that is no event."""

    raw: bytes
    reason: str


@dataclass(frozen=True, kw_only=True, slots=True)
class SubscriptionValidation:
    """Event Grid asks whether we want its events: the code is to be sent back with status 200."""

    code: str


@dataclass(frozen=True, kw_only=True, slots=True)
class IncomingCall:
    """A call that waits to be answered. The context lets its holder take the call: a secret, kept out of `repr`."""

    incoming_call_context: str
    caller: str | None = None
    """Raw id."""
    callee: str | None = None
    """Raw id."""
    caller_display_name: str = ""
    server_call_id: str | None = None
    correlation_id: str | None = None

    def __repr__(self) -> str:
        return f"IncomingCall(correlation_id={self.correlation_id!r})"


@dataclass(frozen=True, kw_only=True, slots=True)
class OtherEvent:
    """An Event Grid event of a type that we did not ask for."""

    type: str


EventGridEvent = SubscriptionValidation | IncomingCall | OtherEvent


def parse_events(body: bytes) -> list[CloudEventFacts | UnreadableEvent]:
    """The events of a callback body, an array of CloudEvents or a single one, in their order."""
    return _parse(body, _cloud_event)


def parse_event_grid(body: bytes) -> list[EventGridEvent | UnreadableEvent]:
    """The events of an Event Grid delivery, in Event Grid's own schema or as CloudEvents."""
    return _parse(body, _grid_event)


def _parse(body: bytes, read: Callable[[dict[str, Any]], Event]) -> list[Event | UnreadableEvent]:
    try:
        value = loads(body)
    except ForeignJsonError as error:
        return [UnreadableEvent(raw=body, reason=f"The body cannot be read: {error}.")]
    elements = value if isinstance(value, list) else [value]
    found: list[Event | UnreadableEvent] = []
    for element in elements:
        if not isinstance(element, dict):
            found.append(
                UnreadableEvent(
                    raw=dumps(element), reason=f"An event is a JSON {type(element).__name__}, not an object."
                )
            )
            continue
        try:
            found.append(read(element))
        except _NotAnEventError as error:
            found.append(UnreadableEvent(raw=dumps(element), reason=str(error)))
    return found


class _NotAnEventError(Exception):
    """The reason, for `UnreadableEvent`."""


def _cloud_event(element: dict[str, Any]) -> CloudEventFacts:
    envelope = Fields(element)
    kind = _type(envelope)
    data = envelope.fields("data")
    result = data.fields("resultInformation")
    update = data.fields("transcriptionUpdate")
    return CloudEventFacts(
        id=envelope.text("id") or digest(element),
        type=kind.removeprefix(COMMUNICATION_PREFIX),
        occurred_at=_instant(envelope.text("time", "eventTime")),
        call_connection_id=data.text("callConnectionId") or _connection(envelope.text("source", "subject")),
        server_call_id=data.text("serverCallId"),
        correlation_id=data.text("correlationId"),
        operation_context=data.text("operationContext"),
        code=result.integer("code"),
        sub_code=result.integer("subCode"),
        message=result.text("message") or "",
        transcription_status=update.text("transcriptionStatus"),
        transcription_status_details=update.text("transcriptionStatusDetails"),
        participants=tuple(
            raw_id
            for item in data.items("participants")
            if (raw_id := Fields(item).fields("identifier").text("rawId")) and is_storable_id(raw_id)
        ),
        sequence_number=data.integer("sequenceNumber"),
    )


def _grid_event(element: dict[str, Any]) -> EventGridEvent:
    envelope = Fields(element)
    kind = _type(envelope)
    data = envelope.fields("data")
    if kind == VALIDATION_TYPE:
        code = data.text("validationCode")
        if not code:
            raise _NotAnEventError("A SubscriptionValidation event has no validationCode.")
        return SubscriptionValidation(code=code)
    if kind == INCOMING_CALL_TYPE:
        context = data.text("incomingCallContext")
        if not context:
            raise _NotAnEventError("An IncomingCall event has no incomingCallContext.")
        return IncomingCall(
            incoming_call_context=context,
            caller=data.fields("from").text("rawId"),
            callee=data.fields("to").text("rawId"),
            caller_display_name=data.text("callerDisplayName") or "",
            server_call_id=data.text("serverCallId"),
            correlation_id=data.text("correlationId"),
        )
    return OtherEvent(type=kind)


def _type(envelope: Fields) -> str:
    kind = envelope.text("type", "eventType")
    if not kind:
        raise _NotAnEventError("An event has no type.")
    return kind


def _instant(text: str | None) -> datetime | None:
    """The instant in UTC, which is also taken for the zone where none is written; None where it cannot be read."""
    if text is None:
        return None
    try:
        found = datetime.fromisoformat(text)
        return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None


def _connection(source: str | None) -> str | None:
    """The id in `calling/callConnections/{id}`."""
    if source is None or _CONNECTIONS not in source:
        return None
    return source.split(_CONNECTIONS, maxsplit=1)[1].split("/", maxsplit=1)[0] or None
