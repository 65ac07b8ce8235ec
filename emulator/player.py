"""Speaks a call script: says which results fall due at an instant. Pure; the clock is an argument (seconds)."""

import heapq
from typing import NamedTuple

from emulator.scripts import Beat, CallScript, Line, intermediates


class Spoken(NamedTuple):
    """A result that has fallen due: the first `words` words of `line`, or its final result (`None`)."""

    line: Line
    words: int | None

    @property
    def is_final(self) -> bool:
        """Whether the whole phrase has been said."""
        return self.words is None


class Player:
    """One call's speech. `speed` shortens waiting and never changes an offset. Starts once, goes on until halted."""

    def __init__(self, script: CallScript, speed: float, *, with_intermediates: bool) -> None:
        self.script = script
        self._speed = speed
        self._with_intermediates = with_intermediates
        self._beats = script.beats if with_intermediates else script.finals
        self._next = 0
        self._said: list[Beat] = []
        self._said_lines: list[Line] = []
        self._started_at: float | None = None
        self._halted_at: float | None = None

    @property
    def started(self) -> bool:
        """Whether somebody has begun to speak."""
        return self._started_at is not None

    @property
    def finished(self) -> bool:
        """Whether the script's last line has been said."""
        return self._next >= len(self._beats)

    @property
    def lines_total(self) -> int:
        """Lines of the script and lines added by `say`."""
        return len(self.script.lines) + len(self._said_lines)

    def start(self, now: float) -> None:
        """Begin to speak; a second start changes nothing."""
        if self._started_at is None:
            self._started_at = now

    def halt(self, now: float) -> None:
        """Fall silent for good, in mid-sentence if need be."""
        if self._halted_at is None:
            self._halted_at = now

    def position_ms(self, now: float) -> int:
        """Milliseconds of the script that have been spoken by now."""
        if self._started_at is None:
            return 0
        until = now if self._halted_at is None else min(now, self._halted_at)
        return round((until - self._started_at) * self._speed * 1000)

    def instant(self, position_ms: int) -> float | None:
        """When the script is at this position; `None` if nobody speaks."""
        if self._started_at is None or self._halted_at is not None:
            return None
        return self._started_at + position_ms / 1000 / self._speed

    def cut_short(self, now: float) -> list[Line]:
        """What was being said when everybody fell silent, as far as it had been said; whole words only."""
        position = self.position_ms(now)
        lines = [*self.script.lines, *self._said_lines]
        cut = (line.until(position) for line in lines if line.offset_ms < position < line.end_ms)
        return [line for line in cut if line is not None]

    def next_due(self) -> float | None:
        """The instant of the next result; `None` if nothing is left to say or nobody speaks."""
        if self._started_at is None or self._halted_at is not None:
            return None
        upcoming = self._upcoming()
        return None if upcoming is None else self._started_at + upcoming.due_ms / 1000 / self._speed

    def take(self, now: float) -> Spoken | None:
        """The next result if it is due at `now`, each once, in order of time."""
        due = self.next_due()
        if due is None or due > now:
            return None
        if self._said and self._said[0] is self._upcoming():
            beat = heapq.heappop(self._said)
            return Spoken(self._said_lines[beat.line], beat.words)
        beat = self._beats[self._next]
        self._next += 1
        return Spoken(self.script.lines[beat.line], beat.words)

    def say(self, line: Line) -> None:
        """Add a line whose times are the script's."""
        number = len(self._said_lines)
        self._said_lines.append(line)
        if self._with_intermediates:
            for beat in intermediates(line, number):
                heapq.heappush(self._said, beat)
        heapq.heappush(self._said, Beat(line.end_ms, number, None))

    def _upcoming(self) -> Beat | None:
        scripted = None if self.finished else self._beats[self._next]
        added = self._said[0] if self._said else None
        if scripted is None or added is None:
            return scripted or added
        return scripted if scripted.due_ms <= added.due_ms else added
