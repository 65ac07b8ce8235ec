"""One call that somebody watches: its feed, and what fills it beside the captions: the store, and its status."""

import asyncio
import logging
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from temporalio.service import RPCError

from callscribe.contracts.captions import Caption
from callscribe.runtime.store import StoreError, TranscriptStore
from callscribe.transcript.model import Segment
from ingest.web.details import detail
from ingest.web.feed import FIRST_LOAD, CallFeed
from ingest.web.looking import Looking
from ingest.web.looks import Look
from ingest.web.pacing import Sleeper
from ingest.web.replies import PageError
from ingest.web.store_link import StoreLink

RETRY: Final = 5.0
"""Seconds before a store that did not answer is asked again for what it has."""
STATUS_EVERY: Final = 5.0
"""Seconds between questions to a workflow to which nothing has happened, while few calls are watched."""
AFTER_NEWS: Final = (0.3, 1.2)
"""Seconds after something has happened at which the workflow is asked: it has to be told first."""
_PAGE: Final = 1_000

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Read:
    """What one reading of the store has brought."""

    segments: tuple[Segment, ...]
    cursor: str
    earlier: bool = False
    """Whether there are older ones."""


class Watch:
    """A call that is watched. Captions come from outside (`take`); the rest it fetches while its two loops run."""

    def __init__(
        self,
        key: str,
        feed: CallFeed,
        *,
        store: StoreLink,
        looking: Looking,
        changed: Callable[["Watch"], None],
        temporal_ui: Callable[[], str | None],
        patience: Callable[[], float],
    ) -> None:
        """`changed` is told when there is something new for the readers; `temporal_ui` is as in `detail`; `patience` says
        how many times as long as usual to wait before the workflow is asked again.
        """
        self.key = key
        self.feed = feed
        self.readers: set[Sleeper] = set()
        self._store = store
        self._looking = looking
        self._changed = changed
        self._temporal_ui = temporal_ui
        self._patience = patience
        self.cursor: str | None = None
        """Up to where the store has been read; None until it was read first."""
        self._over = False
        self._news = asyncio.Event()
        self._read_on = asyncio.Event()
        self._tried_store = asyncio.Event()
        self._tried_status = asyncio.Event()

    def sleepers(self) -> Iterable[Sleeper]:
        """Who is to be woken when there is something new."""
        return self.readers

    def take(self, caption: Caption) -> None:
        """A caption of the call."""
        self.feed.take_caption(caption)
        if caption.kind in {"stream_opened", "stream_closed", "locale"}:
            self.nudge()
        self._changed(self)

    def nudge(self) -> None:
        """Something has happened to the call: ask its workflow soon."""
        self._news.set()

    async def prepared(self, *, within: float) -> None:
        """Wait until what is known has been fetched, or could not be: captions do not wait for it any longer."""
        with suppress(TimeoutError):
            async with asyncio.timeout(within):
                await self._tried_status.wait()
                await self._tried_store.wait()

    async def follow_status(self) -> None:
        """Ask the workflow where the call stands, often while things happen, until it is over."""
        pauses: list[float] = []
        while not self._over:
            await self._ask_status()
            self._tried_status.set()
            if not self._over:
                pauses = await self._pause(pauses)

    async def follow_store(self) -> None:
        """Read what the store gets, until the call is over and everything of it is there."""
        while not self.feed.ended:
            over, before = self._over, self.feed.last
            failed = full = False
            try:
                read = await self._store.ask(self._read)
            except StoreError as error:
                _log.debug("the store does not tell of a call: %s", error, extra={"call": self.key})
                failed = True
            else:
                self._take(read)
                full = len(read.segments) == _PAGE
                self.feed.ended = over and not full
            self._tried_store.set()
            if self.feed.last != before or self.feed.ended:
                self._changed(self)
            if not (self.feed.ended or full):
                await self._until_stored(failed=failed)

    def stored_up_to(self, cursor: str) -> None:
        """So far the store has the call now: read on, if that is news."""
        if self.cursor is not None and cursor != self.cursor:
            self._read_on.set()

    async def _read(self, store: TranscriptStore) -> _Read:
        """What the store has got since it was read last. Runs in the store's thread and changes nothing here: nobody may be
        waiting for the answer any more, and what it holds has to be read again then.
        """
        if self.cursor is not None:
            fresh, cursor = await store.segments_since(self.key, self.cursor, limit=_PAGE)
            return _Read(fresh, cursor)
        # First the cursor, then the newest: what is stored between the two comes twice rather than never.
        cursor = (await store.newest_cursors([self.key]))[self.key]
        newest = await store.newest_segments(self.key, FIRST_LOAD + 1)
        return _Read(newest[-FIRST_LOAD:], cursor, earlier=len(newest) > FIRST_LOAD)

    def _take(self, read: _Read) -> None:
        for said in read.segments:
            self.feed.take_segment(said, stored=True)
        self.feed.earlier = self.feed.earlier or read.earlier
        if self.cursor is None and read.segments:
            # Whoever did not wait for the store has loaded without this: it is not news.
            self.feed.begin_anew()
        self.cursor = read.cursor

    async def _ask_status(self) -> None:
        # Whoever opened the page has most often looked just now.
        max_age = 0.0 if self._tried_status.is_set() else STATUS_EVERY
        try:
            look = await self._looking.look(self.key, max_age=max_age)
        except (PageError, StoreError, RPCError) as error:
            _log.debug("nobody tells of a call: %s", error, extra={"call": self.key})
            return
        self.take_status(look)

    def take_status(self, look: Look) -> None:
        """Where the call stands."""
        feed = self.feed
        feed.rename(look.participants)
        feed.ended_at = look.ended_at
        before = feed.last
        feed.take_status(look, lambda role: detail(look, role, temporal_ui=self._temporal_ui()))
        if feed.last != before:
            self._changed(self)
        # A verdict that the store does not have yet is about to be sealed; without one, the workflow ended otherwise.
        if not look.live and (look.revision or look.verdict is None):
            self._over = True
            self._read_on.set()

    async def _pause(self, pauses: list[float]) -> list[float]:
        """Wait until the workflow is to be asked again; returns the pauses that follow."""
        if pauses:
            await asyncio.sleep(pauses[0])
            rest = pauses[1:]
        else:
            rest = []
            with suppress(TimeoutError):
                async with asyncio.timeout(STATUS_EVERY * self._patience()):
                    await self._news.wait()
                    self._news.clear()
                    await asyncio.sleep(AFTER_NEWS[0])
                    rest = list(AFTER_NEWS[1:])
        return rest

    async def _until_stored(self, *, failed: bool) -> None:
        """Wait until there is something to read; only a while, where the store did not answer or nobody will say."""
        with suppress(TimeoutError):
            async with asyncio.timeout(RETRY if failed or self._over else None):
                await self._read_on.wait()
        self._read_on.clear()
