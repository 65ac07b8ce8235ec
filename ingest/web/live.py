"""The stream of events that a call's page reads: `/api/calls/{call}/live`."""

import asyncio
from collections.abc import AsyncIterator
from typing import Final

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from temporalio.service import RPCError

from callscribe.contracts.links import PagePass
from callscribe.runtime.store import StoreError
from ingest.web.access import Access
from ingest.web.feed import event_text, pieces
from ingest.web.looking import Looking
from ingest.web.replies import PageError
from ingest.web.watching import Watching

KEEP_ALIVE: Final = 15.0
"""Seconds of silence after which a comment is sent, so that nobody takes the connection for dead."""
EXISTS_WITHIN: Final = 1.5
"""Seconds that a reader waits to hear that there is no such call."""
PREPARED_WITHIN: Final = 3.0
"""Seconds that a reader waits for what is known already; captions are shown without it then."""
_HEADERS: Final = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}


class Live:
    """Streams what happens on a call to whoever may read it."""

    def __init__(self, access: Access, looking: Looking, watching: Watching) -> None:
        self._access = access
        self._looking = looking
        self._watching = watching

    async def stream(self, request: Request) -> Response:
        """401, 403; 404 for a call that nobody knows; 503 where there is no room; else the stream."""
        call = request.path_params["call"]
        granted = self._access.reader(request, call)
        if self._watching.full or self._watching.stopping:
            raise PageError(503, "Too many people watch calls here.", "Try again later.", headers={"Retry-After": "10"})
        try:
            # Whether there is such a call at all; where nobody can say, its captions are shown all the same.
            async with asyncio.timeout(EXISTS_WITHIN):
                await self._looking.look(call, max_age=5.0)
        except PageError as error:
            if error.status == 404:
                raise
        except (StoreError, RPCError, TimeoutError):
            pass
        after = request.headers.get("last-event-id")
        return StreamingResponse(self._events(call, granted, after), media_type="text/event-stream", headers=_HEADERS)

    async def _events(self, call: str, granted: PagePass, after: str | None) -> AsyncIterator[bytes]:
        with self._watching.reading(call) as (watch, sleeper):
            feed = watch.feed
            yield b"retry: 1000\n\n"
            await watch.prepared(within=PREPARED_WITHIN)
            cursor = feed.cursor_of(after)
            while True:
                load = feed.load(granted.role) if cursor is None else feed.since(cursor, granted.role)
                events, cursor = load
                for piece in pieces(events):
                    with self._watching.sending():
                        yield piece
                if feed.ended and cursor == feed.last:
                    yield event_text("ended", {})
                    return
                if self._watching.stopping or self._access.expired(granted):
                    return
                if not await sleeper.sleep(within=KEEP_ALIVE):
                    yield b": ping\n\n"
