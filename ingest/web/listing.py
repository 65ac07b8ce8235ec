"""Many calls: those that run, by Temporal; then those that are over, by the transcript store, a page at a time."""

import asyncio
import logging
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from temporalio.service import RPCError

from callscribe.acs.locales import is_of_locale
from callscribe.runtime.store import StoredCall, StoreError
from callscribe.runtime.store.cursors import CursorError, call_cursor, call_of
from callscribe.runtime.store.records import CallFilter
from callscribe.runtime.store.words import fold
from callscribe.transcript.facts import VerdictKind
from ingest.web.details import line
from ingest.web.looking import Looking
from ingest.web.looks import TEMPORAL_AWAY, Look, of_stored_call
from ingest.web.replies import PageError
from ingest.web.running import RunningCalls
from ingest.web.shapes import Shape
from ingest.web.store_link import StoreLink

UNSEALED: Final = 100
"""Calls that the store has begun and not sealed, and that do not run: the newest are looked at."""
ASKED_AT_ONCE: Final = 8
"""Workflows that are asked where they stand at a time; asking wakes their workers."""
ASKING: Final = 1.5
"""Seconds for all of a page's questions; what is not answered by then is shown as Temporal lists it."""
FRESH: Final = 10.0
"""Seconds for which an answer is good enough for a list."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which calls are wanted: those that fit everything that is set."""

    live: bool | None = None
    verdict: VerdictKind | None = None
    locale: str | None = None
    text: str = ""
    limit: int = 50

    def fits(self, look: Look) -> bool:
        """Whether a call that is not sealed is wanted."""
        if self.verdict is not None or (self.live is not None and look.live is not self.live):
            return False
        if self.locale and not is_of_locale(look.locale or "", self.locale):
            return False
        if not self.text:
            return True
        told = [look.key, *look.participants, *look.participants.values()]
        return fold(self.text) in "\n".join(fold(one) for one in told)


@dataclass(slots=True)
class Listed:
    """A page of the list."""

    lines: list[Shape]
    next: str | None = None
    """Hand it back for what follows; None at the end."""
    notices: list[str] = field(default_factory=list)
    """What could not be asked."""


class Listing:
    """Lists calls."""

    def __init__(self, looking: Looking, store: StoreLink, running: RunningCalls) -> None:
        self._looking = looking
        self._store = store
        self._running = running

    async def page(self, wanted: Wanted, after: str | None) -> Listed:
        """A page of the calls that are wanted. Raises `PageError` 400 for a cursor that is none, 503 where nobody answers."""
        part, _, place = (after or "live:").partition(":")
        if part not in {"live", "over"}:
            raise PageError(400, str(CursorError()))
        listed = Listed([])
        try:
            if part == "live" and wanted.verdict is None:
                await self._unsealed(wanted, call_of(place) if place else None, listed)
            if listed.next is None and wanted.live is not True:
                await self._sealed(wanted, place if part == "over" else None, listed)
        except CursorError as error:
            raise PageError(400, str(error)) from error
        return listed

    async def _unsealed(self, wanted: Wanted, after: tuple[datetime, str] | None, listed: Listed) -> None:
        """Calls that run, and those few that ended without being sealed."""
        found = await self._known(wanted, listed)
        fitting = sorted((one for one in found if wanted.fits(one)), key=lambda one: (one.started_at, one.key))[::-1]
        if after is not None:
            fitting = [look for look in fitting if (look.started_at, look.key) < after]
        page = fitting[: wanted.limit]
        if len(fitting) > len(page):
            listed.next = f"live:{call_cursor(page[-1].started_at, page[-1].key)}"
        words = await self._stored(frozenset(look.key for look in page), len(page))
        for look in page:
            stored = words.get(look.key)
            listed.lines.append(line(look, stored.last_words if stored else None))

    async def _known(self, wanted: Wanted, listed: Listed) -> list[Look]:
        try:
            running = await self._running.list()
        except (RPCError, TimeoutError):
            running = None
            listed.notices.append(f"{TEMPORAL_AWAY.message} Calls are shown as they were stored last.")
        try:
            begun = await self._begun()
        except StoreError as error:
            begun = []
            listed.notices.append(f"{error.message} {error.advice}")
        if running is None:
            if len(listed.notices) > 1:
                raise PageError(503, "Neither Temporal nor the transcript store answers.", listed.notices[1])
            return [of_stored_call(one) for one in begun]
        looks = {one.key: one for one in running}
        strangers = [one for one in begun if one.key not in looks] if wanted.live is not True else []
        looks |= {one.key: of_stored_call(one) for one in strangers}
        return await self._asked(looks)

    async def _begun(self) -> list[StoredCall]:
        return await self._store.ask(lambda store: store.calls(limit=UNSEALED, where=CallFilter(live=True)))

    async def _asked(self, looks: dict[str, Look]) -> list[Look]:
        """The newest of the calls as their workflows tell of them, as far as they do in time."""
        newest = sorted(looks.values(), key=lambda look: look.started_at, reverse=True)[:UNSEALED]
        room = asyncio.Semaphore(ASKED_AT_ONCE)

        async def ask(key: str) -> None:
            async with room:
                try:
                    looks[key] = await self._looking.look(key, max_age=FRESH)
                except (PageError, StoreError, RPCError) as error:
                    _log.debug("a call is listed as it was: %s", error, extra={"call": key})

        tasks = [asyncio.create_task(ask(look.key)) for look in newest]
        if tasks:
            _, slow = await asyncio.wait(tasks, timeout=ASKING)
            for task in slow:
                task.cancel()
        # What has been sealed meanwhile is listed by the store.
        return [look for look in looks.values() if look.verdict is None or not look.revision]

    async def _sealed(self, wanted: Wanted, after: str | None, listed: Listed) -> None:
        room = wanted.limit - len(listed.lines)
        where = CallFilter(live=False, verdict=wanted.verdict, locale=wanted.locale, text=wanted.text)
        try:
            found = await self._store.ask(lambda store: store.calls(limit=room + 1, where=where, after=after or None))
        except StoreError as error:
            if not listed.lines and not listed.notices:
                raise
            listed.notices = [f"{error.message} {error.advice}"]
            return
        page = found[:room]
        listed.lines += [line(of_stored_call(one), one.last_words) for one in page]
        if len(found) > room:
            listed.next = f"over:{page[-1].cursor if page else after or ''}"

    async def _stored(self, keys: frozenset[str], count: int) -> dict[str, StoredCall]:
        """What the store has of a page's calls; nothing where it is away."""
        if not keys:
            return {}
        try:
            found = await self._store.ask(lambda store: store.calls(limit=count, where=CallFilter(keys=keys)))
        except StoreError:
            return {}
        return {one.key: one for one in found}
