"""What there is to show of one call, in the order in which it changed, numbered. No I/O, no clock, no tasks.

Every reader keeps only its own number, and is given what has a higher one: a slow reader costs no queue. What has been
replaced meanwhile (an intermediate result, a status) it never sees.
"""

import json
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from callscribe.acs.ticks import digits
from callscribe.contracts.captions import Caption
from callscribe.contracts.links import PageRole
from callscribe.transcript.model import RawId, Segment
from ingest.web import shapes
from ingest.web.shapes import Shape

MOST_SEGMENTS: Final = 2_000
"""Finals in a feed; a reader who has not seen one that had to go begins anew."""
FIRST_LOAD: Final = 500
"""Finals that a reader is given at first; the page asks for older ones when somebody scrolls up to them."""

Slot = tuple[str, ...]


@dataclass(slots=True)
class _Entry:
    number: int
    event: str
    make: Callable[[PageRole], Shape]
    by_role: bool = False
    """Whether not everybody is shown the same."""
    made: dict[PageRole | None, bytes] = field(default_factory=dict)

    def text(self, role: PageRole) -> bytes:
        """The event without its id; made once for all readers of a kind."""
        kind = role if self.by_role else None
        if kind not in self.made:
            self.made[kind] = event_text(self.event, self.make(role))
        return self.made[kind]


@dataclass(frozen=True, slots=True)
class _Said:
    segment: Segment
    stored: bool
    identity: str


