"""The door for people: live captions of a call as server-sent events, `/calls/{call}/captions?key=…`.

Events are named after `Caption.kind` and carry one caption as JSON. A reader that comes late, or comes back with
`Last-Event-ID`, first gets what it missed of the newest captions. A reader that is too slow gets an event `dropped` and
is let go; its program reconnects and is caught up.
"""

from collections.abc import AsyncIterator
from typing import Final

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from callscribe.contracts.links import Purpose
from ingest.captions import Shown
from ingest.intake import Intake

KEEP_ALIVE: Final = 15.0
"""Seconds of silence after which a comment is sent, so that no proxy takes the connection for dead."""
_HEADERS: Final = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}


class Viewing:
    """Streams live captions."""

    def __init__(self, intake: Intake) -> None:
        self._intake = intake

    async def captions(self, request: Request) -> Response:
        """401 without a key, 403 with a wrong one, 503 where there is no room; else a stream without end."""
        call = request.path_params["call"]
        key = request.query_params.get("key")
        if not key:
            raise HTTPException(401, "This address needs its key: take it whole from 'callscribe'.")
        if not self._intake.opens(Purpose.VIEW, call, key):
            raise HTTPException(403, "This address's key does not fit its call.")
        after = request.headers.get("last-event-id") or request.query_params.get("after")
        hub, measures = self._intake.hub, self._intake.measures
        if hub.full:
            measures.refused.add(door="captions", status="503")
            raise HTTPException(503, "Too many readers; try again later.")
        return StreamingResponse(self._events(call, after), media_type="text/event-stream", headers=_HEADERS)

    async def _events(self, call: str, after: str | None) -> AsyncIterator[str]:
        hub, measures = self._intake.hub, self._intake.measures
        with hub.watch(call, after=after) as reader:
            measures.caption_readers.set(hub.readers)
            try:
                yield "retry: 1000\n\n"
                while True:
                    shown = await reader.next(within=KEEP_ALIVE)
                    if shown is not None:
                        yield event_text(shown, hub.event_id(shown))
                    elif reader.ended is None:
                        yield ": still here\n\n"
                    else:
                        yield f'event: dropped\ndata: {{"reason":"{reader.ended}"}}\n\n'
                        return
            finally:
                measures.captions_dropped.add(reader.ended == "too slow")
                measures.caption_readers.set(hub.readers - 1)


def event_text(shown: Shown, event_id: str | None) -> str:
    """One server-sent event (https://html.spec.whatwg.org/multipage/server-sent-events.html)."""
    head = f"id: {event_id}\n" if event_id else ""
    return f"{head}event: {shown.caption.kind}\ndata: {shown.caption.model_dump_json(exclude_none=True)}\n\n"
