"""Call Automation's REST surface (protocol reference 4): which request is which operation, and what is answered."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any
from urllib.parse import unquote

from emulator.calls import refusals, requests
from emulator.calls.machine import Call
from emulator.fault_policy import FaultPolicy
from emulator.identifiers import participant_of
from emulator.repeatability import Answer, Repeatability
from emulator.service import Service

API_VERSIONS = frozenset(
    {"2023-03-06", "2023-10-15", "2024-04-15", "2024-09-15", "2025-05-15", "2025-06-15", "2026-03-12"}
)
NOT_EMULATED = frozenset(
    {
        "play",
        "recognize",
        "cancelAllMediaOperations",
        "startMediaStreaming",
        "stopMediaStreaming",
        "sendDtmfTones",
        "startContinuousDtmfRecognition",
        "stopContinuousDtmfRecognition",
        "startHoldMusic",
        "stopHoldMusic",
        "hold",
        "unhold",
        "interruptAudioAndAnnounce",
        "transferToParticipant",
        "summarizeCall",
    }
)
_ROOT = "/calling/callConnections"


@dataclass(frozen=True, kw_only=True, slots=True)
class RestRequest:
    """A request whose signature has been checked. `path` is still percent-encoded; `uri` is for messages."""

    method: str
    path: str
    uri: str
    version: str
    body: bytes
    repeatability_id: str | None
    repeatability_first_sent: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Operation:
    """What a request asks for: its short name, how to do it, and whether a repetition is recognised."""

    name: str
    run: Callable[[dict[str, Any], float], Answer]
    call_id: str | None = None
    repeatable: bool = False
    setup: Callable[[dict[str, Any]], requests.Setup] | None = None
    """Reads the call that a request begins."""

    @property
    def begins_call(self) -> bool:
        """Whether a new call comes of it."""
        return self.setup is not None


class Rest:
    """Answers requests on behalf of `service`."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._repeatability = Repeatability(service.config.repeatability_conflict)

    def operation(self, request: RestRequest) -> Operation:
        """The operation that a request asks for. Raises `Refusal` for what does not exist or is not emulated."""
        no_resource = refusals.Refusal(
            400 if request.version not in API_VERSIONS else 404,
            None,
            f"No HTTP resource was found that matches the request URI '{request.uri}'.",
        )
        if request.version not in API_VERSIONS or not request.path.startswith(_ROOT):
            raise no_resource
        rest = request.path.removeprefix(_ROOT)
        if rest == "" or rest.startswith(":"):
            found = self._on_calls(request, rest.removeprefix(":"))
        elif rest.startswith("/"):
            found = self._on_call(request, rest[1:])
        else:
            found = None
        if found is None:
            raise no_resource
        return found

    def policy(self, operation: Operation, request: RestRequest) -> FaultPolicy:
        """Whose faults this request meets: those of the call that it is about or begins, or the emulator's."""
        if operation.setup is None:
            return self._service.policy_of_call(operation.call_id or "")
        try:
            return self._service.policy_of_setup(operation.setup(_object(request.body)))
        except refusals.Refusal:
            return self._service.faults

    def answer(self, operation: Operation, request: RestRequest, now: float) -> Answer:
        """Do it, or recall what was answered when it was done. Raises `Refusal`."""
        request_id = request.repeatability_id if operation.repeatable else None
        key = f"{operation.name} {request.path}"
        if request_id is not None:
            if request.repeatability_first_sent is None:
                raise refusals.invalid("Repeatability-First-Sent is required with Repeatability-Request-ID.")
            known = self._repeatability.recall(key, request_id, request.body)
            if known is not None:
                return known
        answer = operation.run(_object(request.body), now)
        if request_id is not None:
            self._repeatability.remember(key, request_id, request.body, answer)
        return answer

    def _on_calls(self, request: RestRequest, name: str) -> Operation | None:
        if request.method != "POST":
            return None
        tls = self._service.config.require_tls
        version = request.version

        created = partial(requests.parse_create, require_tls=tls)
        connected = partial(requests.parse_connect, require_tls=tls)
        answered = partial(requests.parse_answer, require_tls=tls)

        def create(body: dict[str, Any], now: float) -> Answer:
            return self._properties(201, self._service.begin(created(body), version, now))

        def connect(body: dict[str, Any], now: float) -> Answer:
            return self._properties(200, self._service.begin(connected(body), version, now))

        def answer(body: dict[str, Any], now: float) -> Answer:
            return self._properties(200, self._service.answer(answered(body), version, now))

        def reject(body: dict[str, Any], now: float) -> Answer:
            self._service.turn_away(requests.incoming_context(body), "rejected", now)
            return Answer(204, b"")

        def redirect(body: dict[str, Any], now: float) -> Answer:
            self._service.turn_away(requests.incoming_context(body), "redirected", now)
            return Answer(204, b"")

        known = {
            "": Operation(name="create", run=create, repeatable=True, setup=created),
            "connect": Operation(name="connect", run=connect, repeatable=True, setup=connected),
            "answer": Operation(name="answer", run=answer, repeatable=True, setup=answered),
            "reject": Operation(name="reject", run=reject, repeatable=True),
            "redirect": Operation(name="redirect", run=redirect, repeatable=True),
        }
        return known.get(name)

    def _on_call(self, request: RestRequest, rest: str) -> Operation | None:
        head, _, below = rest.partition("/")
        identifier, _, action = head.partition(":")
        call_id = unquote(identifier)
        if below:
            return self._on_participants(request, call_id, below)
        if action:
            return self._on_action(call_id, action) if request.method == "POST" else None
        if request.method == "GET":
            return Operation(
                name="get", call_id=call_id, run=lambda _body, _now: self._properties(200, self._living(call_id))
            )
        if request.method == "DELETE":
            return Operation(name="hang_up", call_id=call_id, run=lambda _body, now: self._hang_up(call_id, now))
        return None

    def _on_action(self, call_id: str, action: str) -> Operation | None:
        find = self._service.find

        def start(body: dict[str, Any], now: float) -> Answer:
            find(call_id).start_transcription(requests.parse_operation(body), now)
            return Answer(202, b"")

        def update(body: dict[str, Any], now: float) -> Answer:
            find(call_id).update_transcription(requests.parse_operation(body), now)
            return Answer(202, b"")

        def stop(body: dict[str, Any], now: float) -> Answer:
            find(call_id).stop_transcription(requests.parse_operation(body), now)
            return Answer(202, b"")

        known = {
            "terminate": Operation(
                name="terminate",
                call_id=call_id,
                run=lambda _body, now: self._hang_up(call_id, now),
                repeatable=True,
            ),
            "startTranscription": Operation(name="start", call_id=call_id, run=start),
            "updateTranscription": Operation(name="update", call_id=call_id, run=update),
            "stopTranscription": Operation(name="stop", call_id=call_id, run=stop),
        }
        if action in NOT_EMULATED:
            return self._not_emulated(call_id, action)
        return known.get(action)

    def _on_participants(self, request: RestRequest, call_id: str, below: str) -> Operation | None:
        head, _, raw_id = below.partition("/")
        if not head.startswith("participants"):
            return None
        if request.method != "GET":
            return self._not_emulated(call_id, head)
        if head != "participants":
            return None

        def show(_body: dict[str, Any], _now: float) -> Answer:
            everyone = self._living(call_id).participants()
            if not raw_id:
                return _json(200, {"value": [participant_of(one) for one in everyone]})
            if unquote(raw_id) not in everyone:
                raise refusals.Refusal(404, "8522", "Participant not found.")
            return _json(200, participant_of(unquote(raw_id)))

        return Operation(name="participants", run=show)

    def _not_emulated(self, call_id: str, action: str) -> Operation:
        def refuse(_body: dict[str, Any], _now: float) -> Answer:
            self._service.find(call_id)
            raise refusals.not_supported(f"The emulator does not do {action}.")

        return Operation(name=action, run=refuse)

    def _hang_up(self, call_id: str, now: float) -> Answer:
        self._service.find(call_id).hang_up(now)
        return Answer(204, b"")

    def _living(self, call_id: str) -> Call:
        call = self._service.find(call_id)
        if call.is_over:
            raise refusals.unknown_call()
        return call

    def _properties(self, status: int, call: Call) -> Answer:
        return _json(status, call.properties(self._service.application))


def error_body(refusal: refusals.Refusal) -> bytes:
    """The body of a refusal (protocol reference 4.6); the code is a text."""
    error = {"code": refusal.code, "message": refusal.message}
    return _json(refusal.status, {"error": {key: value for key, value in error.items() if value is not None}}).body


def _json(status: int, body: dict[str, Any]) -> Answer:
    return Answer(status, json.dumps(body, separators=(",", ":")).encode())


def _object(body: bytes) -> dict[str, Any]:
    if not body:
        return {}
    try:
        parsed = json.loads(body)
    except ValueError as error:
        raise refusals.invalid("The request body is not valid JSON.") from error
    if not isinstance(parsed, dict):
        raise refusals.invalid("The request body must be a JSON object.")
    return parsed
