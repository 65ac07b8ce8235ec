"""The door for incoming calls: Event Grid's deliveries to `/incoming?key=…` (protocol reference 3.9).

Each IncomingCall starts a workflow that answers it. Event Grid delivers at least once, so the workflow's id is made from
the call: a repeat finds the workflow there and is answered 200. Without Temporal it is answered 503, and Event Grid tries
again.
"""

import hashlib
import logging
import re

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from temporalio.client import Client
from temporalio.common import WorkflowIDConflictPolicy, WorkflowIDReusePolicy
from temporalio.exceptions import WorkflowAlreadyStartedError
from temporalio.service import RPCError

from callscribe.acs.events import IncomingCall, OtherEvent, SubscriptionValidation, UnreadableEvent, parse_event_grid
from callscribe.acs.identifiers import masked
from callscribe.contracts import names
from callscribe.contracts.call import AnswerCall, CallRequest, TranscriptionSettings
from callscribe.contracts.links import Purpose
from ingest.bodies import body_of
from ingest.intake import Intake
from ingest.outbox import OutboxError

NOBODY = "-"
"""The call under which the outbox keeps what belongs to no call."""
_PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,79}")
_log = logging.getLogger(__name__)


class Incoming:
    """Answers Event Grid."""

    def __init__(self, intake: Intake) -> None:
        self._intake = intake

    async def options(self, request: Request) -> Response:
        """The handshake of CloudEvents' webhook specification: whoever holds the key may send."""
        self._check_key(request)
        origin = request.headers.get("webhook-request-origin")
        if not origin:
            raise HTTPException(400, "A handshake has the header WebHook-Request-Origin.")
        return Response(headers={"WebHook-Allowed-Origin": origin, "WebHook-Allowed-Rate": "*", "Allow": "POST"})

    async def post(self, request: Request) -> Response:
        """401 without a key, 403 with a wrong one, 413, 503 if Temporal is away; else 200."""
        self._check_key(request)
        intake = self._intake
        if intake.stopping:
            raise HTTPException(503, "Ingest is stopping.")
        for found in parse_event_grid(await body_of(request)):
            match found:
                case SubscriptionValidation(code=code):
                    _log.info("Event Grid's subscription is confirmed")
                    return JSONResponse({"validationResponse": code})
                case IncomingCall():
                    await self._start(found)
                case OtherEvent(type=kind):
                    _log.info("event of another type", extra={"type": kind})
                case UnreadableEvent(raw=raw, reason=reason):
                    await self._keep(raw, reason)
        return PlainTextResponse("taken\n")

    def _check_key(self, request: Request) -> None:
        key = request.query_params.get("key")
        if not key:
            raise HTTPException(401, "This address needs its key: take it whole from 'callscribe'.")
        if not self._intake.opens(Purpose.INCOMING, "", key):
            raise HTTPException(403, "The key is wrong.")

    async def _start(self, incoming: IncomingCall) -> None:
        client = self._intake.link.client
        if client is None:
            raise HTTPException(503, "Temporal cannot be reached.")
        key = key_of(incoming)
        try:
            await self._start_workflow(client, key, incoming)
        except WorkflowAlreadyStartedError:
            _log.info("an incoming call was announced again after its end", extra={"call": key})
        except (RPCError, TimeoutError) as error:
            _log.warning("an incoming call cannot be answered now: %s", error, extra={"call": key})
            raise HTTPException(503, "Temporal cannot be reached.") from error
        else:
            self._intake.measures.events.add(kind="incoming")
            _log.info("incoming call", extra={"call": key, "correlation_id": incoming.correlation_id})

    async def _start_workflow(self, client: Client, key: str, incoming: IncomingCall) -> None:
        request = CallRequest(
            origin=AnswerCall(incoming_call_context=incoming.incoming_call_context),
            transcription=TranscriptionSettings(locale=self._intake.answer_locale),
            participants={incoming.caller: incoming.caller_display_name} if incoming.caller else {},
        )
        await client.start_workflow(
            names.WORKFLOW,
            request,
            id=names.workflow_id(key),
            task_queue=self._intake.task_queue,
            id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
            id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
            static_summary=f"Incoming call from {masked(incoming.caller or '')}",
        )

    async def _keep(self, raw: bytes, reason: str) -> None:
        intake = self._intake
        intake.measures.events.add(kind="unreadable")
        _log.warning("Event Grid event kept raw: %s", reason, extra={"bytes": len(raw)})
        try:
            await intake.outbox.keep_raw(NOBODY, raw, reason, intake.now())
        except OutboxError as error:
            intake.measures.outbox_failures.add()
            raise HTTPException(503, "The event cannot be kept now.") from error


def key_of(incoming: IncomingCall) -> str:
    """The key of an incoming call, the same for every announcement of it: its correlation id if it has one that can stand
    in an address, else a digest of its context.
    """
    if incoming.correlation_id and _PLAIN.fullmatch(incoming.correlation_id):
        return incoming.correlation_id
    return hashlib.sha256(incoming.incoming_call_context.encode()).hexdigest()[:32]
