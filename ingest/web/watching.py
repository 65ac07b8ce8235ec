"""All calls that are watched in this process, and who watches them."""

import asyncio
import logging
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

from callscribe.contracts.captions import Caption
from callscribe.runtime.store import StoreError
from ingest.intake import Intake
from ingest.web.feed import CallFeed
from ingest.web.looking import Looking
from ingest.web.pacing import Sleeper, Waker
from ingest.web.store_link import StoreLink
from ingest.web.tasks import Tasks
from ingest.web.watch import Watch

READERS: Final = 2_000
"""Pages that are open at one ingest; more are asked to come again."""
LINGER: Final = 30.0
"""Seconds for which a feed is kept up after its last reader: who comes back by then goes on where it was. Nobody keeps up
that of a call that is over: whoever comes then is told how the call stands by then.
"""
POLL: Final = 2.0
"""Seconds between questions to the store, what has come through another ingest; one for all calls that are watched."""
FEW: Final = 40
"""Calls that are watched with the usual pauses; with more, each is asked about less often, so that all of it stays little
beside what the sockets need.
"""

_log = logging.getLogger(__name__)


class Watching:
    """Opens a watch for whoever asks, feeds it, and closes it a while after the last reader."""

    def __init__(
        self, intake: Intake, store: StoreLink, looking: Looking, temporal_ui: Callable[[], str | None]
    ) -> None:
        self._intake = intake
        self._store = store
        self._looking = looking
        self._temporal_ui = temporal_ui
        self._watches: dict[str, Watch] = {}
        self._loops: dict[str, Tasks] = {}
        self._closing: dict[str, asyncio.TimerHandle] = {}
        """Of the watches that nobody reads: when they are closed."""
        self._waker = Waker()
        self._tasks = Tasks()
        self.readers = 0
        self.stopping = False
        self.opened: Callable[[str], None] = lambda _: None
        """Told of a call that begins to be watched."""

    @property
    def full(self) -> bool:
        """Whether there is no room for another reader."""
        return self.readers >= READERS

    @property
    def calls(self) -> list[str]:
        """The calls that are watched."""
        return list(self._watches)

    def begin(self) -> None:
        """Listen to this process's sockets."""
        self._intake.hub.taps.append(self.take)
        self._tasks.begin(self._waker.run(), "wake readers")
        self._tasks.begin(self._poll(), "ask the store what is new")

    def stop(self) -> None:
        """Let every reader go."""
        self.stopping = True
        for watch in self._watches.values():
            for reader in watch.readers:
                reader.wake()

    async def end(self) -> None:
        """End everything that runs in the background."""
        self._intake.hub.taps.remove(self.take)
        for leaving in self._closing.values():
            leaving.cancel()
        for loops in list(self._loops.values()):
            await loops.end()
        await self._tasks.end()

    def take(self, call: str, caption: Caption) -> None:
        """A caption of a call, from this process or another; never waits, never raises."""
        watch = self._watches.get(call)
        if watch is None:
            return
        try:
            watch.take(caption)
        except Exception:  # noqa: BLE001 - the socket that brought it must not notice
            _log.exception("a caption cannot be shown", extra={"call": call})

    def nudge(self, call: str) -> None:
        """Something has happened to a call."""
        watch = self._watches.get(call)
        if watch is not None:
            watch.nudge()

    @contextmanager
    def reading(self, call: str) -> Iterator[tuple[Watch, Sleeper]]:
        """A reader of the call, for as long as it reads."""
        watch = self._watches.get(call)
        if watch is None or watch.feed.ended:
            watch = self._open(call)
        if leaving := self._closing.pop(call, None):
            leaving.cancel()
        sleeper = Sleeper()
        watch.readers.add(sleeper)
        self._count(1)
        try:
            yield watch, sleeper
        finally:
            self._count(-1)
            watch.readers.discard(sleeper)
            if not watch.readers and self._watches.get(call) is watch:
                self._leave(call, watch)

    @contextmanager
    def sending(self) -> Iterator[None]:
        """A reader is sent something: it is in here for longer than a turn of the loop while its connection takes nothing."""
        held = self._intake.measures.page_readers_held
        held.add(1)
        try:
            yield
        finally:
            held.add(-1)

    def _leave(self, call: str, watch: Watch) -> None:
        """Nobody reads any more."""
        if watch.feed.ended:
            self._close(call)
        else:
            self._closing[call] = asyncio.get_running_loop().call_later(LINGER, self._close, call)

    def _open(self, call: str) -> Watch:
        """Begin to watch; a watch of the call that has ended is left to those who still read it."""
        if call in self._watches:
            self._close(call)
        feed = CallFeed(secrets.token_hex(4))
        for caption in self._intake.hub.recent(call):
            feed.take_caption(caption)
        watch = Watch(
            call,
            feed,
            store=self._store,
            looking=self._looking,
            changed=self._waker.changed,
            temporal_ui=self._temporal_ui,
            patience=self._patience,
        )
        self._watches[call] = watch
        loops = self._loops[call] = Tasks()
        loops.begin(watch.follow_status(), "follow a call's status")
        loops.begin(watch.follow_store(), "follow the store")
        self.opened(call)
        return watch

    def _patience(self) -> float:
        return max(1.0, len(self._watches) / FEW)

    async def _poll(self) -> None:
        while True:
            await asyncio.sleep(POLL * self._patience())
            reading = [watch.key for watch in self._watches.values() if watch.cursor and not watch.feed.ended]
            if not reading:
                continue
            try:
                newest = await self._store.ask(lambda store, keys=reading: store.newest_cursors(keys))  # type: ignore[misc]  # mypy cannot infer a lambda with a default
            except StoreError as error:
                _log.debug("the store does not say what is new: %s", error)
                continue
            for key, cursor in newest.items():
                if key in self._watches:
                    self._watches[key].stored_up_to(cursor)

    def _close(self, call: str) -> None:
        if leaving := self._closing.pop(call, None):
            leaving.cancel()
        del self._watches[call]
        self._loops.pop(call).cancel()

    def _count(self, change: int) -> None:
        self.readers += change
        self._intake.measures.page_readers.set(self.readers)
