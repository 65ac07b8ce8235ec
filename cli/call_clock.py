"""Where in its call a live caption belongs, on one time line, although ACS's offsets begin anew now and then.

The line's zero is that of the transcript (`callscribe.transcript.timeline`): the opening of the call's first stream.
The transcript is laid out afterwards, with the length of every phrase; a caption has to be placed as it comes, so that
after a restart its time may be a second off. Pure: no clock of its own.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from callscribe.acs.ticks import is_inverted
from callscribe.contracts.captions import Caption
from callscribe.transcript.sequencing import FALL_BACK

_CLOCKS_AGREE: Final = 300_000_000
"""Ticks (30 s) by which a caption may seem to be said after it came."""
_OVERLAP: Final = 20_000_000
"""Ticks (2 s) for which people speak at the same time."""
_LETTER: Final = 700_000
"""Ticks (70 ms) that a letter takes to say, about."""


@dataclass(slots=True)
class _Epoch:
    """Captions of one stream whose offsets have one zero."""

    shift: int
    inverted: bool
    newest: dict[str, int] = field(default_factory=dict)
    """By participant, the newest offset."""
    renewed: bool = False
    """Whether ACS has introduced itself again since the newest caption: then it may have begun anew for everybody."""

    def takes(self, caption: Caption, offset: int) -> bool:
        """Whether the caption's offset can have this epoch's zero."""
        if is_inverted(offset) != self.inverted:
            return False
        if self.renewed:
            return offset + _OVERLAP >= max(self.newest.values())
        return offset + FALL_BACK >= self.newest.get(caption.participant or "", offset)


class CallClock:
    """Takes captions in the order in which they come."""

    def __init__(self, opened: dict[str, datetime] | None = None) -> None:
        """`opened` says when the streams that are known already were opened, by their ids."""
        self._opened = dict(opened or {})
        self._zero = min(self._opened.values(), default=None)
        self._epochs: dict[str, _Epoch] = {}
        self._before: _Epoch | None = None
        self._reached = 0

    def take(self, caption: Caption) -> int | None:
        """Ticks from the line's zero to where `caption` belongs; None for one that nobody said."""
        if caption.kind == "stream_opened":
            self._opened.setdefault(caption.stream, caption.at)
            self._zero = self._zero or caption.at
        elif caption.kind == "locale" and caption.stream in self._epochs:
            self._epochs[caption.stream].renewed = True
        if caption.kind not in {"intermediate", "final"} or caption.offset is None:
            return None
        return self._place(caption, caption.offset)

    def at(self, instant: datetime) -> int | None:
        """Ticks from the line's zero to `instant`; None before anything is known of the call."""
        return None if self._zero is None else _ticks(instant - self._zero)

    def _place(self, caption: Caption, offset: int) -> int:
        if self._zero is None:  # who comes late to a call that nobody tells of begins in the middle
            spoken = _LETTER * len(caption.text) + (0 if is_inverted(offset) else offset)
            self._zero = caption.at - timedelta(microseconds=spoken // 10)
        epoch = self._epochs.get(caption.stream)
        if epoch is None or not epoch.takes(caption, offset):
            arrived = _ticks(caption.at - self._zero)
            shift = max(self._shift(caption, offset, arrived, opens=epoch is None), self._reached - offset)
            epoch = self._before = self._epochs[caption.stream] = _Epoch(shift, is_inverted(offset))
        epoch.renewed = False
        participant = caption.participant or ""
        epoch.newest[participant] = max(offset, epoch.newest.get(participant, offset))
        start = max(offset + epoch.shift, 0)
        self._reached = max(self._reached, start)
        return start

    def _shift(self, caption: Caption, offset: int, arrived: int, *, opens: bool) -> int:
        """Of the zeros that the offset may have, the one by which it was said when it came; by arrival if none fits."""
        by_arrival = max(arrived - _LETTER * len(caption.text), 0) - offset  # it comes when its words have been said
        if not opens or self._zero is None or is_inverted(offset):
            return by_arrival
        likely = []
        if (opened := self._opened.get(caption.stream)) is not None:
            likely.append(_ticks(opened - self._zero))
        if self._before is not None and not self._before.inverted:
            likely.append(self._before.shift)  # the subscription goes on, on another socket
        nearest = min(likely, key=lambda shift: abs(shift - by_arrival), default=by_arrival)
        return nearest if abs(nearest - by_arrival) <= _CLOCKS_AGREE else by_arrival


def _ticks(delta: timedelta) -> int:
    return (delta // timedelta(microseconds=1)) * 10
