"""The doors that answer questions about calls: the list, one of them, its segments."""

from collections.abc import Callable
from datetime import datetime
from typing import Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from callscribe.contracts.links import PagePass
from callscribe.runtime.store import TranscriptStore
from callscribe.transcript.facts import VerdictKind
from callscribe.transcript.model import Segment
from ingest.web import shapes
from ingest.web.access import Access
from ingest.web.details import detail
from ingest.web.listing import Listing, Wanted
from ingest.web.looking import Looking
from ingest.web.replies import PageError, number
from ingest.web.running import RunningCalls
from ingest.web.store_link import StoreLink

_SHOW: Final = {"all": None, "live": True, "over": False}


class Calls:
    """Tells of calls."""

    def __init__(
        self,
        access: Access,
        looking: Looking,
        store: StoreLink,
        running: RunningCalls,
        temporal_ui: Callable[[], str | None],
    ) -> None:
        self._access = access
        self._looking = looking
        self._store = store
        self._listing = Listing(looking, store, running)
        self._temporal_ui = temporal_ui

    async def many(self, request: Request) -> Response:
        """The list: live calls first, then the newest; filtered, a page at a time."""
        self._access.colleague(request)
        given = request.query_params
        listed = await self._listing.page(_wanted(request), given.get("after"))
        notice = " ".join(dict.fromkeys(listed.notices)) or None
        return JSONResponse({"calls": listed.lines, "next": listed.next, "live": listed.live, "notice": notice})

    async def end(self) -> None:
        """Ask nobody any more."""
        await self._listing.end()

    async def one(self, request: Request) -> Response:
        """Everything that is known of a call but its words."""
        call = request.path_params["call"]
        granted = self._access.reader(request, call)
        return JSONResponse(await self.detail(call, granted))

    async def detail(self, call: str, granted: PagePass) -> shapes.Shape:
        """The call as `one` answers it."""
        look = await self._looking.look(call)
        return detail(look, granted.role, temporal_ui=self._temporal_ui())

    async def segments(self, request: Request) -> Response:
        """The segments before one that the asker has, oldest first."""
        call = request.path_params["call"]
        self._access.reader(request, call)
        limit = number(request, "limit", 200, 1_000)
        stream, _, position = request.query_params.get("before", "").rpartition(":")
        if not stream or not (position.isascii() and position.isdigit() and len(position) < 19):
            raise PageError(400, "'before' is a stream and a position in it, like STREAM:12.")

        async def work(store: TranscriptStore) -> tuple[tuple[Segment, ...], dict[str, str], datetime | None]:
            found = await store.call(call)
            said = await store.segments_before(call, (stream, int(position)), limit + 1)
            return said, (found.participants if found else {}), (found.ended_at if found else None)

        said, known, ended_at = await self._store.ask(work)
        shown = [shapes.segment(one, known, ended_at=ended_at, stored=True) for one in said[-limit:]]
        return JSONResponse({"segments": shown, "earlier": len(said) > limit})


def _wanted(request: Request) -> Wanted:
    """What a query asks for. Raises `PageError` 400."""
    given = request.query_params
    show, verdict = given.get("show") or "all", given.get("verdict") or None
    if show not in _SHOW:
        raise PageError(400, "'show' is all, live or over.")
    if verdict is not None and verdict not in set(VerdictKind):
        raise PageError(400, f"'verdict' is one of {', '.join(VerdictKind)}.")
    return Wanted(
        live=_SHOW[show],
        verdict=VerdictKind(verdict) if verdict else None,
        locale=given.get("locale") or None,
        text=given.get("q", "")[:200],
        limit=number(request, "limit", 50, 200),
    )
