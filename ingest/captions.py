"""Live captions: from the sockets of this process to whoever watches, without waiting for anybody.

Every call has a bounded ring of its newest captions that stay (finals, streams, locales), for readers that come late or
come back; rings that are full of old words, or too many together, go. Every reader has a bounded queue, and one that does
not keep up is let go with a notice.
"""

import asyncio
import itertools
from collections import OrderedDict, deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta

from callscribe.contracts.captions import Caption

RECENT = 200
"""Captions in a call's ring."""
QUEUED = 500
"""Captions that may wait for one reader."""
CALLS = 2_000
"""Calls whose rings are kept; beyond that the ring that was quiet longest goes."""
IN_RINGS = 50_000
"""Captions in all rings together, some 60 MB; beyond that the ring that was quiet longest goes, too."""
KEPT = timedelta(hours=1)
"""For so long a ring is kept after its newest caption."""
_LOOKED_AT = 8
"""Rings of which one caption asks whether they may go."""
READERS = 2_000
"""Readers of this process; whoever opens the door looks at `CaptionHub.full` first."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A caption with its number in its call; None where it is not in the ring (intermediate)."""

    number: int | None
    caption: Caption


@dataclass(slots=True)
class _Call:
    last: int = 0
    recent: deque[Shown] = field(default_factory=lambda: deque(maxlen=RECENT))
    readers: set["Reader"] = field(default_factory=set)


class Reader:
    """One who watches: `next()` again and again, until it has nothing and `ended` says why."""

    def __init__(self, backlog: list[Shown]) -> None:
        self._queue: deque[Shown] = deque(backlog)
        self._news = asyncio.Event()
        self.ended: str | None = None
        """`too slow` or `stopping`, once it has ended."""
        if backlog:
            self._news.set()

    def put(self, shown: Shown) -> bool:
        """Hand over a caption; false if the reader has fallen too far behind and is over."""
        if len(self._queue) >= QUEUED:
            self._queue.clear()
            self.end("too slow")
            return False
        self._queue.append(shown)
        self._news.set()
        return True

    def end(self, why: str) -> None:
        """Nothing more will come."""
        self.ended = self.ended or why
        self._news.set()

    async def next(self, *, within: float) -> Shown | None:
        """The next caption; None after `within` seconds without one, or at the end."""
        if not self._queue and self.ended is None:
            self._news.clear()
            try:
                async with asyncio.timeout(within):
                    await self._news.wait()
            except TimeoutError:
                return None
        return self._queue.popleft() if self._queue else None


class CaptionHub:
    """All live captions of this process. `epoch` names the process's numbering: after a restart it begins anew."""

    def __init__(self, epoch: str) -> None:
        self.epoch = epoch
        self.readers = 0
        self.taps: list[Callable[[str, Caption], None]] = []
        """Told of every caption of every call; none of them waits, or raises."""
        self.opened: Callable[[str], None] = lambda _: None
        """Told of a call that somebody begins to watch."""
        self._calls: OrderedDict[str, _Call] = OrderedDict()
        """By when something happened to them last."""
        self._in_rings = 0
        self._forgotten = 0
        """The highest number in the rings that have gone: a new one goes on behind it, so that no id means two captions."""
        self._stopping = False

    @property
    def full(self) -> bool:
        """Whether there is no room for another reader."""
        return self.readers >= READERS

    @property
    def watched(self) -> list[str]:
        """The calls that somebody watches."""
        return [call for call, known in self._calls.items() if known.readers]

    def show(self, call: str, caption: Caption) -> None:
        """Hand a caption of this process's sockets to all who watch the call, and to the taps; never waits."""
        self._hand_out(self._call(call), caption)
        self._forget(caption)
        for tap in self.taps:
            tap(call, caption)

    def pass_on(self, call: str, caption: Caption) -> None:
        """A caption that another process has shown: for those who watch the call here, and for no tap."""
        if call in self._calls:
            self._hand_out(self._call(call), caption)
            self._forget(caption)

    def recent(self, call: str) -> list[Caption]:
        """The newest captions of the call that stay, oldest first."""
        known = self._calls.get(call)
        return [shown.caption for shown in known.recent] if known else []

    @contextmanager
    def watch(self, call: str, *, after: str | None = None) -> Iterator[Reader]:
        """A reader of the call, first given what is in the ring after the event id `after`, then all that comes.

        An id of another process's numbering gives the whole ring.
        """
        known = self._call(call)
        seen = self._number(after)
        if seen > known.last:
            seen = 0  # the ring had to go meanwhile, and its numbering began anew
        reader = Reader([shown for shown in known.recent if (shown.number or 0) > seen])
        if self._stopping:
            reader.end("stopping")
        known.readers.add(reader)
        self.readers += 1
        self.opened(call)
        try:
            yield reader
        finally:
            self.readers -= 1
            known.readers.discard(reader)

    def event_id(self, shown: Shown) -> str | None:
        """What a reader sends back as `Last-Event-ID`."""
        return None if shown.number is None else f"{self.epoch}-{shown.number}"

    def stop(self) -> None:
        """Let every reader go, and every one that still comes."""
        self._stopping = True
        for known in self._calls.values():
            for reader in known.readers:
                reader.end("stopping")

    def _number(self, event_id: str | None) -> int:
        epoch, _, number = (event_id or "").rpartition("-")
        return int(number) if epoch == self.epoch and number.isascii() and number.isdigit() and len(number) < 19 else 0

    def _call(self, call: str) -> _Call:
        known = self._calls.setdefault(call, _Call(self._forgotten))
        self._calls.move_to_end(call)
        return known

    def _hand_out(self, known: _Call, caption: Caption) -> None:
        number: int | None = None
        if caption.kind != "intermediate":
            known.last += 1
            number = known.last
        shown = Shown(number, caption)
        if number is not None:
            self._in_rings += len(known.recent) < RECENT
            known.recent.append(shown)
        for reader in list(known.readers):
            if not reader.put(shown):
                known.readers.discard(reader)

    def _forget(self, newest: Caption) -> None:
        """Let rings go that were quiet longest, as long as there are too many or they are too old, but none that is read."""
        for call, known in list(itertools.islice(self._calls.items(), _LOOKED_AT)):
            full = len(self._calls) > CALLS or self._in_rings > IN_RINGS
            if known.recent and not full and newest.at - known.recent[-1].caption.at <= KEPT:
                return
            if known.readers:
                self._calls.move_to_end(call)
                continue
            del self._calls[call]
            self._in_rings -= len(known.recent)
            self._forgotten = max(self._forgotten, known.last)
