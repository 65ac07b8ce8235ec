"""The door for callback events: POST `/events/{call}/{key}` (protocol reference 3.1, rules 7.2).

An answer of 200 means that every event of the body is on disk. What cannot be read is kept as it came and counted, and
answered 200 as well: the same bytes would be no better the second time, and a sender that retries would only repeat them.
"""

import logging
from datetime import datetime

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from callscribe.acs.events import CALL_DISCONNECTED, CloudEventFacts, UnreadableEvent, parse_events
from callscribe.contracts.chunks import CallEvent
from callscribe.contracts.links import Purpose
from ingest.bodies import body_of
from ingest.intake import Intake
from ingest.outbox import OutboxError

_log = logging.getLogger(__name__)


class Callbacks:
    """Takes the events of all calls."""

    def __init__(self, intake: Intake) -> None:
        self._intake = intake

    async def post(self, request: Request) -> Response:
        """403 for a wrong key, before the body is read; 413; 503 if nothing can be kept now; else 200."""
        intake = self._intake
        call = request.path_params["call"]
        if not intake.opens(Purpose.DELIVER, call, request.path_params["key"]):
            raise HTTPException(403, "This address's key does not fit its call.")
        if intake.stopping:
            raise HTTPException(503, "Ingest is stopping.")
        body = await body_of(request)
        now = intake.now()
        try:
            for found in parse_events(body):
                await self._keep(call, found, now)
        except OutboxError as error:
            intake.measures.outbox_failures.add()
            _log.exception("events cannot be kept", extra={"call": call})
            raise HTTPException(503, "The events cannot be kept now.") from error
        return PlainTextResponse("kept\n")

    async def _keep(self, call: str, found: CloudEventFacts | UnreadableEvent, now: datetime) -> None:
        intake = self._intake
        if isinstance(found, UnreadableEvent):
            intake.measures.events.add(kind="unreadable")
            _log.warning("event kept raw: %s", found.reason, extra={"call": call, "bytes": len(found.raw)})
            await intake.outbox.keep_raw(call, found.raw, found.reason, now)
            return
        intake.measures.events.add(kind="event")
        event = to_call_event(found, now)
        _log.info("event", extra={"call": call, "type": event.type, "id": event.id, "sub_code": event.sub_code})
        await intake.outbox.append_event(call, event)
        intake.publisher.events_changed(call)
        if event.type == CALL_DISCONNECTED:
            intake.vigil.call_ended(call)


def to_call_event(facts: CloudEventFacts, received_at: datetime) -> CallEvent:
    """What the workflow is told about an event that arrived at `received_at`."""
    return CallEvent(
        id=facts.id,
        type=facts.type,
        occurred_at=facts.occurred_at,
        received_at=received_at,
        call_connection_id=facts.call_connection_id,
        server_call_id=facts.server_call_id,
        correlation_id=facts.correlation_id,
        operation_context=facts.operation_context,
        code=facts.code,
        sub_code=facts.sub_code,
        message=facts.message,
        transcription_status=facts.transcription_status,
        transcription_status_details=facts.transcription_status_details,
        participants=facts.participants,
        sequence_number=facts.sequence_number,
    )
