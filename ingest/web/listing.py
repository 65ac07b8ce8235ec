"""Many calls: those that run, by Temporal; then those that are over, by the transcript store, a page at a time."""

import asyncio
import logging
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from temporalio.service import RPCError

from callscribe.acs.identifiers import readable
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
from ingest.web.running import MOST, RunningCalls
from ingest.web.shapes import Shape
from ingest.web.sharing import Shared
from ingest.web.store_link import StoreLink

UNSEALED: Final = 100
"""Calls that the store has begun and not sealed, and that do not run: the newest are looked at."""
ASKED_AT_ONCE: Final = 8
"""Workflows that are asked where they stand at a time; asking wakes their workers."""
ASKING: Final = 1.5
"""Seconds for all of a page's questions; what is not answered by then is shown as Temporal lists it."""
FRESH: Final = 10.0
"""Seconds for which a workflow's answer is good enough for a list."""
STORE_FRESH: Final = 1.5
"""Seconds for which the store's answer is good enough for everybody who looks at the same list."""

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
        told = [look.key, *look.participants, *map(readable, look.participants), *look.participants.values()]
        return fold(self.text) in "\n".join(fold(one) for one in told)


@dataclass(slots=True)
class Listed:
    """A page of the list."""

    lines: list[Shape]
    next: str | None = None
    """Hand it back for what follows; None at the end."""
    live: int | None = None
    """How many calls that are wanted run, on this page and on those that follow; None behind the running ones."""
    notices: list[str] = field(default_factory=list)
    """What could not be asked, or not all of it."""


class Listing:
    """Lists calls."""

    def __init__(self, looking: Looking, store: StoreLink, running: RunningCalls) -> None:
        self._looking = looking
        self._store = store
        self._running = running
        self._answers: Shared[list[StoredCall]] = Shared(lambda: STORE_FRESH)

    async def end(self) -> None:
        """Ask nobody any more."""
        await self._answers.end()

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
        listed.live = sum(look.live for look in fitting)
        page = fitting[: wanted.limit]
        if len(fitting) > len(page):
            listed.next = f"live:{call_cursor(page[-1].started_at, page[-1].key)}"
        listed.lines += await self._lines(page)

    async def _lines(self, page: list[Look]) -> list[Shape]:
        """What is shown of these, with what the store has of them. What has been sealed meanwhile is listed by the store."""
        stored = {one.key: one for one in await self._stored(frozenset(look.key for look in page))}
        lines = []
        for look in page:
            found = stored.get(look.key)
            if found is None:
                lines.append(line(look, None))
            elif found.verdict is None:
                lines.append(line(_told(look, found), found.last_words))
        return lines

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
            if len(begun) >= UNSEALED:
                listed.notices.append(f"Only the newest {UNSEALED:,} of them are looked at.")
            return [of_stored_call(one) for one in begun]
        if len(running) >= MOST:
            listed.notices.append(f"Only {MOST:,} of the calls that run are looked at, the newest.")
        looks = {one.key: one for one in running}
        strangers = [one for one in begun if one.key not in looks] if wanted.live is not True else []
        looks |= {one.key: of_stored_call(one) for one in strangers}
        known = await self._asked(looks)
        return await self._heard(known, wanted.text, listed) if wanted.text else known

    async def _heard(self, looks: list[Look], text: str, listed: Listed) -> list[Look]:
        """These, with the participants that the store knows of where the workflow was not asked, as far as `text` may be
        about them.
        """
        strange = frozenset(look.key for look in looks if not look.participants)
        if not strange:
            return looks
        try:
            found = await self._ask(CallFilter(keys=strange, text=text), len(strange))
        except StoreError:
            listed.notices.append("The participants of some running calls are not known: the filter has not seen them.")
            return looks
        stored = {one.key: one for one in found}
        return [_told(look, stored[look.key]) if look.key in stored else look for look in looks]

    async def _begun(self) -> list[StoredCall]:
        return await self._ask(CallFilter(live=True), UNSEALED)

    async def _ask(self, where: CallFilter, limit: int, after: str | None = None) -> list[StoredCall]:
        """The store's calls, for everybody who wants the same ones. Raises `StoreError`."""
        return await self._answers.get(
            (where, limit, after),
            lambda: self._store.ask(lambda store: store.calls(limit=limit, where=where, after=after)),
        )

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
            found = await self._ask(where, room + 1, after or None)
        except StoreError as error:
            if not listed.lines and not listed.notices:
                raise
            listed.notices = [f"{error.message} {error.advice}"]
            return
        page = found[:room]
        over = {one.key for one in page}
        listed.lines = [shown for shown in listed.lines if shown["key"] not in over]
        listed.lines += [line(of_stored_call(one), one.last_words) for one in page]
        if len(found) > room:
            listed.next = f"over:{page[-1].cursor if page else after or ''}"

    async def _stored(self, keys: frozenset[str]) -> list[StoredCall]:
        """What the store has of a page's calls; nothing where it is away."""
        if not keys:
            return []
        try:
            return await self._ask(CallFilter(keys=keys), len(keys))
        except StoreError:
            return []


def _told(look: Look, stored: StoredCall) -> Look:
    """The call with what the store knows of it better than Temporal alone; a workflow that was asked knows it all."""
    if look.participants:
        return look
    return replace(look, participants=stored.participants, segments=max(look.segments, stored.segment_count))
