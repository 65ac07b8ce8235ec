"""The page as a whole: its parts, its addresses, its background work."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import BaseRoute

from callscribe.acs.locales import COMMON
from callscribe.contracts.captions import Caption
from callscribe.contracts.links import page_path
from callscribe.runtime.settings import Settings
from callscribe.transcript.formats import FORMATS
from ingest.intake import Intake
from ingest.web.access import Access
from ingest.web.bus import bus_for
from ingest.web.calls import Calls
from ingest.web.commands import Commands
from ingest.web.deliveries import Deliveries
from ingest.web.downloads import Downloads
from ingest.web.live import Live
from ingest.web.looking import Looking
from ingest.web.pages import Pages
from ingest.web.replies import Refused
from ingest.web.routing import Door, EscapedRoute
from ingest.web.running import RunningCalls
from ingest.web.searching import Searching
from ingest.web.shapes import instant
from ingest.web.store_link import StoreLink
from ingest.web.tasks import Tasks
from ingest.web.watching import Watching


class Site:
    """What people see of this ingest."""

    def __init__(self, intake: Intake, settings: Settings) -> None:
        self._intake = intake
        self._temporal_ui_url = settings.temporal_ui_url
        self._pages = Pages()
        self._access = Access(
            secret=intake.secret, public_url=settings.public_http_url, now=intake.now, pages=self._pages
        )
        self._store = StoreLink(settings.transcript_store_url)
        self._looking = looking = Looking(intake.link, self._store)
        self._running_calls = RunningCalls(intake.link)
        self.watching = Watching(intake, self._store, looking, self._temporal_ui)
        self.bus = bus_for(
            settings.transcript_store_url,
            intake.hub.epoch,
            take=self._take,
            watched=lambda: [*self.watching.calls, *intake.hub.watched],
        )
        """Captions of other ingest processes; None where none shares the store."""
        self._tasks = Tasks()
        self._calls = Calls(self._access, looking, self._store, self._running_calls, self._temporal_ui)
        self._commands = Commands(intake, self._access, looking, self._store, self.watching)
        self._downloads = Downloads(self._access, self._store)
        self._deliveries = Deliveries(intake, self._access, self._store)
        self._searching = Searching(self._access, self._store)
        self._live = Live(self._access, looking, self.watching)
        self._refused = Refused(
            lambda status: intake.measures.refused.add(door="page", status=str(status)), self._pages.no_access
        )

    def routes(self) -> list[BaseRoute]:
        """Every address of the page."""
        return [
            self._at("/", self._list_page),
            self._at("/search", self._search_page),
            self._at("/calls/{call}", self._call_page),
            self._at("/assets/{file}", self._pages.asset),
            self._at("/enter", self._access.enter),
            self._at("/leave", self._access.leave),
            self._at("/api/session", self._session),
            self._at("/api/calls", self._calls.many),
            self._at("/api/calls/{call}", self._calls.one),
            self._at("/api/calls/{call}/segments", self._calls.segments),
            self._at("/api/calls/{call}/live", self._live.stream),
            self._at("/api/calls/{call}/transcript.{form}", self._downloads.transcript),
            self._at("/api/calls/{call}/deliveries", self._deliveries.many),
            self._at("/api/calls/{call}/deliveries/{id}/redeliver", self._deliveries.again, "POST"),
            self._at("/api/calls/{call}/commands/{command}", self._commands.tell, "POST"),
            self._at("/api/calls/{call}/participants", self._commands.name, "POST"),
            self._at("/api/search", self._searching.search),
        ]

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Do what the page does in the background."""
        self.watching.begin()
        if self.bus is not None:
            self._intake.hub.taps.append(self.bus.offer)
            self.watching.opened = self._intake.hub.opened = self.bus.want
            self._tasks.begin(self.bus.run(), "captions of other processes")
        try:
            yield
        finally:
            await self._tasks.end()
            await self.watching.end()
            await self._calls.end()
            await self._running_calls.end()
            await self._looking.end()
            await self._store.close()

    def stop(self) -> None:
        """Let everybody who watches go."""
        self.watching.stop()

    def _take(self, call: str, caption: Caption) -> None:
        """A caption of another ingest process, for pages and for readers of captions; it must not go back to the others."""
        self._intake.hub.pass_on(call, caption)
        self.watching.take(call, caption)

    def _temporal_ui(self) -> str | None:
        client = self._intake.link.client
        if client is None:
            return None
        return f"{self._temporal_ui_url.rstrip('/')}/namespaces/{client.namespace}/workflows/"

    def _at(self, path: str, door: Door, method: str = "GET") -> EscapedRoute:
        return EscapedRoute(path, self._refused.door(door), methods=[method])

    async def _list_page(self, request: Request) -> Response:
        granted = self._access.visitor(request)
        if granted.call is not None:
            return RedirectResponse(page_path(granted.call), 303)
        return self._pages.page(request, "list.html")

    async def _search_page(self, request: Request) -> Response:
        self._access.visitor(request)
        return self._pages.page(request, "search.html")

    async def _call_page(self, request: Request) -> Response:
        self._access.reader(request, request.path_params["call"])
        return self._pages.page(request, "call.html")

    async def _session(self, request: Request) -> Response:
        granted = self._access.visitor(request)
        return JSONResponse(
            {
                "role": granted.role,
                "call": granted.call,
                "can_operate": granted.may_operate,
                "expires_at": instant(granted.expires),
                "now": instant(self._intake.now()),
                "formats": {name: form.summary for name, form in FORMATS.items()},
                "locales": COMMON,
                "temporal_ui": self._temporal_ui_url if granted.call is None else None,
            }
        )
