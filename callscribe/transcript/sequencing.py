"""The order of a transcript, and how far each stream has arrived.

ACS numbers nothing, and an `offset` means something only beside offsets that have the same zero (protocol reference
1.5). A run of segments with one zero is an **epoch**; two offsets are compared inside an epoch and never across:

    (opening of the stream in which the epoch began, epoch, offset, arrival)

An epoch belongs to one subscription (to one stream where no subscription is known), and goes on when a reconnection
brings the same subscription on another socket. It ends when the subscription does, or when offsets clearly fall back.
A final is sent when its phrase *ends*, so one speaker's ends only ever rise, however long the phrases of others are:
an end that lies behind the same participant's furthest end is a restart, by more than `ON_ONE_SOCKET` where both came on
the same socket, and by more than `FALL_BACK` where two sockets may have brought them in another order. Other
participants say nothing about it, except to the first segment of a socket, which must not lie behind anybody. A restart
within the first moments of somebody's speech goes unseen; only the order inside those moments can then be wrong.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from callscribe.acs.ticks import is_inverted
from callscribe.transcript.model import RawId, Segment, Stream

FALL_BACK = 50_000_000
"""Ticks (5 s) that an end may lie behind and still be of the same epoch: recognisers differ that much in delay."""
ON_ONE_SOCKET = 5_000_000
"""The same (0.5 s) for one participant on one socket, whose results come in order: only rounding is allowed for."""
EARLY_CAPACITY = 256
"""Numbers above a gap that a `Watermark` remembers."""


class Admission(StrEnum):
    """What a watermark says of a number that is offered to it."""

    NEW = "new"
    """The next one; the mark has moved, over early ones too."""
    DUPLICATE = "duplicate"
    """Had before."""
    EARLY = "early"
    """Not had before, but others before it are missing: take it; the mark moves when they come."""
    EARLY_FULL = "early full"
    """Not taken: too many are early already. It must be offered again."""


@dataclass(slots=True)
class Watermark:
    """How far one stream has arrived: all numbers from 1 to `mark`, and the `early` ones above. Deterministic."""

    mark: int = 0
    capacity: int = EARLY_CAPACITY
    early: set[int] = field(default_factory=set)

    def offer(self, seq: int) -> Admission:
        """Take `seq` (from 1) in, unless it was had or there is no room; `mark` and `early` follow."""
        if seq <= self.mark or seq in self.early:
            return Admission.DUPLICATE
        if seq > self.mark + 1:
            if len(self.early) >= self.capacity:
                return Admission.EARLY_FULL
            self.early.add(seq)
            return Admission.EARLY
        self.mark = seq
        while self.mark + 1 in self.early:
            self.mark += 1
            self.early.remove(self.mark)
        return Admission.NEW

    def reached(self, last_seq: int) -> bool:
        """Whether everything up to `last_seq` has been taken."""
        return self.mark >= last_seq


@dataclass(slots=True)
class Epoch:
    """Segments whose offsets have one zero, in order: by offset, then by arrival."""

    stream: Stream
    """The stream in which it began."""
    opens_stream: bool
    """Whether it began with the first segment of that stream, so that its zero may be the stream's opening."""
    segments: list[Segment] = field(default_factory=list)
    first: Segment | None = None
    """The one that arrived first."""
    frontier: int = 0
    """The furthest end (ticks)."""
    _ends: dict[RawId, tuple[int, str]] = field(default_factory=dict)
    """Each participant's furthest end, and the stream that brought it."""

    def takes(self, segment: Segment, *, opens_stream: bool) -> bool:
        """Whether the segment's offset can have this epoch's zero."""
        if self.first is not None and is_inverted(self.first.offset) != is_inverted(segment.offset):
            return False
        furthest = self._ends.get(segment.participant)
        if opens_stream:
            return end_of(segment) + FALL_BACK >= self.frontier
        if furthest is None:
            return True
        end, stream = furthest
        return end_of(segment) + (ON_ONE_SOCKET if stream == segment.stream else FALL_BACK) >= end

    def heard(self, participant: RawId) -> bool:
        """Whether the participant has spoken in it."""
        return participant in self._ends

    def add(self, segment: Segment) -> None:
        """Take the segment in."""
        end = end_of(segment)
        self.first = self.first or segment
        self.frontier = end if len(self.segments) == 0 else max(self.frontier, end)
        furthest = self._ends.get(segment.participant)
        if furthest is None or end >= furthest[0]:
            self._ends[segment.participant] = end, segment.stream
        self.segments.append(segment)


