"""Incoming calls: what Event Grid tells about them, and the context that answers each once (protocol reference 3.9)."""

import base64
import json
from dataclasses import dataclass, field
from typing import Any, Literal

from emulator.calls import refusals
from emulator.calls.machine import Plan
from emulator.events import instant
from emulator.identifiers import model_of

IncomingState = Literal["ringing", "answered", "rejected", "redirected", "expired"]
MOST_REMEMBERED = 5000


@dataclass(kw_only=True, slots=True)
class Incoming:
    """One incoming call until it is answered, rejected or gives up at `expires` (Unix seconds)."""

    context: str
    caller: str
    callee: str
    display_name: str
    server_call_id: str
    correlation_id: str
    plan: Plan
    expires: float
    state: IncomingState = "ringing"


@dataclass(slots=True)
class IncomingCalls:
    """Incoming calls by their `incomingCallContext`."""

    calls: dict[str, Incoming] = field(default_factory=dict)

    def add(self, incoming: Incoming) -> None:
        """Let it ring."""
        self.calls[incoming.context] = incoming
        while len(self.calls) > MOST_REMEMBERED:
            del self.calls[next(iter(self.calls))]

    def take(self, context: str, state: IncomingState, now: float) -> Incoming:
        """Use up a context. Raises `Refusal`: 400/8523 for one that nobody issued, 404/8522 for one that is used up."""
        incoming = self.calls.get(context)
        if incoming is None:
            raise refusals.invalid("The IncomingCallContext is invalid.")
        if incoming.state == "ringing" and now > incoming.expires:
            incoming.state = "expired"
        if incoming.state != "ringing":
            raise refusals.unknown_call()
        incoming.state = state
        return incoming


def make_context(caller: str, callee: str, correlation_id: str) -> str:
    """A context as the service writes it: shaped like a JWT without a signature."""
    claims = {"cc": correlation_id, "from": caller, "to": callee}
    return ".".join(_base64url(part) for part in ({"alg": "none", "typ": "JWT"}, claims)) + "."


def make_server_call_id(unique: str, now: float) -> str:
    """A server call id as recorded: a conversation URL in base64."""
    ticks = round(now * 10_000_000) + 621_355_968_000_000_000
    path = f"conv-emul-01-prod-aks.conv.skype.com/conv/{unique.replace('-', '')[:22]}"
    url = f"https://api.flightproxy.skype.com/api/v2/cp/{path}?i=10-60-11-1&e={ticks}"
    return base64.b64encode(url.encode()).decode()


def validation_event(*, event_id: str, code: str, topic: str, now: float) -> list[dict[str, Any]]:
    """The body of Event Grid's subscription handshake; the webhook answers `{"validationResponse": code}`."""
    return [
        {
            "id": event_id,
            "topic": topic,
            "subject": "",
            "data": {"validationCode": code},
            "eventType": "Microsoft.EventGrid.SubscriptionValidationEvent",
            "eventTime": instant(now).replace("+00:00", "Z"),
            "metadataVersion": "1",
            "dataVersion": "2",
        }
    ]


def incoming_event(incoming: Incoming, *, event_id: str, topic: str, now: float) -> list[dict[str, Any]]:
    """The body of an IncomingCall notification, in Event Grid's own schema."""
    return [
        {
            "id": event_id,
            "topic": topic,
            "subject": f"/caller/{incoming.caller}/recipient/{incoming.callee}",
            "data": {
                "to": model_of(incoming.callee),
                "from": model_of(incoming.caller),
                "serverCallId": incoming.server_call_id,
                "callerDisplayName": incoming.display_name,
                "incomingCallContext": incoming.context,
                "correlationId": incoming.correlation_id,
            },
            "eventType": "Microsoft.Communication.IncomingCall",
            "dataVersion": "1.0",
            "metadataVersion": "1",
            "eventTime": instant(now).replace("+00:00", "Z"),
        }
    ]


def _base64url(part: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(part, separators=(",", ":")).encode()).decode().rstrip("=")
