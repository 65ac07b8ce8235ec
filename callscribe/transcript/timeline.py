"""One time line for a whole transcript, from offsets whose zeros differ.

The line's zero is the opening of the first stream that brought a segment. An epoch (see `sequencing`) is put on it

* at its stream's opening, if it began with the stream and its offsets count from a stream's start;
* with the zero of the epoch before it, if its first phrase would otherwise have been said well after it arrived: then
  its offsets simply went on in another subscription;
* else by arrival: the end of its first segment is where the clock stood when ingest took it. So it is for offsets of
  the older, inverted era and for restarts in the middle of a stream, whose zeros nobody knows;
* in no case before the end of what precedes it, nor before zero: starts never go back, whatever the clocks did.

Inside an epoch nothing is stretched: differences of offsets stay exact.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from callscribe.acs.ticks import is_inverted
from callscribe.transcript.model import RawId, Segment, Stream
from callscribe.transcript.sequencing import Epoch, end_of, epochs

MAX_PAUSE = 20_000_000
"""Ticks (2 s) of silence that an utterance may hold."""
MAX_UTTERANCE = 600_000_000
"""Ticks (60 s) after which a participant's next final begins a new utterance, so that a monologue has paragraphs."""
_CLOCKS_AGREE = 300_000_000
"""Ticks (30 s) by which a phrase may seem to have been said after it arrived; clocks and zeros are no better."""


@dataclass(frozen=True, slots=True)
class Timed:
    """A segment on the transcript's time line. All ticks of 100 ns."""

    segment: Segment
    start: int
    end: int
    shift: int
    """What to add to an offset of this segment or of its words."""


@dataclass(frozen=True, slots=True)
class Utterance:
    """Consecutive finals of one participant."""

    participant: RawId
    parts: tuple[Timed, ...]

    @property
    def start(self) -> int:
        """Ticks on the transcript's time line."""
        return self.parts[0].start

    @property
    def end(self) -> int:
        """Ticks on the transcript's time line."""
        return max(part.end for part in self.parts)

    @property
    def text(self) -> str:
        """What was said, finals joined by a space."""
        return " ".join(text for part in self.parts if (text := part.segment.text.strip()))


def zero_of(segments: Iterable[Segment], streams: Iterable[Stream]) -> datetime | None:
    """The instant at which the time line begins; None without segments."""
    found = epochs(segments, streams)
    return found[0].stream.opened_at if found else None


def lay_out(segments: Iterable[Segment], streams: Iterable[Stream]) -> tuple[Timed, ...]:
    """The segments in the order of the transcript, each identity once, with their times."""
    timed: list[Timed] = []
    zero: datetime | None = None
    reached = 0
    for epoch in epochs(segments, streams):
        zero = zero or epoch.stream.opened_at
        lowest = epoch.segments[0].offset
        shift = max(_shift(epoch, zero, timed[-1] if timed else None), reached - lowest)
        timed += [Timed(one, one.offset + shift, end_of(one) + shift, shift) for one in epoch.segments]
        reached = max(reached, epoch.frontier + shift)
    return tuple(timed)


def utterances(timed: Iterable[Timed], *, max_pause: int = MAX_PAUSE) -> tuple[Utterance, ...]:
    """Consecutive finals of one participant, joined over at most `max_pause` ticks of silence.

    A change of locale begins a new utterance, and so does a final that would make it longer than `MAX_UTTERANCE`.
    """
    groups: list[list[Timed]] = []
    for one in timed:
        if groups and _continues(groups[-1], one, max_pause):
            groups[-1].append(one)
        else:
            groups.append([one])
    return tuple(Utterance(group[0].segment.participant, tuple(group)) for group in groups)


def _continues(group: list[Timed], one: Timed, max_pause: int) -> bool:
    last = group[-1]
    return (
        last.segment.participant == one.segment.participant
        and last.segment.locale == one.segment.locale
        and one.start - last.end <= max_pause
        and one.end - group[0].start <= MAX_UTTERANCE
    )


def _shift(epoch: Epoch, zero: datetime, before: Timed | None) -> int:
    first = epoch.first or epoch.segments[0]
    by_arrival = _ticks(first.received_at - zero) - end_of(first)
    if is_inverted(first.offset) or not epoch.opens_stream:
        return by_arrival
    by_opening = _ticks(epoch.stream.opened_at - zero)
    impossible = by_opening - by_arrival > _CLOCKS_AGREE
    if impossible and before and epoch.segments[0].offset + before.shift >= before.start:
        return before.shift
    return by_opening


def _ticks(delta: timedelta) -> int:
    return (delta // timedelta(microseconds=1)) * 10