class CallFeed:
    """The log of one call. `epoch` names its numbering."""

    def __init__(self, epoch: str) -> None:
        self.epoch = epoch
        self.last = 0
        self.ended = False
        """Whether the call is sealed and nothing more will come."""
        self.earlier = False
        """Whether there are finals older than those in the log."""
        self.ended_at: datetime | None = None
        self.names: dict[RawId, str] = {}
        self._log: OrderedDict[Slot, _Entry] = OrderedDict()
        self._said: dict[Slot, _Said] = {}
        """The finals in the log, in the order in which they came first."""
        self._first: dict[str, Slot] = {}
        """Where each of them stands, by its identity: ACS may send it again on another socket."""
        self._shown_status: object = None
        self._lost = 0
        """Who has nothing newer than this number begins anew: finals are missing there, or are not where they belong."""

    def take_segment(self, said: Segment, *, stored: bool, identity: str | None = None) -> None:
        """A final; the same again only if the store has it now. Its single words, which no page shows, are most of it; where
        they are left out already, its `identity` has to be told.
        """
        identity = identity or said.identity
        place: Slot = ("segment", said.stream, str(said.position))
        slot = self._first.setdefault(identity, place)
        known = self._said.get(slot)
        if known is not None and (known.stored or not stored):
            return
        shown = known.segment if known is not None and slot != place else said
        self._said[slot] = _Said(shown.model_copy(update={"words": ()}) if shown.words else shown, stored, identity)
        if known is None:
            self._log.pop(("intermediate", said.stream, said.participant), None)
        self._put(slot, "segment", lambda _: self._segment(slot))
        if len(self._said) > MOST_SEGMENTS:
            self._forget_oldest()

    def take_caption(self, caption: Caption) -> None:
        """What a socket brought just now, here or at another ingest."""
        if caption.kind == "final" and caption.participant is not None and caption.position is not None:
            said = Segment(
                stream=caption.stream,
                position=caption.position,
                participant=caption.participant,
                text=caption.text,
                offset=caption.offset or 0,
                duration=caption.duration or None,
                locale=caption.locale,
                subscription=caption.subscription,
                received_at=caption.at,
            )
            # An older ingest tells none: then what makes it another one is its place.
            self.take_segment(said, stored=False, identity=caption.identity or f"{said.stream}:{said.position}")
            self._finish(("intermediate", said.stream, said.participant), caption)
        elif caption.kind == "intermediate" and caption.participant is not None:
            self._show(("intermediate", caption.stream, caption.participant), caption)
        elif caption.kind == "stream_closed":
            for slot in [slot for slot in self._log if slot[:2] == ("intermediate", caption.stream)]:
                self._finish(slot, caption)

    def take_status(self, known: object, make: Callable[[PageRole], Shape]) -> None:
        """Where the call stands; shown if it is not equal to what is shown already."""
        if known != self._shown_status:
            self._shown_status = known
            self._put(("status",), "status", make, by_role=True)

    def rename(self, names: Mapping[RawId, str]) -> None:
        """What participants are called from now on, also in what is sent again."""
        if names == self.names:
            return
        self.names = dict(names)
        for slot, entry in self._log.items():
            if slot[0] != "status":
                entry.made.clear()

    def begin_anew(self) -> None:
        """Have all readers load anew: what has come was said before what they have."""
        self._lost = self.last

    def cursor_of(self, event_id: str | None) -> int | None:
        """The number in an event's id; None where it is of another numbering, or of none."""
        epoch, _, number = (event_id or "").rpartition("-")
        if epoch != self.epoch or not (number.isascii() and number.isdigit() and len(number) < 16):
            return None
        return int(number) if int(number) <= self.last else None

    def load(self, role: PageRole) -> tuple[list[bytes], int]:
        """Everything for a reader who has nothing, and its number then. Only the last event has an id: whoever is cut off
        before it has loaded nothing, and loads again.
        """
        slots = sorted(self._said, key=self._place)
        newest = slots[-FIRST_LOAD:]
        events = [event_text("reset", {})]
        events += [self._log[slot].text(role) for slot in newest]
        events += [entry.text(role) for slot, entry in self._log.items() if slot[0] != "segment"]
        earlier = self.earlier or len(newest) < len(slots)
        events.append(self._id(self.last) + event_text("caught_up", {"segments": len(newest), "earlier": earlier}))
        return events, self.last

    def since(self, number: int, role: PageRole) -> tuple[list[bytes], int]:
        """What a reader who has everything up to `number` has not seen, and its number then; all of it anew if some of it
        had to go, or everybody has to begin anew.
        """
        if number < self._lost:
            return self.load(role)
        fresh = []
        for entry in reversed(self._log.values()):
            if entry.number <= number:
                break
            fresh.append(self._id(entry.number) + entry.text(role))
        return fresh[::-1], self.last

    def _finish(self, slot: Slot, caption: Caption) -> None:
        """Nothing more is being said there, if something is shown that was."""
        if slot in self._log:
            self._show(slot, caption.model_copy(update={"participant": slot[2], "text": ""}))

    def _show(self, slot: Slot, caption: Caption) -> None:
        self._put(slot, "intermediate", lambda _: self._intermediate(caption))

    def _put(self, slot: Slot, event: str, make: Callable[[PageRole], Shape], *, by_role: bool = False) -> None:
        self.last += 1
        self._log.pop(slot, None)
        self._log[slot] = _Entry(self.last, event, make, by_role)

    def _forget_oldest(self) -> None:
        oldest = next(iter(self._said))
        del self._first[self._said.pop(oldest).identity]
        self._lost = max(self._lost, self._log.pop(oldest).number)
        self.earlier = True

    def _place(self, slot: Slot) -> tuple[datetime, str, int]:
        said = self._said[slot].segment
        return said.received_at, said.stream, said.position

    def _segment(self, slot: Slot) -> Shape:
        said = self._said[slot]
        return shapes.segment(said.segment, self.names, ended_at=self.ended_at, stored=said.stored)

    def _intermediate(self, caption: Caption) -> Shape:
        return {
            "stream": caption.stream,
            "participant": shapes.participant(caption.participant or "", self.names),
            "text": caption.text,
            "offset": digits(caption.offset),
            "duration": digits(caption.duration or None),
            "locale": caption.locale,
            "subscription": caption.subscription,
            "at": shapes.instant(caption.at),
        }

    def _id(self, number: int) -> bytes:
        return f"id: {self.epoch}-{number}\n".encode()


def event_text(event: str, data: Shape) -> bytes:
    """One server-sent event, without an id; JSON holds no line break (https://html.spec.whatwg.org/multipage/server-sent-events.html)."""
    written = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    return f"event: {event}\ndata: {written}\n\n".encode("utf-8", "replace")


def pieces(events: Iterable[bytes], size: int = 32 * 1024) -> Iterable[bytes]:
    """Events joined into pieces of about `size` bytes: fewer writes, and none too big for a reader that stands still."""
    piece = bytearray()
    for event in events:
        piece += event
        if len(piece) >= size:
            yield bytes(piece)
            piece.clear()
    if piece:
        yield bytes(piece)