def end_of(segment: Segment) -> int:
    """The offset (ticks) at which the phrase ends: by its duration, else by its last word, else its own offset."""
    if segment.duration is not None:
        return segment.offset + max(segment.duration, 0)
    return max([segment.offset, *(word.offset + (word.duration or 0) for word in segment.words)])


def order(segments: Iterable[Segment], streams: Iterable[Stream]) -> tuple[Segment, ...]:
    """The segments as a transcript lists them, each identity once (the one that arrived first).

    The order they are given in does not matter. A stream that `streams` does not name counts as opened when its first
    segment arrived: nothing is dropped for it.
    """
    return tuple(segment for epoch in epochs(segments, streams) for segment in epoch.segments)


def epochs(segments: Iterable[Segment], streams: Iterable[Stream]) -> tuple[Epoch, ...]:
    """The epochs of a call in the order of its transcript; each identity once. See the module's first lines."""
    unique: dict[str, Segment] = {}
    arrivals, known = _arrivals(segments, {stream.id: stream for stream in streams})
    for segment in arrivals:
        unique.setdefault(segment.identity, segment)
    lanes: dict[str, list[Epoch]] = defaultdict(list)
    found: list[Epoch] = []
    begun: set[str] = set()
    for segment in unique.values():
        lane = lanes[segment.subscription or f"stream:{segment.stream}"]
        opens_stream = segment.stream not in begun
        begun.add(segment.stream)
        epoch = _fitting(lane[-2:], segment, opens_stream=opens_stream)
        if epoch is None:
            epoch = Epoch(stream=known[segment.stream], opens_stream=opens_stream)
            lane.append(epoch)
            found.append(epoch)
        epoch.add(segment)
    for epoch in found:
        epoch.segments.sort(key=lambda segment: segment.offset)
    return tuple(sorted(found, key=lambda epoch: (epoch.stream.opened_at, epoch.stream.id)))


def _fitting(newest: list[Epoch], segment: Segment, *, opens_stream: bool) -> Epoch | None:
    """The epoch of the lane's newest two that the segment belongs to. After a restart somebody who was still speaking
    may yet finish a phrase of the epoch before: of two that fit, it is the one whose furthest end is nearer.
    """
    if newest and (opens_stream or newest[-1].heard(segment.participant)):
        newest = newest[-1:]
    fitting = [epoch for epoch in reversed(newest) if epoch.takes(segment, opens_stream=opens_stream)]
    return min(fitting, key=lambda epoch: abs(end_of(segment) - epoch.frontier), default=None)


def _arrivals(segments: Iterable[Segment], streams: dict[str, Stream]) -> tuple[list[Segment], dict[str, Stream]]:
    """The segments as they arrived, and every stream they name. In a stream, position is the order of arrival, even
    if the clock stepped back meanwhile; between streams it is the clock.
    """
    by_stream: dict[str, list[Segment]] = defaultdict(list)
    for segment in segments:
        by_stream[segment.stream].append(segment)
    known = dict(streams)
    stamped: list[tuple[datetime, datetime, str, int, Segment]] = []
    for name, members in by_stream.items():
        members.sort(key=lambda segment: segment.position)
        known.setdefault(name, Stream(id=name, opened_at=min(segment.received_at for segment in members)))
        latest = members[0].received_at
        for segment in members:
            latest = max(latest, segment.received_at)
            stamped.append((latest, known[name].opened_at, name, segment.position, segment))
    stamped.sort(key=lambda entry: entry[:4])
    return [entry[4] for entry in stamped], known
